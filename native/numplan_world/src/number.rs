//! National significant numbers: the digits behind a calling code.

use crate::layout::MOST_DIGITS;
use std::fmt;

/// The fewest digits that are taken for a number.
pub(crate) const FEWEST_DIGITS: usize = 2;

/// The digits of a number behind its calling code, zeros at their beginning included: 2 to 17.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct National {
    digits: [u8; MOST_DIGITS],
    length: u8,
}

impl National {
    /// The digits, each from `0` to `9`; `None` where there are too few or too many, or others.
    #[must_use]
    pub fn new(digits: &[u8]) -> Option<Self> {
        let mut number = Self {
            digits: [b'0'; MOST_DIGITS],
            length: u8::try_from(digits.len()).ok()?,
        };
        number.digits.get_mut(..digits.len())?.copy_from_slice(digits);
        let is_number = digits.len() >= FEWEST_DIGITS && digits.iter().all(u8::is_ascii_digit);
        is_number.then_some(number)
    }

    /// The digits as bytes.
    #[must_use]
    pub fn digits(&self) -> &[u8] {
        self.digits.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The digits as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.digits()).unwrap_or_default()
    }
}

impl fmt::Debug for National {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}
