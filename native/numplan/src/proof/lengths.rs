//! Sets of lengths: in how many more bytes a number may end. They are over-approximations: a set
//! may hold lengths that do not occur, never misses one that does.

/// A set of lengths as bits. All lengths from 127 on share one bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lengths(u128);

impl Lengths {
    pub(crate) const NONE: Lengths = Lengths(0);
    pub(crate) const ALL: Lengths = Lengths(u128::MAX);

    pub(crate) fn exactly(length: u32) -> Lengths {
        Lengths(1 << length.min(127))
    }

    /// All lengths from `length` on.
    pub(crate) fn at_least(length: u32) -> Lengths {
        Lengths(u128::MAX << length.min(127))
    }

    pub(crate) fn or(self, other: Lengths) -> Lengths {
        Lengths(self.0 | other.0)
    }

    /// True when the sets have a length in common.
    pub(crate) fn meets(self, other: Lengths) -> bool {
        self.0 & other.0 != 0
    }

    /// The set with one added to each length.
    pub(crate) fn longer(self) -> Lengths {
        Lengths(self.0 << 1 | self.0 & 1 << 127)
    }
}
