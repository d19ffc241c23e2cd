//! The DFA of an ordered list of patterns: which is the first that matches?
//!
//! The subset construction ([`crate::dfa::determinize`]) makes states that hold the first pattern
//! that has matched, so nothing is tested while bytes are read: the last state has the answer.
//! Equivalent states are then merged ([`crate::dfa::minimize`]), and the table has a column for
//! each class of bytes ([`crate::dfa::byte_classes`]).
//!
//! # Bounds
//!
//! Building stops with [`AutomatonTooLarge`] as soon as the memory it has touched passes the limit,
//! so no set of patterns can exhaust the node. Running is one step a byte, whatever the patterns.

use crate::dfa::byte_classes::ByteClasses;
use crate::dfa::determinize::{Determinizer, First, Subset};
use crate::dfa::minimize::refine;
use crate::dfa::word_map::WordMap;
use crate::regex::byte_set::ByteSet;
use crate::regex::nfa::{self, Instruction, Program};

/// The error of patterns whose automaton would need more memory than the limit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AutomatonTooLarge;

/// A state, as the index of its row in the transition table of [`Transitions::Rows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct State(u32);

/// The size in bytes above which a table is stored as 16-bit state numbers where these suffice:
/// fewer cache misses then outweigh the shift that turns a number into a row.
const LARGE: usize = 512 << 10;

/// The transition table: for each state a row with its targets, one for each class of bytes. States
/// that no byte leaves come last and have none: reading ends there, and of many thousand prefixes
/// most states are such.
#[derive(Clone, Debug)]
enum Transitions {
    /// Targets as rows.
    Rows(Box<[u32]>),
    /// Targets as state numbers.
    Numbers(Box<[u16]>),
}

impl Transitions {
    fn new(rows: Vec<u32>, row_bits: u32) -> Transitions {
        if 4 * rows.len() <= LARGE {
            return Transitions::Rows(rows.into());
        }
        let numbers = rows
            .iter()
            .map(|row| u16::try_from(row >> row_bits))
            .collect::<Result<Vec<u16>, _>>();
        match numbers {
            Ok(numbers) => Transitions::Numbers(numbers.into()),
            Err(_) => Transitions::Rows(rows.into()),
        }
    }

    /// The number of cells of all rows.
    fn cells(&self) -> usize {
        match self {
            Transitions::Rows(rows) => rows.len(),
            Transitions::Numbers(numbers) => numbers.len(),
        }
    }

    fn memory(&self) -> usize {
        match self {
            Transitions::Rows(rows) => size_of_val(&**rows),
            Transitions::Numbers(numbers) => size_of_val(&**numbers),
        }
    }
}

/// A minimal DFA that answers with the first of its patterns that matches.
#[derive(Clone, Debug)]
pub(crate) struct Automaton {
    classes: ByteClasses,
    transitions: Transitions,
    /// The answer for each row, shifted by one; 0 is "none".
    answers: Box<[u32]>,
    row_bits: u32,
    start: State,
}

impl Automaton {
    /// Builds the DFA of `patterns`, each with the number that is answered for it; the numbers
    /// ascend. `limit` bounds the memory that building touches, in bytes.
    pub(crate) fn build(patterns: &[(u32, &Program)], limit: usize) -> Result<Automaton, AutomatonTooLarge> {
        Automaton::build_within(patterns, &mut { limit })
    }

    /// As [`Automaton::build`], for one of several automata that share a limit: the memory that
    /// building touches is taken from `room`.
    pub(crate) fn build_within(patterns: &[(u32, &Program)], room: &mut usize) -> Result<Automaton, AutomatonTooLarge> {
        determinize(patterns, room).map(minimize)
    }

    pub(crate) fn start(&self) -> State {
        self.start
    }

