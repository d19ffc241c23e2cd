//! Tests of the members of classes.

use super::*;
use crate::regex::dialect::Dialect;
use crate::regex::parser::{Reading, read};

/// The members of a class, where it is native.
fn members(class: &str) -> Option<Vec<u8>> {
    match read(class.as_bytes(), Dialect::Pcre) {
        Reading::Native(pattern) => match pattern.node {
            Node::Set(set) => Some(set.iter().collect()),
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn a_class_has_the_members_that_it_lists() {
    for (class, expected) in [
        ("[1]", "1"),
        ("[1-3]", "123"),
        ("[1-1]", "1"),
        ("[-1]", "-1"),
        ("[1-]", "-1"),
        ("[]1]", "1]"),
        ("[1^]", "1^"),
        ("[+--]", "+,-"),
        ("[\\n-\\r]", "\n\x0B\x0C\r"),
        ("[\\b]", "\x08"),
        ("[\\A\\Z]", "AZ"),
        ("[\\d\\-a]", "-0123456789a"),
        ("[[1]", "1["),
        ("[[:digit:]a]", "0123456789a"),
        ("(?i)[a-c]", "ABCabc"),
        (
            "[[:upper:][:lower:]_-]",
            "-ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
        ),
    ] {
        let ascii = members(class).map(|members| members.into_iter().filter(u8::is_ascii).collect::<Vec<u8>>());
        assert_eq!(ascii, Some(expected.as_bytes().to_vec()), "{class}");
    }
    for (negated, plain) in [("[^1-3]", "[1-3]"), ("[[:^digit:]]", "[[:digit:]]"), ("[^]1]", "[]1]")] {
        let plain = members(plain).unwrap_or_default();
        let rest: Vec<u8> = (0..=u8::MAX).filter(|byte| !plain.contains(byte)).collect();
        assert_eq!(members(negated), Some(rest), "{negated}");
    }
}

#[test]
fn what_is_no_class_is_refused_or_left_to_re() {
    for (class, expected) in [
        ("[3-1]", Err(("range out of order in character class", 3))),
        ("[1", Err(("missing terminating ] for character class", 2))),
        ("[1-", Err(("missing terminating ] for character class", 3))),
        ("[]", Err(("missing terminating ] for character class", 2))),
        ("[1\\", Err(("\\ at end of pattern", 3))),
        ("[1-\\A]", Err(("invalid range in character class", 4))),
        ("[1-3-5]", Ok("a dash after a range in a class")),
        ("[\\d-z]", Ok("a dash after a set in a class")),
        ("[1-\\d]", Ok("a dash before a set in a class")),
        ("[[:alpha:]", Err(("missing terminating ] for character class", 10))),
        ("[[.a.]]", Ok("a POSIX name")),
        ("[[=a=]]", Ok("a POSIX name")),
        ("[[:alpha.]]", Ok("a POSIX name")),
        ("[.1.]", Ok("a POSIX name outside a class")),
        ("(?i)[[:lower:]]", Ok("a letter case that (?i) changes")),
    ] {
        let found = match read(class.as_bytes(), Dialect::Pcre) {
            Reading::Foreign(what) => Ok(what),
            Reading::Invalid(error) => Err((error.reason, error.offset)),
            Reading::Native(_) => Ok("native"),
        };
        assert_eq!(found, expected, "{class}");
    }
}
