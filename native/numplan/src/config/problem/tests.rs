//! Tests of the text of problems.

use super::*;

#[test]
fn a_problem_is_displayed_with_where_it_is_and_how_to_correct_it() {
    let (key, whole) = (Path::root().key(b"a").key(b"^1"), Path::root());
    let reason = Reason::InvalidRegex("nothing to repeat".to_owned());
    let mut problem = Problem::new(&key, reason);
    assert_eq!(problem.to_string(), "a[\"^1\"]: nothing to repeat");
    problem.offset = Some(3);
    assert_eq!(problem.to_string(), "a[\"^1\"]: nothing to repeat at offset 3");
    problem.hint = Some("write \\+".to_owned());
    assert_eq!(
        problem.to_string(),
        "a[\"^1\"]: nothing to repeat at offset 3 (write \\+)"
    );
    problem.path = whole;
    assert_eq!(problem.to_string(), "nothing to repeat at offset 3 (write \\+)");
}

#[test]
fn each_reason_has_a_name_and_a_text() {
    let (expected, got) = ("an object", "a list");
    for (reason, name, text) in [
        (Reason::InvalidRegex("words".to_owned()), "invalid_regex", "words"),
        (Reason::NeedsRe("a verb"), "needs_re", "a verb runs only in OTP's re"),
        (
            Reason::WrongType { expected, got },
            "wrong_type",
            "expected an object, got a list",
        ),
        (Reason::DoubledBackslashes, "doubled_backslashes", "doubled backslashes"),
        (
            Reason::UnknownDocument,
            "unknown_document",
            "not a number_manager document",
        ),
        (
            Reason::TooMany {
                what: "rules",
                limit: 2,
                got: 3,
            },
            "too_many",
            "3 rules, at most 2",
        ),
    ] {
        assert_eq!((reason.name(), reason.to_string().as_str()), (name, text));
    }
}

#[test]
fn a_key_with_other_characters_stands_in_brackets() {
    let path = |keys: &[&str]| {
        let path = keys.iter().fold(Path::root(), |path, key| path.key(key.as_bytes()));
        path.to_string()
    };
    assert_eq!(path(&[]), "");
    assert_eq!(path(&["a", "b_1-c"]), "a.b_1-c");
    assert_eq!(path(&["^1", "a", ""]), "[\"^1\"].a[\"\"]");
    assert!(Path::root().is_root() && !Path::root().key(b"").is_root());
}
