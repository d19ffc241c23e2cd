//! Files of numbers: the rows of a file with answers added.
//!
//! A file is processed in pieces of whole rows ([`whole_rows`]), in constant memory and on all
//! cores. Rows keep their bytes; answers are appended. Tabs and line breaks in a cell are quoted
//! (CSV), or escaped as `\t`, `\n`, `\r` and `\\` (formats without quotes).

use crate::bulk::appended::Appended;
use crate::bulk::csv::{self, BadQuote, Record, Records};
use crate::bulk::lines;
use crate::bulk::spreadsheet::{self, Damage};
use crate::config::encoding;
use crate::config::json::{self, Json, Limits};
use crate::plan::{Class, Plan};

/// The format of a file, and the column or key of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A number in each line; a tab and the answers follow it.
    Plain,
    /// Comma-separated values (RFC 4180).
    Csv {
        /// The column of the number, counted from zero.
        column: usize,
        /// The separator of cells.
        separator: u8,
    },
    /// Tab-separated values, without quotes; the column, counted from zero.
    Tsv(usize),
    /// A JSON object in each line; the key of the number.
    JsonLines(Vec<u8>),
}

/// Why a row is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    /// The row has too few columns for that of the number.
    NoColumn,
    /// The row is not a JSON object.
    NotJson,
    /// The object lacks the key, or its value is not a string.
    NoKey,
    /// The number is empty.
    NoNumber,
    /// A quote is not closed, or its cell continues behind it.
    BadQuote,
    /// The number begins with a byte-order mark.
    Mark,
    /// A spreadsheet has changed the number.
    Damaged(Damage),
}

impl Reject {
    /// Its name, the same in every language of the API.
    pub fn name(self) -> &'static str {
        match self {
            Reject::NoColumn => "no_column",
            Reject::NotJson => "not_json",
            Reject::NoKey => "no_key",
            Reject::NoNumber => "no_number",
            Reject::BadQuote => "bad_quote",
            Reject::Mark => "mark",
            Reject::Damaged(Damage::Scientific) => "scientific",
            Reject::Damaged(Damage::Fraction) => "fraction",
            Reject::Damaged(Damage::Apostrophe) => "apostrophe",
            Reject::Damaged(Damage::Formula) => "formula",
            Reject::Damaged(Damage::ErrorValue) => "error_value",
        }
    }
}

/// Why `number` is rejected, if it is.
#[inline]
pub fn reject(number: &[u8]) -> Option<Reject> {
    // Fast path for nearly every number: its last four bytes are no signs, points or spaces.
    match number {
        [
            b'0'..=b'9' | b'+',
            ..,
            b'0'..=0xFF,
            b'0'..=0xFF,
            b'0'..=0xFF,
            b'0'..=0xFF,
        ] => None,
        _ => rare_reject(number),
    }
}

#[cold]
fn rare_reject(number: &[u8]) -> Option<Reject> {
    if number.trim_ascii().is_empty() {
        return Some(Reject::NoNumber);
    }
    if encoding::has_mark(number) {
        return Some(Reject::Mark);
    }
    spreadsheet::damage(number).map(Reject::Damaged)
}

/// A piece of a file with its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotated {
    /// The rows with their answers.
    pub text: Vec<u8>,
    /// How many rows were read, rejected ones included.
    pub rows: usize,
    /// The rejected rows: for each its rank among the rows, its text, and the reason.
    pub rejects: Vec<(usize, Vec<u8>, Reject)>,
    /// True when no cell needs an escape.
    is_clean: bool,
}

/// The length in bytes of the complete rows at the start of `text`. With `is_last` the last row
/// counts as complete without a line break.
///
/// # Errors
///
/// [`BadQuote`] for a CSV quote that is never closed, or that has text behind its end in a row of
/// several lines: it may have taken other rows into its cell.
pub fn whole_rows(layout: &Layout, text: &[u8], is_last: bool) -> Result<usize, BadQuote> {
    match layout {
        Layout::Csv { separator, .. } => csv::whole_records(text, *separator, is_last),
        _ if is_last => Ok(text.len()),
        _ => Ok(memchr::memrchr(b'\n', text).map_or(0, |end| end + 1)),
    }
}

