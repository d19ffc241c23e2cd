//! Tests of the bound on the rules of a document.

use super::*;
use crate::config::json::JsonError;

#[test]
fn a_document_of_too_many_rules_is_refused() {
    let survey = |count: usize| {
        let classifiers = (0..count).map(|at| (format!("c{at}").into_bytes(), Json::String(b"1".to_vec())));
        let classifiers = Json::Object(classifiers.collect());
        Document::survey(&Json::Object(vec![(b"classifiers".to_vec(), classifiers)]))
    };
    let (document, problems) = survey(100);
    assert!(document.is_some() && problems.is_empty());
    for more in [10, 1_000] {
        let (document, problems) = survey(MAX_RULES + more);
        assert!(document.is_none());
        let reasons: Vec<&str> = problems.iter().map(|problem| problem.reason.name()).collect();
        assert_eq!(reasons, ["too_many"]);
    }
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_type_and_the_expected_one() -> Result<(), JsonError> {
    for (json, expected) in [
        ("[]", "expected an object, got a list"),
        ("{\"classifiers\": []}", "classifiers: expected an object, got a list"),
        (
            "{\"classifiers\": true}",
            "classifiers: expected an object, got a boolean",
        ),
        (
            "{\"classifiers\": \"1\"}",
            "classifiers: expected an object, got a string",
        ),
        (
            "{\"classifiers\": {}, \"e164_converters\": 1}",
            "e164_converters: expected an object, got a number",
        ),
        (
            "{\"classifiers\": {}, \"reconcile_regex\": {}}",
            "reconcile_regex: expected a string, got an object",
        ),
    ] {
        let (_, problems) = Document::survey(&json.parse()?);
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(problems, [expected], "{json}");
    }
    Ok(())
}

#[test]
fn a_document_of_another_shape_is_refused_with_a_hint() -> Result<(), JsonError> {
    for (json, expected) in [
        (
            "{\"x\": {\"prefix\": \"1\"}}",
            "not a number_manager document (dial plans belong under the key \"dial_plan\",",
        ),
        (
            "{\"x\": 1}",
            "not a number_manager document (expected one of the keys classifiers,",
        ),
    ] {
        let json: Json = json.parse()?;
        let (document, problems) = Document::survey(&json);
        assert!(document.is_none());
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert!(
            problems.len() == 1 && problems.iter().all(|problem| problem.starts_with(expected)),
            "{problems:?}"
        );
    }
    Ok(())
}
