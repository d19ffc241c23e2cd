//! Tests of what JavaScript (ES5) refuses or reads differently, and of repeated literals.

use super::*;

fn found(regex: &str) -> Vec<(usize, String)> {
    differences(regex.as_bytes(), &tokens(regex.as_bytes()))
}

#[test]
fn each_construct_that_javascript_does_not_have_is_named_where_it_begins() {
    for (regex, offset, what) in [
        ("(*ACCEPT)1", 0, "a verb"),
        ("1(?<=1)", 1, "look-behind"),
        ("(?<!1)", 0, "look-behind"),
        ("(?<n>1)", 0, "a named group"),
        ("(?'n'1)", 0, "a named group"),
        ("(?P<n>1)", 0, "a named group"),
        ("(?>1)", 0, "an atomic group"),
        ("(1)(?(1)2)", 3, "a conditional"),
        ("(?|1)", 0, "a branch reset"),
        ("(?#1)", 0, "a comment"),
        ("(?i)1", 0, "flags in a group"),
        ("(?-s:1)", 0, "flags in a group"),
        ("(?C1)", 0, "an extended group"),
        ("\\A1", 0, "\\A"),
        ("1\\z", 1, "\\z"),
        ("(1)\\1", 3, "a back-reference"),
        ("\\h", 0, "\\h"),
        ("[1\\h]", 2, "\\h"),
        ("\\Q1\\E", 0, "\\Q or \\E"),
        ("\\p{L}", 0, "\\p or \\P"),
        ("\\x4", 0, "\\x without two digits"),
        ("\\x{41}", 0, "\\x without two digits"),
        ("\\x{41}+", 0, "\\x without two digits"),
        ("\\xg1", 0, "\\x without two digits"),
        ("\\01", 0, "an octal escape"),
        ("[\\08]", 1, "an octal escape"),
        ("[]1]", 1, "a class that begins with ]"),
        ("[^]1]", 2, "a class that begins with ]"),
        ("[[:alpha:]]", 1, "a POSIX class"),
        ("[[:alpha:](*)]", 1, "a POSIX class"),
        ("1*+", 2, "a possessive quantifier"),
        ("1++", 2, "a possessive quantifier"),
        ("1?+", 2, "a possessive quantifier"),
        ("1{2}+", 4, "a possessive quantifier"),
        ("1{2,}+", 5, "a possessive quantifier"),
        ("1\"2", 1, "a quotation mark"),
        ("1\n2", 1, "a line break"),
    ] {
        assert_eq!(found(regex), [(offset, what.to_owned())], "{regex}");
    }
}

#[test]
fn what_both_read_alike_is_not_reported() {
    for regex in [
        "^\\+?1?([2-9]\\d{9})$",
        "(?:1)(?=2)(?!3)",
        "\\x41[\\x41]",
        "\\0[\\0]",
        "1+?2*?3??",
        "1{2}?",
        "}+",
        "x1}+",
        "{,2}+",
        "\\*+",
        "\\}+",
        "[*]+",
        "[1*+]",
        "[[]1[:]",
        "[[:1]",
        "(+",
        "\\cA+",
    ] {
        assert_eq!(found(regex), [], "{regex}");
    }
}

#[test]
fn a_plus_behind_one_letter_or_digit_repeats_it() {
    for (regex, expected) in [
        ("^1+", Some((2, b'1'))),
        ("^0011+a+", Some((5, b'1'))),
        ("a+", Some((1, b'a'))),
        ("\\d+", None),
        ("[1]+", None),
        ("(1)+", None),
        ("1\\+", None),
        ("#+", None),
        ("1*+", None),
        ("\\x41+", None),
        ("\\x{41}+", None),
        ("\\012+", None),
        ("\\cA+", None),
        ("\\0128+", Some((5, b'8'))),
    ] {
        assert_eq!(repeated_literal(&tokens(regex.as_bytes())), expected, "{regex}");
    }
}
