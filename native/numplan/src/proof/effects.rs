//! What becomes of a number, and not by which rule: an automaton that tells rules apart only by what they make of a number.
//!
//! Rules with the same prefix, suffix and place of the root are one kind. Behind what tells a thousand such rules apart, all
//! states are alike here, where [`crate::proof::lazy_dfa`] keeps a thousand of each; so a survey that only asks what comes out has a
//! thousandth of the places to look at.
//!
//! It is the plan's own automaton, in which the answers are kinds, and states that no kind tells apart are merged. Which kinds may
//! still decide in a state, and with how many bytes more, is found backwards from the answers.

use crate::dfa::automaton::Automaton;
use crate::dfa::minimize::refine;
use crate::dfa::word_map::WordMap;
use crate::plan::root::{Edge, Root};
use crate::proof::lengths::Lengths;
use std::collections::VecDeque;
use std::sync::Arc;

/// A larger automaton is not merged: that would take seconds.
const MAX_CELLS: usize = 1 << 20;
/// So many pairs of a state and a kind that may still decide there are kept.
const MAX_OPEN: usize = 1 << 18;
/// So many times lengths are passed from a state to one before it.
const MAX_PASSED: usize = 1 << 24;

/// What a rule makes of a number that it decides.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind<'r> {
    place: Place,
    prefix: &'r [u8],
    suffix: &'r [u8],
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Between(Edge, Edge, bool),
    /// What this program finds.
    Searched(usize),
}

impl<'r> Kind<'r> {
    /// The kind of a rule that keeps `root`.
    pub(crate) fn new(root: &Root, prefix: &'r [u8], suffix: &'r [u8]) -> Kind<'r> {
        let place = match root {
            Root::Slice { start, end, trim, .. } => Place::Between(*start, *end, *trim),
            Root::Search(program) => Place::Searched(Arc::as_ptr(program).addr()),
        };
        Kind { place, prefix, suffix }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Kinds {
    class_of: Box<[u8; 256]>,
    classes: usize,
    start: u32,
    /// The target of each state over each class.
    targets: Vec<u32>,
    /// The kind that decides a number that ends here.
    decides: Vec<Option<u32>>,
    /// In how many bytes a number may end that a kind decides, or that no rule does: for all that may still happen.
    open: WordMap<(u32, Option<u32>), Lengths>,
    /// The kinds that may still decide, in order.
    candidates: Vec<Vec<u32>>,
}

impl Kinds {
    /// The kinds of the rules that `automaton` answers with, where `kind_of` tells the kind of each; `None` where it is too large.
    pub(crate) fn new(automaton: &Automaton, kind_of: &[u32]) -> Option<Kinds> {
        let bytes = automaton.representatives();
        let classes = bytes.len();
        if automaton.states().saturating_mul(classes) > MAX_CELLS {
            return None;
        }
        let mut targets = Vec::with_capacity(automaton.states() * classes);
        let mut answers = Vec::with_capacity(automaton.states());
        for state in automaton.all_states() {
            targets.extend(
                bytes
                    .iter()
                    .map(|byte| automaton.index(automaton.step(state, *byte)) as u32),
            );
            let kind = match automaton.answer(state) {
                None => 0,
                Some(rule) => kind_of.get(rule as usize)? + 1,
            };
            answers.push(kind);
        }
        let (block_of, blocks) = refine(&targets, &answers, classes);
        let mut class_of = Box::new([0; 256]);
        for (class, byte) in class_of.iter_mut().zip(0..=u8::MAX) {
            let own = automaton.class_of(byte);
            *class = bytes.iter().position(|other| automaton.class_of(*other) == own)? as u8;
        }
        let mut kinds = Kinds {
            class_of,
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
            kinds.decides[block] = answer.checked_sub(1);
            for (cell, target) in kinds.targets[block * classes..].iter_mut().zip(row) {
                *cell = block_of[*target as usize];
            }
        }
        kinds.look_back()?;
        Some(kinds)
    }

    /// Passes on, from the states where numbers end to those before, which kinds may still decide.
    fn look_back(&mut self) -> Option<()> {
        let before = self.before();
        let mut pending: VecDeque<(u32, Option<u32>)> = VecDeque::new();
        for (state, decides) in (0..).zip(&self.decides) {
            self.open.insert((state, *decides), Lengths::exactly(0));
            pending.push_back((state, *decides));
        }
        let mut passed = 0;
        while let Some((state, kind)) = pending.pop_front() {
            let lengths = self.lengths(state, kind).longer();
            let states = before.get(state as usize).map_or(&[][..], Vec::as_slice);
            passed += states.len();
            if passed > MAX_PASSED || self.open.len() > MAX_OPEN {
                return None;
            }
            for earlier in states {
                let known = self.open.entry((*earlier, kind)).or_insert(Lengths::NONE);
                let all = known.or(lengths);
                if all != *known {
                    *known = all;
                    pending.push_back((*earlier, kind));
                }
            }
        }
        for (state, kind) in self.open.keys() {
            if let Some(kind) = kind {
                self.candidates[*state as usize].push(*kind);
            }
        }
        self.candidates.iter_mut().for_each(|kinds| kinds.sort_unstable());
        Some(())
    }

    /// From which states each one is reached.
    fn before(&self) -> Vec<Vec<u32>> {
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

    /// The state before the first byte.
    pub(crate) fn start(&self) -> u32 {
        self.start
    }

    /// The state after `byte`.
    pub(crate) fn step(&self, state: u32, byte: u8) -> u32 {
        let class = self.class_of[usize::from(byte)];
        let cell = state as usize * self.classes + usize::from(class);
        self.targets.get(cell).copied().unwrap_or(state)
    }

    /// The kind that decides a number that ends here.
    pub(crate) fn decides(&self, state: u32) -> Option<u32> {
        self.decides.get(state as usize).copied().flatten()
    }

    /// The kinds that may decide what a number becomes that goes on from here.
    pub(crate) fn candidates(&self, state: u32) -> &[u32] {
        self.candidates.get(state as usize).map_or(&[], Vec::as_slice)
    }

    /// In how many bytes a number may end that `kind` decides, or no rule where that is none.
    pub(crate) fn lengths(&self, state: u32, kind: Option<u32>) -> Lengths {
        self.open.get(&(state, kind)).copied().unwrap_or(Lengths::NONE)
    }
}
