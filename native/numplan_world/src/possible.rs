//! Whether numbers can have a length.

use std::fmt;

/// What the length of a number says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Possible {
    /// There are numbers of this length.
    IsPossible,
    /// It can be called from within its area only.
    IsPossibleLocalOnly,
    /// It is shorter than all numbers.
    TooShort,
    /// There are shorter and longer ones, or none at all.
    InvalidLength,
    /// It is longer than all numbers.
    TooLong,
}

impl Possible {
    /// libphonenumber's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Possible::IsPossible => "IS_POSSIBLE",
            Possible::IsPossibleLocalOnly => "IS_POSSIBLE_LOCAL_ONLY",
            Possible::TooShort => "TOO_SHORT",
            Possible::InvalidLength => "INVALID_LENGTH",
            Possible::TooLong => "TOO_LONG",
        }
    }

    /// Whether it can be called at all.
    #[must_use]
    pub const fn is_possible(self) -> bool {
        matches!(self, Possible::IsPossible | Possible::IsPossibleLocalOnly)
    }
}

impl fmt::Display for Possible {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The lengths that numbers of a kind can have, as sets of bits.
#[derive(Clone, Copy)]
pub(crate) struct Lengths {
    pub(crate) possible: u32,
    pub(crate) local_only: u32,
}

impl Lengths {
    pub(crate) fn verdict(self, length: usize) -> Possible {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let holds = |set: u32| set.checked_shr(length).is_some_and(|rest| rest & 1 == 1);
        if holds(self.local_only) {
            Possible::IsPossibleLocalOnly
        } else if holds(self.possible) {
            Possible::IsPossible
        } else if length < self.possible.trailing_zeros() {
            Possible::TooShort
        } else if length >= u32::BITS - self.possible.leading_zeros() {
            Possible::TooLong
        } else {
            Possible::InvalidLength
        }
    }
}
