//! The outcomes of all numbers on a small configuration.

use crate::small::single;
use numplan::config::document::{Document, Rewrite};
use numplan::config::problem::Path;
use numplan::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

fn singles<'r>(regexes: impl Iterator<Item = &'r [u8]>) -> Vec<Plan> {
    regexes.map(single).collect()
}

pub(crate) fn matching(plans: &[Plan], subject: &[u8]) -> Vec<usize> {
    (0..plans.len())
        .filter(|at| plans[*at].classify_e164(subject).is_some())
        .collect()
}

/// For each fact, the first number that shows it. The lists are the dial plan (0), the converters
/// (1) and the classifiers (2).
#[derive(Debug, Default)]
pub(crate) struct Tried {
    pub(crate) deciding: BTreeMap<(usize, usize), Vec<u8>>,
    pub(crate) pairs: BTreeMap<(usize, usize, usize), Vec<u8>>,
    /// Rules that match a number, other than the empty one, that no earlier rule of the list
    /// matches.
    pub(crate) alone: BTreeSet<(usize, usize)>,
    pub(crate) no_class: Option<Vec<u8>>,
    pub(crate) no_plus: BTreeMap<(usize, usize), Vec<u8>>,
    pub(crate) empty_root: BTreeMap<(usize, usize), Vec<u8>>,
    pub(crate) not_idempotent: BTreeMap<(usize, usize), Vec<u8>>,
    pub(crate) reconciled: BTreeSet<Vec<u8>>,
    /// Rules that do not match some number that comes to their list.
    pub(crate) misses: BTreeSet<(usize, usize)>,
}

/// Adds the first number that shows a fact; the empty one only as long as there is no other.
fn add(shown: &mut BTreeMap<(usize, usize), Vec<u8>>, rule: (usize, usize), number: &[u8]) {
    let known = shown.entry(rule).or_insert_with(|| number.to_vec());
    if known.is_empty() {
        *known = number.to_vec();
    }
}

pub(crate) struct Trial<'d> {
    pub(crate) document: &'d Document,
    pub(crate) plan: &'d Plan,
    pub(crate) singles: [Vec<Plan>; 3],
}

fn first_match(document: &Document) -> &[Rewrite] {
    document
        .dial_plan
        .as_ref()
        .map_or(&[], |plan| plan.first_match.as_slice())
}

impl<'d> Trial<'d> {
    pub(crate) fn new(document: &'d Document, plan: &'d Plan) -> Trial<'d> {
        Trial {
            document,
            plan,
            singles: [
                singles(first_match(document).iter().map(|rule| rule.regex.as_slice())),
                singles(document.converters.iter().map(|rule| rule.regex.as_slice())),
                singles(document.classifiers.iter().map(|rule| rule.regex.as_slice())),
            ],
        }
    }

    pub(crate) fn run(&self, numbers: &[Vec<u8>]) -> Tried {
        let mut tried = Tried::default();
        for number in numbers {
            self.alone(number, &mut tried);
            self.dial(number, &mut tried);
        }
        tried
    }

    fn alone(&self, number: &[u8], tried: &mut Tried) {
        for (list, plans) in self.singles.iter().enumerate() {
            let matched = matching(plans, number);
            let comes = list == 2 || !number.starts_with(b"+") || (list == 1 && self.plan.dial_plan().is_some());
            if !number.is_empty() && comes {
                let missed = (0..plans.len()).filter(|rule| !matched.contains(rule));
                tried.misses.extend(missed.map(|rule| (list, rule)));
            }
            let first = matched.first().filter(|_| !number.is_empty());
            tried.alone.extend(first.map(|first| (list, *first)));
        }
    }

    fn decide(&self, list: usize, number: &[u8], came: &[u8], tried: &mut Tried) -> Option<usize> {
        let matched = matching(&self.singles[list], came);
        let (first, others) = matched.split_first()?;
        if !number.is_empty() {
            tried.deciding.entry((list, *first)).or_insert_with(|| number.to_vec());
        }
        for other in others {
            let shown = tried.pairs.entry((list, *first, *other)).or_default();
            if shown.is_empty() {
                *shown = number.to_vec();
            }
        }
        Some(*first)
    }

    fn dial(&self, number: &[u8], tried: &mut Tried) {
        let e164 = self.plan.normalize(number).into_owned();
        if self.plan.is_reconcilable_e164(&e164) {
            tried.reconciled.insert(number.to_vec());
        }
        let mut last = None;
        if !number.starts_with(b"+") {
            let mut came = number.to_vec();
            let dial_plan = self.plan.dial_plan().map(|plan| plan.first_match());
            for (list, rewrites) in [(0, dial_plan), (1, Some(self.plan.converters()))] {
                let Some(rewrites) = rewrites else { continue };
                let Some(rule) = self.decide(list, number, &came, tried) else {
                    continue;
                };
                let rewritten = rewrites.apply(&came).expect("a rule that matches");
                assert_eq!(rewritten.rule, rule);
                // Where the empty number stays empty, nothing is lost.
                if rewritten.pieces()[1].is_empty() && (!number.is_empty() || rewritten.to_vec() != b"") {
                    add(&mut tried.empty_root, (list, rule), number);
                }
                last = Some((list, rule));
                came = rewritten.to_vec();
            }
            assert_eq!(came, e164);
        }
        if let Some(last) = last {
            if !e164.starts_with(b"+") && (!number.is_empty() || !e164.is_empty()) {
                add(&mut tried.no_plus, last, number);
            }
            if *self.plan.normalize(&e164) != e164 {
                tried.not_idempotent.entry(last).or_insert_with(|| number.to_vec());
            }
        }
        if self.decide(2, number, &e164, tried).is_none() && !number.is_empty() {
            tried.no_class.get_or_insert_with(|| number.to_vec());
        }
    }

    pub(crate) fn path(&self, list: usize, rule: usize) -> &Path {
        match list {
            0 => &first_match(self.document)[rule].path,
            1 => &self.document.converters[rule].path,
            _ => &self.document.classifiers[rule].path,
        }
    }

    pub(crate) fn rules(&self) -> Vec<(usize, usize)> {
        let lists = self.singles.iter().enumerate();
        lists
            .flat_map(|(list, plans)| (0..plans.len()).map(move |rule| (list, rule)))
            .collect()
    }
}
