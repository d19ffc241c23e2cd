//! What is too large for one automaton is split or simulated, and answers the same.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use numplan::config::document::Document;
use numplan::config::json::Json;
use numplan::plan::rule::{Judge, Runs};
use numplan::plan::{MEMORY_LIMIT, Plan};
use numplan::regex::dialect::Dialect;
use std::collections::HashMap;

fn plan(classes: &[String]) -> Plan {
    Plan::compile(&document(classes, None), Judge::Reader(Dialect::Pcre)).expect("a plan")
}

fn document(classes: &[String], converter: Option<&str>) -> Document {
    let text = |text: &str| Json::String(text.as_bytes().to_vec());
    let members = classes
        .iter()
        .enumerate()
        .map(|(place, regex)| (format!("c{place}").into_bytes(), text(regex)));
    let converters = converter.map(|regex| (regex.as_bytes().to_vec(), Json::Object(Vec::new())));
    let json = Json::Object(vec![
        (b"classifiers".to_vec(), Json::Object(members.collect())),
        (
            b"e164_converters".to_vec(),
            Json::Object(converters.into_iter().collect()),
        ),
        (b"reconcile_regex".to_vec(), text("^$")),
    ]);
    Document::read(&json).expect("a document")
}

#[test]
fn a_pattern_whose_automaton_is_exponential_is_simulated() {
    let plan = plan(&["1[01]{40}$".to_owned(), "^0".to_owned()]);
    assert!(plan.rules().iter().all(|rule| rule.runs == Runs::Native));
    assert!(plan.size().memory < MEMORY_LIMIT);
    let tail = "01".repeat(20);
    assert_eq!(plan.classify_e164(format!("11{tail}").as_bytes()), Some(0));
    assert_eq!(plan.classify_e164(format!("01{tail}").as_bytes()), Some(0));
    assert_eq!(plan.classify_e164(format!("00{tail}").as_bytes()), Some(1));
    assert_eq!(plan.classify_e164(format!("20{tail}").as_bytes()), None);
}

#[test]
fn a_list_that_is_only_long_is_one_automaton() {
    // Prefixes of seven digits, spread over all of them.
    let prefixes = (0u64..20_000).map(|place| 2_000_000 + place * 7_919 % 8_000_000);
    let classes: Vec<String> = prefixes.clone().map(|prefix| format!(r"^\+1{prefix}")).collect();
    let plan = plan(&classes);
    assert_eq!(
        plan.cost(),
        2,
        "a look-up a byte for the classes, one for the reconcile regex"
    );
    for (place, prefix) in prefixes.enumerate() {
        assert_eq!(plan.classify_e164(format!("+1{prefix}00").as_bytes()), Some(place));
    }
    assert_eq!(plan.classify_e164(b"+12000001"), None);
}

#[test]
fn a_set_that_is_too_large_for_one_automaton_is_cut_up_in_order() {
    let mut classes: Vec<String> = (12..20).map(|digits| format!("2\\d{{{digits}}}$")).collect();
    classes.push("^9".to_owned());
    let plan = plan(&classes);
    for (place, digits) in (12..20).enumerate() {
        let number = format!("9{}2{}", "1".repeat(30), "1".repeat(digits));
        assert_eq!(plan.classify_e164(number.as_bytes()), Some(place));
    }
    assert_eq!(plan.classify_e164(b"91"), Some(8));
}

#[test]
fn a_thousand_ordered_rules_share_one_pass() {
    let classes: Vec<String> = (0..1_000).map(|n| format!("^\\+{n:03}(\\d{{4,8}})$")).collect();
    let plan = plan(&classes);
    assert!(plan.cost() <= 4, "{} look-ups a byte", plan.cost());
    for n in [0_usize, 7, 500, 999] {
        assert_eq!(plan.classify_e164(format!("+{n:03}55512").as_bytes()), Some(n));
    }
    assert_eq!(plan.classify_e164(b"+99912"), None);
}

#[test]
fn without_re_there_is_nothing_to_leave_a_regex_to() {
    let too_long = "1".repeat(150_000);
    let refused = [
        (document(&[], Some("(?:(?:0)?)*$")), "e164_converters"),
        (document(&[format!("{too_long}{too_long}")], None), "classifiers"),
    ];
    for (document, list) in refused {
        let problems = Plan::compile(&document, Judge::Reader(Dialect::Pcre)).expect_err("a rule that only re runs");
        assert!(matches!(&*problems, [problem] if problem.reason.name() == "needs_re"));
        assert!(
            problems
                .iter()
                .all(|problem| problem.path.to_string().starts_with(list))
        );
        let plan = Plan::compile(&document, Judge::Re(Dialect::Pcre, &HashMap::new())).expect("a plan");
        assert!(plan.rules().iter().any(|rule| matches!(rule.runs, Runs::Re(_))));
    }
}

#[test]
fn programs_that_are_too_large_together_are_left_to_re_from_where_they_are() {
    let classes: Vec<String> = (0..100).map(|n| format!("^{n:03}a{{65535}}$")).collect();
    let plan = Plan::compile(&document(&classes, None), Judge::Re(Dialect::Pcre, &HashMap::new())).expect("a plan");
    let native: Vec<bool> = plan
        .rules()
        .iter()
        .take(classes.len())
        .map(|rule| rule.runs == Runs::Native)
        .collect();
    let first = native.iter().position(|native| !native).expect("a rule that re runs");
    assert!((6_000_000 / 65_600..=6_000_000 / 65_535).contains(&first), "{first}");
    assert!(native.iter().skip(first).all(|native| !native));
    assert_eq!(plan.foreign_classes().len(), classes.len() - first);
}
