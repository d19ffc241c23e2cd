//! The forms of a North American number, and the name of the database a number lives in.
//!
//! Kazoo 4.2 and later take every form from one fixed pattern,
//! `^(\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$`, whatever the configuration (kazoo-semantics 3.10). A
//! number that does not match it is returned as it is.

/// How many digits a national number has.
const NPAN_DIGITS: usize = 10;
/// How much of a number names its database.
const DB_PREFIX: usize = 5;

/// The ten national digits of a North American number; any other number unchanged.
///
/// One last newline does not keep a number from matching, as `$` allows it.
///
/// ```
/// assert_eq!(numplan::plan::nanp::to_npan(b"+14158867900"), b"4158867900");
/// assert_eq!(numplan::plan::nanp::to_npan(b"911"), b"911");
/// ```
pub fn to_npan(number: &[u8]) -> &[u8] {
    npan(number).unwrap_or(number)
}

/// `1` and the ten national digits of a North American number; any other number unchanged.
///
/// ```
/// assert_eq!(numplan::plan::nanp::to_1npan(b"4158867900"), b"14158867900");
/// ```
pub fn to_1npan(number: &[u8]) -> Vec<u8> {
    match npan(number) {
        Some(npan) => [b"1", npan].concat(),
        None => number.to_vec(),
    }
}

/// `number` without one leading `+`, the last step of Kazoo's `to_strip_plus`.
///
/// ```
/// assert_eq!(numplan::plan::nanp::strip_plus(b"+14158867900"), b"14158867900");
/// ```
pub fn strip_plus(number: &[u8]) -> &[u8] {
    number.strip_prefix(b"+").unwrap_or(number)
}

/// The name of a number's Kazoo database, percent-encoded; `None` for fewer than five bytes.
///
/// ```
/// assert_eq!(numplan::plan::nanp::to_db(b"+14158867900").as_deref(), Some("numbers%2F%2B1415"));
/// assert_eq!(numplan::plan::nanp::to_db(b"1234"), None);
/// ```
pub fn to_db(number: &[u8]) -> Option<String> {
    let prefix = number.get(..DB_PREFIX)?;
    let mut name = String::from("numbers%2F");
    for byte in prefix {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => name.push(char::from(*byte)),
            _ => {
                name.push('%');
                name.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
            }
        }
    }
    Some(name)
}

fn npan(number: &[u8]) -> Option<&[u8]> {
    let number = number.strip_suffix(b"\n").unwrap_or(number);
    let national = match number.len().checked_sub(NPAN_DIGITS)? {
        0 => number,
        1 => number.strip_prefix(b"1")?,
        2 => number.strip_prefix(b"+1")?,
        _ => return None,
    };
    let digit = |at: usize| national.get(at).is_some_and(|byte| matches!(byte, b'2'..=b'9'));
    (digit(0) && digit(3) && national.iter().all(u8::is_ascii_digit)).then_some(national)
}

#[cfg(test)]
mod tests;
