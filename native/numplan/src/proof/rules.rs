//! The rules of a configuration as a proof reads them: programs, roots and texts, list by list.
//!
//! Rules that only OTP's `re` runs are not read; [`Rules::certain`] says which others decide
//! anyway.

use crate::config::document::{Document, Rewrite};
use crate::config::problem::Path;
use crate::dfa::word_map::WordMap;
use crate::plan::Plan;
use crate::plan::rewrites::{self, Rewrites};
use crate::plan::root::Root;
use crate::plan::rule::{self, Compiled, Judge, Room};
use crate::proof::alphabet::{self, Classes};
use crate::proof::effects::{Effect, Effects};
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::search::Allowance;
use crate::regex::byte_set::ByteSet;
use crate::regex::nfa::Program;
use crate::regex::pattern::Pattern;
use std::rc::Rc;
use std::sync::Arc;

/// The pattern of `regex`; `None` where the regex is refused or only OTP's `re` runs it.
pub(crate) fn native(regex: &[u8], judge: Judge<'_>) -> Option<Pattern> {
    match rule::compile(regex, &Path::root(), judge, &mut Vec::new()) {
        Some(Compiled::Native(pattern)) => Some(pattern),
        _ => None,
    }
}

/// The rules of one list, in order.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// The alternatives of the native rules.
    pub(crate) alternatives: Vec<Alternative>,
    /// The number of rules, foreign ones included.
    pub(crate) count: usize,
    /// The ranks of the rules that only OTP's `re` runs.
    pub(crate) foreign: Vec<usize>,
    /// The alternatives grouped by effect, where the automaton for that could be built.
    pub(crate) by_effect: Option<ByEffect>,
}

/// A rule, or one alternative of its regex.
#[derive(Debug)]
pub(crate) struct Alternative {
    /// The rank of the rule in its list.
    pub(crate) rule: usize,
    pub(crate) program: Program,
    /// How its root is found; `None` for a classifier.
    pub(crate) root: Option<Root>,
    pub(crate) prefix: Arc<[u8]>,
    pub(crate) suffix: Arc<[u8]>,
}

/// Alternatives grouped by their [`Effect`].
#[derive(Clone, Debug)]
pub(crate) struct ByEffect {
    pub(crate) effects: Rc<Effects>,
    /// One alternative of each effect.
    pub(crate) alternatives: Vec<usize>,
}

