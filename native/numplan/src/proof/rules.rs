//! The compiled rules of a plan as proofs walk over them, list by list, and grouped by effect.
//!
//! Rules that only OTP's `re` runs are not read, nor are very large sets of numbers; see
//! [`Rules::certain`] for the others.

use crate::dfa::word_map::WordMap;
use crate::plan::Plan;
use crate::plan::rewrites::Rewrites;
use crate::plan::root::Root;
use crate::plan::rules::{Alternative, CompiledRules, RuleList};
use crate::proof::alphabet::Classes;
use crate::proof::effects::{Effect, Effects};
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::search::Allowance;
use crate::regex::byte_set::ByteSet;
use crate::regex::nfa::{self, Program};
use crate::regex::pattern::Pattern;
use std::rc::Rc;

/// The rules of one list, in order.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// The alternatives of the native rules.
    pub(crate) alternatives: Vec<Alternative>,
    /// The number of rules, foreign ones included.
    pub(crate) count: usize,
    /// The ranks of the rules that are not read: only OTP's `re` runs them, or they are sets of
    /// numbers that are too large.
    pub(crate) foreign: Vec<usize>,
    patterns: Vec<Option<Pattern>>,
    /// The alternatives grouped by effect, where the automaton for that could be built.
    pub(crate) by_effect: Option<ByEffect>,
}

/// Alternatives grouped by their [`Effect`].
#[derive(Clone, Debug)]
pub(crate) struct ByEffect {
    pub(crate) effects: Rc<Effects>,
    /// One alternative of each effect.
    pub(crate) alternatives: Vec<usize>,
}

impl From<RuleList> for Rules {
    fn from(list: RuleList) -> Rules {
        let mut foreign: Vec<usize> = list.foreign().chain(list.too_large.iter().copied()).collect();
        foreign.sort_unstable();
        let mut alternatives = list.alternatives;
        alternatives.retain(|one| list.too_large.binary_search(&one.rule).is_err());
        Rules {
            foreign,
            count: list.runs.len(),
            alternatives,
            patterns: list.patterns,
            by_effect: None,
        }
    }
}

impl Rules {
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

    /// The syntax tree of a rule; `None` where its regex holds what only `re` reads.
    pub(crate) fn pattern(&self, rule: usize) -> Option<&Pattern> {
        self.patterns.get(rule)?.as_ref()
    }

    /// True for a rule that is not read.
    pub(crate) fn is_foreign(&self, rule: usize) -> bool {
        self.foreign.binary_search(&rule).is_ok()
    }

    /// True when at least one of the rules is not read.
    pub(crate) fn has_foreign(&self) -> bool {
        !self.foreign.is_empty()
    }

    /// The rank of the first foreign rule, or the count: earlier rules decide whatever `re` says.
    pub(crate) fn certain(&self) -> usize {
        self.foreign.first().copied().unwrap_or(self.count)
    }

    /// The byte sets that the programs test for.
    pub(crate) fn byte_sets(&self) -> impl Iterator<Item = ByteSet> + '_ {
        let searches = self.alternatives.iter().filter_map(|part| match &part.root {
            Some(Root::Search(search)) => Some(search.program().as_ref()),
            _ => None,
        });
        let programs = self.alternatives.iter().map(|part| &part.program);
        programs
            .chain(searches)
            .flat_map(|program| nfa::byte_sets(&program.instructions))
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
    /// The rules that `plan` was built from.
    pub(crate) fn new(rules: CompiledRules, plan: &Plan) -> RuleSet {
        let dial_plan = rules.dial_plan.zip(plan.dial_plan());
        RuleSet {
            dial_plan: dial_plan.map(|(list, compiled)| Rules::from(list).grouped(compiled.first_match())),
            converters: Rules::from(rules.converters).grouped(plan.converters()),
            classifiers: rules.classifiers.into(),
            reconcile: rules.reconcile.into(),
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
