//! Compares two configurations: runs the proofs, and collects what they show.

use super::answers::{Answerer, Name, Outcome, Texts, patterns};
use super::product::{OnePass, SharedPipeline, SideBySide};
use super::report::{Change, Diff, Missing, Options};
use crate::check::{ALL_FINDINGS, MAX_REPORT, Witness};
use crate::config::document::{Classifier, Document};
use crate::plan::Plan;
use crate::prefix::digits::Digits;
use crate::prefix::list::PrefixList;
use crate::proof::alphabet::Classes;
use crate::proof::composition::Composition;
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::pipeline::Pipeline;
use crate::proof::rules::{RuleSet, Rules};
use crate::proof::search::{self, Allowance, Bound, Budget, Surveyed};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

const CLASSES: &str = "which numbers move, or are reconciled or not";
const TEXTS: &str = "which numbers become others";

/// A comparison in progress: the old side, then the new one.
pub(super) struct Comparison<'d> {
    plans: [&'d Plan; 2],
    sides: &'d [RuleSet; 2],
    options: &'d Options,
    /// The numbers of the names of both plans' classes.
    names: [Vec<usize>; 2],
    /// Witnesses: for each pair of an old and a new class, a phone number that moves from the first
    /// to the second.
    moves: BTreeMap<(Name, Name), Rc<[u8]>>,
    pub(super) diff: Diff,
}

