//! Reads the text of a file of prefixes: comma-separated values whose first column has them.
//!
//! A line is a row. Empty lines and lines that begin with `#` are skipped, and so is a first row
//! that begins with the name of a column (`is_header`). Cells end at `,`, `;`, a tab or `|`,
//! whichever stands behind the prefix. A cell with a line break in it would be read as two rows, so
//! a line whose quotes do not match is refused.

use super::digits::Digits;
use super::list::{NoPrefix, PrefixList, prefix};
use std::fmt;

/// The most prefixes of one file, and of all lists of a configuration.
pub const MAX_PREFIXES: usize = 4_000_000;

/// The most faults of one text that are reported.
const MAX_FAULTS: usize = 20;

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: What,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The first cell is no prefix.
    NoPrefix(NoPrefix),
    /// The quotes do not match.
    Quotes,
    /// There are more prefixes than [`MAX_PREFIXES`].
    TooMany,
    /// The text has no prefix at all.
    NoRows,
    /// More lines are wrong than are listed.
    More,
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::NoPrefix(why) => write!(formatter, "{why}"),
            What::Quotes => write!(formatter, "the quotes do not match; a cell may hold no line break"),
            What::TooMany => write!(formatter, "more than {MAX_PREFIXES} prefixes"),
            What::NoRows => write!(formatter, "no prefix"),
            What::More => write!(formatter, "more lines are wrong"),
        }
    }
}

/// The list of the prefixes in `text`. Cost: a tenth of a microsecond a prefix.
///
/// ```
/// use numplan::prefix::file;
/// let list = file::read(b"prefix,note\n# premium\n+1900,\"pay, per call\"\n4490\n")?;
/// assert_eq!(list.given(), 2);
/// let faults = file::read(b"1900\n19 00\n").unwrap_err();
/// assert_eq!((faults[0].line, faults[0].what.to_string().as_str()), (2, "expected digits alone, with or without a + before them"));
/// # Ok::<(), Vec<file::Fault>>(())
/// ```
///
/// # Errors
///
/// The first faults, in order. A text without any prefix is one: a file that was cut off or not
/// yet written would otherwise take nothing, in silence.
pub fn read(text: &[u8]) -> Result<PrefixList, Vec<Fault>> {
    let fault = |line, what| vec![Fault { line, what }];
    let mut prefixes = Vec::with_capacity(text.len() / 8);
    let mut faults = Vec::new();
    let mut is_first = true;
    for (at, row) in text.split(|byte| *byte == b'\n').enumerate() {
        let row = row.trim_ascii();
        if row.is_empty() || row.starts_with(b"#") {
            continue;
        }
        let was_first = std::mem::replace(&mut is_first, false);
        let line = at + 1;
        match cell(row) {
            Ok(_) if prefixes.len() == MAX_PREFIXES => return Err(fault(line, What::TooMany)),
            Ok(prefix) => prefixes.push(prefix),
            Err(What::NoPrefix(_)) if was_first && is_header(row) => {}
            Err(_) if faults.len() == MAX_FAULTS => {
                faults.push(Fault { line, what: What::More });
                break;
            }
            Err(what) => faults.push(Fault { line, what }),
        }
    }
    match (faults.is_empty(), prefixes.is_empty()) {
        (true, false) => Ok(PrefixList::new(prefixes)),
        (true, true) => Err(fault(1, What::NoRows)),
        (false, _) => Err(faults),
    }
}

/// The prefix in the first cell of `row`.
fn cell(row: &[u8]) -> Result<Digits, What> {
    let quotes = memchr::memchr_iter(b'"', row).count();
    if !quotes.is_multiple_of(2) {
        return Err(What::Quotes);
    }
    let end = |text: &[u8]| {
        text.iter()
            .position(|byte| b",;\t|".contains(byte))
            .unwrap_or(text.len())
    };
    let text = match row.strip_prefix(b"\"") {
        None => row.get(..end(row)).unwrap_or_default(),
        Some(quoted) => {
            let close = memchr::memchr(b'"', quoted).ok_or(What::Quotes)?;
            let (inside, behind) = quoted.split_at(close);
            let behind = behind.get(1..).unwrap_or_default();
            let behind = behind.get(..end(behind)).unwrap_or_default();
            if !behind.trim_ascii().is_empty() {
                return Err(What::Quotes);
            }
            inside
        }
    };
    prefix(text.trim_ascii()).map_err(What::NoPrefix)
}

/// True for a row that begins with the name of a column: a letter first, and more letters than
/// digits, so that a prefix with a typing error, as `l900`, is not skipped.
fn is_header(row: &[u8]) -> bool {
    let cell = row.strip_prefix(b"\"").unwrap_or(row).trim_ascii_start();
    let end = cell.iter().position(|byte| b"\",;\t|".contains(byte));
    let name = end.and_then(|end| cell.get(..end)).unwrap_or(cell);
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let letters = name.iter().filter(|byte| letter(byte)).count();
    let digits = name.iter().filter(|byte| byte.is_ascii_digit()).count();
    name.first().is_some_and(letter) && (letters > digits || name.eq_ignore_ascii_case(b"e164"))
}

#[cfg(test)]
mod tests;
