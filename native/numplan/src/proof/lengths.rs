//! In how many bytes a number may end.

/// A set of lengths. Those from 127 on are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lengths(u128);

impl Lengths {
    /// No length.
    pub(crate) const NONE: Lengths = Lengths(0);
    /// All lengths.
    pub(crate) const ALL: Lengths = Lengths(u128::MAX);

    /// The set of one length.
    pub(crate) fn exactly(length: u32) -> Lengths {
        Lengths(1 << length.min(127))
    }

    /// All lengths from `length` on.
    pub(crate) fn at_least(length: u32) -> Lengths {
        Lengths(u128::MAX << length.min(127))
    }

    /// The lengths of either set.
    pub(crate) fn or(self, other: Lengths) -> Lengths {
        Lengths(self.0 | other.0)
    }

    /// True when the sets have a length in common.
    pub(crate) fn meets(self, other: Lengths) -> bool {
        self.0 & other.0 != 0
    }

    /// The same lengths and one byte more.
    pub(crate) fn longer(self) -> Lengths {
        Lengths(self.0 << 1 | self.0 & 1 << 127)
    }
}
