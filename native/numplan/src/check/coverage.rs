//! Which rules of a list decide for which numbers, and why one never does, from two surveys.
//!
//! One survey tries all numbers on the list alone, the other those that come to it when dialled.
//! The difference says why a rule never decides.

use super::finding::Findings;
use super::subject::{List, Subject};
use crate::proof::alphabet::{Classes, PRINTABLE};
use crate::proof::composition::{Arrival, Composition};
use crate::proof::pipeline::{Pipeline, Plus};
use crate::proof::rules::Rules;
use crate::proof::search::{self, Allowance, Bound, Budget, Seen, Surveyed};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

/// The most pairs of overlapping rules that one [`Coverage`] keeps. If there are more, the report
/// says that the proof was cut.
const MAX_PAIRS: usize = 200_000;

/// One number of each sort that shows a fact about a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Examples {
    /// True when the empty number shows the fact.
    pub(super) empty: bool,
    pub(super) printable: Option<Rc<[u8]>>,
    pub(super) unprintable: Option<Rc<[u8]>>,
}

impl Examples {
    pub(super) fn add(&mut self, number: &Rc<[u8]>, tier: usize) {
        let example = match (&**number, tier) {
            ([], _) => {
                self.empty = true;
                return;
            }
            (_, tier) if tier <= PRINTABLE => &mut self.printable,
            _ => &mut self.unprintable,
        };
        example.get_or_insert_with(|| Rc::clone(number));
    }

    /// An example: a printable one, else the empty one, else another.
    pub(super) fn any(&self) -> Option<&[u8]> {
        let empty = self.empty.then_some(b"".as_slice());
        self.printable.as_deref().or(empty).or(self.unprintable.as_deref())
    }
}

/// A number that two rules match.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) number: Rc<[u8]>,
    tier: usize,
}

/// For each rule of a list, numbers that it decides and numbers that it matches.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    deciding: Vec<Examples>,
    matching: Vec<Examples>,
    /// For a rule that matches and an earlier one that decides: a number, if possible not empty.
    pub(super) pairs: BTreeMap<(usize, usize), Pair>,
    /// True when a pair was left out because `pairs` was full.
    has_more_pairs: bool,
}

impl Coverage {
    fn new(rules: usize) -> Coverage {
        Coverage {
            deciding: vec![Examples::default(); rules],
            matching: vec![Examples::default(); rules],
            pairs: BTreeMap::new(),
            has_more_pairs: false,
        }
    }

    /// Adds a number that `rules` match, in order.
    fn add(&mut self, rules: &[usize], number: &Rc<[u8]>, tier: usize) {
        for rule in rules {
            if let Some(matching) = self.matching.get_mut(*rule) {
                matching.add(number, tier);
            }
        }
        let Some((first, others)) = rules.split_first() else {
            return;
        };
        if let Some(deciding) = self.deciding.get_mut(*first) {
            deciding.add(number, tier);
        }
        let pair = || Pair {
            number: Rc::clone(number),
            tier,
        };
        for other in others {
            let room = self.pairs.len() < MAX_PAIRS;
            match self.pairs.entry((*other, *first)) {
                Entry::Occupied(mut known) if known.get().number.is_empty() && tier <= PRINTABLE => {
                    known.insert(pair());
                }
                Entry::Vacant(free) if room => {
                    free.insert(pair());
                }
                Entry::Vacant(_) => self.has_more_pairs = true,
                Entry::Occupied(_) => {}
            }
        }
    }

    /// The coverage of `list` by the numbers that come to it when dialled: `seen` holds the
    /// outcomes of a survey of `machine`.
    fn dialled(subject: &Subject<'_>, list: List, machine: &Composition, seen: &[Seen<Arrival>]) -> Coverage {
        let (rules, stage) = (subject.list(list), subject.before(list).count());
        let mut coverage = Coverage::new(rules.count);
        // Numbers that the same rules match show the same: one of each sort is enough.
        let mut known = HashSet::new();
        for Seen { outcome, number, tier } in seen {
            let set = if list.rewrites() {
                let decision = outcome.decisions.get(stage).and_then(Option::as_ref);
                decision.map(|decision| decision.matched)
            } else {
                Some(outcome.matched)
            };
            if !known.insert((set, number.is_empty(), *tier <= PRINTABLE)) {
                continue;
            }
            let patterns = match set {
                None => &[],
                Some(set) if list.rewrites() => machine.pipeline.patterns(stage, set),
                Some(set) => machine.acceptor.patterns(set),
            };
            coverage.add(&rules.rules_of(patterns), number, *tier);
        }
        coverage
    }

