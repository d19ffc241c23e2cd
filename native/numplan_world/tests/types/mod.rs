//! Numbers of scripts/world_vectors.py, each with its type and the regions that it is valid for, as
//! Python's `phonenumbers` answers.

use std::io::Read;

const VECTORS: &[u8] = include_bytes!("../../../../testdata/world/vectors.tsv.gz");

/// The columns of a number that was read.
const COLUMNS: usize = 4 + 26;
const E164: usize = 5;
const EXTENSION: usize = 6;
const TYPE: usize = 10;
const VALID_REGIONS: usize = 13;

/// A number in E.164 form, its type, and the regions that it is valid for.
pub(crate) struct Row {
    pub(crate) e164: String,
    pub(crate) kind: String,
    pub(crate) regions: Vec<String>,
}

/// The numbers that were read, but for those with an extension.
pub(crate) fn rows() -> Vec<Row> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(VECTORS)
        .read_to_string(&mut text)
        .expect("the vectors are text");
    let cells = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let read = cells.filter(|cells| cells.len() == COLUMNS && cells[EXTENSION].is_empty());
    let rows = read.map(|cells| Row {
        e164: cells[E164].to_owned(),
        kind: cells[TYPE].to_owned(),
        regions: cells[VALID_REGIONS]
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    });
    rows.collect()
}
