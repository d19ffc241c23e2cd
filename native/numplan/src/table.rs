//! Files of numbers: rows in, the same rows with E.164 and class out.
//!
//! Works on pieces that end where a row ends ([`whole_rows`] finds that place), so that a file of any size passes through
//! in constant memory and on all cores. Nothing of a row is changed but its end: what is added stands behind it.

use crate::json::{self, Json, Limits};
use crate::{document, lines};
use csv_core::{ReadRecordResult, Reader};

/// How a file's rows are written, and where their number stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A number in each line; a tab and the answers follow it.
    Plain,
    /// Comma-separated values (RFC 4180); the column of the number, counted from zero.
    Csv(usize),
    /// Tab-separated values, without quotes; the column, counted from zero.
    Tsv(usize),
    /// A JSON object in each line; the key of the number.
    JsonLines(Vec<u8>),
}

/// What is known of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer<'a> {
    /// In E.164.
    pub e164: Vec<u8>,
    /// The name of its class.
    pub class: Option<&'a [u8]>,
}

/// Why a row has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    /// It has fewer columns.
    NoColumn,
    /// It is no JSON object.
    NotJson,
    /// It has no such key, or no text under it.
    NoKey,
}

impl Reject {
    /// Its name, as the other languages know it.
    pub fn name(self) -> &'static str {
        match self {
            Reject::NoColumn => "no_column",
            Reject::NotJson => "not_json",
            Reject::NoKey => "no_key",
        }
    }
}

/// What became of a piece of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotated {
    /// The rows with their answers.
    pub text: Vec<u8>,
    /// How many rows were read, rejected ones included.
    pub rows: usize,
    /// The rows left out: how many rows stand before each, its text, and why.
    pub rejects: Vec<(usize, Vec<u8>, Reject)>,
}

/// How much of `text` is whole rows.
pub fn whole_rows(layout: &Layout, text: &[u8]) -> usize {
    match layout {
        Layout::Csv(_) => Records::new(text).last().map_or(0, |record| match record.complete {
            true => record.end,
            false => record.start,
        }),
        _ => memchr::memrchr(b'\n', text).map_or(0, |end| end + 1),
    }
}

/// The columns of the first row of `text`, and where it ends; nothing if it has none.
pub fn header(layout: &Layout, text: &[u8]) -> Option<(Vec<Vec<u8>>, usize)> {
    match layout {
        Layout::Csv(_) => {
            let record = Records::new(text).next()?;
            let columns = (0..).map_while(|column| record.field(column)).map(<[u8]>::to_vec);
            Some((columns.collect(), record.end))
        }
        _ => {
            let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
            let line = lines::numbers(text).next()?;
            Some((line.split(|byte| *byte == b'\t').map(<[u8]>::to_vec).collect(), end))
        }
    }
}

/// The rows of `text` with what `answer` says of the number of each.
///
/// A row whose number is not there is left out and told of. The text is taken as whole rows, the last one also without its end.
pub fn annotate<'a>(layout: &Layout, text: &[u8], mut answer: impl FnMut(&[u8], &mut Answer<'a>)) -> Annotated {
    let mut done = Annotated {
        text: Vec::with_capacity(2 * text.len() + text.len() / 2),
        ..Annotated::default()
    };
    let mut known = Answer::default();
    match layout {
        Layout::Plain => {
            for number in lines::numbers(text) {
                answer(number, &mut known);
                done.row(number, b'\t', &known);
            }
        }
        Layout::Tsv(column) => {
            for line in lines::numbers(text) {
                match line.split(|byte| *byte == b'\t').nth(*column) {
                    None => done.reject(line, Reject::NoColumn),
                    Some(number) => {
                        answer(number, &mut known);
                        done.row(line, b'\t', &known);
                    }
                }
            }
        }
        Layout::Csv(column) => {
            for record in Records::new(text) {
                match record.field(*column) {
                    None => done.reject(record.row, Reject::NoColumn),
                    Some(number) => {
                        answer(number, &mut known);
                        done.quoted_row(record.row, &known);
                    }
                }
            }
        }
        Layout::JsonLines(key) => {
            for line in lines::numbers(text).filter(|line| !line.is_empty()) {
                match number_under(line, key) {
                    Err(reject) => done.reject(line, reject),
                    Ok((members, number)) => {
                        answer(&number, &mut known);
                        done.object(line, members, &known);
                    }
                }
            }
        }
    }
    done
}