/// The cells of a first row, and where it ends.
pub type Header = (Vec<Vec<u8>>, usize);

/// The first row of `text`, if there is one.
///
/// # Errors
///
/// [`BadQuote`] where its quotes are not those of RFC 4180.
pub fn header(layout: &Layout, text: &[u8]) -> Result<Option<Header>, BadQuote> {
    match layout {
        Layout::Csv { separator, .. } => {
            let mut records = Records::new(text, *separator);
            let Some(record) = records.next() else { return Ok(None) };
            if let Some(bad) = record.bad_quote() {
                return Err(bad.behind(record.start));
            }
            let columns = (0..).map_while(|column| record.cell(column)).map(<[u8]>::to_vec);
            Ok(Some((columns.collect(), record.end)))
        }
        _ => {
            let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
            let columns = |line: &[u8]| line.split(|byte| *byte == b'\t').map(<[u8]>::to_vec).collect();
            Ok(lines::numbers(text).next().map(|line| (columns(line), end)))
        }
    }
}

/// Appends to each row of `text` what `answer` sets for its number, from an empty one on.
///
/// `text` is whole rows; the last may lack its end. A row without a usable number is rejected.
/// `adds_clean` promises that `answer` adds nothing to escape that is not in the number
/// ([`adds_clean`]).
pub fn annotate<A: Appended>(
    layout: &Layout,
    text: &[u8],
    adds_clean: bool,
    mut answer: impl FnMut(&[u8], &mut A),
) -> Annotated {
    let mut done = Annotated {
        text: Vec::with_capacity(2 * text.len() + text.len() / 2),
        is_clean: adds_clean && has_clean_numbers(layout, text),
        ..Annotated::default()
    };
    let mut known = A::default();
    match layout {
        Layout::Plain => {
            for number in lines::numbers(text) {
                match reject(number) {
                    Some(reason) => done.reject(number, reason),
                    None => {
                        known.clear();
                        answer(number, &mut known);
                        done.cell(number);
                        done.answer(&known);
                    }
                }
            }
        }
        Layout::Tsv(column) => {
            for line in lines::numbers(text).filter(|line| !line.is_empty()) {
                let number = line.split(|byte| *byte == b'\t').nth(*column);
                match number.ok_or(Reject::NoColumn).and_then(answerable) {
                    Err(reason) => done.reject(line, reason),
                    Ok(number) => {
                        known.clear();
                        answer(number, &mut known);
                        done.text.extend_from_slice(line);
                        done.answer(&known);
                    }
                }
            }
        }
        Layout::Csv { column, separator } => {
            let mut records = Records::new(text, *separator);
            while let Some(record) = records.next() {
                match number_in(&record, *column) {
                    Err(reason) => done.reject(record.row, reason),
                    Ok(number) => {
                        known.clear();
                        answer(number, &mut known);
                        done.record(record.row, *separator, &known);
                    }
                }
            }
        }
        Layout::JsonLines(key) => {
            for line in lines::numbers(text).filter(|line| !line.is_empty()) {
                match number_under(line, key) {
                    Err(reason) => done.reject(line, reason),
                    Ok((members, number)) => {
                        known.clear();
                        answer(&number, &mut known);
                        done.object(line, members, &known);
                    }
                }
            }
        }
    }
    done
}

fn answerable(number: &[u8]) -> Result<&[u8], Reject> {
    reject(number).map_or(Ok(number), Err)
}

fn number_in<'r>(record: &'r Record<'_>, column: usize) -> Result<&'r [u8], Reject> {
    if record.bad_quote().is_some() {
        return Err(Reject::BadQuote);
    }
    record.cell(column).ok_or(Reject::NoColumn).and_then(answerable)
}