    /// The rules that decide numbers which `rule` matches too, each with such a number.
    pub(super) fn before(&self, rule: usize) -> impl Iterator<Item = (usize, &[u8])> {
        let pairs = self.pairs.range((rule, 0)..(rule + 1, 0));
        pairs.map(|((_, first), pair)| (*first, &*pair.number))
    }
}

/// A list of rules alone: all numbers come to it as they are.
pub(super) struct Alone {
    pub(super) coverage: Coverage,
    /// Each set of rules that match some printable number.
    sets: Vec<Vec<usize>>,
    /// The first rule that matches every printable number that could come to the list.
    pub(super) catch_all: Option<usize>,
    cut: Option<Bound>,
}

impl Alone {
    fn of(subject: &Subject<'_>, list: List) -> Alone {
        let rules = subject.list(list);
        let allowance = Allowance::new(subject.limits());
        let classes = Rc::new(Classes::new(&subject.options.alphabet.widened(), rules.byte_sets()));
        let mut machine = Composition {
            pipeline: Pipeline::new(std::iter::empty(), Plus::Ordinary, &classes, &allowance),
            acceptor: rules.dfa(&classes, &allowance),
        };
        let surveyed = search::survey(&mut machine, &classes, &mut Budget::new(subject.limits()));
        let mut coverage = Coverage::new(rules.count);
        let mut sets = Vec::new();
        let mut everywhere: Option<Vec<usize>> = None;
        // Numbers with + bypass the first list; what the dial plan makes may begin with one.
        let plus_counts = !list.rewrites() || subject.before(list).next().is_some();
        for Seen { outcome, number, tier } in &surveyed.seen {
            let matched = rules.rules_of(machine.acceptor.patterns(outcome.matched));
            coverage.add(&matched, number, *tier);
            if *tier <= PRINTABLE && !number.is_empty() {
                if plus_counts || !outcome.plus {
                    match &mut everywhere {
                        None => everywhere = Some(matched.clone()),
                        Some(rules) => rules.retain(|rule| matched.binary_search(rule).is_ok()),
                    }
                }
                sets.push(matched);
            }
        }
        let catch_all = everywhere.filter(|_| surveyed.cut.is_none());
        Alone {
            coverage,
            sets,
            catch_all: catch_all.and_then(|rules| rules.first().copied()),
            cut: surveyed.cut,
        }
    }
}

/// A list of rules with its coverage, alone and as dialled.
pub(super) struct ListCoverage<'s> {
    pub(super) subject: &'s Subject<'s>,
    pub(super) list: List,
    /// True when neither survey of the list met a bound.
    complete: bool,
    pub(super) alone: Alone,
    pub(super) dialled: Coverage,
}

/// Why a rule never decides.
pub(super) enum Cause {
    /// The rule's regex matches no number.
    NoMatch,
    /// Earlier rules take all that the rule matches.
    Shadowed,
    /// The rule would decide numbers such as this one, but they never come to it.
    Unreached(Vec<u8>),
    /// Earlier rules take some of what the rule matches, and numbers such as this one never come to
    /// it.
    ShadowedAndUnreached(Vec<u8>),
}

/// Whether a rule decides some number.
pub(super) enum Reachability {
    /// The rule decides some printable number, or that could not be excluded.
    Decides,
    /// The rule decides no printable number. The examples are the numbers that it does decide, if
    /// there are any.
    Never(Cause, Examples),
    /// The rule's regex matches only the empty number or numbers that do not print. The examples
    /// are numbers that the rule decides.
    Only(Examples),
}

