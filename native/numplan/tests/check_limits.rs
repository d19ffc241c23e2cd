//! Checks of many rules, and of rules made to take long, are bounded and say what was not proved.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod documents;

use documents::{object, text};
use numplan::check::{self, Kind, Options, Report, Severity};
use numplan::config::document::{Classifier, Document};
use numplan::diff;
use numplan::plan::rule::Judge;
use numplan::proof::search::Limits;
use numplan::regex::dialect::Dialect;
use std::collections::HashMap;

type Rule = (String, String);

fn document(classifiers: &[String], converters: &[Rule]) -> Document {
    let classifiers = classifiers.iter().enumerate();
    let classifiers = classifiers.map(|(place, regex)| (format!("c{place}"), text(regex)));
    let converters = converters
        .iter()
        .map(|(regex, prefix)| (regex.clone(), object([("prefix".to_owned(), text(prefix))])));
    let json = object([
        ("classifiers".to_owned(), object(classifiers)),
        ("e164_converters".to_owned(), object(converters)),
        ("reconcile_regex".to_owned(), text("^\\+")),
    ]);
    Document::read(&json).expect("a document")
}

fn checked(document: &Document, limits: Limits) -> Report {
    let options = Options {
        limits,
        ..Options::default()
    };
    check::check(document, &[], Judge::Re(Dialect::Pcre, &HashMap::new()), &options)
}

#[test]
fn checks_a_thousand_ordinary_rules_of_each_kind_within_the_bounds() {
    let mut classifiers: Vec<String> = (0..1_000).map(|n| format!("^\\+{n:03}(\\d{{4,8}})$")).collect();
    let never = classifiers.len();
    classifiers.push("^\\+500\\d{5}$".to_owned());
    classifiers.push("^.*$".to_owned());
    let converters: Vec<Rule> = (0..1_000)
        .map(|n| (format!("^0{n:03}(\\d{{4,8}})$"), format!("+{n:03}")))
        .collect();
    let report = checked(&document(&classifiers, &converters), Limits::default());
    assert_eq!(report.cut, []);
    let found: Vec<(Kind, String)> = report
        .findings
        .iter()
        .map(|finding| (finding.kind, finding.path.to_string()))
        .collect();
    assert_eq!(found, [(Kind::NeverMatches, format!("classifiers.c{never}"))]);
}

/// A thousand rules in several proportions. Behind the converters' prefix comes what a class asks
/// for, so all of them meet.
#[test]
fn checks_a_thousand_rules_that_all_meet_within_the_bounds() {
    let classes = |count: usize| -> Vec<String> { (0..count).map(|n| format!("^\\+49{n:04}\\d{{4,8}}$")).collect() };
    let converters = |count: usize| -> Vec<Rule> {
        let rules = (0..count).map(|n| (format!("^0{n:04}(\\d{{4,8}})$"), "+49".to_owned()));
        rules.collect()
    };
    for (rules, few) in [(1_000, 5), (1_000, 20), (900, 100), (500, 500)] {
        let document = document(&classes(rules), &converters(few));
        let report = checked(&document, Limits::default());
        assert_eq!(report.cut, [], "{rules} classifiers behind {few} converters");
        let found: Vec<Kind> = report.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(found, [Kind::NoClass], "{rules} classifiers behind {few} converters");
        let more = self::document(&classes(rules + 1), &converters(few + 1));
        let re = HashMap::new();
        let diff = diff::diff(
            (&document, Judge::Re(Dialect::Pcre, &re)),
            (&more, Judge::Re(Dialect::Pcre, &re)),
            &diff::Options::default(),
        );
        let diff = diff.expect("two plans");
        assert_eq!(diff.missing, [], "{rules} classifiers behind {few} converters");
        let new = |number: &[u8]| diff.moves.iter().any(|change| change.new.e164 == number);
        // The new class, and what the new converter brings to an old one.
        let brought = [format!("+49{rules:04}0000"), "+4900000000".to_owned()];
        assert!(brought.iter().all(|number| new(number.as_bytes())), "{rules}, {few}");
    }
}

#[test]
fn reports_overlaps_up_to_the_bound_and_counts_the_rest() {
    let classifiers: Vec<String> = (1..=50).map(|most| format!("^\\d{{1,{most}}}$")).collect();
    let options = Options {
        overlaps: 20,
        otp: None,
        ..Options::default()
    };
    let report = check::check(
        &document(&classifiers, &[]),
        &[],
        Judge::Reader(Dialect::Pcre),
        &options,
    );
    let overlaps = report.findings.iter().filter(|finding| finding.kind == Kind::Overlap);
    assert_eq!(overlaps.count(), 20);
    assert_eq!(report.more_overlaps, 50 * 49 / 2 - 20);
}

#[test]
fn bounds_the_size_of_a_report() {
    let name = "n".repeat(1 << 20);
    let classes = [(name.clone(), text("^.*$"))];
    let others = (0..200).map(|n| (format!("c{n}"), text(&format!("^{n}$"))));
    let json = object([
        ("classifiers".to_owned(), object(classes.into_iter().chain(others))),
        ("e164_converters".to_owned(), object(Vec::<(String, _)>::new())),
        ("reconcile_regex".to_owned(), text("^$")),
    ]);
    let report = checked(&Document::read(&json).expect("a document"), Limits::default());
    let cut: Vec<&str> = report.cut.iter().map(|cut| cut.proof).collect();
    assert_eq!(cut, ["all other findings"]);
    let never = report
        .findings
        .iter()
        .filter(|finding| finding.kind == Kind::NeverMatches);
    assert!((20..200).contains(&never.count()));
    // A sentence shows the beginning of a long name.
    assert!(report.findings.iter().all(|finding| finding.sentence.len() < 1_000));
}

