//! What a check proves of a small configuration is compared with trying all numbers up to a length.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod backtracking;
mod documents;
mod small;
mod trees;
mod tried;

use documents::{object, text};
use numplan::check::{self, Finding, Kind, Options, Report, Witness};
use numplan::config::document::Document;
use numplan::config::problem::Path;
use numplan::diff::{self, Change, Diff};
use numplan::plan::Plan;
use numplan::plan::rule::Judge;
use numplan::proof::alphabet::Alphabet;
use numplan::proof::search::{Bound, Limits};
use numplan::regex::dialect::Dialect;
use proptest::prelude::*;
use regex_syntax::hir::{Hir, HirKind};
use small::{
    RewriteText, cases, compile, converter, native_tree, numbers, plain_converter, plain_regex, regex, rewrites_json,
};
use std::collections::{BTreeMap, BTreeSet};
use tried::{Trial, Tried, matching};

/// The longest numbers that are tried, in bytes.
const LENGTH: usize = 8;

fn rewrites(most: usize) -> impl Strategy<Value = Vec<RewriteText>> {
    let rules = prop::collection::vec((converter(), "(\\+|\\+1|0|1)?", "[01]{0,1}"), 0..=most);
    rules.prop_map(|mut rules| {
        // A document has each regex once: it is the rule's key.
        let mut seen = BTreeSet::new();
        rules.retain(|(regex, ..): &RewriteText| seen.insert(regex.clone()));
        rules
    })
}

/// A configuration as text.
#[derive(Clone, Debug)]
struct Texts {
    classifiers: Vec<String>,
    converters: Vec<RewriteText>,
    dial_plan: Option<Vec<RewriteText>>,
    reconcile: String,
}

fn texts() -> impl Strategy<Value = Texts> {
    let classifiers = prop::collection::vec(regex(), 1..5);
    let dial_plan = prop::option::weighted(0.25, rewrites(2));
    (classifiers, rewrites(3), dial_plan, regex()).prop_map(|(classifiers, converters, dial_plan, reconcile)| Texts {
        classifiers,
        converters,
        dial_plan,
        reconcile,
    })
}

/// Two configurations, mostly alike.
fn pairs() -> impl Strategy<Value = (Texts, Texts)> {
    (texts(), texts(), 0..6_usize).prop_map(|(old, other, change)| {
        let mut new = old.clone();
        match change {
            0 => new.classifiers = other.classifiers,
            1 => new.converters = other.converters,
            2 => new.dial_plan = other.dial_plan,
            3 => new.reconcile = other.reconcile,
            4 => new.classifiers.reverse(),
            _ => new = other,
        }
        (old, new)
    })
}

fn document(texts: &Texts) -> Document {
    let classifiers = texts.classifiers.iter().enumerate();
    let classifiers = classifiers.map(|(place, regex)| (format!("c{place}"), text(regex)));
    let mut members = vec![
        ("classifiers".to_owned(), object(classifiers)),
        ("e164_converters".to_owned(), rewrites_json(&texts.converters)),
        ("reconcile_regex".to_owned(), text(&texts.reconcile)),
    ];
    members.extend(
        texts
            .dial_plan
            .iter()
            .map(|rules| ("dial_plan".to_owned(), rewrites_json(rules))),
    );
    Document::read(&object(members)).expect("a document")
}

/// The findings of one kind at one rule.
fn found<'r>(report: &'r Report, kind: Kind, path: &Path) -> Vec<&'r Finding> {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.kind == kind && finding.path == *path)
        .collect()
}

/// A finding and the numbers tried agree: neither has a shorter number.
fn agree(found: Option<&Finding>, tried: Option<&Vec<u8>>) -> Result<(), TestCaseError> {
    let witness = found.map(|finding| finding.witness.as_ref().expect("a witness").number.clone());
    match (witness, tried) {
        (None, None) => Ok(()),
        (Some(witness), None) => {
            prop_assert!(witness.len() > LENGTH, "{:?} is not confirmed", found);
            Ok(())
        }
        // Another number is shown before the empty one.
        (Some(witness), Some(tried)) if tried.is_empty() && witness.len() > LENGTH => Ok(()),
        (Some(witness), Some(tried)) => {
            prop_assert_eq!(witness.len(), tried.len(), "{:?}", found);
            Ok(())
        }
        (None, Some(tried)) => Err(TestCaseError::fail(format!(
            "{} is not found",
            String::from_utf8_lossy(tried)
        ))),
    }
}

