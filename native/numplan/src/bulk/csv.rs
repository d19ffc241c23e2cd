//! Records of comma-separated values (RFC 4180): bytes, cells, and errors in their quotes.
//!
//! `csv-core` finds the ends of records and cells. It silently closes a quote that is open at the
//! end of the text, and silently accepts text behind a closing quote; so a quote that is never
//! closed would take the rows behind it into its cell. `bad_quote` finds both.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The default separator of cells.
pub const COMMA: u8 = b',';

/// The separators that are detected.
const SEPARATORS: [u8; 4] = [COMMA, b';', b'\t', b'|'];

/// The most rows by which [`separator`] decides where the first one contains several.
const SAMPLE: usize = 20;

/// A quote that RFC 4180 does not allow, with its offset in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadQuote {
    /// The quote here is never closed.
    Open(usize),
    /// The quoted cell that begins here continues behind its closing quote.
    TextBehind(usize),
}

impl BadQuote {
    /// Its name, the same in every language of the API.
    pub fn name(self) -> &'static str {
        match self {
            BadQuote::Open(_) => "open_quote",
            BadQuote::TextBehind(_) => "text_behind_quote",
        }
    }

    /// The offset of the quote.
    pub fn at(self) -> usize {
        match self {
            BadQuote::Open(at) | BadQuote::TextBehind(at) => at,
        }
    }

    /// The same quote in a text that begins `start` bytes earlier.
    pub(crate) fn behind(self, start: usize) -> BadQuote {
        match self {
            BadQuote::Open(at) => BadQuote::Open(start + at),
            BadQuote::TextBehind(at) => BadQuote::TextBehind(start + at),
        }
    }
}

/// The length in bytes of the complete records at the start of `text`. With `is_last` the last
/// record counts as complete without a line break.
///
/// # Errors
///
/// [`BadQuote`] for a quote that is never closed, or that has text behind its end in a record of
/// several lines: it may have taken other rows into its cell. Text behind the quote of a record of
/// one line makes only that record bad.
pub fn whole_records(text: &[u8], separator: u8, is_last: bool) -> Result<usize, BadQuote> {
    let mut records = Records::new(text, separator);
    let mut whole = 0;
    while let Some(record) = records.next() {
        if !record.is_complete && !is_last {
            return Ok(record.start);
        }
        whole = record.end;
        match record.bad_quote() {
            Some(BadQuote::TextBehind(_)) if memchr::memchr(b'\n', record.row).is_none() => {}
            Some(bad) => return Err(bad.behind(record.start)),
            None => {}
        }
    }
    Ok(if is_last { text.len() } else { whole })
}

/// The separator of `text`: the usual one that the first row contains. If it contains several, the
/// one by which the first rows all have equally many cells; `None` if that is ambiguous.
///
/// ```
/// use numplan::bulk::csv::separator;
/// assert_eq!(separator(b"id;dialled\n1;911\n"), Some(b';'));
/// assert_eq!(separator(b"1;\"Doe, J\";911\n2;Doe;911\n"), Some(b';'));
/// assert_eq!(separator(b"911\n"), Some(b','));
/// assert_eq!(separator(b"1,5;911\n"), None);
/// ```
pub fn separator(text: &[u8]) -> Option<u8> {
    let found: Vec<u8> = SEPARATORS
        .into_iter()
        .filter(|separator| cells(text, *separator).next().is_some_and(|cells| cells > 1))
        .collect();
    match found.as_slice() {
        [] => Some(COMMA),
        [only] => Some(*only),
        several => {
            let mut even = several.iter().filter(|separator| {
                let mut counts = cells(text, **separator).take(SAMPLE);
                let first = counts.next();
                counts.all(|count| Some(count) == first)
            });
            even.next().copied().filter(|_| even.next().is_none())
        }
    }
}

/// The number of cells of each record. A last one that the text may cut off counts only if it is
/// the first.
fn cells(text: &[u8], separator: u8) -> impl Iterator<Item = usize> {
    let mut records = Records::new(text, separator);
    std::iter::from_fn(move || {
        let record = records.next()?;
        (record.is_complete || record.start == 0).then_some(record.ends.len())
    })
}

