//! The dialects of OTP's `re`: recognised by answers of real nodes, and what is native in all.

use numplan::regex::dialect::Dialect;
use numplan::regex::parser::{self, Reading};
use numplan::regex::probe::{self, Probe};
use proptest::prelude::*;

/// The probes of a node, a line each: the regex and the bytes that it matches, in hexadecimal.
fn probes(otp: &str) -> Vec<Probe> {
    let bytes = |hex: &str| -> Vec<u8> {
        let (pairs, _) = hex.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| {
            std::str::from_utf8(pair)
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        };
        pairs.iter().map(|pair| byte(pair).expect("hexadecimal")).collect()
    };
    let file = format!("{}/../../testdata/dialects/otp-{otp}.tsv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("a file");
    let probe = |line: &str| {
        let (regex, matching) = line.split_once('\t').expect("two columns");
        Probe {
            regex: bytes(regex),
            matching: bytes(matching),
        }
    };
    text.lines().map(probe).collect()
}

#[test]
fn the_answers_of_real_nodes_tell_their_dialect() {
    assert_eq!(probe::dialect(&probes("23")), Dialect::Pcre);
    assert_eq!(probe::dialect(&probes("25")), Dialect::Pcre);
    assert_eq!(probe::dialect(&probes("27")), Dialect::Pcre);
    assert_eq!(probe::dialect(&probes("29")), Dialect::Pcre2);
}

#[test]
fn a_node_with_any_other_answer_has_an_unknown_dialect() {
    for at in 0..probes("25").len() {
        // Braces that PCRE2 reads otherwise are no claim of its dialect.
        for otp in ["25", "29"] {
            let mut probes = probes(otp);
            let is_left_to_re = matches!(parser::read(&probes[at].regex, Dialect::Pcre2), Reading::Foreign(_));
            let matching = &mut probes[at].matching;
            match matching.iter().position(|byte| *byte == b'~') {
                Some(found) => drop(matching.remove(found)),
                None => {
                    matching.push(b'~');
                    matching.sort_unstable();
                }
            }
            let expected = if is_left_to_re && otp == "29" {
                Dialect::Pcre2
            } else {
                Dialect::Unknown
            };
            assert_eq!(probe::dialect(&probes), expected, "probe {at} of OTP {otp}");
        }
    }
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