#[test]
fn names_the_bound_that_a_proof_met() {
    let cut = |converters: &[(&str, &str)]| {
        let converters: Vec<Rule> = converters
            .iter()
            .map(|(regex, prefix)| ((*regex).to_owned(), (*prefix).to_owned()))
            .collect();
        let report = checked(&document(&["^.*$".to_owned()], &converters), Limits::default());
        let cut = report.cut.iter().map(|cut| (cut.proof, cut.bound.name()));
        cut.collect::<Vec<(&str, &str)>>()
    };
    let loop_of_nothing = [("^(?:(b)?)*(\\d{3})$", "+")];
    assert_eq!(cut(&loop_of_nothing), [("which group of a rule is kept", "captures")]);
    let far = "2".repeat(100);
    let far_apart = [("^1(\\d)$", far.as_str()), ("^2{100}(\\d)$", "")];
    assert_eq!(
        cut(&far_apart),
        [("what changes when it is normalised again", "distance")]
    );
}

/// Small bounds, since the time until one is met is not what is tested.
const FEW: Limits = Limits {
    places: 20_000,
    moves: 200_000,
    memory: 4 << 20,
};

fn hostile() -> Vec<(&'static str, Document)> {
    let letters = |n: usize| format!("(?:a|b)*a(?:a|b){{{n}}}");
    let every = |shape: fn(usize) -> String| (0..300).map(shape).collect::<Vec<String>>();
    vec![
        (
            "unanchored and long",
            document(&every(|n| format!(".*{n}.{{1,200}}")), &[]),
        ),
        (
            "exponential",
            document(&(15..25).map(letters).collect::<Vec<String>>(), &[]),
        ),
        (
            "every subset of what matches",
            document(&every(|n| n.to_string()), &[("(\\d)(\\d)?".to_owned(), String::new())]),
        ),
        (
            "nested repeats",
            document(
                &["^(?:(?:[01]{1,30}){1,30}2){1,30}$".to_owned()],
                &[("((\\d{1,9}){1,9}x)?".to_owned(), String::new())],
            ),
        ),
        (
            "guesses at every place",
            document(
                &every(|n| format!("^\\+{n:03}")),
                &[
                    ("(\\d+)(\\d+)(\\d+)(\\d+)1".to_owned(), "2".to_owned()),
                    ("\\d*(\\d{100})\\d*".to_owned(), String::new()),
                ],
            ),
        ),
    ]
}

#[test]
fn reports_the_proofs_that_were_cut_short() {
    for (name, document) in hostile() {
        let report = checked(&document, FEW);
        assert!(!report.cut.is_empty(), "{name}");
        let dialled = report.cut.iter().any(|cut| cut.proof == "which classifiers decide");
        let never = report.findings.iter().any(|finding| finding.kind == Kind::NeverMatches);
        assert!(!dialled || !never, "{name}: never is claimed and not proved");
        let options = diff::Options {
            limits: FEW,
            ..diff::Options::default()
        };
        let re = HashMap::new();
        let same = diff::diff(
            (&document, Judge::Re(Dialect::Pcre, &re)),
            (&document, Judge::Re(Dialect::Pcre, &re)),
            &options,
        );
        assert!(
            same.expect("two plans").is_none(),
            "{name}: the same rules need no proof"
        );
        // Nothing changes, but the rules are not the same.
        let mut other = document.clone();
        other
            .classifiers
            .extend(document.classifiers.first().map(|classifier| Classifier {
                regex: b"5^".to_vec(),
                ..classifier.clone()
            }));
        let diff = diff::diff(
            (&document, Judge::Re(Dialect::Pcre, &re)),
            (&other, Judge::Re(Dialect::Pcre, &re)),
            &options,
        );
        let diff = diff.expect("two plans");
        assert!(!diff.missing.is_empty(), "{name}");
        assert_eq!((diff.moves, diff.rewritten), (Vec::new(), Vec::new()), "{name}");
    }
}

#[test]
fn orders_findings_by_severity_and_by_the_document() {
    let classifiers = ["(*PRUNE)1", "^\\+1", "^\\+1\\d$", "^0+$", "911"].map(str::to_owned);
    let report = checked(
        &document(&classifiers, &[("^0(\\d*)$".to_owned(), "0".to_owned())]),
        Limits::default(),
    );
    let order: Vec<(Severity, String)> = report
        .findings
        .iter()
        .map(|finding| (finding.severity, finding.path.to_string()))
        .collect();
    let paths = |severity: Severity| {
        let of = order.iter().filter(move |(other, _)| *other == severity);
        of.map(|(_, path)| path.as_str()).collect::<Vec<&str>>()
    };
    assert!(order.is_sorted_by_key(|(severity, _)| *severity));
    assert_eq!(
        paths(Severity::Warning),
        ["classifiers.c2", "classifiers.c4", "e164_converters[\"^0(\\d*)$\"]"]
    );
    assert_eq!(
        paths(Severity::Info),
        [
            "classifiers.c0",
            "classifiers.c0",
            "classifiers.c3",
            "e164_converters[\"^0(\\d*)$\"]"
        ]
    );
    assert_eq!(report.unread.len(), 1);
}