impl Rules {
    /// Regexes that are only matched. `foreign` has the ranks of those that the plan leaves to
    /// `re`.
    fn of_regexes<'r>(regexes: impl Iterator<Item = &'r [u8]>, foreign: &[usize], judge: Judge<'_>) -> Rules {
        let (mut read, mut room) = (Rules::default(), Room::whole());
        for (rank, regex) in regexes.enumerate() {
            let is_native = foreign.binary_search(&rank).is_err();
            let pattern = is_native.then(|| native(regex, judge)).flatten();
            let program = pattern.and_then(|pattern| rule::match_program(&pattern.node, &mut room).ok());
            read.add(program.map(|program| {
                vec![Alternative {
                    rule: rank,
                    program,
                    root: None,
                    prefix: Arc::default(),
                    suffix: Arc::default(),
                }]
            }));
        }
        read
    }

    /// The rules of a stage. `compiled`, the plan's form of them, says which are foreign.
    fn of_rewrites(rules: &[Rewrite], compiled: &Rewrites, judge: Judge<'_>) -> Rules {
        let (mut read, mut room) = (Rules::default(), Room::whole());
        for (rank, rule) in rules.iter().enumerate() {
            let foreign = compiled.foreign().binary_search_by_key(&rank, |foreign| foreign.rule);
            let pattern = native(&rule.regex, judge).filter(|_| foreign.is_err());
            let parts = pattern.and_then(|pattern| rewrites::alternatives(&pattern, &mut room).ok());
            let [prefix, suffix] = [&rule.prefix, &rule.suffix].map(|text| Arc::from(text.as_slice()));
            read.add(parts.map(|parts| {
                let alternatives = parts.into_iter().map(|(program, root)| Alternative {
                    rule: rank,
                    program,
                    root: Some(root),
                    prefix: Arc::clone(&prefix),
                    suffix: Arc::clone(&suffix),
                });
                alternatives.collect()
            }));
        }
        read.grouped(compiled)
    }

    /// Adds the grouping by effect, built from the automaton of `compiled`.
    fn grouped(mut self, compiled: &Rewrites) -> Rules {
        let (mut known, mut alternatives) = (WordMap::default(), Vec::new());
        let mut effect_of = Vec::with_capacity(self.alternatives.len());
        for (at, alternative) in self.alternatives.iter().enumerate() {
            let Some(root) = &alternative.root else { continue };
            let next = alternatives.len() as u32;
            let effect = Effect::new(root, &alternative.prefix, &alternative.suffix);
            let effect = *known.entry(effect).or_insert(next);
            if effect == next {
                alternatives.push(at);
            }
            effect_of.push(effect);
        }
        // Beside foreign rules it matters which rule decides, so they are not grouped.
        let automaton = compiled.automaton().filter(|_| self.foreign.is_empty());
        let effects = automaton.and_then(|automaton| Effects::new(automaton, &effect_of));
        self.by_effect = effects.map(|effects| ByEffect {
            effects: Rc::new(effects),
            alternatives,
        });
        self
    }

    /// Adds a rule by its alternatives; `None` for a foreign rule.
    fn add(&mut self, alternatives: Option<Vec<Alternative>>) {
        match alternatives {
            Some(alternatives) => self.alternatives.extend(alternatives),
            None => self.foreign.push(self.count),
        }
        self.count += 1;
    }

    /// True for a rule that only `re` runs.
    pub(crate) fn is_foreign(&self, rule: usize) -> bool {
        self.foreign.binary_search(&rule).is_ok()
    }

    /// True when `re` runs at least one of the rules.
    pub(crate) fn has_foreign(&self) -> bool {
        !self.foreign.is_empty()
    }

    /// The rank of the first foreign rule, or the length: rules before it decide whatever `re`
    /// says.
    pub(crate) fn certain(&self) -> usize {
        self.foreign.first().copied().unwrap_or(self.count)
    }

    /// The byte sets that the programs test for.
    pub(crate) fn byte_sets(&self) -> impl Iterator<Item = ByteSet> + '_ {
        let searches = self.alternatives.iter().filter_map(|part| match &part.root {
            Some(Root::Search(program)) => Some(program.as_ref()),
            _ => None,
        });
        let programs = self.alternatives.iter().map(|part| &part.program);
        programs.chain(searches).flat_map(alphabet::sets)
    }

    /// A set of one byte for each byte in a prefix or suffix.
    pub(crate) fn added_bytes(&self) -> impl Iterator<Item = ByteSet> + '_ {
        let mut added = ByteSet::EMPTY;
        let mut last = None;
        for alternative in &self.alternatives {
            // The alternatives of one rule share their texts.
            if last != Some(alternative.rule) {
                let bytes = alternative.prefix.iter().chain(&*alternative.suffix);
                added = bytes.fold(added, |added, byte| added.union(&ByteSet::of(*byte)));
            }
            last = Some(alternative.rule);
        }
        (0..=u8::MAX).filter(move |byte| added.contains(*byte)).map(ByteSet::of)
    }

    /// The most bytes that one rule adds.
    pub(crate) fn most_added(&self) -> usize {
        let added = self
            .alternatives
            .iter()
            .map(|part| part.prefix.len() + part.suffix.len());
        added.max().unwrap_or(0)
    }

    /// The lazy DFA that says which of the alternatives match.
    pub(crate) fn dfa(&self, classes: &Rc<Classes>, allowance: &Allowance) -> LazyDfa {
        let programs: Vec<&Program> = self.alternatives.iter().map(|part| &part.program).collect();
        LazyDfa::new(&programs, classes, allowance)
    }

    /// The rules of these alternatives, which are in order.
    pub(crate) fn rules_of(&self, alternatives: &[u32]) -> Vec<usize> {
        let rules = alternatives.iter().filter_map(|at| self.alternatives.get(*at as usize));
        let mut rules: Vec<usize> = rules.map(|part| part.rule).collect();
        rules.dedup();
        rules
    }
}

/// All the rules of a configuration.
#[derive(Debug)]
pub(crate) struct RuleSet {
    pub(crate) dial_plan: Option<Rules>,
    pub(crate) converters: Rules,
    pub(crate) classifiers: Rules,
    pub(crate) reconcile: Rules,
}

impl RuleSet {
    /// The rules of `document`, from which `plan` was compiled.
    pub(crate) fn read(document: &Document, plan: &Plan, judge: Judge<'_>) -> RuleSet {
        let dial_plan = document.dial_plan.as_ref().zip(plan.dial_plan());
        let classifiers = document.classifiers.iter().map(|classifier| &*classifier.regex);
        let foreign: Vec<usize> = plan.foreign_classes().iter().map(|foreign| foreign.class).collect();
        RuleSet {
            dial_plan: dial_plan
                .map(|(rules, compiled)| Rules::of_rewrites(&rules.first_match, compiled.first_match(), judge)),
            converters: Rules::of_rewrites(&document.converters, plan.converters(), judge),
            classifiers: Rules::of_regexes(classifiers, &foreign, judge),
            reconcile: Rules::of_regexes([&*document.reconcile_regex.1].into_iter(), &[], judge),
        }
    }

    /// The lists that rewrite a number, in order.
    pub(crate) fn stages(&self) -> impl Iterator<Item = &Rules> {
        self.dial_plan.iter().chain([&self.converters])
    }

    /// The byte sets that the rules test for, without the reconcile regex.
    pub(crate) fn byte_sets(&self) -> impl Iterator<Item = ByteSet> + '_ {
        self.stages().chain([&self.classifiers]).flat_map(Rules::byte_sets)
    }
}
