//! Reads texts of digits and the usual punctuation alone: most numbers are written so, and nothing
//! in such a text can be an extension, a word on the keys of a telephone, or a URI.

use crate::parse::normal::Digits;

/// With fewer digits a text may be a number in ways that are not looked at here.
const FEWEST_DIGITS: usize = 3;

/// A number, read.
pub(crate) struct Plain {
    pub(crate) has_plus: bool,
    pub(crate) digits: Digits,
}

/// The digits of a text, and whether a plus sign stands before them; `None` where other characters
/// are in it, a plus sign behind a digit, or fewer than three digits.
pub(crate) fn read(text: &[u8]) -> Option<Plain> {
    let mut digits = Digits::new();
    let mut has_plus = false;
    for byte in text {
        match byte {
            b'0'..=b'9' => digits.push(*byte),
            b' ' | b'(' | b')' | b'-' | b'.' | b'/' => {}
            b'+' if !has_plus && digits.as_bytes().is_empty() => has_plus = true,
            _ => return None,
        }
    }
    (digits.as_bytes().len() >= FEWEST_DIGITS).then_some(Plain { has_plus, digits })
}
