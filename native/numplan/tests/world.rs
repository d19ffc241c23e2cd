//! Classes by the world's plan, against what Python's `phonenumbers` answers for the numbers of
//! scripts/world_vectors.py: the regions that a number is valid for, and its type.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../../numplan_world/tests/types/mod.rs"]
mod types;

use numplan::check::{self, Kind};
use numplan::diff;
use numplan::explain::{self, Answers, Explained, Explanation};
use numplan::{Dialect, Document, Judge, Plan};
use numplan_world::{NumberType, World};
use types::{Row, rows};

const JUDGE: Judge<'_> = Judge::Reader(Dialect::Pcre);

/// A document of classes by regions and types, and of regexes, in order.
fn document(classes: &[(&str, &str)]) -> Document {
    let classes = classes.iter().enumerate().map(|(at, (region, kind))| {
        if let Some(regex) = region.strip_prefix('^') {
            return format!(r#""c{at}": "^{}""#, regex.replace('\\', r"\\"));
        }
        let list = |key: &str, names: &str| {
            let names: Vec<String> = names.split(',').map(|name| format!("\"{name}\"")).collect();
            format!("\"{key}\": [{}]", names.join(", "))
        };
        let lists = [("region", *region), ("type", *kind)];
        let lists = lists.iter().filter(|(_, names)| !names.is_empty());
        let lists: Vec<String> = lists.map(|(key, names)| list(key, names)).collect();
        format!(
            r#""c{at}": {{"world": {{{}}}, "numplan_only": true}}"#,
            lists.join(", ")
        )
    });
    let text = format!(
        r#"{{"classifiers": {{{}}}, "reconcile_regex": "^\\+",
             "e164_converters": {{"^00(\\d*)$": {{"prefix": "+"}}, "^9(\\d+)$": {{"prefix": "+"}}}}}}"#,
        classes.collect::<Vec<_>>().join(", ")
    );
    Document::read(&text.parse().expect("JSON")).expect("a document")
}

/// The first class that a number is in.
fn expected(classes: &[(&str, &str)], row: &Row) -> Option<usize> {
    classes.iter().position(|(regions, kinds)| {
        let is_one_of = |names: &str, name: &str| names.split(',').any(|one| one == name);
        let is_selected = row.kind != "UNKNOWN"
            && (regions.is_empty() || row.regions.iter().any(|region| is_one_of(regions, region)))
            && (kinds.is_empty() || is_one_of(kinds, &row.kind));
        is_match(regions, row) || !regions.starts_with('^') && is_selected
    })
}

/// Whether it is a regex that matches the number.
fn is_match(regex: &str, row: &Row) -> bool {
    let prefix = regex.strip_prefix(r"^\+");
    prefix.is_some_and(|prefix| row.e164.starts_with(&format!("+{prefix}")))
}

fn plan(document: &Document) -> Plan {
    Plan::compile(document, JUDGE).expect("a plan")
}

fn explanation(document: &Document, number: &[u8]) -> Explanation {
    let explained = explain::explain(document, JUDGE, number, &Answers::default()).expect("a plan");
    let Explained::Done(explanation) = explained else {
        unreachable!("re is asked")
    };
    *explanation
}

/// Few regions, as plans have them, and all of the world.
const PLANS: [&[(&str, &str)]; 3] = [
    &[
        (r"^\+1876", ""),
        ("JM,DO", "PREMIUM_RATE,TOLL_FREE"),
        (r"^\+33", ""),
        ("GB,GG,001", "MOBILE,SHARED_COST,PREMIUM_RATE"),
        ("US,GB", ""),
    ],
    &[
        (r"^\+4", ""),
        ("", "MOBILE"),
        ("IT", ""),
        ("", "FIXED_LINE,FIXED_LINE_OR_MOBILE"),
    ],
    &[
        ("", "PREMIUM_RATE,SHARED_COST"),
        ("BR,AR,MX,DE", "MOBILE"),
        ("", "VOIP,UAN,PAGER,VOICEMAIL"),
        (r"^\+", ""),
    ],
];