impl<'d> Comparison<'d> {
    pub(super) fn new(plans: [&'d Plan; 2], sides: &'d [RuleSet; 2], options: &'d Options) -> Comparison<'d> {
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        let names = plans.map(|plan| {
            let names = plan.classes().iter().map(|class| {
                let next = known.len();
                *known.entry(class.name()).or_insert(next)
            });
            names.collect()
        });
        Comparison {
            plans,
            sides,
            options,
            names,
            moves: BTreeMap::new(),
            diff: Diff::default(),
        }
    }

    /// Finds moves by the plans' one-pass automata, where both have one and no foreign rules.
    pub(super) fn one_pass(&mut self) {
        let [Some(old), Some(new)] = self.plans.map(Plan::one_pass) else {
            return;
        };
        let is_native = |plan: &&Plan| plan.foreign_classes().is_empty() && plan.converters().foreign().is_empty();
        if !self.plans.iter().all(is_native) {
            return;
        }
        let classes = Classes::by_key(&self.options.alphabet, |byte| {
            (old.classes().of(byte), new.classes().of(byte))
        });
        let mut product = OnePass {
            automata: [old, new],
            classes: classes.clone(),
        };
        let surveyed = search::survey(&mut product, &classes, &mut Budget::new(&self.options.limits));
        let name = |names: &[usize], class: Option<usize>| class.and_then(|class| names.get(class).copied());
        for seen in surveyed.seen {
            let [old, new] = seen.outcome;
            let pair = (name(&self.names[0], old), name(&self.names[1], new));
            self.add_move(pair, &seen.number);
        }
    }

    /// Finds moves by the lists of prefixes, also those that are too long for proofs: the class of
    /// each prefix of one side, as a number, on both.
    pub(super) fn lists(&mut self, documents: [&'d Document; 2]) {
        let lists = |document: &'d Document| document.classifiers.iter().filter_map(Classifier::list);
        let mut shortest: BTreeMap<(Name, Name), Digits> = BTreeMap::new();
        for digits in documents.into_iter().flat_map(lists).flat_map(PrefixList::prefixes) {
            let number = digits.to_string();
            let [Some(old), Some(new)] = [0, 1].map(|side| self.certain_name(side, number.as_bytes())) else {
                continue;
            };
            if old != new {
                let known = shortest.entry((old, new)).or_insert(*digits);
                if digits.len() < known.len() {
                    *known = *digits;
                }
            }
        }
        for (pair, digits) in shortest {
            self.add_move(pair, &digits.to_string().into_bytes().into());
        }
    }

    /// The name of the class of `e164` on a side; `None` where `re` may give it another.
    fn certain_name(&self, side: usize, e164: &[u8]) -> Option<Name> {
        let plan = self.plans.get(side)?;
        let class = plan.classify(e164);
        let foreign = plan.foreign_classes().first().map(|foreign| foreign.class);
        if foreign.is_some_and(|foreign| class.is_none_or(|class| foreign < class)) {
            return None;
        }
        Some(class.and_then(|class| self.names.get(side)?.get(class).copied()))
    }

    fn add_move(&mut self, pair: (Name, Name), number: &Rc<[u8]>) {
        if pair.0 != pair.1 {
            self.moves.entry(pair).or_insert_with(|| Rc::clone(number));
        }
    }

    /// Compares the classes of numbers, and which are reconciled, where both configurations have
    /// the same rewriting rules: one pipeline of these feeds the classifiers and reconcile regexes
    /// of both.
    pub(super) fn shared_pipeline(&mut self) {
        let classes = Rc::new(self.byte_classes());
        let allowance = Allowance::new(&self.options.limits);
        let programs: Vec<_> = self.sides.iter().flat_map(patterns).collect();
        let mut product = SharedPipeline {
            answerers: self.answerers(),
            machine: Composition {
                pipeline: Pipeline::of_all(&self.sides[0], &classes, &allowance),
                acceptor: LazyDfa::new(&programs, &classes, &allowance),
            },
        };
        let surveyed = search::survey(&mut product, &classes, &mut Budget::new(&self.options.limits));
        self.add(&surveyed, CLASSES);
    }

    /// Compares the classes of numbers, and which are reconciled.
    pub(super) fn classes(&mut self) {
        self.side_by_side(self.byte_classes(), false, CLASSES);
    }

    pub(super) fn texts(&mut self) {
        // Results that are one text shifted may be equal in classes and differ in bytes, so two
        // members of each larger class are tried.
        let classes = self.byte_classes().doubled(&self.options.alphabet);
        self.side_by_side(classes, true, TEXTS);
    }

    fn side_by_side(&mut self, classes: Classes, compares_texts: bool, proof: &'static str) {
        let classes = Rc::new(classes);
        let allowance = Allowance::new(&self.options.limits);
        let mut product = SideBySide {
            answerers: self.answerers(),
            machines: self.sides.each_ref().map(|side| Composition {
                pipeline: Pipeline::of_all(side, &classes, &allowance),
                acceptor: LazyDfa::new(&patterns(side).collect::<Vec<_>>(), &classes, &allowance),
            }),
            compares_texts,
            allowance,
        };
        let surveyed = search::survey(&mut product, &classes, &mut Budget::new(&self.options.limits));
        self.add(&surveyed, proof);
    }

    /// Classes of bytes that no rule of either side distinguishes, with each added byte alone.
    fn byte_classes(&self) -> Classes {
        let sets = self.sides.iter().flat_map(|side| {
            let added = side.stages().flat_map(Rules::added_bytes);
            side.byte_sets().chain(side.reconcile.byte_sets()).chain(added)
        });
        Classes::new(&self.options.alphabet, sets)
    }

    fn answerers(&self) -> [Answerer; 2] {
        let ([old, new], [old_names, new_names]) = (self.sides, &self.names);
        [Answerer::new(old, old_names), Answerer::new(new, new_names)]
    }

    fn add(&mut self, surveyed: &Surveyed<Outcome>, proof: &'static str) {
        let mut rewritten = BTreeSet::new();
        let mut far_apart = BTreeSet::new();
        for seen in &surveyed.seen {
            let [(old, was_reconciled), (new, is_reconciled)] = seen.outcome.answers;
            if let (Some(old), Some(new)) = (old, new) {
                self.add_move((old, new), &seen.number);
                match seen.outcome.texts {
                    Texts::Different if old == new && rewritten.insert(old) => {
                        let change = self.change(&seen.number);
                        self.diff.rewritten.push(change);
                    }
                    Texts::Lost if old == new => {
                        far_apart.insert(old);
                    }
                    _ => {}
                }
            }
            match (was_reconciled, is_reconciled) {
                (Some(false), Some(true)) if self.diff.gained.is_none() => {
                    self.diff.gained = Some(self.change(&seen.number));
                }
                (Some(true), Some(false)) if self.diff.lost.is_none() => {
                    self.diff.lost = Some(self.change(&seen.number));
                }
                _ => {}
            }
        }
        if !far_apart.is_subset(&rewritten) {
            self.diff.missing.push(Missing::TooFarApart);
        }
        if let Some(bound) = surveyed.cut {
            self.diff.missing.push(Missing::Cut { proof, bound });
        }
    }

    fn change(&self, number: &[u8]) -> Change {
        let [old, new] = self.plans.map(|plan| Witness::of(plan, number));
        Change { old, new }
    }

    /// The differences, ordered by the ranks of the classes.
    pub(super) fn finish(mut self) -> Diff {
        let mut moves = Vec::with_capacity(self.moves.len());
        let mut size = 0;
        for number in self.moves.values() {
            let change = self.change(number);
            size += change.old.size() + change.new.size();
            if size > MAX_REPORT {
                let (proof, bound) = (ALL_FINDINGS, Bound::Memory);
                self.diff.missing.push(Missing::Cut { proof, bound });
                break;
            }
            moves.push(change);
        }
        let rank = |plan: &Plan, witness: &Witness| plan.classify(&witness.number).unwrap_or(usize::MAX);
        let [old, new] = self.plans;
        moves.sort_by_key(|change| (rank(old, &change.old), rank(new, &change.new)));
        self.diff.rewritten.sort_by_key(|change| rank(new, &change.new));
        self.diff.moves = moves;
        self.diff
    }
}
