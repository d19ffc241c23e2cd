//! Up to fifteen digits in one word, ordered as text is: a prefix, or the beginning of a number.

use std::fmt;

/// The most digits of a prefix: no number in E.164 has more (ITU-T E.164, 6.1).
pub(crate) const MOST: usize = 15;

/// The bits that hold the number of digits.
const LENGTH_BITS: u32 = 4;

/// `10^n` for each number of digits that may be left out.
const POWERS: [u64; MOST + 1] = powers();

const fn powers() -> [u64; MOST + 1] {
    let mut powers = [1; MOST + 1];
    let mut at = 1;
    while at <= MOST {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
}

/// The digits, padded with zeros to fifteen, shifted left by four bits; the low four bits hold how
/// many there are. Words with one prefix are therefore an interval that starts at it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digits(u64);

impl Digits {
    /// The first digits of `bytes`, at most fifteen, up to the first byte that is none.
    #[inline]
    pub(crate) fn leading<'b>(bytes: impl Iterator<Item = &'b u8>) -> Digits {
        let (mut value, mut length) = (0, 0);
        for byte in bytes.take(MOST) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = 10 * value + u64::from(digit);
            length += 1;
        }
        Digits((value * POWERS[MOST - length]) << LENGTH_BITS | length as u64)
    }

    /// The first digits of a number in E.164; `None` where it does not begin with `+`.
    #[inline]
    pub(crate) fn of_number(number: &[u8]) -> Option<Digits> {
        let (plus, digits) = number.split_first()?;
        (*plus == b'+').then(|| Digits::leading(digits.iter()))
    }

    /// As a word of the same order.
    #[inline]
    pub(crate) fn word(self) -> u64 {
        self.0
    }

    /// The digits of a [`Digits::word`].
    #[inline]
    pub(crate) fn of_word(word: u64) -> Digits {
        Digits(word)
    }

    pub(crate) fn len(self) -> usize {
        (self.0 & ((1 << LENGTH_BITS) - 1)) as usize
    }

    #[inline]
    fn value(self) -> u64 {
        self.0 >> LENGTH_BITS
    }

    /// True where `other`, which does not come before these digits in order, begins with them.
    #[inline]
    pub(crate) fn begin(self, other: Digits) -> bool {
        other.value() - self.value() < POWERS[MOST - self.len()]
    }

    /// The digit at a position below [`Digits::len`].
    pub(crate) fn at(self, position: usize) -> u8 {
        let behind = MOST.saturating_sub(position + 1);
        (self.value() / POWERS[behind] % 10) as u8
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.len();
        write!(formatter, "+{:0length$}", self.value() / POWERS[MOST - length])
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests;
