//! The encoding of a text from outside: UTF-8, or a refusal by name.
//!
//! Every reader of files, request bodies and configurations checks the encoding first. Read as
//! bytes, a text in UTF-16 or UTF-32 is full of NULs: its numbers have no class and its JSON stops
//! at the first byte, and neither error names the cause.

/// An encoding that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Two bytes a unit, in either order.
    Utf16,
    /// Four bytes a unit, in either order.
    Utf32,
}

impl Unsupported {
    /// Its name, as the Unicode standard writes it.
    pub fn name(self) -> &'static str {
        match self {
            Unsupported::Utf16 => "UTF-16",
            Unsupported::Utf32 => "UTF-32",
        }
    }
}

/// The byte-order mark in UTF-8, which Windows programs put before a text.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// `text` without its UTF-8 byte-order mark. Its first four bytes are enough to detect the
/// encoding.
///
/// UTF-16 and UTF-32 are detected by their byte-order marks, and without one by the NULs of the
/// first two characters (RFC 4627, section 3: both are ASCII). Any other text is taken as UTF-8;
/// its reader checks that it is valid.
///
/// ```
/// use numplan::config::encoding::{self, Unsupported};
/// assert_eq!(encoding::utf8(b"\xEF\xBB\xBF911"), Ok(b"911".as_slice()));
/// assert_eq!(encoding::utf8(b"911"), Ok(b"911".as_slice()));
/// assert_eq!(encoding::utf8(b"\xFF\xFE9\x001\x00"), Err(Unsupported::Utf16));
/// assert_eq!(encoding::utf8(b"9\x001\x00"), Err(Unsupported::Utf16));
/// ```
///
/// # Errors
///
/// [`Unsupported`] names the encoding.
pub fn utf8(text: &[u8]) -> Result<&[u8], Unsupported> {
    match text {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Err(Unsupported::Utf32),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(Unsupported::Utf16),
        [0, 0, 0, 1..=255, ..] | [1..=255, 0, 0, 0, ..] => Err(Unsupported::Utf32),
        [0, 1..=255, 0, 1..=255, ..] | [1..=255, 0, 1..=255, 0, ..] => Err(Unsupported::Utf16),
        _ => Ok(without_mark(text)),
    }
}

/// `text` without its UTF-8 byte-order mark: in joined files each part may have one.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// True when `text` begins with the UTF-8 byte-order mark.
pub fn has_mark(text: &[u8]) -> bool {
    text.starts_with(MARK)
}

#[cfg(test)]
mod tests;
