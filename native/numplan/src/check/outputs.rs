//! Findings on what comes out of a list: numbers without `+`, empty roots, numbers without a class.

use super::coverage::Examples;
use super::finding::{Findings, Kind};
use super::sentences::{self, Wording};
use super::subject::{List, Subject};
use crate::config::problem::Path;
use crate::proof::alphabet::PRINTABLE;
use crate::proof::composition::{Arrival, Composition};
use crate::proof::search::{self, Allowance, Budget, Seen};
use std::collections::BTreeMap;

/// For each rule, the numbers that show a fact about it.
type ByRule = BTreeMap<usize, Examples>;

/// Adds what the outcomes `seen` of the numbers in `list` show.
pub(super) fn check(
    subject: &Subject<'_>,
    list: List,
    machine: &Composition,
    seen: &[Seen<Arrival>],
    findings: &mut Findings,
) {
    match list {
        List::Classifiers => no_class(subject, machine, seen, findings),
        List::Reconcile => {}
        List::DialPlan | List::Converters => stage(subject, list, machine, seen, findings),
    }
}

/// Adds what the dial plan makes without `+` and no converter takes.
pub(super) fn check_untaken(subject: &Subject<'_>, findings: &mut Findings) {
    let list = List::DialPlan;
    let allowance = Allowance::new(subject.limits());
    let pipeline = subject.pipeline_from(list, &subject.classes, &allowance);
    let mut machine = subject.composed(pipeline, &allowance);
    let surveyed = search::survey(&mut machine, &subject.classes, &mut Budget::new(subject.limits()));
    findings.cut("what the dial plan makes", surveyed.cut);
    let no_plus = by_rule(&machine, 0, &surveyed.seen, |arrival| !arrival.plus);
    add(subject, list, no_plus, Kind::NoPlus, sentences::no_plus, findings);
}

fn no_class(subject: &Subject<'_>, machine: &Composition, seen: &[Seen<Arrival>], findings: &mut Findings) {
    if subject.rules.classifiers.has_foreign() {
        return;
    }
    let unclassed = seen.iter().find(|seen| {
        let unmatched = machine.acceptor.patterns(seen.outcome.matched).is_empty();
        seen.tier <= PRINTABLE && !seen.number.is_empty() && unmatched
    });
    if let Some(Seen { number, .. }) = unclassed {
        let witness = subject.witness(number);
        let wording = sentences::no_class(number, &witness.e164);
        let finding = findings.add((0, 0), Kind::NoClass, &Path::root(), wording);
        finding.witness = Some(witness);
    }
}

fn stage(subject: &Subject<'_>, list: List, machine: &Composition, seen: &[Seen<Arrival>], findings: &mut Findings) {
    let stage = subject.before(list).count();
    // What the dial plan makes goes on to the converters.
    if list == List::Converters {
        let no_plus = by_rule(machine, stage, seen, |arrival| !arrival.plus);
        add(subject, list, no_plus, Kind::NoPlus, sentences::no_plus, findings);
    }
    let empty = |arrival: &Arrival| {
        arrival
            .decisions
            .get(stage)
            .copied()
            .flatten()
            .is_some_and(|decision| decision.empty_root)
    };
    let empty_root = by_rule(machine, stage, seen, empty);
    add(
        subject,
        list,
        empty_root,
        Kind::EmptyRoot,
        sentences::empty_root,
        findings,
    );
}

/// For each rule that decides in `stage`, the numbers whose outcome is `odd`.
fn by_rule(machine: &Composition, stage: usize, seen: &[Seen<Arrival>], odd: impl Fn(&Arrival) -> bool) -> ByRule {
    let mut rules = ByRule::new();
    for Seen { outcome, number, tier } in seen.iter().filter(|seen| odd(&seen.outcome)) {
        let decision = outcome.decisions.get(stage).and_then(Option::as_ref);
        if let Some(rule) = decision.and_then(|decision| machine.pipeline.rule(stage, decision)) {
            rules.entry(rule).or_default().add(number, *tier);
        }
    }
    rules
}

/// Adds a finding for each rule, worded by its title, what came to it, and what it made of that.
fn add(
    subject: &Subject<'_>,
    list: List,
    rules: ByRule,
    kind: Kind,
    worded: fn(&str, &[u8], &[u8]) -> Wording,
    findings: &mut Findings,
) {
    for (rule, examples) in rules {
        let dialled = made_something(subject, list, &examples);
        if let Some(dialled) = dialled.filter(|_| !subject.is_hidden(list, rule)) {
            let [met, made] = [subject.comes(list, dialled), subject.made(list, dialled)];
            let wording = worded(&subject.title(list, rule), &met, &made);
            let finding = subject.add(findings, (list, rule), kind, wording);
            finding.witness = Some(subject.witness(dialled));
        }
    }
}

/// An example in which something is lost: not the empty number where `list` makes the empty number
/// of it.
fn made_something<'e>(subject: &Subject<'_>, list: List, examples: &'e Examples) -> Option<&'e [u8]> {
    let number = examples.any()?;
    let loses_nothing = number.is_empty() && subject.made(list, number).is_empty();
    if loses_nothing {
        examples.unprintable.as_deref()
    } else {
        Some(number)
    }
}