/// All numbers of some more bytes, and short ones repeated: of nested repetitions the shortest match is
/// longer.
fn longer_numbers(alphabet: &[u8]) -> Vec<Vec<u8>> {
    let short = numbers(alphabet, LENGTH / 2);
    let repeated = short
        .iter()
        .flat_map(|number| (2..=8).map(|times| number.repeat(times)));
    numbers(alphabet, LENGTH + 3).into_iter().chain(repeated).collect()
}

fn confirm(trial: &Trial<'_>, report: &Report, tried: &Tried, alphabet: &[u8]) -> Result<(), TestCaseError> {
    let mut longer = None;
    for finding in &report.findings {
        if let Some(witness) = &finding.witness {
            prop_assert_eq!(witness, &Witness::of(trial.plan, &witness.number));
        }
    }
    if !report.cut.is_empty() {
        return Ok(());
    }
    agree(
        report.findings.iter().find(|finding| finding.kind == Kind::NoClass),
        tried.no_class.as_ref(),
    )?;
    reconciled(trial, report, tried, alphabet)?;
    for (list, rule) in trial.rules() {
        let path = trial.path(list, rule);
        let never = found(report, Kind::NeverMatches, path);
        let empty = found(report, Kind::OnlyEmpty, path);
        if tried.deciding.contains_key(&(list, rule)) {
            prop_assert!(never.is_empty() && empty.is_empty(), "{:?} {:?}", never, empty);
        } else if never.is_empty() && empty.is_empty() {
            let longer = longer.get_or_insert_with(|| trial.run(&longer_numbers(alphabet)));
            prop_assert!(
                longer.deciding.contains_key(&(list, rule)),
                "{} is said to decide",
                path
            );
        }
        for finding in never {
            if let Some(witness) = &finding.witness {
                let matched = matching(&trial.singles[list], &witness.number);
                prop_assert_eq!(matched.first(), Some(&rule), "{:?}", finding);
            } else {
                prop_assert!(!tried.alone.contains(&(list, rule)), "{:?}", finding);
            }
        }
        agree(
            found(report, Kind::NoPlus, path).first().copied(),
            tried.no_plus.get(&(list, rule)),
        )?;
        agree(
            found(report, Kind::EmptyRoot, path).first().copied(),
            tried.empty_root.get(&(list, rule)),
        )?;
        let again = tried.not_idempotent.get(&(list, rule));
        agree(found(report, Kind::NotIdempotent, path).first().copied(), again)?;
        let behind = trial.singles[list].len() - 1 - rule;
        let caught = (0..rule).all(|before| tried.misses.contains(&(list, before)));
        if found(report, Kind::CatchAllBeforeEnd, path).is_empty() {
            let misses = tried.misses.contains(&(list, rule));
            prop_assert!(misses || behind == 0 || !caught, "{} takes all", path);
        } else {
            prop_assert!(!tried.misses.contains(&(list, rule)) && behind > 0);
        }
    }
    overlaps(trial, report, tried)
}

/// The reconcile regex is reported to match no number, or only the empty one, exactly where it
/// does.
fn reconciled(trial: &Trial<'_>, report: &Report, tried: &Tried, alphabet: &[u8]) -> Result<(), TestCaseError> {
    let (path, _) = &trial.document.reconcile_regex;
    let never = found(report, Kind::NeverMatches, path).pop();
    let only_empty = found(report, Kind::OnlyEmpty, path).pop();
    let is_some = |number: &Vec<u8>| !number.is_empty();
    match (never, only_empty) {
        (None, None) if !tried.reconciled.iter().any(is_some) => {
            let longer = trial.run(&numbers(alphabet, LENGTH + 3)).reconciled;
            prop_assert!(longer.iter().any(is_some), "nothing is reconcilable");
        }
        (None, None) => {}
        (Some(_), Some(_)) => return Err(TestCaseError::fail("both are said")),
        (never, only_empty) => {
            let empty = only_empty.is_some()
                || never.is_some_and(|finding| finding.sentence.contains("but for the empty number"));
            let expected: BTreeSet<Vec<u8>> = empty.then(Vec::new).into_iter().collect();
            prop_assert_eq!(&tried.reconciled, &expected);
        }
    }
    Ok(())
}