    /// The state after reading `bytes` from `state`. Cost: one table look-up a byte.
    #[inline]
    pub(crate) fn read(&self, state: State, bytes: &[u8]) -> State {
        let mut row = state.0;
        match &self.transitions {
            Transitions::Rows(rows) => {
                for byte in bytes {
                    let Some(target) = rows.get(self.cell(row, *byte)) else {
                        break;
                    };
                    row = *target;
                }
            }
            Transitions::Numbers(numbers) => {
                for byte in bytes {
                    let Some(target) = numbers.get(self.cell(row, *byte)) else {
                        break;
                    };
                    row = u32::from(*target) << self.row_bits;
                }
            }
        }
        State(row)
    }

    #[inline]
    fn cell(&self, row: u32, byte: u8) -> usize {
        (row + u32::from(self.classes.of(byte))) as usize
    }

    /// The state after the first line of `text`, and the text behind that line. A line ends with a
    /// newline, or a carriage return and a newline, which are not read.
    #[inline]
    pub(crate) fn read_line<'t>(&self, text: &'t [u8]) -> (State, &'t [u8]) {
        match &self.transitions {
            Transitions::Rows(rows) => self.line(text, |cell| rows.get(cell).copied()),
            Transitions::Numbers(numbers) => self.line(text, |cell| {
                numbers.get(cell).map(|number| u32::from(*number) << self.row_bits)
            }),
        }
    }

    #[inline]
    fn line<'t>(&self, text: &'t [u8], target: impl Fn(usize) -> Option<u32>) -> (State, &'t [u8]) {
        let mut row = self.start.0;
        let mut before = row;
        let mut last = 0;
        for (at, byte) in text.iter().enumerate() {
            if *byte == b'\n' {
                let state = if last == b'\r' { before } else { row };
                return (State(state), text.get(at + 1..).unwrap_or_default());
            }
            before = row;
            last = *byte;
            let Some(target) = target(self.cell(row, *byte)) else {
                return (State(row), behind_line(text.get(at..).unwrap_or_default()));
            };
            row = target;
        }
        (State(row), b"")
    }

    /// The number of the first pattern that matches what led to `state`, if the subject ends here.
    #[inline]
    pub(crate) fn answer(&self, state: State) -> Option<u32> {
        self.answers[self.index(state)].checked_sub(1)
    }

    /// True for a state that no byte leaves.
    pub(crate) fn is_final(&self, state: State) -> bool {
        state.0 as usize >= self.transitions.cells()
    }

    pub(crate) fn step(&self, state: State, byte: u8) -> State {
        self.read(state, &[byte])
    }

    pub(crate) fn all_states(&self) -> impl Iterator<Item = State> {
        (0..self.answers.len() as u32).map(|index| State(index << self.row_bits))
    }

    /// The rank of `state` among all states.
    #[inline]
    pub(crate) fn index(&self, state: State) -> usize {
        (state.0 >> self.row_bits) as usize
    }

    pub(crate) fn classes(&self) -> &ByteClasses {
        &self.classes
    }

    pub(crate) fn states(&self) -> usize {
        self.answers.len()
    }

    pub(crate) fn memory(&self) -> usize {
        size_of::<Automaton>() + 256 + self.transitions.memory() + 4 * self.answers.len()
    }
}

/// What stands behind the first newline of `text`.
fn behind_line(text: &[u8]) -> &[u8] {
    let behind = memchr::memchr(b'\n', text).and_then(|newline| text.get(newline + 1..));
    behind.unwrap_or_default()
}

/// The transition table of a DFA that is not minimized yet.
pub(crate) struct RawTable {
    pub(crate) classes: ByteClasses,
    /// The targets of the first state, one for each class of bytes, then of the next.
    pub(crate) transitions: Vec<u32>,
    /// The answer of each state, shifted by one; 0 is "none".
    pub(crate) answers: Vec<u32>,
}

/// The memory, in bytes, that a construction may still touch.
struct Meter<'r>(&'r mut usize);