impl Annotated {
    #[inline]
    fn cell(&mut self, cell: &[u8]) {
        if self.is_clean {
            self.text.extend_from_slice(cell);
        } else {
            write_escaped(cell, &mut self.text);
        }
    }

    #[inline]
    fn answer(&mut self, answer: &impl Appended) {
        self.rows += 1;
        answer.each_cell(|cell| {
            self.text.push(b'\t');
            self.cell(cell);
        });
        self.text.push(b'\n');
    }

    fn record(&mut self, row: &[u8], separator: u8, answer: &impl Appended) {
        self.rows += 1;
        self.text.extend_from_slice(row);
        answer.each_cell(|cell| {
            self.text.push(separator);
            csv::write_cell(cell, separator, &mut self.text);
        });
        self.text.push(b'\n');
    }

    fn object(&mut self, line: &[u8], mut members: Members, answer: &impl Appended) {
        for (key, value) in answer.members() {
            set(&mut members, key, value);
        }
        match Json::Object(members).to_text() {
            Err(_) => self.reject(line, Reject::NotJson),
            Ok(text) => {
                self.rows += 1;
                self.text.extend_from_slice(&text);
                self.text.push(b'\n');
            }
        }
    }

    fn reject(&mut self, row: &[u8], reason: Reject) {
        self.rejects.push((self.rows, row.to_vec(), reason));
        self.rows += 1;
    }
}

/// The bytes that end a cell or a row in formats without quotes, and their escapes.
const ESCAPES: [(u8, &[u8]); 4] = [(b'\t', b"\\t"), (b'\n', b"\\n"), (b'\r', b"\\r"), (b'\\', b"\\\\")];

fn is_escaped(byte: u8) -> bool {
    ESCAPES.iter().any(|(escaped, _)| *escaped == byte)
}

/// True when no prefix, suffix or class name of `plan` needs an escape: nanoseconds a rule.
pub fn adds_clean(plan: &Plan) -> bool {
    let classes = plan.classes().iter().map(Class::name);
    !classes
        .chain(plan.added())
        .any(|added| added.iter().copied().any(is_escaped))
}

/// True when no number of `text` needs an escape: one scan for all numbers.
fn has_clean_numbers(layout: &Layout, text: &[u8]) -> bool {
    let has_escape = match layout {
        Layout::Plain => memchr::memchr2(b'\t', b'\\', text),
        _ => memchr::memchr(b'\\', text),
    };
    let mut returns = memchr::memchr_iter(b'\r', text);
    has_escape.is_none() && returns.all(|at| text.get(at + 1) == Some(&b'\n'))
}

/// Writes a cell of a layout without quotes, as PostgreSQL's `COPY` does.
#[cold]
fn write_escaped(cell: &[u8], text: &mut Vec<u8>) {
    for byte in cell {
        match ESCAPES.iter().find(|(escaped, _)| escaped == byte) {
            Some((_, written)) => text.extend_from_slice(written),
            None => text.push(*byte),
        }
    }
}

type Members = Vec<(Vec<u8>, Json)>;

/// Puts `value` under `key`, as the only member of that name: readers take the last of several.
fn set(members: &mut Members, key: &[u8], value: Json) {
    match members.iter().position(|(name, _)| name == key) {
        None => members.push((key.to_vec(), value)),
        Some(first) => {
            let mut at = 0..;
            members.retain(|(name, _)| at.next() <= Some(first) || name != key);
            if let Some((_, known)) = members.get_mut(first) {
                *known = value;
            }
        }
    }
}

fn number_under(line: &[u8], key: &[u8]) -> Result<(Members, Vec<u8>), Reject> {
    let Ok(Json::Object(members)) = json::parse(line, &Limits::default()) else {
        return Err(Reject::NotJson);
    };
    match members.iter().rfind(|(name, _)| name == key) {
        Some((_, Json::String(number))) => {
            let number = answerable(number)?.to_vec();
            Ok((members, number))
        }
        _ => Err(Reject::NoKey),
    }
}

#[cfg(test)]
mod tests;
