//! Zero-width conditions: `^`, `$` and `\z`.
//!
//! Only this module knows what `$` means before a last newline.

/// A condition on a position in the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// `^`, `\A`: nothing stands before.
    Start,
    /// `\z`: nothing follows.
    End,
    /// `$`, `\Z`: nothing follows, or only a last newline does.
    Dollar,
}

/// What a condition can ask about a position. By default nothing holds: bytes stand before it, and
/// bytes follow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    /// True when no byte stands before the position.
    pub(crate) at_start: bool,
    /// True when no byte follows.
    pub(crate) at_end: bool,
    /// True when a newline follows, and nothing behind it.
    pub(crate) at_last_newline: bool,
}

impl Look {
    /// True when the condition holds at `position`.
    pub(crate) fn holds(self, position: Position) -> bool {
        match self {
            Look::Start => position.at_start,
            Look::End => position.at_end,
            Look::Dollar => position.at_end || position.at_last_newline,
        }
    }

    /// How many bytes may follow where the condition holds; `None` is any number of them.
    pub(crate) fn most_behind(self) -> Option<u32> {
        match self {
            Look::Start => None,
            Look::End => Some(0),
            Look::Dollar => Some(1),
        }
    }
}

/// How long `subject` is up to the last position at which `$` may hold before other bytes: without
/// its last newline.
#[inline]
pub(crate) fn length_without_last_newline(subject: &[u8]) -> usize {
    subject.len() - usize::from(subject.last() == Some(&b'\n'))
}

#[cfg(test)]
mod tests;