impl<'s> ListCoverage<'s> {
    /// The coverage of `list`, whose numbers as dialled were `surveyed` with `machine`.
    pub(super) fn of(
        subject: &'s Subject<'s>,
        list: List,
        machine: &Composition,
        surveyed: &Surveyed<Arrival>,
        findings: &mut Findings,
    ) -> ListCoverage<'s> {
        let alone = Alone::of(subject, list);
        findings.cut("which rules of a list could decide", alone.cut);
        let dialled = Coverage::dialled(subject, list, machine, &surveyed.seen);
        if dialled.has_more_pairs || alone.coverage.has_more_pairs {
            findings.cut("which rules overlap", Some(Bound::Places));
        }
        ListCoverage {
            subject,
            list,
            complete: surveyed.cut.is_none() && alone.cut.is_none(),
            alone,
            dialled,
        }
    }

    pub(super) fn reachability(&self, rule: usize) -> Reachability {
        let alone = &self.alone.coverage;
        let (Some(matching), Some(could), Some(does)) = (
            alone.matching.get(rule),
            alone.deciding.get(rule),
            self.dialled.deciding.get(rule),
        ) else {
            return Reachability::Decides;
        };
        if self.alone.cut.is_some() || self.subject.list(self.list).is_foreign(rule) {
            return Reachability::Decides;
        }
        if matching.any().is_none() {
            return Reachability::Never(Cause::NoMatch, Examples::default());
        }
        if could.any().is_none() {
            return Reachability::Never(Cause::Shadowed, Examples::default());
        }
        if !self.complete || !self.knows_all(rule) || does.printable.is_some() {
            return Reachability::Decides;
        }
        let would = match (&could.printable, &matching.printable) {
            (None, None) if does.any().is_some() => return Reachability::Only(does.clone()),
            (None, Some(_)) => return Reachability::Never(Cause::Shadowed, does.clone()),
            _ => could.any().unwrap_or_default().to_vec(),
        };
        let cause = match self.dialled.before(rule).next() {
            None => Cause::Unreached(would),
            Some(_) => Cause::ShadowedAndUnreached(would),
        };
        Reachability::Never(cause, does.clone())
    }

    /// True for a rule before the first foreign one: `re` cannot overturn its decisions.
    pub(super) fn is_certain(&self, rule: usize) -> bool {
        rule < self.subject.list(self.list).certain()
    }

    /// True when no foreign rule could bring `rule` a number that the survey has not seen.
    fn knows_all(&self, rule: usize) -> bool {
        let mut before = self.subject.before(self.list);
        !before.any(Rules::has_foreign) && (!self.list.rewrites() || self.is_certain(rule))
    }

    /// The rules that findings are about, in order.
    pub(super) fn visible(&self) -> impl Iterator<Item = usize> {
        let (subject, list) = (self.subject, self.list);
        (0..subject.list(list).count).filter(move |rule| !subject.is_hidden(list, *rule))
    }

    /// The pairs of a rule that decides a printable number and another that matches it too, in
    /// order. Rules that never decide or that take everything are left to other findings.
    pub(super) fn overlaps(&self) -> Vec<(usize, usize, &Pair)> {
        let mut counts = vec![false; self.subject.list(self.list).count];
        for rule in self.visible().filter(|rule| self.alone.catch_all != Some(*rule)) {
            counts[rule] = matches!(self.reachability(rule), Reachability::Decides);
        }
        let counts = |rule: usize| counts.get(rule) == Some(&true);
        // A class behind a foreign one may not take what it seems to.
        let pairs = self.dialled.pairs.iter();
        let pairs = pairs.map(|((other, first), pair)| (*first, *other, pair));
        let mut pairs: Vec<(usize, usize, &Pair)> = pairs
            .filter(|(first, other, pair)| {
                self.is_certain(*first) && counts(*first) && counts(*other) && pair.tier <= PRINTABLE
            })
            .collect();
        pairs.sort_by_key(|(first, other, _)| (*first, *other));
        pairs
    }

    /// True when `other` matches every printable number that `rule` matches.
    pub(super) fn is_inside(&self, rule: usize, other: usize) -> bool {
        let has = |set: &[usize], rule: usize| set.binary_search(&rule).is_ok();
        let mut sets = self.alone.sets.iter();
        self.alone.cut.is_none() && sets.all(|set| !has(set, rule) || has(set, other))
    }

    pub(super) fn title(&self, rule: usize) -> String {
        self.subject.title(self.list, rule)
    }
}

#[cfg(test)]
mod tests;
