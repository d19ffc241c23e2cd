//! Tests of the names of findings, and of how much memory one takes.

use super::*;

#[test]
fn its_size_is_its_own_and_that_of_its_texts_and_numbers() {
    let witness = |number: &str| Witness {
        number: number.into(),
        e164: Vec::new(),
        class: None,
        needs_re: false,
    };
    let finding = |sentence: &str, fix: Option<&str>, shown: Option<Witness>, related: Vec<Related>| Finding {
        kind: Kind::Overlap,
        severity: Severity::Info,
        path: Path::root(),
        sentence: sentence.to_owned(),
        witness: shown,
        related,
        fix: fix.map(str::to_owned),
    };
    let related = |key: &str, number: Option<&str>| Related {
        path: Path::root().key(key.as_bytes()),
        witness: number.map(witness),
        holds_if: None,
    };
    let own = size_of::<Finding>();
    let one = size_of::<Witness>();
    assert_eq!(finding("", None, None, vec![]).size(), own);
    assert_eq!(finding("1234567", None, None, vec![]).size(), own + 7);
    assert_eq!(finding("", Some("12345"), None, vec![]).size(), own + 5);
    assert_eq!(finding("", None, Some(witness("123")), vec![]).size(), own + one + 3);
    assert_eq!(finding("", None, None, vec![related("ab", None)]).size(), own + 2);
    let all = vec![related("ab", Some("12")), related("c", None), related("d", Some(""))];
    let all = finding("1234567", Some("12345"), Some(witness("123")), all);
    assert_eq!(all.size(), own + 7 + 5 + 3 * one + 3 + 2 + 4);
}

#[test]
fn severities_have_names_and_sort_from_the_gravest() {
    let mut all = [Severity::Info, Severity::Error, Severity::Warning];
    all.sort();
    assert_eq!(all.map(Severity::name), ["error", "warning", "info"]);
}

#[test]
fn problems_and_refusals_are_errors_and_what_is_merely_worth_knowing_is_no_warning() {
    for (kind, severity) in [
        (Kind::Problem("needs_re"), Severity::Error),
        (Kind::OtpRefused, Severity::Error),
        (Kind::NeverMatches, Severity::Warning),
        (Kind::NoClass, Severity::Warning),
        (Kind::OtpDiffers, Severity::Warning),
        (Kind::Overlap, Severity::Info),
        (Kind::NotNative, Severity::Info),
        (Kind::OtpAccepted, Severity::Info),
    ] {
        assert_eq!(kind.severity(), severity, "{}", kind.name());
    }
}
