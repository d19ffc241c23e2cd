//! The effects of a list's rules, and an automaton that distinguishes rules by effect alone.
//!
//! Rules with the same prefix, suffix and way to find the root have one [`Effect`]. States that
//! differ only in which of such rules may decide are merged here, where [`crate::proof::lazy_dfa`]
//! keeps one for each rule. So a proof that asks only what comes out of a list visits a thousandth
//! of the states where a thousand rules share an effect.
//!
//! The automaton is the plan's own with effects for answers, minimized.

use crate::dfa::automaton::Automaton;
use crate::dfa::byte_classes::ByteClasses;
use crate::dfa::minimize::refine;
use crate::dfa::word_map::WordMap;
use crate::plan::root::{Edge, Root};
use crate::proof::lengths::Lengths;
use std::collections::VecDeque;
use std::sync::Arc;

/// The most cells of an automaton that is minimized: a larger one would take seconds.
const MAX_CELLS: usize = 1 << 20;
/// The most pairs of a state and an effect that may still decide there.
const MAX_OPEN: usize = 1 << 18;
/// The most times that lengths are propagated from a state to one before it.
const MAX_PASSED: usize = 1 << 24;

/// What a rule makes of a number: rules with equal effects make the same of each number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Effect<'r> {
    kept: Kept,
    prefix: &'r [u8],
    suffix: &'r [u8],
}

/// How the root is found.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Kept {
    Slice(Edge, Edge, bool),
    /// By the search at this address.
    Search(usize),
}

impl<'r> Effect<'r> {
    /// The effect of a rule that keeps `root`.
    pub(crate) fn new(root: &Root, prefix: &'r [u8], suffix: &'r [u8]) -> Effect<'r> {
        let kept = match root {
            Root::Slice { start, end, trim, .. } => Kept::Slice(*start, *end, *trim),
            Root::Search(search) => Kept::Search(Arc::as_ptr(search).addr()),
        };
        Effect { kept, prefix, suffix }
    }
}

/// The minimized automaton of a list, with numbers of effects as answers.
#[derive(Debug)]
pub(crate) struct Effects {
    class_of: ByteClasses,
    classes: usize,
    start: u32,
    /// The transitions: for each state the target over each class.
    targets: Vec<u32>,
    /// For each state, the effect that decides a number ending there.
    decides: Vec<Option<u32>>,
    /// For each state and effect (or no rule) that may still decide: the lengths that may follow.
    open: WordMap<(u32, Option<u32>), Lengths>,
    /// For each state, the effects that may still decide, in order.
    candidates: Vec<Vec<u32>>,
}

impl Effects {
    /// The automaton of a list, from the plan's own and the effect of each of its answers; `None`
    /// where it is too large.
    pub(crate) fn new(automaton: &Automaton, effect_of: &[u32]) -> Option<Effects> {
        let bytes = automaton.classes().representatives();
        let classes = bytes.len();
        if automaton.states().saturating_mul(classes) > MAX_CELLS {
            return None;
        }
        let mut targets = Vec::with_capacity(automaton.states() * classes);
        let mut answers = Vec::with_capacity(automaton.states());
        for state in automaton.all_states() {
            let next = bytes.iter().map(|byte| automaton.step(state, *byte));
            targets.extend(next.map(|state| automaton.index(state) as u32));
            let effect = match automaton.answer(state) {
                None => 0,
                Some(rule) => effect_of.get(rule as usize)? + 1,
            };
            answers.push(effect);
        }
        let (block_of, blocks) = refine(&targets, &answers, classes);
        let mut effects = Effects {
            class_of: automaton.classes().clone(),
            classes,
            start: *block_of.get(automaton.index(automaton.start()))?,
            targets: vec![0; blocks * classes],
            decides: vec![None; blocks],
            open: WordMap::default(),
            candidates: vec![Vec::new(); blocks],
        };
        let rows = targets.chunks_exact(classes).zip(&answers);
        for (block, (row, answer)) in block_of.iter().zip(rows) {
            let block = *block as usize;
            effects.decides[block] = answer.checked_sub(1);
            for (cell, target) in effects.targets[block * classes..].iter_mut().zip(row) {
                *cell = block_of[*target as usize];
            }
        }
        effects.propagate()?;
        Some(effects)
    }

    /// Fills in which effects may still decide, backwards from the states where numbers end.
    fn propagate(&mut self) -> Option<()> {
        let before = self.predecessors();
        let mut pending: VecDeque<(u32, Option<u32>)> = VecDeque::new();
        for (state, decides) in (0..).zip(&self.decides) {
            self.open.insert((state, *decides), Lengths::exactly(0));
            pending.push_back((state, *decides));
        }
        let mut passed = 0;
        while let Some((state, effect)) = pending.pop_front() {
            let lengths = self.lengths(state, effect).longer();
            let states = before.get(state as usize).map_or(&[][..], Vec::as_slice);
            passed += states.len();
            if passed > MAX_PASSED || self.open.len() > MAX_OPEN {
                return None;
            }
            for earlier in states {
                let known = self.open.entry((*earlier, effect)).or_insert(Lengths::NONE);
                let all = known.or(lengths);
                if all != *known {
                    *known = all;
                    pending.push_back((*earlier, effect));
                }
            }
        }
        for (state, effect) in self.open.keys() {
            if let Some(effect) = effect {
                self.candidates[*state as usize].push(*effect);
            }
        }
        self.candidates.iter_mut().for_each(|effects| effects.sort_unstable());
        Some(())
    }

    fn predecessors(&self) -> Vec<Vec<u32>> {
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); self.decides.len()];
        for (state, row) in (0..).zip(self.targets.chunks_exact(self.classes)) {
            for target in row {
                let known = &mut before[*target as usize];
                if known.last() != Some(&state) {
                    known.push(state);
                }
            }
        }
        before
    }

    pub(crate) fn start(&self) -> u32 {
        self.start
    }

    pub(crate) fn step(&self, state: u32, byte: u8) -> u32 {
        let class = self.class_of.of(byte);
        let cell = state as usize * self.classes + usize::from(class);
        self.targets.get(cell).copied().unwrap_or(state)
    }

    /// The effect that decides a number ending in `state`.
    pub(crate) fn decides(&self, state: u32) -> Option<u32> {
        self.decides.get(state as usize).copied().flatten()
    }

    /// The effects that may still decide from `state` on, in order.
    pub(crate) fn candidates(&self, state: u32) -> &[u32] {
        self.candidates.get(state as usize).map_or(&[], Vec::as_slice)
    }

    /// The lengths of what may follow `state` in a number that `effect`, or no rule, decides.
    pub(crate) fn lengths(&self, state: u32, effect: Option<u32>) -> Lengths {
        self.open.get(&(state, effect)).copied().unwrap_or(Lengths::NONE)
    }
}
