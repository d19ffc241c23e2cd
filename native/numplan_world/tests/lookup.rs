//! Numbers in E.164 form against what Python's `phonenumbers` answers (scripts/locality_vectors.py).
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends so")]

use numplan_world::World;
use sha2::{Digest, Sha256};
use std::io::Read;

const VECTORS: &[u8] = include_bytes!("../../../testdata/locality/vectors.tsv.gz");
const DATA: &[u8] = include_bytes!("../data/world.bin");
const MANIFEST: &str = include_str!("../data/manifest.tsv");

fn vectors() -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(VECTORS)
        .read_to_string(&mut text)
        .expect("the vectors are text");
    text
}

#[test]
fn region_type_and_validity_are_those_of_libphonenumber() {
    let world = World::builtin().expect("the data is whole");
    let mut rows = 0;
    for row in vectors().lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let [written, e164, region, kind, valid, ..] = cells.as_slice() else {
            panic!("{row}")
        };
        let e164 = if e164.is_empty() { written } else { e164 };
        let number = world
            .lookup(e164.as_bytes())
            .unwrap_or_else(|| panic!("{e164} is a number"));
        let ours = (
            number.region().map_or("", |region| region.name()),
            number.number_type().name(),
            number.is_valid(),
        );
        assert_eq!(ours, (*region, *kind, *valid == "true"), "{e164}");
        rows += 1;
    }
    assert!(rows > 100_000, "{rows} rows");
}

#[test]
fn what_is_not_in_e164_form_is_no_number() {
    let world = World::builtin().expect("the data is whole");
    for text in [
        "",
        "+",
        "1",
        "+0",
        "+1",
        "+11",
        "+44",
        "+447",
        "+999123456",
        "4420794600",
        "+44 2079",
        "+44x",
        "+442079460000123456789",
        "++44207",
    ] {
        assert!(world.lookup(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn the_data_is_that_of_the_manifest() {
    let sum: String = Sha256::digest(DATA).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(
        MANIFEST.contains(&format!("world.bin\t{}\t{sum}\n", DATA.len())),
        "{sum}"
    );
    assert!(MANIFEST.contains(&format!(
        "source\tphonenumbers {}\t",
        World::builtin().expect("the data is whole").version()
    )));
}

#[test]
fn damaged_data_is_refused_or_answers_without_a_panic() {
    let mut refused = 0;
    for at in (0..DATA.len()).step_by(997) {
        let mut damaged = DATA.to_vec();
        damaged.iter_mut().skip(at).take(2).for_each(|byte| *byte = 0xff);
        match World::open(&damaged) {
            Ok(world) => drop(world.lookup(b"+442079460000").map(|number| number.region().is_some())),
            Err(_) => refused += 1,
        }
        assert!(World::open(DATA.get(..at).expect("a part")).is_err(), "{at} bytes");
    }
    assert!(refused > 100, "{refused}");
}
