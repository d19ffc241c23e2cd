//! Rows of the data file, numbered as they are added.

use crate::fallible::Result;
use std::collections::HashMap;

/// The bytes of the rows of one section, of which equal ones are the same row.
pub(crate) struct Rows<Row> {
    numbers: HashMap<Row, u16>,
    rows: Vec<Row>,
}

impl<Row> Default for Rows<Row> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            rows: Vec::new(),
        }
    }
}

impl<Row: Clone + Eq + std::hash::Hash> Rows<Row> {
    /// The number of a row, which is added where it is new.
    pub(crate) fn add(&mut self, row: Row) -> Result<u16> {
        if let Some(number) = self.numbers.get(&row) {
            return Ok(*number);
        }
        let number = u16::try_from(self.rows.len()).ok().filter(|number| *number != u16::MAX);
        let number = number.ok_or("a section of more than 65,535 rows")?;
        self.numbers.insert(row.clone(), number);
        self.rows.push(row);
        Ok(number)
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// Pieces of bytes one after the other, with the end of each.
pub(crate) fn joined<'a>(pieces: impl Iterator<Item = &'a Vec<u8>>) -> Result<(Vec<u32>, Vec<u8>)> {
    let (mut ends, mut bytes) = (Vec::new(), Vec::new());
    for piece in pieces {
        bytes.extend(piece);
        ends.push(u32::try_from(bytes.len())?);
    }
    Ok((ends, bytes))
}

/// Numbers in the order of the file's bytes.
pub(crate) fn words(words: impl IntoIterator<Item = u16>) -> Vec<u8> {
    words.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// Numbers in the order of the file's bytes.
pub(crate) fn longs(longs: impl IntoIterator<Item = u32>) -> Vec<u8> {
    longs.into_iter().flat_map(u32::to_le_bytes).collect()
}
