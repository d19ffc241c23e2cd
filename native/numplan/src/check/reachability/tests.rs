//! Tests of the names of proofs, and of the sentences on overlaps.

use super::*;
use crate::check::{Options, check};
use crate::config::document::Document;
use crate::config::json::Json;
use crate::plan::rule::Judge;
use crate::regex::dialect::Dialect;
use crate::test_support::Tested;

#[test]
fn each_list_has_a_proof_of_its_own() {
    for (list, expected) in [
        (List::DialPlan, "which dial plan entries decide"),
        (List::Converters, "which converters decide"),
        (List::Classifiers, "which classifiers decide"),
        (List::Reconcile, "whether some number is reconcilable"),
    ] {
        assert_eq!(proof(list), expected);
    }
}

#[test]
fn an_overlap_says_whether_the_later_rule_matches_all_that_the_first_does() -> Tested {
    let first = "a and b both match 1: a takes it, as it stands first.";
    let inside = format!("{first} All printable numbers that a matches, b matches too.");
    for (a, b, expected) in [
        ("^1$", "^1[23]?$", Some(inside.as_str())),
        ("^1[23]?$", "^[14]$", Some(first)),
        ("^1$", "^2$", None),
    ] {
        let json = format!(
            r#"{{"classifiers": {{"a": "{a}", "b": "{b}"}}, "e164_converters": {{}}, "reconcile_regex": "1"}}"#
        );
        let document = Document::read(&json.parse::<Json>()?)?;
        let report = check(&document, &[], Judge::Reader(Dialect::Pcre), &Options::default());
        let overlaps = report.findings.iter().filter(|finding| finding.kind == Kind::Overlap);
        let sentences: Vec<&str> = overlaps.map(|finding| finding.sentence.as_str()).collect();
        assert_eq!(sentences, expected.into_iter().collect::<Vec<&str>>(), "{a} and {b}");
    }
    Ok(())
}
