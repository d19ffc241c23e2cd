//! Damage that spreadsheets and data frames do to phone numbers.
//!
//! A program that takes a phone number for an amount changes it. Lost digits cannot be recovered,
//! and an answer for what is left would be for a number that nobody dialled.

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// `4.15887E+09`: the last digits are lost.
    Scientific,
    /// `4158867900.0`: taken for a fraction.
    Fraction,
    /// `'4158867900`: the apostrophe that makes a spreadsheet take a cell as text is part of the
    /// value.
    Apostrophe,
    /// `="4158867900"`: a formula, not its value.
    Formula,
    /// `#NAME?`: the value of a formula that failed.
    ErrorValue,
}

/// The error values that spreadsheets write (ECMA-376 part 1, 18.17.2.7).
const ERROR_VALUES: [&[u8]; 7] = [
    b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!",
];

/// The damage to `cell`, if any. Cost: a few comparisons for an undamaged cell of any length.
///
/// ```
/// use numplan::bulk::spreadsheet::{Damage, damage};
/// assert_eq!(damage(b"4.15887E+09"), Some(Damage::Scientific));
/// assert_eq!(damage(b"=\"4158867900\""), Some(Damage::Formula));
/// assert_eq!(damage(b"415.886.7900"), None);
/// ```
#[inline]
pub fn damage(cell: &[u8]) -> Option<Damage> {
    match cell {
        [b'\'', b'+' | b'0'..=b'9', ..] => Some(Damage::Apostrophe),
        [b'=', b'"' | b'+' | b'0'..=b'9', ..] => Some(Damage::Formula),
        [b'#', ..] if ERROR_VALUES.contains(&cell) => Some(Damage::ErrorValue),
        [mantissa @ .., b'E' | b'e', b'+' | b'-', b'0'..=b'9']
        | [mantissa @ .., b'E' | b'e', b'+' | b'-', b'0'..=b'9', b'0'..=b'9']
        | [
            mantissa @ ..,
            b'E' | b'e',
            b'+' | b'-',
            b'0'..=b'9',
            b'0'..=b'9',
            b'0'..=b'9',
        ] if is_mantissa(mantissa) => Some(Damage::Scientific),
        [whole @ .., b'.' | b',', b'0'] if whole.len() >= 7 && is_whole(whole) => Some(Damage::Fraction),
        _ => None,
    }
}

/// `4`, `4.15887` or `4,15887`, as the country writes it, with a sign before it or not.
fn is_mantissa(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"+").or(text.strip_prefix(b"-")).unwrap_or(text);
    match unsigned {
        [b'0'..=b'9'] => true,
        [b'0'..=b'9', b'.' | b',', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_whole(text: &[u8]) -> bool {
    text.strip_prefix(b"+").unwrap_or(text).iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests;
