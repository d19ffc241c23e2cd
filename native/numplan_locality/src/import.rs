//! Imports published files of codes and blocks into a [snapshot](crate::snapshot).
//!
//! Columns are recognised by the header, never by position. An earlier file takes precedence over a
//! later one, and a block over its code; a block without a holder does not inherit one. A row that
//! cannot be used is rejected with a reason, and the import goes on.

mod column;
mod company;
mod draft;
mod lines;
mod row;
mod write;

use crate::builtin::Known;
use column::Columns;
pub use column::HEADERLESS;
use draft::Drafts;
use lines::Lines;
use numplan::config::encoding::{self, Unsupported};
use row::{Rejected, Row};

/// A rejected row, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The reason: a fixed text for each kind of fault.
    pub reason: &'static str,
    /// The row, cut to 200 characters.
    pub row: String,
}

/// Why a file cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is in UTF-16 or UTF-32: it must be UTF-8 or Latin-1.
    Encoding(Unsupported),
    /// None of its first lines names the columns that are needed.
    NoHeader,
    /// The format is unknown.
    UnknownFormat,
}

/// The numbers of rows of a file by their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines with a row.
    pub rows: u64,
    /// Rows that were used.
    pub used: u64,
    /// Rows of codes and blocks without a holder.
    pub unassigned: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// Rows that were not UTF-8 and were read as Latin-1.
    pub latin1: u64,
}

/// Reads files and makes a snapshot of them. Memory: some tens of bytes for each code and block,
/// whatever the files hold.
#[derive(Default)]
pub struct Importer {
    drafts: Drafts,
    file: Option<File>,
}

struct File {
    lines: Lines,
    columns: Option<Columns>,
    /// The columns of a file without a header.
    without_header: Option<Columns>,
    counts: Counts,
    rejects: Vec<Reject>,
    as_of: String,
    tried: u32,
}

impl Importer {
    /// A new importer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a file. `as_of` is its date and `format` names its columns, unless a header does.
    ///
    /// # Errors
    ///
    /// [`Unreadable::UnknownFormat`] where `format` is not a known one.
    pub fn begin(&mut self, as_of: &str, format: Option<&str>) -> Result<(), Unreadable> {
        let without_header = match format {
            None => None,
            Some(HEADERLESS) => Some(Columns::headerless()),
            Some(_) => return Err(Unreadable::UnknownFormat),
        };
        self.file = Some(File {
            lines: Lines::default(),
            columns: None,
            without_header,
            counts: Counts::default(),
            rejects: Vec::new(),
            as_of: as_of.to_owned(),
            tried: 0,
        });
        Ok(())
    }

    /// Reads the next bytes of the file; `is_last` ends it.
    ///
    /// # Errors
    ///
    /// [`Unreadable`]: nothing of this file is used.
    pub fn feed(&mut self, bytes: &[u8], is_last: bool) -> Result<(), Unreadable> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut rest = bytes;
        while let Some(line) = file.lines.next(&mut rest, is_last) {
            match line {
                Err(line) => file.reject(line, lines::TOO_LONG, ""),
                Ok((number, line)) => file.read(number, &line, &mut self.drafts)?,
            }
        }
        match (&file.columns, is_last) {
            (None, true) => Err(Unreadable::NoHeader),
            _ => Ok(()),
        }
    }

    /// The outcomes of the rows of the file so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.file.as_ref().map(|file| file.counts).unwrap_or_default()
    }

    /// The layout of the file, once its header was read.
    #[must_use]
    pub fn layout(&self) -> Option<&'static str> {
        Some(self.file.as_ref()?.columns.as_ref()?.layout())
    }

    /// Takes the rejects since the last call. Call it after each part, which bounds the memory.
    pub fn take_rejects(&mut self) -> Vec<Reject> {
        let file = self.file.as_mut();
        file.map(|file| std::mem::take(&mut file.rejects)).unwrap_or_default()
    }

    /// The snapshot of all files read. Missing cities are derived from `known`: by the name of the
    /// rate centre, or by libphonenumber's geocode of most of its codes.
    #[must_use]
    pub fn finish(self, known: &Known) -> Vec<u8> {
        write::snapshot(self.drafts, known)
    }
}

/// The outcome of reading a line as a header.
#[derive(PartialEq)]
enum HeaderLine {
    Read,
    /// The line is not a header but the first row.
    IsRow,
}

impl File {
    fn read(&mut self, number: u64, line: &[u8], drafts: &mut Drafts) -> Result<(), Unreadable> {
        if number == 1 {
            encoding::utf8(line).map_err(Unreadable::Encoding)?;
        }
        let line = encoding::without_mark(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let (text, is_latin1) = text(line);
        if self.columns.is_none() && self.read_header(&text, drafts)? == HeaderLine::Read {
            return Ok(());
        }
        let Some(columns) = &mut self.columns else {
            return Ok(());
        };
        self.counts.rows += 1;
        self.counts.latin1 += u64::from(is_latin1);
        match Row::read(columns, &text).and_then(|row| drafts.add(row)) {
            Ok(()) => self.counts.used += 1,
            Err(Rejected::Unassigned) => self.counts.unassigned += 1,
            Err(Rejected::Because(reason)) => self.reject(number, reason, &text),
        }
        Ok(())
    }

    /// Tries the first few lines: some files begin with their date.
    fn read_header(&mut self, line: &str, drafts: &mut Drafts) -> Result<HeaderLine, Unreadable> {
        const LINES_BEFORE_A_HEADER: u32 = 5;
        let (columns, as_of, line) = match (Columns::named_by(line), self.without_header.take()) {
            (Some((columns, as_of)), _) => (columns, as_of, HeaderLine::Read),
            (None, Some(columns)) => (columns, None, HeaderLine::IsRow),
            (None, None) if self.tried >= LINES_BEFORE_A_HEADER => return Err(Unreadable::NoHeader),
            (None, None) => {
                self.tried += 1;
                return Ok(HeaderLine::Read);
            }
        };
        drafts.begin_file(columns.layout(), as_of.as_deref().unwrap_or(&self.as_of));
        self.columns = Some(columns);
        Ok(line)
    }

    fn reject(&mut self, line: u64, reason: &'static str, row: &str) {
        if reason == lines::TOO_LONG {
            self.counts.rows += 1;
        }
        self.counts.rejected += 1;
        let row = row.chars().take(200).collect();
        self.rejects.push(Reject { line, reason, row });
    }
}

/// A line as text: UTF-8, or else Latin-1, which decodes every byte.
fn text(line: &[u8]) -> (String, bool) {
    match std::str::from_utf8(line) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (line.iter().copied().map(char::from).collect(), true),
    }
}