/// Writes a cell, in quotes where it contains a byte that would end it.
pub fn write_cell(cell: &[u8], separator: u8, text: &mut Vec<u8>) {
    if !cell.iter().any(|byte| b"\"\r\n".contains(byte) || *byte == separator) {
        text.extend_from_slice(cell);
        return;
    }
    text.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
    text.push(b'"');
}

/// The first quote of a record that RFC 4180 does not allow.
fn bad_quote(row: &[u8], separator: u8) -> Option<BadQuote> {
    let (mut cell, mut rest) = (0, row);
    loop {
        let length = match rest.strip_prefix(b"\"") {
            None => memchr::memchr(separator, rest)?,
            Some(quoted) => match quoted_length(quoted) {
                None => return Some(BadQuote::Open(cell)),
                Some(length) => 1 + length,
            },
        };
        match rest.get(length) {
            None => return None,
            Some(byte) if *byte != separator => return Some(BadQuote::TextBehind(cell)),
            Some(_) => {}
        }
        cell += length + 1;
        rest = rest.get(length + 1..)?;
    }
}

/// The length of `text` up to and with its closing quote; two quotes are an escaped one.
fn quoted_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr(b'"', text.get(at..)?)? + 1;
        match text.get(at) {
            Some(b'"') => at += 1,
            _ => return Some(at),
        }
    }
}

/// A record in its text.
pub struct Record<'r> {
    /// The bytes of the record, without the line break.
    pub row: &'r [u8],
    /// The offset of the record in the text.
    pub start: usize,
    /// The offset behind the record and its line break.
    pub end: usize,
    /// False for a record that the text may cut off.
    pub is_complete: bool,
    separator: u8,
    fields: &'r [u8],
    ends: &'r [usize],
}

impl Record<'_> {
    /// A cell, counted from zero, without its quotes.
    pub fn cell(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = match column {
            0 => 0,
            column => *self.ends.get(column - 1)?,
        };
        self.fields.get(start..end)
    }

    /// The first quote that RFC 4180 does not allow, by its offset in the row.
    pub fn bad_quote(&self) -> Option<BadQuote> {
        memchr::memchr(b'"', self.row)?;
        bad_quote(self.row, self.separator)
    }
}

/// The records of a text, one at a time.
pub struct Records<'t> {
    text: &'t [u8],
    at: usize,
    separator: u8,
    reader: Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

impl<'t> Records<'t> {
    /// The records of `text`.
    pub fn new(text: &'t [u8], separator: u8) -> Records<'t> {
        Records {
            text,
            at: 0,
            separator,
            reader: ReaderBuilder::new().delimiter(separator).build(),
            fields: vec![0; 256],
            ends: vec![0; 32],
        }
    }

    /// The next record; empty lines are skipped.
    #[expect(
        clippy::should_implement_trait,
        reason = "a record lends what the next one overwrites"
    )]
    pub fn next(&mut self) -> Option<Record<'_>> {
        let blank = self.text.get(self.at..)?.iter();
        self.at += blank.take_while(|byte| b"\r\n".contains(byte)).count();
        let start = self.at;
        let (mut filled, mut ended) = (0, 0);
        let is_complete = loop {
            let input = self.text.get(self.at..)?;
            let (fields, ends) = (self.fields.get_mut(filled..)?, self.ends.get_mut(ended..)?);
            let (result, read, written, found) = self.reader.read_record(input, fields, ends);
            self.at += read;
            filled += written;
            ended += found;
            match result {
                ReadRecordResult::OutputFull => self.fields.resize(2 * self.fields.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                // An empty input marks the end of the text.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => break !input.is_empty(),
                ReadRecordResult::End => return None,
            }
        };
        let ended_at = self.at;
        // The reader ends a record at a carriage return, and skips a newline behind it later.
        let is_return = self.text.get(start..ended_at)?.ends_with(b"\r");
        if is_complete && is_return && self.text.get(ended_at) == Some(&b'\n') {
            self.at += 1;
        }
        let is_complete = is_complete && !(is_return && ended_at == self.text.len());
        let row = self.text.get(start..ended_at)?;
        let row = row.strip_suffix(b"\n").or(row.strip_suffix(b"\r")).unwrap_or(row);
        Some(Record {
            row,
            start,
            end: self.at,
            is_complete,
            separator: self.separator,
            fields: self.fields.get(..filled)?,
            ends: self.ends.get(..ended)?,
        })
    }
}

#[cfg(test)]
mod tests;
