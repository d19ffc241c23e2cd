//! All answers against Python's `phonenumbers` (scripts/world_vectors.py).
#![expect(clippy::expect_used, reason = "a test ends so")]

mod rows;

use numplan_world::World;
use std::fs::File;
use std::io::{BufRead, BufReader};

const VECTORS: &[u8] = include_bytes!("../../../testdata/world/vectors.tsv.gz");

fn compare(world: &World<'_>, rows: impl BufRead, least: usize) {
    let (mut count, mut differ) = (0, 0);
    for row in rows.lines() {
        if let Some(difference) = rows::difference(world, &row.expect("rows are text")) {
            differ += 1;
            if differ <= 40 {
                println!("{difference}");
            }
        }
        count += 1;
    }
    println!("{count} rows, {differ} differ");
    assert!(differ == 0 && count >= least, "{count} rows, {differ} differ");
}

#[test]
fn every_answer_is_that_of_python() {
    compare(
        World::builtin().expect("the data is whole"),
        BufReader::new(flate2::read::GzDecoder::new(VECTORS)),
        30_000,
    );
}

/// Millions of rows, from the file that WORLD_ROWS names; with other data, where WORLD_DATA names it.
#[test]
#[ignore = "takes a file that scripts/world_vectors.py writes"]
fn every_answer_in_a_file_is_that_of_python() {
    let file = std::env::var("WORLD_ROWS").expect("WORLD_ROWS names a file");
    let rows = BufReader::new(File::open(file).expect("the file is there"));
    match std::env::var("WORLD_DATA") {
        Ok(file) => {
            let data = std::fs::read(file).expect("the data is there");
            compare(&World::open(&data).expect("the data is whole"), rows, 1);
        }
        Err(_) => compare(World::builtin().expect("the data is whole"), rows, 1),
    }
}
