//! Tests of the sentences on rules that never decide.

use crate::check::{Kind, Options, check};
use crate::config::document::Document;
use crate::config::json::Json;
use crate::plan::rule::Judge;
use crate::regex::dialect::Dialect;
use crate::test_support::Tested;
use std::collections::HashMap;

/// The sentences on rules that never match, of the check of a document with `'` in place of `"`.
fn sentences(json: &str) -> Tested<Vec<String>> {
    let json: Json = json.replace('\'', "\"").parse()?;
    let document = Document::read(&json)?;
    let report = check(&document, &[], Judge::Reader(Dialect::Pcre), &Options::default());
    let sentences = report.findings.into_iter().map(|finding| finding.sentence);
    Ok(sentences
        .filter(|sentence| sentence.contains("never matches"))
        .collect())
}

#[test]
fn the_rules_that_take_its_numbers_are_named_with_one_each() -> Tested {
    for (classifiers, expected) in [
        (
            "'any': '^\\\\d+$', 'short': '^\\\\d{3}$'",
            "short never matches: any (000) takes all that it matches.",
        ),
        (
            "'a': '^1$', 'b': '^2$', 'c': '^[12]$'",
            "c never matches: a (1), b (2) take all that it matches.",
        ),
        (
            "'a': '^1$', 'a': '^1$'",
            "a never matches: the same rule before it (1) takes all that it matches.",
        ),
        (
            "'a': '[^\\\\s\\\\S]'",
            "a never matches: there is no number that its regex matches.",
        ),
    ] {
        let json = format!("{{'classifiers': {{{classifiers}}}, 'e164_converters': {{}}, 'reconcile_regex': '1'}}");
        assert_eq!(sentences(&json)?, [expected], "{classifiers}");
    }
    Ok(())
}

#[test]
fn what_keeps_a_number_from_coming_to_it_is_said() -> Tested {
    for (json, expected) in [
        (
            "'classifiers': {'c': '^1$'}, 'e164_converters': {'^(1)$': {'prefix': '+'}}, 'reconcile_regex': '1'",
            "c never matches: a number such as 1 would fall to it, but normalising makes +1 of that first.",
        ),
        (
            "'classifiers': {}, 'e164_converters': {'^(1)$': {'prefix': '+'}}, 'reconcile_regex': '^1$'",
            "reconcile_regex never matches: its regex matches a number such as 1, but normalising makes +1 of that first.",
        ),
        (
            "'classifiers': {}, 'e164_converters': {'^\\\\+(1)$': {}}, 'reconcile_regex': '1'",
            "converter ^\\+(1)$ never matches: only numbers with + such as +1 would, and those are never rewritten.",
        ),
        (
            "'classifiers': {}, 'e164_converters': {'^(2)$': {'prefix': '+'}}, 'reconcile_regex': '1', 'dial_plan': {'^(2)$': {'prefix': '3'}}",
            "converter ^(2)$ never matches: a number such as 2 would, but the dial plan lets none come to it.",
        ),
    ] {
        assert_eq!(sentences(&format!("{{{json}}}"))?, [expected], "{json}");
    }
    Ok(())
}

/// The number that shows that one rule takes what another matches.
fn shown(json: &str) -> Tested<Vec<u8>> {
    let json: Json = json.replace('\'', "\"").parse()?;
    let judge = Judge::Re(Dialect::Pcre, &HashMap::new());
    let report = check(&Document::read(&json)?, &[], judge, &Options::default());
    let mut never = report
        .findings
        .iter()
        .filter(|finding| finding.kind == Kind::NeverMatches);
    let related = never
        .next()
        .and_then(|finding| finding.related.first())
        .ok_or("no finding")?;
    Ok(related.witness.as_ref().ok_or("no number")?.number.clone())
}

#[test]
fn a_number_that_comes_as_it_was_dialled_shows_best_what_takes_it() -> Tested {
    // 1 becomes 51 too.
    let json = "{'classifiers': {}, 'e164_converters': {'^5(1)$': {'prefix': '+'}, '^(51)$': {}}, 'reconcile_regex': '1', 'dial_plan': {'^(1)$': {'prefix': '5'}}}";
    assert_eq!(shown(json)?, b"51");
    Ok(())
}

#[test]
fn a_number_that_no_foreign_rule_may_change_shows_best_what_takes_it() -> Tested {
    // What `re` makes of 12 is not known, and no converter sees a number with +.
    let json = "{'classifiers': {'a': '^\\\\+?12$', 'b': '^\\\\+?12$'}, 'e164_converters': {'(.)\\\\1?': {}}, 'reconcile_regex': '1'}";
    assert_eq!(shown(json)?, b"+12");
    Ok(())
}