fn overlaps(trial: &Trial<'_>, report: &Report, tried: &Tried) -> Result<(), TestCaseError> {
    let mut told = BTreeSet::new();
    for (list, rule) in trial.rules() {
        for finding in found(report, Kind::Overlap, trial.path(list, rule)) {
            let behind = (rule + 1..trial.singles[list].len())
                .find(|other| *trial.path(list, *other) == finding.related[0].path);
            let Some(other) = behind else { continue };
            told.insert((list, rule, other));
            agree(Some(finding), tried.pairs.get(&(list, rule, other)))?;
        }
    }
    for (list, rule, other) in tried.pairs.keys().filter(|pair| !told.contains(pair)) {
        let silent = |rule: usize| {
            let kinds = [Kind::NeverMatches, Kind::OnlyEmpty];
            let never = kinds
                .iter()
                .any(|kind| !found(report, *kind, trial.path(*list, rule)).is_empty());
            never || !tried.misses.contains(&(*list, rule))
        };
        prop_assert!(
            silent(*rule) || silent(*other),
            "{} {} {} is not told of",
            list,
            rule,
            other
        );
    }
    Ok(())
}

fn limits() -> Limits {
    Limits {
        places: 40_000,
        ..Limits::default()
    }
}

fn checked(document: &Document, alphabet: &[u8]) -> Report {
    let options = Options {
        alphabet: Alphabet::of(alphabet),
        limits: limits(),
        ..Options::default()
    };
    check::check(document, &[], Judge::Reader(Dialect::Pcre), &options)
}

/// The group around each group, 0 for the outer ones, by the brackets in `regex`.
fn outer_groups(regex: &str) -> Vec<usize> {
    let (mut outer, mut open) = (vec![0], vec![0]);
    for (at, _) in regex.match_indices('(') {
        let closed = regex[..at].matches(')').count();
        let before: usize = regex[..at].matches('(').count();
        open.truncate(before - closed + 1);
        let around = open.last().copied().unwrap_or(0);
        if regex[at..].starts_with("(?") {
            open.push(around);
        } else {
            open.push(outer.len());
            outer.push(around);
        }
    }
    outer
}

/// For a number that is matched the spans of the groups; the whole match is the first.
type Spans<'s> = &'s dyn Fn(&[u8]) -> Vec<Option<(usize, usize)>>;

/// A number in which a group loses its text: to a later group that is not the root of all numbers,
/// or to one inside it.
fn lost_text(regex: &str, spans: Spans<'_>, numbers: &[&[u8]]) -> Option<Vec<u8>> {
    let outer = outer_groups(regex);
    let root = |spans: &[Option<(usize, usize)>]| spans.iter().rposition(Option::is_some).unwrap_or(0);
    let roots: BTreeSet<usize> = numbers.iter().map(|number| root(&spans(number))).collect();
    let loses = |number: &&&[u8]| {
        let spans = spans(number);
        let root = root(&spans);
        (1..root).any(|group| {
            let inside = std::iter::successors(Some(root), |at| outer.get(*at).copied().filter(|at| *at != 0))
                .any(|at| at == group);
            let text = spans[group].is_some_and(|(start, end)| start < end) && spans[group] != spans[root];
            text && (inside || roots.contains(&group))
        })
    };
    numbers.iter().find(loses).map(|number| number.to_vec())
}

