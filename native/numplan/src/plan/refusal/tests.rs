//! Tests of the words for refused regexes.

use super::*;
use crate::regex::dialect::Dialect;
use crate::regex::parser::read;

fn fault(regex: &str, reason: &str, offset: usize, dialect: Dialect) -> Fault {
    let reason = reason.to_owned();
    Fault::of_re(
        regex.as_bytes(),
        &Refusal { reason, offset },
        &read(regex.as_bytes(), dialect),
    )
}

#[test]
fn the_words_are_those_of_the_parser_where_it_refuses_the_regex_too() {
    let fault = fault("1**", "quantifier does not follow a repeatable item", 3, Dialect::Pcre2);
    assert_eq!((fault.reason.as_str(), fault.offset), ("nothing to repeat", 2));
    let hint = fault.hint.unwrap_or_default();
    assert!(
        hint.ends_with("; re says: quantifier does not follow a repeatable item at offset 3"),
        "{hint}"
    );
}

#[test]
fn other_words_are_those_of_pcre_8_where_it_has_them() {
    for (words, expected) in [
        ("quantifier does not follow a repeatable item", "nothing to repeat"),
        ("missing closing parenthesis", "missing )"),
        ("unmatched closing parenthesis", "unmatched parentheses"),
        (
            "unknown property name after \\P or \\p",
            "unknown property name after \\P or \\p",
        ),
    ] {
        // The parser leaves the regex to `re`.
        let fault = fault("\\p{Foo}", words, 7, Dialect::Pcre2);
        assert_eq!((fault.reason.as_str(), fault.offset), (expected, 7));
        let says = format!("re says: {words} at offset 7");
        assert_eq!(
            fault.hint.is_some_and(|hint| hint.ends_with(&says)),
            words != expected,
            "{words}"
        );
    }
}