impl Meter<'_> {
    fn charge(&mut self, bytes: usize) -> Result<(), AutomatonTooLarge> {
        *self.0 = self.0.checked_sub(bytes).ok_or(AutomatonTooLarge)?;
        Ok(())
    }
}

/// All states of the subset construction of `patterns`, each with its answer.
fn determinize(patterns: &[(u32, &Program)], room: &mut usize) -> Result<RawTable, AutomatonTooLarge> {
    let size: usize = patterns.iter().map(|(_, program)| program.instructions.len()).sum();
    let mut meter = Meter(room);
    meter.charge(size * (size_of::<Instruction>() + 12))?;
    let (mut determinizer, start) = Determinizer::<First>::new(patterns);
    // The newline has a class of its own, for `$`.
    let newline = [ByteSet::of(b'\n')];
    let classes = ByteClasses::of_sets(newline.into_iter().chain(nfa::byte_sets(determinizer.instructions())));
    let representatives = classes.representatives();
    let mut known: WordMap<Subset<First>, u32> = WordMap::default();
    known.insert(start.clone(), 0);
    let mut states = vec![start];
    let mut transitions: Vec<u32> = Vec::new();
    let mut answers = Vec::new();
    while let Some(state) = states.get(answers.len()).cloned() {
        answers.push(determinizer.matched_at_end(&state).0);
        meter.charge(4 * representatives.len() + 8)?;
        for byte in &representatives {
            let (next, _) = determinizer.step(&state, *byte);
            let number = match known.get(&next) {
                Some(number) => *number,
                None => {
                    let number = states.len() as u32;
                    meter.charge(2 * (size_of::<Subset<First>>() + 4 * next.positions.len()) + 24)?;
                    states.push(next.clone());
                    known.insert(next, number);
                    number
                }
            };
            transitions.push(number);
        }
    }
    Ok(RawTable {
        classes,
        transitions,
        answers,
    })
}

/// Merges equivalent states and lays out the table.
pub(crate) fn minimize(raw: RawTable) -> Automaton {
    let width = raw.classes.representatives().len();
    let (mut block_of, blocks) = refine(&raw.transitions, &raw.answers, width);
    let moving = put_final_last(&mut block_of, blocks, &raw.transitions, width);
    let row_bits = width.next_power_of_two().trailing_zeros();
    let mut table = vec![0u32; moving << row_bits];
    let mut answers = vec![0; blocks];
    let targets = raw.transitions.chunks_exact(width);
    for ((block, answer), targets) in block_of.iter().zip(&raw.answers).zip(targets) {
        answers[*block as usize] = *answer;
        let row = table.get_mut((*block as usize) << row_bits..).unwrap_or_default();
        for (cell, target) in row.iter_mut().zip(targets) {
            *cell = block_of[*target as usize] << row_bits;
        }
    }
    Automaton {
        classes: raw.classes,
        transitions: Transitions::new(table, row_bits),
        answers: answers.into(),
        row_bits,
        start: State(block_of[0] << row_bits),
    }
}

/// Numbers the blocks anew, so that those which no byte leaves come last, and returns how many are
/// left by some byte.
fn put_final_last(block_of: &mut [u32], blocks: usize, transitions: &[u32], width: usize) -> usize {
    let mut is_left = vec![false; blocks];
    for (block, targets) in block_of.iter().zip(transitions.chunks_exact(width)) {
        is_left[*block as usize] |= targets.iter().any(|target| block_of[*target as usize] != *block);
    }
    let moving = is_left.iter().filter(|left| **left).count();
    let (mut next_moving, mut next_final) = (0, moving as u32);
    let numbers = is_left.iter().map(|left| {
        let next = if *left { &mut next_moving } else { &mut next_final };
        *next += 1;
        *next - 1
    });
    let numbers: Vec<u32> = numbers.collect();
    for block in block_of {
        *block = numbers[*block as usize];
    }
    moving
}

#[cfg(test)]
mod tests;
