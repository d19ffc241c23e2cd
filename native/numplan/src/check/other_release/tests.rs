//! Tests of which numbers may be shown, and of what to do.

use super::*;
use crate::config::json::Json;
use crate::test_support::Tested;
use crate::upgrade::What;
use std::collections::HashMap;

fn plan(json: &str) -> Tested<Plan> {
    let json: Json = json.replace('\'', "\"").parse()?;
    let judge = Judge::Re(Dialect::Pcre, &HashMap::new());
    Ok(Plan::compile(&Document::read(&json)?, judge)?)
}

#[test]
fn a_number_is_shown_where_it_comes_to_the_list_as_it_was_dialled() -> Tested {
    let rules = plan(
        "{'classifiers': {'a': '1'}, 'e164_converters': {'^(1\\\\d)$': {'prefix': '+'}}, 'dial_plan': {'^9(\\\\d)$': {}}}",
    )?;
    for (number, dial_plan, converters, classifiers) in [
        ("12", true, true, false),
        ("+12", false, false, true),
        ("92", true, false, false),
        ("5", true, true, true),
    ] {
        for (list, expected) in [
            (List::DialPlan, dial_plan),
            (List::Converters, converters),
            (List::Classifiers, classifiers),
            (List::Reconcile, classifiers),
        ] {
            let found = arriving(&rules, list, number.as_bytes());
            assert_eq!(found.is_some(), expected, "{number} in {list:?}");
        }
    }
    // `re` decides what comes of it.
    let foreign = plan("{'classifiers': {'a': '(1)\\\\1'}, 'e164_converters': {}}")?;
    assert_eq!(arriving(&foreign, List::Classifiers, b"5"), None);
    Ok(())
}

#[test]
fn what_to_do_is_said_of_the_construct_and_of_what_to_write_instead() {
    let construct = Construct {
        offset: 3,
        end: 5,
        in_class: false,
        what: What::NoDigits,
    };
    let mended = |answers| Mended {
        regex: b"1\\x00".to_vec(),
        answers,
    };
    let advice = "At offset 3 is \\x without digits. Write \\x00, or the digits that were meant.";
    assert_eq!(fix(None, None, 28), None);
    assert_eq!(fix(Some(construct), None, 28).as_deref(), Some(advice));
    assert_eq!(
        fix(None, Some(&mended(Answers::AsThere)), 28).as_deref(),
        Some("1\\x00 answers in both as the regex will in OTP 28.")
    );
    assert_eq!(
        fix(Some(construct), Some(&mended(Answers::AsHere)), 28),
        Some(format!("{advice} 1\\x00 answers in both as the regex does now."))
    );
}

#[test]
fn regexes_that_another_release_reads_otherwise_are_found() -> Tested {
    let json = r#"{"classifiers": {"a": "\\i", "b": "^\\w$", "c": "^1"}, "e164_converters": {}, "reconcile_regex": "^\\d{,3}"}"#;
    let document = Document::read(&json.parse::<Json>()?)?;
    let kinds = |otp| {
        let options = Options {
            otp,
            ..Options::default()
        };
        let report = crate::check::check(&document, &[], Judge::Reader(Dialect::Pcre), &options);
        let names = report
            .findings
            .iter()
            .map(|finding| (finding.kind.name(), finding.path.to_string()));
        let mut names: Vec<(&str, String)> = names.filter(|(name, _)| name.starts_with("otp")).collect();
        names.sort();
        names
    };
    let found = |name, path: &str| (name, path.to_owned());
    let expected = [
        found("otp_differs", "classifiers.b"),
        found("otp_differs", "reconcile_regex"),
        found("otp_refused", "classifiers.a"),
    ];
    assert_eq!(kinds(Some(28)), expected);
    // No other one, and two of the same dialect.
    for otp in [None, Some(24), Some(27), Some(19)] {
        assert_eq!(kinds(otp), [], "{otp:?}");
    }
    Ok(())
}
