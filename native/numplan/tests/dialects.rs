//! The dialects of OTP's `re`: recognised by answers of real nodes, and what is native in all.

use numplan::regex::dialect::Dialect;
use numplan::regex::parser::{self, Reading};
use numplan::regex::probe::{self, Probe};
use proptest::prelude::*;
use std::error::Error;
use std::fs;

/// The probes of a node, a line each: the regex and the bytes that it matches, in hexadecimal.
fn probes(otp: &str) -> Result<Vec<Probe>, Box<dyn Error>> {
    let file = format!("{}/../../testdata/dialects/otp-{otp}.tsv", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(file)?;
    let probes = text.lines().map(|line| {
        let (regex, matching) = line.split_once('\t').ok_or("not two columns")?;
        Ok(Probe {
            regex: bytes(regex)?,
            matching: bytes(matching)?,
        })
    });
    probes.collect()
}

fn bytes(hex: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let pairs = (0..hex.len())
        .step_by(2)
        .map(|at| hex.get(at..at + 2).ok_or("half a byte"));
    pairs.map(|pair| Ok(u8::from_str_radix(pair?, 16)?)).collect()
}

#[test]
fn the_answers_of_real_nodes_show_their_dialect() -> Result<(), Box<dyn Error>> {
    assert_eq!(probe::dialect(&probes("23")?), Dialect::Pcre);
    assert_eq!(probe::dialect(&probes("25")?), Dialect::Pcre);
    assert_eq!(probe::dialect(&probes("27")?), Dialect::Pcre);
    assert_eq!(probe::dialect(&probes("29")?), Dialect::Pcre2);
    Ok(())
}

#[test]
fn a_node_with_any_other_answer_has_an_unknown_dialect() -> Result<(), Box<dyn Error>> {
    for otp in ["25", "29"] {
        let real = probes(otp)?;
        for at in 0..real.len() {
            let mut probes = real.clone();
            let Probe { regex, matching } = &mut probes[at];
            match matching.iter().position(|byte| *byte == b'~') {
                Some(found) => drop(matching.remove(found)),
                None => matching.push(b'~'),
            }
            matching.sort_unstable();
            // What the dialect of the node leaves to `re` is no claim.
            let is_claim = otp == "25" || matches!(parser::read(regex, Dialect::Pcre2), Reading::Native(_));
            let expected = if is_claim { Dialect::Unknown } else { Dialect::Pcre2 };
            assert_eq!(probe::dialect(&probes), expected, "probe {at} of OTP {otp}");
        }
    }
    Ok(())
}

fn syntax() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "1",
        "é",
        "a",
        "Z",
        ".",
        "^",
        "$",
        "\\z",
        "\\d",
        "\\W",
        "\\w",
        "\\s",
        "\\h",
        "\\V",
        "[",
        "]",
        "[^",
        "[[:alpha:]]",
        "[[:^punct:]_]",
        "(?i)",
        "(?i:",
        "(?s)",
        "(",
        ")",
        "(?:",
        "|",
        "*",
        "+?",
        "{2}",
        "{,2}",
        "{ 1}",
        "{1 , 2}",
        "{",
        "}",
        ",",
        " ",
        "-",
        "\\x{e9}",
        "\\N",
    ]);
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn what_an_unknown_dialect_runs_natively_means_the_same_in_both_known_ones(regex in syntax()) {
        if let Reading::Native(pattern) = parser::read(&regex, Dialect::Unknown) {
            for known in [Dialect::Pcre, Dialect::Pcre2] {
                prop_assert_eq!(parser::read(&regex, known), Reading::Native(pattern.clone()));
            }
        }
    }
}
