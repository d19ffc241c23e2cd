//! The dialects of OTP's `re`: recognised by answers of real nodes, and what is native in all.

use numplan::plan::probe::{self, Probe};
use numplan::regex::dialect::Dialect;
use numplan::regex::parser::{self, Reading};
use std::error::Error;
use std::fs;

/// The probes of a node, a line each: the regex and the bytes that it matches, in hexadecimal.
fn probes(otp: &str) -> Result<Vec<Probe>, Box<dyn Error>> {
    let text = file(&format!("otp-{otp}"))?;
    let probes = text.lines().map(|line| {
        let (regex, matching) = line.split_once('\t').ok_or("not two columns")?;
        Ok(Probe {
            regex: bytes(regex)?,
            matching: bytes(matching)?,
        })
    });
    probes.collect()
}

fn file(name: &str) -> std::io::Result<String> {
    fs::read_to_string(format!(
        "{}/../../testdata/dialects/{name}.tsv",
        env!("CARGO_MANIFEST_DIR")
    ))
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

#[test]
fn an_unknown_dialect_leaves_all_regexes_to_re() {
    for regex in [r"^\+1\d+$", "^911$", "1", ""] {
        assert!(
            matches!(parser::read(regex.as_bytes(), Dialect::Unknown), Reading::Foreign(_)),
            "{regex}"
        );
    }
}

#[test]
fn an_atomic_group_that_may_be_empty_behind_a_repetition_is_left_to_re() {
    let foreign = [
        "[01]+(a)?+1",
        "[01]{2,}(?:a)?+1",
        "[01]*?(?>|a)1",
        "[01]+(?>a?)1",
        "(?:[01]+|b)(?>a?)1",
        "(?:b|[01]+)c?(a){0,2}+1",
        "[01]+(?>(?>a?)b)1",
        "(?:(?>a?)[01]*)+1",
        "(?=[01]+(a)?+1)",
    ];
    let native = [
        "[01]+a?+1",
        "[01]+(a)*+1",
        "[01]+(?>a)1",
        "[01]+b(?>a?)1",
        "(?>a?)[01]+1",
        "(?=[01]+)(a)?+1",
        "[01]{2}(?>a?)1",
        "(?>[01]+)1?",
    ];
    for (regexes, expected) in [(foreign.as_slice(), true), (&native, false)] {
        for regex in regexes {
            for dialect in [Dialect::Pcre, Dialect::Pcre2] {
                let reading = parser::read(regex.as_bytes(), dialect);
                assert_eq!(matches!(reading, Reading::Foreign(_)), expected, "{regex}: {reading:?}");
            }
        }
    }
}

/// Of 41 atoms, each repeated and followed by each, these pairs are matched otherwise than their
/// syntax says by `re` of OTP 25 and of OTP 29.
#[test]
fn a_repetition_that_pcre_makes_possessive_by_mistake_is_left_to_re() {
    let of_both = [(r"\S", r"\h"), (r"\S", r"\v"), (r"\h", r"\S"), (r"\v", r"\S")];
    let of_pcre_8 = [(r"\xFF", r"\w"), (r"\w", r"\xFF")];
    for (pairs, in_pcre2) in [(of_both.as_slice(), true), (&of_pcre_8, false)] {
        for (repeated, next) in pairs {
            for count in ["*", "+", "?", "{1,2}"] {
                let regex = format!("{repeated}{count}{next}");
                let is_foreign = |dialect| matches!(parser::read(regex.as_bytes(), dialect), Reading::Foreign(_));
                assert!(is_foreign(Dialect::Pcre), "{regex}");
                assert_eq!(is_foreign(Dialect::Pcre2), in_pcre2, "{regex}");
            }
        }
    }
}

/// `re` of OTP 29 does not match `xab` by these, and that of OTP 25 does.
#[test]
fn a_group_that_is_left_out_is_left_to_re_of_pcre2() {
    for regex in [
        r"(c|^d){0}a",
        r"(c|.*d){0,0}a",
        r"(?:c|^d){0}a",
        r"(?>c|^d){0}a",
        r"(?:c|(^d)){0}?a",
    ] {
        let is_foreign = |dialect| matches!(parser::read(regex.as_bytes(), dialect), Reading::Foreign(_));
        assert!(is_foreign(Dialect::Pcre2), "{regex}");
        assert!(!is_foreign(Dialect::Pcre), "{regex}");
    }
}

#[test]
fn what_the_parser_refuses_pcre_8_refuses_for_the_same_reason_and_at_the_same_offset() -> Result<(), Box<dyn Error>> {
    let mut compared = 0;
    for line in file("refused-by-otp-25")?.lines() {
        let mut columns = line.splitn(3, '\t');
        let mut column = || columns.next().ok_or("not three columns");
        let (regex, offset, reason) = (bytes(column()?)?, column()?.parse::<usize>()?, column()?);
        match parser::read(&regex, Dialect::Pcre) {
            Reading::Invalid(error) => assert_eq!((error.reason, error.offset), (reason, offset), "{line}"),
            Reading::Native(_) => return Err(format!("read natively: {line}").into()),
            Reading::Foreign(_) => continue,
        }
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
    Ok(())
}