/// A check finds the roots of `regex` that lose text. It may be cut where only some branches have
/// captures that are followed: those in look-ahead and around loops over nothing are not.
fn roots_that_lose_text(regex: &str, may_be_cut: bool, spans: Spans<'_>) -> Result<(), TestCaseError> {
    let rule = (regex.to_owned(), "+".to_owned(), String::new());
    let texts = Texts {
        classifiers: vec!["^.*$".to_owned()],
        converters: vec![rule],
        dial_plan: None,
        reconcile: "^0$".to_owned(),
    };
    let document = document(&texts);
    let Some(plan) = compile(&document) else {
        return Ok(());
    };
    let numbers = numbers(b"01+", LENGTH);
    let matched = numbers
        .iter()
        .filter(|number| !number.starts_with(b"+") && plan.converters().apply(number).is_some());
    let lost = lost_text(regex, spans, &matched.map(Vec::as_slice).collect::<Vec<&[u8]>>());
    let report = checked(&document, b"01+");
    if may_be_cut && report.cut.iter().any(|cut| cut.bound == Bound::Captures) {
        return Ok(());
    }
    prop_assert_eq!(&report.cut, &[]);
    match (
        found(&report, Kind::SurprisingRoot, &document.converters[0].path).first(),
        lost,
    ) {
        (Some(finding), Some(lost)) => {
            let witness = finding.witness.as_ref().map_or(0, |witness| witness.number.len());
            prop_assert!(
                witness <= lost.len() || finding.sentence.contains("of some numbers"),
                "{:?}",
                finding
            );
        }
        (None, Some(lost)) => return Err(TestCaseError::fail(format!("{regex} loses text of {lost:?}"))),
        (Some(finding), None) => {
            // The group is repeated, or the whole match is the root of other numbers.
            let witness = finding.witness.as_ref().map_or(0, |witness| witness.number.len());
            let other = finding.sentence.contains("repeated") || finding.sentence.contains("the whole");
            prop_assert!(other || witness > LENGTH, "{:?}", finding);
        }
        (None, None) => {}
    }
    Ok(())
}

/// True where something that may match nothing is repeated more than once.
fn loops_over_nothing(tree: &Hir) -> bool {
    let nothing = |tree: &Hir| tree.properties().minimum_len() == Some(0);
    matches!(tree.kind(), HirKind::Repetition(repeat) if repeat.max != Some(1) && nothing(&repeat.sub))
        || tree.kind().subs().iter().any(loops_over_nothing)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_global_rejects: u32::MAX, ..ProptestConfig::default() })]

    #[test]
    fn a_check_finds_the_roots_that_lose_text(regex in prop_oneof![plain_regex(), plain_converter()]) {
        let oracle = regex::bytes::RegexBuilder::new(&regex.replace('$', "\\z")).unicode(false).build();
        let oracle = oracle.expect("a regex of both dialects");
        let tree = regex_syntax::parse(&regex.replace('$', "\\z")).expect("a regex of both dialects");
        roots_that_lose_text(&regex, loops_over_nothing(&tree), &|number| {
            let captures = oracle.captures(number).expect("a match");
            captures.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect()
        })?;
    }

    #[test]
    fn a_check_finds_the_roots_that_lose_text_with_look_around(tree in native_tree()) {
        let spans = |number: &[u8]| backtracking::search(&tree, number).expect("a match");
        roots_that_lose_text(&tree.regex(), true, &spans)?;
    }

    #[test]
    fn a_check_finds_what_trying_all_numbers_finds(texts in texts()) {
        confirmed(&texts)?;
    }
}

/// A check of these texts finds what trying numbers finds.
fn confirmed(texts: &Texts) -> Result<(), TestCaseError> {
    let document = document(texts);
    let Some(plan) = compile(&document) else { return Ok(()) };
    for alphabet in [b"01+".as_slice(), b"0+\n"] {
        let trial = Trial::new(&document, &plan);
        let tried = trial.run(&numbers(alphabet, LENGTH));
        confirm(&trial, &checked(&document, alphabet), &tried, alphabet)?;
    }
    Ok(())
}

