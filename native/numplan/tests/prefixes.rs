//! Classes by prefixes against the same prefixes as regexes, which other tests compare with `re`.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod documents;

use documents::{object, text};
use numplan::check::{self, Kind};
use numplan::config::document::Summary;
use numplan::diff;
use numplan::explain::{self, Answers, Explained};
use numplan::{Dialect, Document, Json, Judge, Plan};
use proptest::prelude::*;
use std::collections::BTreeMap;

const JUDGE: Judge<'_> = Judge::Reader(Dialect::Pcre);

/// A class: a regex, or prefixes.
#[derive(Clone, Debug)]
enum Class {
    Regex(&'static str),
    Prefixes(Vec<String>),
}

fn class() -> impl Strategy<Value = Class> {
    let regexes = [r"^\+1", r"^\+?0\d$", r"2$", r"^.*$", r"^\+12\d{3}", "^1"];
    prop_oneof![
        prop::sample::select(regexes.to_vec()).prop_map(Class::Regex),
        prop::collection::vec("[0-2]{1,5}", 1..12).prop_map(Class::Prefixes),
    ]
}

fn list(prefixes: &[String]) -> Json {
    Json::Array(prefixes.iter().map(|prefix| text(prefix)).collect())
}

fn by_prefixes(prefixes: &[String]) -> Json {
    object([
        ("prefixes".to_owned(), list(prefixes)),
        ("numplan_only".to_owned(), Json::Bool(true)),
    ])
}

/// The same class as one regex.
fn as_regex(class: &Class) -> String {
    match class {
        Class::Regex(regex) => (*regex).to_owned(),
        Class::Prefixes(prefixes) => format!(r"^\+(?:{})", prefixes.join("|")),
    }
}

fn as_json(class: &Class) -> Json {
    match class {
        Class::Regex(regex) => text(regex),
        Class::Prefixes(prefixes) => by_prefixes(prefixes),
    }
}

/// A document of `classes`, with converters that write `+1` before and `2` behind some numbers.
fn document(classes: impl Iterator<Item = Json>) -> Document {
    let rewrite =
        |prefix: &str, suffix: &str| object([("prefix".to_owned(), text(prefix)), ("suffix".to_owned(), text(suffix))]);
    let json = object([
        (
            "classifiers".to_owned(),
            object(classes.enumerate().map(|(at, class)| (format!("c{at}"), class))),
        ),
        (
            "e164_converters".to_owned(),
            object([
                (r"^00(\d*)$".to_owned(), rewrite("+", "")),
                (r"^0(\d+)$".to_owned(), rewrite("+1", "2")),
                (r"^(2+)(?:\D|$)".to_owned(), rewrite("", "")),
            ]),
        ),
        ("reconcile_regex".to_owned(), text(r"^\+")),
    ]);
    Document::read(&json).expect("a document")
}

fn plan(document: &Document) -> Plan {
    Plan::compile(document, JUDGE).expect("a plan")
}

/// All numbers of up to `length` bytes.
fn numbers(length: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..length {
        let longer = |number: &Vec<u8>| {
            b"+012a"
                .iter()
                .map(|byte| [number.as_slice(), &[*byte]].concat())
                .collect::<Vec<_>>()
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// Prefixes that make a list too long for the automaton, and match nothing that is asked.
fn ballast() -> Vec<String> {
    (0..20_000u32)
        .map(|at| format!("9{:08}", at.wrapping_mul(2_654_435_761) % 100_000_000))
        .collect()
}

/// Random prefixes that begin with 1, too many of them for proofs.
fn too_many() -> Vec<String> {
    let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    let states = std::iter::successors(Some(1), next);
    states
        .take(100_000)
        .map(|state| format!("1{:08}", (state >> 33) % 100_000_000))
        .collect()
}

/// The same classes; each list has ballast, and so stands in the index.
fn weighted(class: &Class) -> Class {
    match class {
        Class::Regex(regex) => Class::Regex(regex),
        Class::Prefixes(prefixes) => Class::Prefixes([prefixes.clone(), ballast()].concat()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// As regexes, as part of the automaton, and in the index: one answer.
    #[test]
    fn answers_are_those_of_regexes(classes in prop::collection::vec(class(), 1..6)) {
        let regexes = plan(&document(classes.iter().map(|class| text(&as_regex(class)))));
        let short = plan(&document(classes.iter().map(as_json)));
        let long = plan(&document(classes.iter().map(weighted).map(|class| as_json(&class))));
        for number in numbers(6) {
            let expected = regexes.classify(&number);
            prop_assert_eq!(short.classify(&number), expected, "{:?}", String::from_utf8_lossy(&number));
            prop_assert_eq!(long.classify(&number), expected, "{:?}, in the index", String::from_utf8_lossy(&number));
            prop_assert_eq!(long.classify_e164(&number), regexes.classify_e164(&number));
        }
    }

    /// What a check proves of lists it proves of the same regexes.
    #[test]
    fn findings_are_those_of_regexes(classes in prop::collection::vec(class(), 1..5)) {
        let kinds = |document: &Document| {
            let report = check::check(document, &[], JUDGE, &check::Options::default());
            prop_assert_eq!(&report.cut, &[]);
            let mut kinds: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
            for finding in report.findings {
                // These are about the text of a regex.
                let textual = ["plus_quantifier", "unanchored", "one_sided_anchor", "redundant_prefixes", "numplan_only"];
                if !textual.contains(&finding.kind.name()) {
                    let path = finding.path.to_string();
                    *kinds.entry((finding.kind.name(), path.trim_end_matches(".prefixes").to_owned())).or_default() += 1;
                }
            }
            Ok(kinds)
        };
        let regexes = kinds(&document(classes.iter().map(|class| text(&as_regex(class)))))?;
        let lists = kinds(&document(classes.iter().map(as_json)))?;
        prop_assert_eq!(regexes, lists);
    }

    /// A difference is found by numbers that show it, in lists of both sorts.
    #[test]
    fn differences_are_those_of_regexes(old in prop::collection::vec(class(), 1..4), new in prop::collection::vec(class(), 1..4)) {
        let compared = |document: &dyn Fn(&[Class]) -> Document| {
            let (old, new) = (document(&old), document(&new));
            diff::diff((&old, JUDGE), (&new, JUDGE), &diff::Options::default()).expect("two plans")
        };
        let pairs = |diff: &diff::Diff| -> Vec<_> {
            diff.moves.iter().map(|change| (change.old.class.clone(), change.new.class.clone())).collect()
        };
        let regexes = compared(&|classes| document(classes.iter().map(|class| text(&as_regex(class)))));
        let lists = compared(&|classes| document(classes.iter().map(as_json)));
        prop_assert_eq!(pairs(&regexes), pairs(&lists));
        prop_assert_eq!(regexes.missing, lists.missing);
    }
}

#[test]
fn an_explanation_names_the_prefix() {
    let classes = [
        Class::Regex("^.*2$"),
        Class::Prefixes(vec!["10".to_owned(), "100".to_owned(), "2".to_owned()]),
    ];
    let document = document(classes.iter().map(as_json));
    let explained = explain::explain(&document, JUDGE, b"+1000", &Answers::default());
    let explained = explained.expect("a plan");
    let Explained::Done(explanation) = explained else {
        unreachable!("re is asked")
    };
    let rule = &explanation.classifiers[1].rule;
    assert_eq!(explanation.class, Some(1));
    assert_eq!(
        (rule.regex.as_slice(), rule.set.clone()),
        (br"^\+10".as_slice(), Some(Summary::Prefixes(3)))
    );
    assert!(explanation.text().contains("a list of 3 prefixes, among them +10"));
}

fn report(document: &Document) -> check::Report {
    check::check(document, &[], JUDGE, &check::Options::default())
}

#[test]
fn prefixes_that_add_nothing_are_a_note() {
    let classes = [Class::Prefixes(["10", "1001", "10", "2"].map(String::from).to_vec())];
    let report = report(&document(classes.iter().map(as_json)));
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.kind == Kind::RedundantPrefixes);
    let finding = finding.expect("a finding");
    assert_eq!(finding.path.to_string(), "classifiers.c0.prefixes");
    assert!(finding.sentence.contains("2 of the 4 prefixes"), "{}", finding.sentence);
    let only = report.findings.iter().find(|finding| finding.kind == Kind::NumplanOnly);
    assert_eq!(
        only.map(|finding| finding.path.to_string()).as_deref(),
        Some("classifiers.c0.prefixes")
    );
}

/// A long list is not read, and nothing is claimed that it could refute.
#[test]
fn a_long_list_is_left_out_of_proofs() {
    let many = too_many();
    let classes = [
        Class::Prefixes(many),
        Class::Regex(r"^\+1\d{8}"),
        Class::Regex("^.*$"),
        Class::Regex("^2"),
    ];
    let report = report(&document(classes.iter().map(as_json)));
    let unread: Vec<String> = report.unread.iter().map(ToString::to_string).collect();
    assert_eq!(unread, ["classifiers.c0.prefixes"]);
    let never: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.kind == Kind::NeverMatches)
        .map(|finding| finding.path.to_string())
        .collect();
    assert_eq!(never, ["classifiers.c3"]);
}

/// A prefix that moves is found also in lists that no proof reads.
#[test]
fn a_difference_of_long_lists_has_a_witness() {
    let many = too_many();
    let more = [many.clone(), vec!["2718".to_owned()]].concat();
    let sides = [many, more].map(|prefixes| {
        let classes = [Class::Prefixes(prefixes), Class::Regex("^.*$")];
        document(classes.iter().map(as_json))
    });
    let [old, new] = &sides;
    let diff = diff::diff((old, JUDGE), (new, JUDGE), &diff::Options::default()).expect("two plans");
    let moves: Vec<&[u8]> = diff.moves.iter().map(|change| change.new.number.as_slice()).collect();
    assert_eq!(moves, [b"+2718".as_slice()]);
    assert_eq!(
        diff.missing.iter().map(|missing| missing.name()).collect::<Vec<_>>(),
        ["unread"]
    );
    let same = diff::diff((old, JUDGE), (old, JUDGE), &diff::Options::default()).expect("two plans");
    assert_eq!(same, diff::Diff::default());
}
