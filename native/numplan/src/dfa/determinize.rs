//! The subset construction: from the NFA of several patterns to the states of a DFA, one at a time.
//!
//! A state is a set of positions in the NFA. Three additions let a search take one step a byte:
//!
//! - **A match sticks.** A state holds what has matched already, as far as a [`Merge`] policy keeps
//!   it. Positions of patterns that can no longer change that are dropped.
//! - **A search is a restart.** Where a pattern is not tied to the start of the subject, its first
//!   positions are part of every state.
//! - **`$` looks ahead at most one byte.** It holds at the end, and before a last newline. A
//!   position that waits at `$` when a newline is read is followed as if the subject ended behind
//!   that newline; what it reaches counts if nothing follows.
//!
//! [`crate::dfa::automaton`] makes all states beforehand and keeps the first pattern that matches;
//! `proof::lazy_dfa` makes those that a proof walks to and keeps all patterns that match.

use crate::regex::look::{Look, Position};
use crate::regex::nfa::{Instruction, Program};
use std::hash::Hash;

/// A set of patterns that have matched. Which of them it keeps is the construction's merge policy.
pub(crate) trait Merge: Clone + Default + Eq + Hash {
    fn add(&mut self, pattern: u32);
    fn merge(&mut self, other: &Self);
    /// Brings equal sets into equal form: called before a state is compared.
    fn normalize(&mut self);
    /// True while a match of `pattern` would change the set.
    fn is_open_to(&self, pattern: u32) -> bool;
    /// Drops the patterns whose match would not change `settled`.
    fn drop_settled(&mut self, settled: &Self);
    fn len(&self) -> usize;
}

/// Keeps the first pattern alone: its number, shifted by one; 0 is "none".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct First(pub(crate) u32);

impl First {
    fn is_before(self, other: First) -> bool {
        self.0 != 0 && (other.0 == 0 || self.0 < other.0)
    }
}

impl Merge for First {
    fn add(&mut self, pattern: u32) {
        self.merge(&First(pattern + 1));
    }

    fn merge(&mut self, other: &First) {
        if other.is_before(*self) {
            *self = *other;
        }
    }

    fn normalize(&mut self) {}

    fn is_open_to(&self, pattern: u32) -> bool {
        First(pattern + 1).is_before(*self)
    }

    fn drop_settled(&mut self, settled: &First) {
        if !self.is_before(*settled) {
            *self = First(0);
        }
    }

    fn len(&self) -> usize {
        usize::from(self.0 != 0)
    }
}

/// Keeps all patterns, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct All(pub(crate) Vec<u32>);

impl Merge for All {
    fn add(&mut self, pattern: u32) {
        self.0.push(pattern);
    }

    fn merge(&mut self, other: &All) {
        self.0.extend_from_slice(&other.0);
    }

    fn normalize(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.shrink_to_fit();
    }

    fn is_open_to(&self, pattern: u32) -> bool {
        self.0.binary_search(&pattern).is_err()
    }

    fn drop_settled(&mut self, settled: &All) {
        self.0.retain(|pattern| settled.is_open_to(*pattern));
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// A state of the DFA.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subset<M> {
    /// True before the first byte, where `^` holds.
    pub(crate) at_start: bool,
    /// The patterns that match, whatever bytes follow.
    pub(crate) settled: M,
    /// The patterns that match if the subject ends here, because `$` held before the newline just
    /// read.
    pub(crate) if_end: M,
    /// Sorted positions that consume a byte or wait for the end, of patterns not settled yet.
    pub(crate) positions: Box<[u32]>,
}

/// The epsilon closure of some positions.
#[derive(Clone, Debug, Default)]
struct Closure<M> {
    matched: M,
    /// The positions that consume a byte or wait for the end.
    positions: Vec<u32>,
    /// How many instructions were looked at.
    walked: usize,
}

/// The construction for one list of patterns.
#[derive(Debug)]
pub(crate) struct Determinizer<M> {
    instructions: Vec<Instruction>,
    /// The pattern that each instruction belongs to.
    owner: Vec<u32>,
    /// The closure of all patterns' starts behind the first byte.
    restart: Closure<M>,
    /// The round in which each instruction was last part of a closure.
    seen: Vec<u32>,
    round: u32,
}

/// True when `program` matches somewhere in `subject`: for a few subjects that is faster than
/// making an automaton. Cost: the length of `subject` times that of `program`.
pub(crate) fn matches(program: &Program, subject: &[u8]) -> bool {
    let (mut determinizer, mut state) = Determinizer::<First>::new(&[(0, program)]);
    for byte in subject {
        state = determinizer.step(&state, *byte).0;
    }
    determinizer.matched_at_end(&state).len() > 0
}

impl<M: Merge> Determinizer<M> {
    /// The construction for `patterns`, whose numbers ascend, and its state before the first byte.
    pub(crate) fn new(patterns: &[(u32, &Program)]) -> (Determinizer<M>, Subset<M>) {
        let size = patterns.iter().map(|(_, program)| program.instructions.len()).sum();
        let mut instructions = Vec::with_capacity(size);
        let mut owner = Vec::with_capacity(size);
        let mut starts = Vec::with_capacity(patterns.len());
        for (number, program) in patterns {
            let base = instructions.len() as u32;
            starts.push(base + program.start);
            instructions.extend(program.instructions.iter().map(|instruction| instruction.moved(base)));
            owner.resize(instructions.len(), *number);
        }
        let mut determinizer = Determinizer {
            seen: vec![0; instructions.len()],
            instructions,
            owner,
            restart: Closure::default(),
            round: 0,
        };
        let at_start = Position {
            at_start: true,
            ..Position::default()
        };
        determinizer.restart = determinizer.closure(starts.iter().copied(), Position::default());
        let start = determinizer.closure(starts, at_start);
        let start = determinizer.subset(true, M::default(), start);
        (determinizer, start)
    }

