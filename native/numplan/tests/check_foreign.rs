//! What a check or a diff says of a configuration holds whatever the rules do that only `re` runs.
//!
//! The answers of the rules left to `re` follow from those of others (`foreign`), so every short
//! number can be tried without `re`. The same is done with `re` itself in
//! `test/numplan/check_test.exs`.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod documents;
mod foreign;
mod small;
mod trees;

use foreign::{Answer, Whole, configuration, document, pairs};
use numplan::check::{self, Finding, Kind, Options, Report, Witness};
use numplan::config::document::Document;
use numplan::config::problem::Path;
use numplan::diff::{self, Change, Diff};
use numplan::plan::rule::Judge;
use numplan::proof::alphabet::Alphabet;
use numplan::proof::search::Limits;
use numplan::regex::dialect::Dialect;
use proptest::prelude::*;
use small::{cases, numbers};
use std::collections::{BTreeMap, HashMap};

const ALPHABET: &[u8] = b"01+";

/// The longest numbers that are tried, in bytes.
const LENGTH: usize = 6;

fn limits() -> Limits {
    Limits {
        places: 40_000,
        ..Limits::default()
    }
}

fn checked(document: &Document) -> Report {
    let options = Options {
        alphabet: Alphabet::of(ALPHABET),
        limits: limits(),
        ..Options::default()
    };
    check::check(document, &[], Judge::Re(Dialect::Pcre, &HashMap::new()), &options)
}

struct Trial<'d> {
    whole: Whole,
    document: &'d Document,
    answers: Vec<(Vec<u8>, Answer)>,
}

