//! Tests of the hints for refused regexes.

use super::*;

#[test]
fn a_hint_says_what_to_write() {
    for (regex, reason, offset, expected) in [
        ("^+1", "nothing to repeat", 1, Some("for a literal + write ^\\+1")),
        ("1|*2", "nothing to repeat", 2, Some("for a literal * write 1|\\*2")),
        ("^?", "nothing to repeat", 2, Some("for a literal ? write ^\\?")),
        ("^{2}", "nothing to repeat", 3, None),
        ("1)", "unmatched parentheses", 1, Some("for a literal ) write \\)")),
        ("(1", "missing )", 2, Some("for a literal ( write \\(")),
        ("[1", "missing terminating ] for character class", 2, None),
        (
            "^\\\\+1(\\\\d+)$",
            "nothing to repeat",
            3,
            Some("did you mean ^\\+1(\\d+)$"),
        ),
    ] {
        let found = hint(regex.as_bytes(), reason, offset);
        match (&found, expected) {
            (Some(found), Some(expected)) => assert!(found.ends_with(expected), "{regex}: {found}"),
            _ => assert_eq!(found.as_deref(), expected, "{regex}"),
        }
    }
}

#[test]
fn backslashes_are_halved_where_all_are_doubled_before_what_they_change() {
    for (regex, expected) in [
        ("\\\\d", Some("\\d")),
        ("^\\\\+(\\\\d{2})\\\\.$", Some("^\\+(\\d{2})\\.$")),
        ("\\\\d\\d", None),
        ("\\d", None),
        ("\\\\", None),
        ("\\\\n", None),
        ("\\\\1", None),
        ("1", None),
        ("", None),
    ] {
        let expected = expected.map(|regex| regex.as_bytes().to_vec());
        assert_eq!(halved_backslashes(regex.as_bytes()), expected, "{regex}");
    }
}