impl Annotated {
    fn row(&mut self, line: &[u8], separator: u8, answer: &Answer<'_>) {
        self.rows += 1;
        self.text.extend_from_slice(line);
        self.text.push(separator);
        self.text.extend_from_slice(&answer.e164);
        self.text.push(separator);
        self.text.extend_from_slice(answer.class.unwrap_or_default());
        self.text.push(b'\n');
    }

    fn quoted_row(&mut self, row: &[u8], answer: &Answer<'_>) {
        self.rows += 1;
        self.text.extend_from_slice(row);
        for cell in [&answer.e164, answer.class.unwrap_or_default()] {
            self.text.push(b',');
            quote(cell, &mut self.text);
        }
        self.text.push(b'\n');
    }

    fn object(&mut self, line: &[u8], mut members: Members, answer: &Answer<'_>) {
        let class = answer.class.map_or(Json::Null, |class| Json::String(class.to_vec()));
        document::set(&mut members, b"e164", Json::String(answer.e164.clone()));
        document::set(&mut members, b"class", class);
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

/// A cell as CSV: in quotes where it holds what would end it.
fn quote(cell: &[u8], text: &mut Vec<u8>) {
    if !cell.iter().any(|byte| b",\"\r\n".contains(byte)) {
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

type Members = Vec<(Vec<u8>, Json)>;

fn number_under(line: &[u8], key: &[u8]) -> Result<(Members, Vec<u8>), Reject> {
    let Ok(Json::Object(members)) = json::parse(line, &Limits::default()) else {
        return Err(Reject::NotJson);
    };
    match members.iter().find(|(name, _)| name == key) {
        Some((_, Json::String(number))) => {
            let number = number.clone();
            Ok((members, number))
        }
        _ => Err(Reject::NoKey),
    }
}

/// A CSV record in its text.
struct Record<'t> {
    /// Its bytes, without the line's end.
    row: &'t [u8],
    start: usize,
    end: usize,
    /// False for one that the text ends in.
    complete: bool,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

impl Record<'_> {
    fn field(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = match column {
            0 => 0,
            column => *self.ends.get(column - 1)?,
        };
        self.fields.get(start..end)
    }
}

/// The CSV records of a text.
struct Records<'t> {
    text: &'t [u8],
    at: usize,
    reader: Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

impl<'t> Records<'t> {
    fn new(text: &'t [u8]) -> Records<'t> {
        Records {
            text,
            at: 0,
            reader: Reader::new(),
            fields: vec![0; 256],
            ends: vec![0; 32],
        }
    }
}

impl<'t> Iterator for Records<'t> {
    type Item = Record<'t>;

    fn next(&mut self) -> Option<Record<'t>> {
        let blank = self
            .text
            .get(self.at..)?
            .iter()
            .take_while(|byte| b"\r\n".contains(byte));
        self.at += blank.count();
        let start = self.at;
        let (mut filled, mut ended) = (0, 0);
        let complete = loop {
            let input = self.text.get(self.at..)?;
            let (fields, ends) = (self.fields.get_mut(filled..)?, self.ends.get_mut(ended..)?);
            let (result, read, written, found) = self.reader.read_record(input, fields, ends);
            self.at += read;
            filled += written;
            ended += found;
            match result {
                ReadRecordResult::OutputFull => self.fields.resize(2 * self.fields.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                // The end of the text is told to the reader by an empty input.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => {
                    break self.text.get(self.at.wrapping_sub(1)) == Some(&b'\n') && !input.is_empty();
                }
                ReadRecordResult::End => return None,
            }
        };
        let row = self.text.get(start..self.at)?;
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        Some(Record {
            row: row.strip_suffix(b"\r").unwrap_or(row),
            start,
            end: self.at,
            complete,
            fields: self.fields.get(..filled)?.to_vec(),
            ends: self.ends.get(..ended)?.to_vec(),
        })
    }
}