impl Trial<'_> {
    fn path(&self, list: usize, rule: usize) -> Option<&Path> {
        match list {
            0 => Some(&self.document.dial_plan.as_ref()?.first_match.get(rule)?.path),
            1 => Some(&self.document.converters.get(rule)?.path),
            _ => Some(&self.document.classifiers.get(rule)?.path),
        }
    }

    fn rule(&self, path: &Path) -> Option<(usize, usize)> {
        let rules = (0..3).flat_map(|list| (0..self.whole.rules(list).len()).map(move |rule| (list, rule)));
        rules
            .into_iter()
            .find(|(list, rule)| self.path(*list, *rule) == Some(path))
    }

    fn deciding(&self, list: usize, rule: usize) -> impl Iterator<Item = &[u8]> {
        let answers = self.answers.iter();
        answers.filter_map(move |(number, answer)| answer.decides(list, rule).then_some(number.as_slice()))
    }

    fn witness(&self, witness: &Witness) -> Result<Answer, TestCaseError> {
        let answer = self.whole.answer(&witness.number);
        if !witness.needs_re {
            prop_assert_eq!(
                (&witness.e164, &witness.class),
                (&answer.e164, &answer.class()),
                "{:?}",
                witness
            );
        }
        Ok(answer)
    }

    fn confirm(&self, finding: &Finding) -> Result<(), TestCaseError> {
        let shown = finding
            .witness
            .as_ref()
            .map(|witness| self.witness(witness))
            .transpose()?;
        for related in &finding.related {
            related
                .witness
                .as_ref()
                .map(|witness| self.witness(witness))
                .transpose()?;
        }
        if *finding.path.to_string() == *"reconcile_regex" {
            return self.reconcile(finding, shown.as_ref());
        }
        let Some((list, rule)) = self.rule(&finding.path) else {
            let shown = shown.filter(|_| finding.kind == Kind::NoClass);
            prop_assert!(shown.is_some_and(|shown| shown.class().is_none()), "{:?}", finding);
            return Ok(());
        };
        if finding.kind == Kind::NeverMatches {
            self.takers(finding, list, rule)?;
        }
        let Some(met) = shown.as_ref().map(|shown| shown.met[list].as_ref()) else {
            return self.unshown(finding, list, rule);
        };
        let shown = shown.as_ref().expect("a witness");
        let met = || met.expect("the number comes to the rule");
        let says = |text: &[u8]| text.is_empty() || finding.sentence.contains(&*String::from_utf8_lossy(text));
        let holds = match finding.kind {
            Kind::NeverMatches => self
                .deciding(list, rule)
                .all(|number| self.is_excepted(finding, number)),
            Kind::OnlyEmpty => self.deciding(list, rule).all(<[u8]>::is_empty) && met().decides(rule),
            Kind::Overlap => {
                let other = self.rule(&finding.related[0].path).expect("a rule");
                met().decides(rule) && met().matching.contains(&other.1) && says(&met().subject)
            }
            Kind::EmptyRoot => met().decides(rule) && met().empty_root && says(&met().subject),
            Kind::NoPlus => shown.last() == Some((list, rule)) && !shown.e164.starts_with(b"+") && says(&shown.e164),
            Kind::NotIdempotent => {
                let again = self.whole.answer(&shown.e164).e164;
                shown.last() == Some((list, rule)) && again != shown.e164 && says(&again)
            }
            Kind::Unanchored | Kind::OneSidedAnchor => met().matching.contains(&rule) && says(&met().subject),
            Kind::SurprisingRoot => {
                let rewritten = self.whole.rules(list)[rule].rewrite(&met().subject).0;
                met().decides(rule) && says(&rewritten)
            }
            Kind::NationalWithPlus => {
                let other = finding.related[0]
                    .witness
                    .as_ref()
                    .map(|other| self.whole.answer(&other.number));
                met().decides(rule) && other.is_some_and(|other| other.decides(list, rule))
            }
            _ => true,
        };
        prop_assert!(holds, "{:?} {:?}", finding, shown);
        Ok(())
    }

    /// Each number shown beside a rule that never matches is taken from it by the other rule.
    fn takers(&self, finding: &Finding, list: usize, rule: usize) -> Result<(), TestCaseError> {
        for related in &finding.related {
            let Some(witness) = &related.witness else { continue };
            let (_, before) = self.rule(&related.path).expect("a rule");
            let answer = self.whole.answer(&witness.number);
            let met = answer.met[list].as_ref().expect("the number comes to the rule");
            let first = met.matching.first().copied();
            // Otherwise whoever runs `re` does not show the number.
            let holds = |class: usize| first == Some(class) && answer.e164 == witness.e164;
            if related.holds_if.is_none_or(holds) {
                prop_assert!(met.decides(before) && met.matching.contains(&rule), "{:?}", finding);
            }
        }
        Ok(())
    }

    fn is_excepted(&self, finding: &Finding, number: &[u8]) -> bool {
        number.is_empty() && finding.sentence.contains("but for the empty number")
    }

    /// Findings without a number of their own.
    fn unshown(&self, finding: &Finding, list: usize, rule: usize) -> Result<(), TestCaseError> {
        let deciding = || self.deciding(list, rule);
        match finding.kind {
            Kind::NeverMatches => prop_assert!(deciding().all(|number| self.is_excepted(finding, number))),
            Kind::OnlyEmpty => prop_assert!(deciding().all(<[u8]>::is_empty)),
            Kind::CatchAllBeforeEnd => {
                for (_, answer) in &self.answers {
                    let met = answer.met[list].as_ref().filter(|met| !met.subject.is_empty());
                    let first = met.and_then(|met| met.matching.first());
                    prop_assert!(first.is_none_or(|first| *first <= rule), "{:?} {:?}", finding, answer);
                }
            }
            Kind::NotNative | Kind::PlusQuantifier | Kind::JavascriptDiffers => {}
            _ => return Err(TestCaseError::fail(format!("{finding:?} shows nothing"))),
        }
        Ok(())
    }

    fn reconcile(&self, finding: &Finding, shown: Option<&Answer>) -> Result<(), TestCaseError> {
        let reconcilable = || self.answers.iter().filter(|(_, answer)| answer.reconcilable);
        match finding.kind {
            Kind::NeverMatches => {
                prop_assert!(
                    reconcilable().all(|(number, _)| self.is_excepted(finding, number)),
                    "{:?}",
                    finding
                );
            }
            Kind::OnlyEmpty => prop_assert!(reconcilable().all(|(number, _)| number.is_empty()), "{:?}", finding),
            Kind::Unanchored | Kind::OneSidedAnchor => {
                prop_assert!(shown.is_some_and(|shown| shown.reconcilable), "{:?}", finding);
            }
            _ => prop_assert_eq!(finding.kind, Kind::NotNative),
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_check_holds_whatever_re_answers(configuration in configuration()) {
        let document = document(&configuration);
        let Some(whole) = Whole::new(&configuration) else { return Ok(()) };
        let answers = numbers(ALPHABET, LENGTH).into_iter().map(|number| { let answer = whole.answer(&number); (number, answer) });
        let trial = Trial { answers: answers.collect(), whole, document: &document };
        for finding in &checked(&document).findings {
            trial.confirm(finding)?;
        }
    }

    #[test]
    fn a_diff_holds_whatever_re_answers((old, new) in pairs()) {
        let documents = [document(&old), document(&new)];
        let (Some(one), Some(other)) = (Whole::new(&old), Whole::new(&new)) else { return Ok(()) };
        let wholes = [one, other];
        let options = diff::Options { alphabet: Alphabet::of(ALPHABET), limits: limits() };
        let re = HashMap::new();
        let diff = diff::diff((&documents[0], Judge::Re(Dialect::Pcre, &re)), (&documents[1], Judge::Re(Dialect::Pcre, &re)), &options);
        let diff = diff.map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
        compare(&wholes, &diff)?;
        let same = diff::diff((&documents[0], Judge::Re(Dialect::Pcre, &re)), (&documents[0], Judge::Re(Dialect::Pcre, &re)), &options);
        prop_assert!(same.is_ok_and(|diff| diff.is_none()));
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

fn shown(answers: &[Answer; 2]) -> impl Iterator<Item = Shown> {
    let [old, new] = answers;
    let moved = match (old.class(), new.class()) {
        (was, is) if was != is => Some(Shown::Move(was, is)),
        (was, _) if old.e164 != new.e164 => Some(Shown::Rewritten(was)),
        _ => None,
    };
    let reconciled = match (old.reconcilable, new.reconcilable) {
        (false, true) => Some(Shown::Gained),
        (true, false) => Some(Shown::Lost),
        _ => None,
    };
    moved.into_iter().chain(reconciled)
}

fn compare(wholes: &[Whole; 2], diff: &Diff) -> Result<(), TestCaseError> {
    let answers = |number: &[u8]| wholes.each_ref().map(|whole| whole.answer(number));
    let mut found: BTreeMap<Shown, usize> = BTreeMap::new();
    let moves = diff.moves.iter().chain(&diff.rewritten).map(|change| (change, None));
    let gained = diff.gained.iter().map(|change| (change, Some(Shown::Gained)));
    let lost = diff.lost.iter().map(|change| (change, Some(Shown::Lost)));
    for (change, what) in moves.chain(gained).chain(lost) {
        let Change { old, new } = change;
        let answers = answers(&old.number);
        for (witness, answer) in [old, new].into_iter().zip(&answers) {
            if !witness.needs_re {
                prop_assert_eq!(
                    (&witness.e164, &witness.class),
                    (&answer.e164, &answer.class()),
                    "{:?}",
                    change
                );
            }
        }
        let mut all = shown(&answers);
        let shown = match &what {
            Some(what) => all.find(|shown| shown == what),
            None => all.find(|shown| matches!(shown, Shown::Move(..) | Shown::Rewritten(_))),
        };
        let shown = shown.ok_or_else(|| TestCaseError::fail(format!("{change:?} shows nothing: {answers:?}")))?;
        prop_assert!(
            found.insert(shown, old.number.len()).is_none(),
            "{:?} stands twice",
            change
        );
    }
    if diff.missing.is_empty() {
        for number in numbers(ALPHABET, LENGTH) {
            for shown in shown(&answers(&number)) {
                prop_assert!(
                    found.get(&shown).is_some_and(|length| *length <= number.len()),
                    "{:?} is not found",
                    shown
                );
            }
        }
    }
    Ok(())
}