    pub(crate) fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// The pattern that the instruction at `position` belongs to.
    pub(crate) fn owner(&self, position: u32) -> u32 {
        self.owner[position as usize]
    }

    /// The state after `byte`, and how many things were looked at to find it.
    pub(crate) fn step(&mut self, state: &Subset<M>, byte: u8) -> (Subset<M>, usize) {
        let mut roots = Vec::with_capacity(state.positions.len());
        let mut before_newline = Vec::new();
        for at in &state.positions {
            match self.instructions[*at as usize] {
                Instruction::Byte { ref set, next } if set.contains(byte) => roots.push(next),
                Instruction::Look {
                    look: Look::Dollar,
                    next,
                } if byte == b'\n' => before_newline.push(next),
                _ => {}
            }
        }
        let if_end = self.over_last_newline(before_newline, state.at_start);
        let mut closure = self.closure(roots, Position::default());
        closure.matched.merge(&state.settled);
        closure.matched.merge(&self.restart.matched);
        closure.positions.extend_from_slice(&self.restart.positions);
        let looked_at = closure.walked + closure.positions.len() + closure.matched.len();
        (self.subset(false, if_end, closure), looked_at)
    }

    /// The patterns that match if the subject ends in `state`.
    pub(crate) fn matched_at_end(&mut self, state: &Subset<M>) -> M {
        let end = Position {
            at_start: state.at_start,
            at_end: true,
            at_last_newline: false,
        };
        let mut matched = self.closure(state.positions.iter().copied(), end).matched;
        matched.merge(&state.settled);
        matched.merge(&state.if_end);
        matched.normalize();
        matched
    }

    /// The patterns that match from `roots` when all that is left of the subject is one newline.
    fn over_last_newline(&mut self, roots: Vec<u32>, at_start: bool) -> M {
        if roots.is_empty() {
            return M::default();
        }
        let before = Position {
            at_start,
            at_end: false,
            at_last_newline: true,
        };
        let mut closure = self.closure(roots, before);
        let behind = closure
            .positions
            .iter()
            .filter_map(|at| match self.instructions[*at as usize] {
                Instruction::Byte { ref set, next } if set.contains(b'\n') => Some(next),
                _ => None,
            });
        let behind: Vec<u32> = behind.collect();
        let end = Position {
            at_end: true,
            ..Position::default()
        };
        closure.matched.merge(&self.closure(behind, end).matched);
        closure.matched
    }

    /// The epsilon closure of `roots`, with the instructions that wait for the end.
    fn closure(&mut self, roots: impl IntoIterator<Item = u32>, position: Position) -> Closure<M> {
        self.round += 1;
        let mut found: Closure<M> = Closure::default();
        let mut pending: Vec<u32> = Vec::new();
        for root in roots {
            pending.push(root);
            while let Some(at) = pending.pop() {
                if std::mem::replace(&mut self.seen[at as usize], self.round) == self.round {
                    continue;
                }
                found.walked += 1;
                match self.instructions[at as usize] {
                    Instruction::Byte { .. } => found.positions.push(at),
                    Instruction::Split { preferred, other } => pending.extend([other, preferred]),
                    Instruction::Save { next, .. } => pending.push(next),
                    Instruction::Match => found.matched.add(self.owner[at as usize]),
                    Instruction::Look { look, next } if look.holds(position) => pending.push(next),
                    Instruction::Look { look: Look::Start, .. } => {}
                    Instruction::Look {
                        look: Look::End | Look::Dollar,
                        ..
                    } => found.positions.push(at),
                }
            }
        }
        found
    }

    fn subset(&self, at_start: bool, mut if_end: M, closure: Closure<M>) -> Subset<M> {
        let (mut settled, mut positions) = (closure.matched, closure.positions);
        settled.normalize();
        if settled.len() > 0 {
            positions.retain(|at| settled.is_open_to(self.owner[*at as usize]));
        }
        positions.sort_unstable();
        positions.dedup();
        if_end.drop_settled(&settled);
        if_end.normalize();
        Subset {
            at_start,
            settled,
            if_end,
            positions: positions.into(),
        }
    }
}

#[cfg(test)]
mod tests;