#[test]
fn the_class_is_the_first_by_region_and_type() {
    let rows = rows();
    for classes in PLANS {
        let document = document(classes);
        let plan = plan(&document);
        let mut found = vec![0; classes.len()];
        for row in &rows {
            let expected = expected(classes, row);
            assert_eq!(
                plan.classify(row.e164.as_bytes()),
                expected,
                "{} in {classes:?}",
                row.e164
            );
            // Converters make the same number of these.
            for dialled in [row.e164.replacen('+', "00", 1), row.e164.replacen('+', "9", 1)] {
                assert_eq!(plan.classify(dialled.as_bytes()), expected, "{dialled} in {classes:?}");
            }
            // With a newline it is no number, though these regexes match.
            let of_regex = classes.iter().position(|(regex, _)| is_match(regex, row));
            let longer = format!("{}\n", row.e164);
            assert_eq!(plan.classify(longer.as_bytes()), of_regex, "{longer:?} in {classes:?}");
            found[expected.unwrap_or(0)] += 1;
        }
        assert!(found.iter().all(|count| *count > 10), "{found:?} in {classes:?}");
        for row in rows.iter().step_by(500) {
            assert_eq!(
                explanation(&document, row.e164.as_bytes()).class,
                expected(classes, row)
            );
        }
    }
}

#[test]
fn an_explanation_names_regions_and_types() {
    let document = document(&[("JM", "PREMIUM_RATE"), ("", "MOBILE,TOLL_FREE")]);
    let explanation = explanation(&document, b"+18002345678");
    assert_eq!(explanation.class, Some(1));
    let text = explanation.text();
    assert!(text.contains("valid numbers of JM of the type PREMIUM_RATE"), "{text}");
    assert!(text.contains("valid numbers of the type MOBILE or TOLL_FREE"), "{text}");
}

fn report(classes: &[(&str, &str)]) -> check::Report {
    check::check(&document(classes), &[], JUDGE, &check::Options::default())
}

fn paths(report: &check::Report, kind: Kind) -> Vec<String> {
    let findings = report.findings.iter().filter(|finding| finding.kind == kind);
    findings.map(|finding| finding.path.to_string()).collect()
}

/// Mobile numbers of France are mobile numbers, and toll-free ones are not.
#[test]
fn a_check_proves_what_is_never_reached() {
    let classes = [
        ("FR,ES", "MOBILE"),
        ("FR", "MOBILE"),
        ("ES", "TOLL_FREE"),
        ("", "TOLL_FREE"),
        ("DE", "TOLL_FREE"),
    ];
    let report = report(&classes);
    assert_eq!((report.unread.len(), report.cut.len()), (0, 0), "{:?}", report.cut);
    assert_eq!(
        paths(&report, Kind::NeverMatches),
        ["classifiers.c1.world", "classifiers.c4.world"]
    );
    let only = paths(&report, Kind::NumplanOnly);
    assert_eq!(only.len(), classes.len());
    // The number that shows an overlap is one of both classes.
    let world = World::builtin().expect("the data is whole");
    let overlaps = report.findings.iter().filter(|finding| finding.kind == Kind::Overlap);
    for finding in overlaps {
        let witness = finding.witness.as_ref().expect("a number");
        let number = world.lookup(&witness.e164).expect("a number in E.164 form");
        assert!(number.is_valid(), "{:?}", witness.e164);
    }
}

#[test]
fn regions_and_types_that_add_nothing_are_a_note() {
    let report = report(&[("US,GB,CA", "MOBILE,PAGER"), ("", "MOBILE")]);
    assert_eq!(paths(&report, Kind::NoSuchNumbers), ["classifiers.c0.world"]);
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.kind == Kind::NoSuchNumbers);
    let sentence = &finding.expect("a finding").sentence;
    assert!(sentence.starts_with("US, CA add no number to"), "{sentence}");
}

#[test]
fn a_difference_has_a_number_of_the_world_that_shows_it() {
    let sides = [("FR", "PREMIUM_RATE"), ("FR,BE", "PREMIUM_RATE")].map(|class| document(&[class]));
    let [old, new] = &sides;
    let diff = diff::diff((old, JUDGE), (new, JUDGE), &diff::Options::default()).expect("two plans");
    assert_eq!(diff.missing, []);
    let [change] = diff.moves.as_slice() else {
        unreachable!("{:?}", diff.moves)
    };
    let world = World::builtin().expect("the data is whole");
    let number = world.lookup(&change.new.e164).expect("a number in E.164 form");
    assert_eq!(number.region().map(|region| region.name()), Some("BE"));
    assert_eq!(number.number_type(), NumberType::PremiumRate);
    let same = diff::diff((new, JUDGE), (new, JUDGE), &diff::Options::default()).expect("two plans");
    assert_eq!(same, diff::Diff::default());
    // The same numbers, written otherwise.
    let other = document(&[("BE,FR", "PREMIUM_RATE")]);
    let same = diff::diff((new, JUDGE), (&other, JUDGE), &diff::Options::default()).expect("two plans");
    assert_eq!(same, diff::Diff::default());
}
