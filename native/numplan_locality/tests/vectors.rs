//! What PyPI's `phonenumbers` answers for 100,000 random numbers (scripts/locality_vectors.py).
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends so")]

use numplan_locality::builtin::Known;
use numplan_world::Form;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

const VECTORS: &[u8] = include_bytes!("../../../testdata/locality/vectors.tsv.gz");
const MANIFEST: &str = include_str!("../data/manifest.tsv");

fn vectors() -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(VECTORS)
        .read_to_string(&mut text)
        .expect("the vectors are text");
    text
}

fn answer(known: &Known, number: &str) -> Vec<String> {
    let Some(phone) = known.read(number) else {
        return vec!["not a number".to_owned()];
    };
    let written = |form| {
        let mut out = Vec::new();
        phone.push(form, &mut out);
        String::from_utf8(out).expect("a text")
    };
    let zones: Vec<&str> = known.time_zones(&phone).collect();
    vec![
        phone.e164(),
        phone.region().unwrap_or_default().to_owned(),
        phone.kind().to_string(),
        phone.is_valid().to_string(),
        known.geocode(&phone).unwrap_or_default().to_owned(),
        known.carrier(&phone).unwrap_or_default().to_owned(),
        if zones.is_empty() {
            "Etc/Unknown".to_owned()
        } else {
            zones.join("&")
        },
        written(Form::National),
        written(Form::International),
        written(Form::Rfc3966),
    ]
}

/// `form` with the last digits of `e164` for its `#`.
fn unmasked(form: &str, e164: &str) -> String {
    let skip = e164.len() - form.matches('#').count();
    let mut digits = e164.chars().skip(skip);
    form.chars()
        .map(|letter| {
            if letter == '#' {
                digits.next().unwrap_or('#')
            } else {
                letter
            }
        })
        .collect()
}

fn expected(row: &str) -> (&str, Vec<String>) {
    let cells: Vec<&str> = row.split('\t').collect();
    let [number, e164, region, kind, valid, geocode, carrier, zones, forms @ ..] = cells.as_slice() else {
        panic!("a row of {} cells", cells.len());
    };
    let e164 = if e164.is_empty() { number } else { e164 };
    let mut expected = [e164, region, kind, valid, geocode, carrier, zones]
        .map(|cell| (*cell).to_owned())
        .to_vec();
    expected.extend(forms.iter().map(|form| unmasked(form, e164)));
    (number, expected)
}

#[test]
fn every_vector_is_answered_as_python_answers_it() {
    let known = Known::open().expect("the tables are whole");
    let mut rows = 0;
    for row in vectors().lines() {
        let (number, expected) = expected(row);
        assert_eq!(answer(&known, number), expected, "{number}");
        rows += 1;
    }
    assert!(rows > 100_000, "{rows} rows");
}

/// The postal data name libphonenumber's version as the source of what is derived from it.
#[test]
fn the_numbering_plans_are_of_the_version_of_the_tables() {
    let known = Known::open().expect("the tables are whole");
    let version = known.world().version();
    assert_eq!(numplan_locality::answer::DATA, format!("libphonenumber {version}"));
    assert!(MANIFEST.contains(&format!("phonenumbers {version}")), "{version}");
}

#[test]
fn what_is_no_number_is_none() {
    let known = Known::open().expect("the tables are whole");
    let long = format!("+{}", "1".repeat(64 * 1024));
    for text in [
        "",
        "+",
        "+0",
        "+00",
        "+000",
        "4158867900",
        "+1",
        "+x",
        "\u{0}",
        "++",
        "+ 1",
        long.as_str(),
    ] {
        assert!(known.read(text).is_none(), "{text:?}");
    }
}

#[test]
fn the_tables_are_those_of_the_manifest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let files: Vec<Vec<&str>> = MANIFEST.lines().map(|line| line.split('\t').collect()).collect();
    let mut checked = 0;
    for cells in &files {
        let [name, rows, sum] = cells.as_slice() else {
            panic!("a line of {} cells", cells.len())
        };
        if *name == "source" {
            continue;
        }
        let bytes = std::fs::read(folder.join(name)).expect("a file of the manifest");
        let found: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(found, *sum, "{name} of {rows} rows");
        checked += 1;
    }
    assert_eq!(checked, 15);
}
