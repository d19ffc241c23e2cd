//! Tests of the regexes that are proposed.

use super::*;

fn mended(regex: &str, here: Dialect, there: Dialect) -> Option<(String, Answers)> {
    let readings = [here, there].map(|dialect| parser::read(regex.as_bytes(), dialect));
    let mended = mend(regex.as_bytes(), &readings, here, there)?;
    Some((String::from_utf8_lossy(&mended.regex).into_owned(), mended.answers))
}

#[test]
fn each_construct_is_replaced_wherever_it_stands() {
    for (regex, expected) in [
        ("\\w", "[A-Za-z0-9_]"),
        ("\\w\\w1\\W", "[A-Za-z0-9_][A-Za-z0-9_]1[^A-Za-z0-9_]"),
        ("[[:alpha:]-]", "[A-Za-z-]"),
        ("[[:upper:][:lower:]]", "[A-Za-z]"),
    ] {
        let expected = Some((expected.to_owned(), Answers::AsThere));
        assert_eq!(mended(regex, Dialect::Pcre, Dialect::Pcre2), expected, "{regex}");
    }
    for (regex, expected) in [
        ("\\i", "i"),
        ("1\\i\\j2", "1ij2"),
        ("[\\i]", "[i]"),
        ("\\xg", "\\x00g"),
        ("1{,3}", "1\\{,3}"),
    ] {
        let expected = Some((expected.to_owned(), Answers::AsHere));
        assert_eq!(mended(regex, Dialect::Pcre, Dialect::Pcre2), expected, "{regex}");
    }
}

#[test]
fn pcre2_proposes_a_repetition_that_both_read() {
    for (regex, expected) in [("1{,3}", "1{0,3}"), ("1{ 2 }", "1{2}"), ("1{ , 4 }", "1{0,4}")] {
        let expected = Some((expected.to_owned(), Answers::AsHere));
        assert_eq!(mended(regex, Dialect::Pcre2, Dialect::Pcre), expected, "{regex}");
    }
}

#[test]
fn nothing_is_proposed_for_what_both_do_not_read_alike_then() {
    for regex in ["[[:word:][:^alpha:]]", "(?i)\\xE9\\w", "(1)\\1\\i", "*\\i"] {
        assert_eq!(mended(regex, Dialect::Pcre, Dialect::Pcre2), None, "{regex}");
    }
}