#[test]
fn nested_repetitions_whose_shortest_match_is_long_decide() -> Result<(), TestCaseError> {
    confirmed(&Texts {
        classifiers: vec!["^(?:(?:0[01]0){2,}){2,}$".into()],
        converters: Vec::new(),
        dial_plan: None,
        reconcile: "^0$".into(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases() / 4, failure_persistence: None, max_global_rejects: u32::MAX, ..ProptestConfig::default() })]

    #[test]
    fn a_diff_finds_what_trying_all_numbers_finds((old, new) in pairs()) {
        let (old, new) = (document(&old), document(&new));
        let (Some(one), Some(other)) = (compile(&old), compile(&new)) else { return Ok(()) };
        for alphabet in [b"01+".as_slice(), b"02+\n"] {
            let options = diff::Options { alphabet: Alphabet::of(alphabet), limits: limits() };
            let diff = diff::diff((&old, Judge::Reader(Dialect::Pcre)), (&new, Judge::Reader(Dialect::Pcre)), &options);
            let diff = diff.map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
            let length = if alphabet.len() == 3 { LENGTH } else { LENGTH - 2 };
            compare(&one, &other, &diff, &numbers(alphabet, length), length)?;
        }
    }
}

/// A change that a number shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    Move(Option<Vec<u8>>, Option<Vec<u8>>),
    Rewritten(Option<Vec<u8>>),
    Gained,
    Lost,
}

fn shown(change: &Change) -> Shown {
    let (old, new) = (&change.old, &change.new);
    if old.class == new.class {
        Shown::Rewritten(old.class.clone())
    } else {
        Shown::Move(old.class.clone(), new.class.clone())
    }
}

fn compare(old: &Plan, new: &Plan, diff: &Diff, numbers: &[Vec<u8>], length: usize) -> Result<(), TestCaseError> {
    let mut tried: BTreeMap<Shown, usize> = BTreeMap::new();
    let class = |plan: &Plan, number: &[u8]| plan.classify(number).map(|class| plan.classes()[class].name().to_vec());
    for number in numbers {
        let classes = (class(old, number), class(new, number));
        if classes.0 != classes.1 {
            tried.entry(Shown::Move(classes.0, classes.1)).or_insert(number.len());
        } else if old.normalize(number) != new.normalize(number) {
            tried.entry(Shown::Rewritten(classes.0)).or_insert(number.len());
        }
        match (old.is_reconcilable(number), new.is_reconcilable(number)) {
            (false, true) => tried.entry(Shown::Gained).or_insert(number.len()),
            (true, false) => tried.entry(Shown::Lost).or_insert(number.len()),
            _ => continue,
        };
    }
    let mut found: BTreeMap<Shown, usize> = BTreeMap::new();
    for change in diff.moves.iter().chain(&diff.rewritten) {
        let number = &change.old.number;
        prop_assert_eq!(class(old, number), change.old.class.clone());
        prop_assert_eq!(class(new, number), change.new.class.clone());
        prop_assert!(
            change.old.class != change.new.class || change.old.e164 != change.new.e164,
            "{:?}",
            change
        );
        prop_assert!(found.insert(shown(change), number.len()).is_none());
    }
    for (change, what) in [(&diff.gained, Shown::Gained), (&diff.lost, Shown::Lost)] {
        if let Some(change) = change {
            let number = &change.old.number;
            let gained = what == Shown::Gained;
            prop_assert_eq!(
                (old.is_reconcilable(number), new.is_reconcilable(number)),
                (!gained, gained)
            );
            found.insert(what, number.len());
        }
    }
    let longer: Vec<Shown> = found
        .iter()
        .filter(|(_, found)| **found > length)
        .map(|(shown, _)| shown.clone())
        .collect();
    for shown in &longer {
        prop_assert!(!tried.contains_key(shown), "{:?} has a shorter number", shown);
        found.remove(shown);
    }
    if diff.missing.is_empty() {
        prop_assert_eq!(found, tried);
    } else {
        prop_assert!(
            found
                .iter()
                .all(|(shown, found)| tried.get(shown).is_some_and(|tried| tried <= found))
        );
    }
    Ok(())
}
