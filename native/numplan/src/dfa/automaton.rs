//! One deterministic automaton for an ordered set of patterns: which is the first that matches?
//!
//! # How it is built
//!
//! The automaton's states are sets of positions in the patterns' programs (the subset construction), with three
//! additions that make a search one table look-up a byte:
//!
//! - **A match sticks.** A state knows the smallest pattern that has matched already; positions of patterns that stand
//!   behind it are dropped, as they can no longer change the answer. So nothing is tested while bytes are read: the
//!   answer is read off the last state.
//! - **A search is a restart.** Where a pattern is not tied to the start of the subject, its first positions are part of
//!   every state.
//! - **`$` looks ahead at most one byte.** It holds at the end, and before one last newline. A position that waits at
//!   `$` when a newline is read is followed as if the subject ended there; what it reaches counts if nothing
//!   follows the newline.
//!
//! States that no continuation can tell apart are then merged, and the table is laid out by equivalence classes of bytes.
//!
//! # Bounds
//!
//! Building stops with [`AutomatonTooLarge`] as soon as the memory it has touched passes the limit, so no set of patterns
//! can exhaust the node. Running is one step a byte, whatever the patterns.

use crate::dfa::minimize::refine;
use crate::dfa::word_map::WordMap;
use crate::regex::byte_set::ByteSet;
use crate::regex::nfa::{Instruction, Program};
use crate::regex::pattern::Look;

/// The automaton would need more memory than the limit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AutomatonTooLarge;

/// A state of an automaton: where its row starts in a table, if that had all cells of one width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State(u32);

/// Tables larger than this, in bytes, are stored in half the space where that can be: then what counts is how much of them the processor's
/// caches hold, and not the step that it takes to make a row of a state's number.
const LARGE: usize = 512 << 10;

/// For each state a row of targets, one for each class of bytes.
#[derive(Clone, Debug)]
enum Transitions {
    /// Where the target's row starts.
    Rows(Box<[u32]>),
    /// The target's number.
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

    fn memory(&self) -> usize {
        match self {
            Transitions::Rows(rows) => size_of_val(&**rows),
            Transitions::Numbers(numbers) => size_of_val(&**numbers),
        }
    }
}

/// Tells of any subject which is the first of its patterns that matches it.
#[derive(Clone, Debug)]
pub(crate) struct Automaton {
    class_of: Box<[u8; 256]>,
    transitions: Transitions,
    /// The answer for each row, shifted by one; 0 is "none".
    answers: Box<[u32]>,
    row_bits: u32,
    start: State,
}

impl Automaton {
    /// Builds the automaton of `patterns`, in order; each comes with the number that answers shall name it by, and the
    /// numbers ascend. `limit` is in bytes and covers what building needs.
    pub(crate) fn build(patterns: &[(u32, &Program)], limit: usize) -> Result<Automaton, AutomatonTooLarge> {
        Ok(minimize(Builder::new(patterns, limit).run()?))
    }

    /// The state before the first byte.
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
                    row = rows[self.cell(row, *byte)];
                }
            }
            Transitions::Numbers(numbers) => {
                for byte in bytes {
                    row = u32::from(numbers[self.cell(row, *byte)]) << self.row_bits;
                }
            }
        }
        State(row)
    }

    #[inline]
    fn cell(&self, row: u32, byte: u8) -> usize {
        (row + u32::from(self.class_of[usize::from(byte)])) as usize
    }

    /// The state after the first line of `text`, and what follows that line. A line ends as [`crate::bulk::lines`] says.
    #[inline]
    pub(crate) fn read_line<'t>(&self, text: &'t [u8]) -> (State, &'t [u8]) {
        match &self.transitions {
            Transitions::Rows(rows) => self.line(text, |cell| rows[cell]),
            Transitions::Numbers(numbers) => self.line(text, |cell| u32::from(numbers[cell]) << self.row_bits),
        }
    }

    #[inline]
    fn line<'t>(&self, text: &'t [u8], target: impl Fn(usize) -> u32) -> (State, &'t [u8]) {
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
            row = target(self.cell(row, *byte));
        }
        (State(row), b"")
    }

    /// The number of the first pattern that matches what led to `state`, if the subject ends here.
    #[inline]
    pub(crate) fn answer(&self, state: State) -> Option<u32> {
        self.answers[(state.0 >> self.row_bits) as usize].checked_sub(1)
    }

    /// The state after one byte.
    pub(crate) fn step(&self, state: State, byte: u8) -> State {
        self.read(state, &[byte])
    }

    /// All states.
    pub(crate) fn all_states(&self) -> impl Iterator<Item = State> {
        (0..self.answers.len() as u32).map(|index| State(index << self.row_bits))
    }

    /// The place of `state` among all states.
    pub(crate) fn index(&self, state: State) -> usize {
        (state.0 >> self.row_bits) as usize
    }

    /// The class of `byte`: bytes of one class are treated alike.
    pub(crate) fn class_of(&self, byte: u8) -> u8 {
        self.class_of[usize::from(byte)]
    }

    /// A byte of each class.
    pub(crate) fn representatives(&self) -> Vec<u8> {
        let mut seen = [false; 256];
        (0..=u8::MAX)
            .filter(|byte| !std::mem::replace(&mut seen[usize::from(self.class_of(*byte))], true))
            .collect()
    }

    /// How many states it has.
    pub(crate) fn states(&self) -> usize {
        self.answers.len()
    }

    /// Its size in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Automaton>() + 256 + self.transitions.memory() + 4 * self.answers.len()
    }
}

/// A pattern's number, shifted by one so that 0 means "none" and a smaller non-zero value comes first.
type Answer = u32;

fn first(one: Answer, other: Answer) -> Answer {
    match (one, other) {
        (0, answer) | (answer, 0) => answer,
        (one, other) => one.min(other),
    }
}

/// What tells one state of the subset construction from another.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Subset {
    /// Before the first byte: `^` holds.
    at_start: bool,
    /// The smallest pattern that has matched for good.
    settled: Answer,
    /// The smallest pattern that matches through a `$` before the newline just read, if the subject ends here.
    if_end: Answer,
    /// Sorted positions that consume a byte or wait for the end.
    positions: Box<[u32]>,
}

/// A table before states are merged.
pub(crate) struct RawTable {
    pub(crate) class_of: Box<[u8; 256]>,
    pub(crate) classes: usize,
    /// The targets of the first state, one for each class of bytes, then of the next.
    pub(crate) transitions: Vec<u32>,
    /// The answer of each state, shifted by one; 0 is "none".
    pub(crate) answers: Vec<u32>,
}

struct Builder {
    instructions: Vec<Instruction>,
    /// The answer of the pattern each instruction belongs to.
    owner: Vec<Answer>,
    starts: Vec<u32>,
    limit: usize,
    used: usize,
    /// Marks of the closure under way, by instruction.
    seen: Vec<u32>,
    round: u32,
}

/// Where a closure stands.
#[derive(Clone, Copy)]
struct Place {
    at_start: bool,
    /// `\z` holds.
    at_end: bool,
    /// `$` holds.
    at_dollar: bool,
}

/// What following the empty moves from some instructions gives.
#[derive(Default)]
struct Closure {
    settled: Answer,
    positions: Vec<u32>,
}

impl Builder {
    fn new(patterns: &[(u32, &Program)], limit: usize) -> Builder {
        let size = patterns.iter().map(|(_, program)| program.instructions.len()).sum();
        let mut instructions = Vec::with_capacity(size);
        let mut owner = Vec::with_capacity(size);
        let mut starts = Vec::with_capacity(patterns.len());
        for (number, program) in patterns {
            let base = instructions.len() as u32;
            starts.push(base + program.start);
            instructions.extend(program.instructions.iter().map(|instruction| moved(instruction, base)));
            owner.resize(instructions.len(), number + 1);
        }
        let used = size * (size_of::<Instruction>() + 12);
        Builder {
            seen: vec![0; instructions.len()],
            instructions,
            owner,
            starts,
            limit,
            used,
            round: 0,
        }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), AutomatonTooLarge> {
        self.used = self.used.saturating_add(bytes);
        if self.used > self.limit {
            Err(AutomatonTooLarge)
        } else {
            Ok(())
        }
    }

    fn run(mut self) -> Result<RawTable, AutomatonTooLarge> {
        self.charge(0)?;
        let (class_of, representatives) = self.byte_classes();
        let classes = representatives.len();
        let later = Place {
            at_start: false,
            at_end: false,
            at_dollar: false,
        };
        let starts = self.starts.clone();
        let restart = self.closure(starts.iter().copied(), later);
        let start = self.closure(
            starts.iter().copied(),
            Place {
                at_start: true,
                ..later
            },
        );
        let mut known: WordMap<Subset, u32> = WordMap::default();
        let mut states = vec![self.subset(true, 0, start)];
        known.insert(states[0].clone(), 0);
        let mut transitions: Vec<u32> = Vec::new();
        let mut answers = Vec::new();
        let mut at = 0;
        while at < states.len() {
            let state = states[at].clone();
            answers.push(self.answer_at_end(&state));
            self.charge(4 * classes + 8)?;
            for byte in &representatives {
                let next = self.step(&state, *byte, &restart);
                let number = match known.get(&next) {
                    Some(number) => *number,
                    None => {
                        let number = states.len() as u32;
                        self.charge(2 * (size_of::<Subset>() + 4 * next.positions.len()) + 24)?;
                        states.push(next.clone());
                        known.insert(next, number);
                        number
                    }
                };
                transitions.push(number);
            }
            at += 1;
        }
        Ok(RawTable {
            class_of,
            classes,
            transitions,
            answers,
        })
    }

    /// Bytes that no instruction tells apart share a class; the newline has its own, for `$`.
    fn byte_classes(&self) -> (Box<[u8; 256]>, Vec<u8>) {
        let mut class_of = Box::new([0u8; 256]);
        let mut representatives = vec![0u8];
        let mut split = |set: &ByteSet| {
            let mut moved: [Option<u8>; 256] = [None; 256];
            let members = class_of
                .iter()
                .enumerate()
                .filter(|(byte, _)| set.contains(*byte as u8));
            let mut counts = [(0u16, 0u16); 256];
            for class in class_of.iter() {
                counts[usize::from(*class)].0 += 1;
            }
            for (_, class) in members {
                counts[usize::from(*class)].1 += 1;
            }
            for byte in set.iter() {
                let class = class_of[usize::from(byte)];
                let (all, inside) = counts[usize::from(class)];
                if inside == all {
                    continue;
                }
                let target = *moved[usize::from(class)].get_or_insert_with(|| {
                    representatives.push(byte);
                    (representatives.len() - 1) as u8
                });
                class_of[usize::from(byte)] = target;
            }
        };
        split(&ByteSet::of(b'\n'));
        let mut done: WordMap<ByteSet, ()> = WordMap::default();
        for instruction in &self.instructions {
            if let Instruction::Byte { set, .. } = instruction
                && done.insert(*set, ()).is_none()
            {
                split(set);
            }
        }
        for (class, representative) in representatives.iter_mut().enumerate() {
            let member = class_of.iter().position(|of| usize::from(*of) == class);
            *representative = member.unwrap_or_default() as u8;
        }
        (class_of, representatives)
    }

    /// Follows the empty moves from `roots`. Positions that cannot be passed at this place are kept.
    fn closure(&mut self, roots: impl Iterator<Item = u32>, place: Place) -> Closure {
        self.round += 1;
        let mut found = Closure::default();
        let mut pending: Vec<u32> = Vec::new();
        for root in roots {
            pending.push(root);
            while let Some(at) = pending.pop() {
                if std::mem::replace(&mut self.seen[at as usize], self.round) == self.round {
                    continue;
                }
                match self.instructions[at as usize] {
                    Instruction::Byte { .. } => found.positions.push(at),
                    Instruction::Split { preferred, other } => pending.extend([other, preferred]),
                    Instruction::Save { next, .. } => pending.push(next),
                    Instruction::Match => found.settled = first(found.settled, self.owner[at as usize]),
                    Instruction::Look { look, next } => match look {
                        Look::Start if place.at_start => pending.push(next),
                        Look::Start => {}
                        Look::End if place.at_end => pending.push(next),
                        Look::Dollar if place.at_dollar => pending.push(next),
                        Look::End | Look::Dollar => found.positions.push(at),
                    },
                }
            }
        }
        found
    }

    fn subset(&self, at_start: bool, if_end: Answer, closure: Closure) -> Subset {
        let Closure { settled, mut positions } = closure;
        if settled != 0 {
            positions.retain(|at| self.owner[*at as usize] < settled);
        }
        positions.sort_unstable();
        positions.dedup();
        let if_end = if settled != 0 && settled <= if_end { 0 } else { if_end };
        Subset {
            at_start,
            settled,
            if_end,
            positions: positions.into(),
        }
    }

    fn step(&mut self, state: &Subset, byte: u8, restart: &Closure) -> Subset {
        let mut roots = Vec::with_capacity(state.positions.len());
        let mut if_end = 0;
        for at in &state.positions {
            match self.instructions[*at as usize] {
                Instruction::Byte { ref set, next } if set.contains(byte) => roots.push(next),
                Instruction::Look {
                    look: Look::Dollar,
                    next,
                } if byte == b'\n' => {
                    if_end = first(if_end, self.over_last_newline(next, state.at_start));
                }
                _ => {}
            }
        }
        let later = Place {
            at_start: false,
            at_end: false,
            at_dollar: false,
        };
        let mut closure = self.closure(roots.into_iter(), later);
        closure.settled = first(first(closure.settled, state.settled), restart.settled);
        closure.positions.extend_from_slice(&restart.positions);
        self.subset(false, if_end, closure)
    }

    /// The smallest pattern that matches from `at` when all that is left of the subject is one newline.
    fn over_last_newline(&mut self, at: u32, at_start: bool) -> Answer {
        let before = self.closure(
            [at].into_iter(),
            Place {
                at_start,
                at_end: false,
                at_dollar: true,
            },
        );
        let after: Vec<u32> = before
            .positions
            .iter()
            .filter_map(|at| match self.instructions[*at as usize] {
                Instruction::Byte { ref set, next } if set.contains(b'\n') => Some(next),
                _ => None,
            })
            .collect();
        let end = self.closure(
            after.into_iter(),
            Place {
                at_start: false,
                at_end: true,
                at_dollar: true,
            },
        );
        first(before.settled, end.settled)
    }

    fn answer_at_end(&mut self, state: &Subset) -> Answer {
        let place = Place {
            at_start: state.at_start,
            at_end: true,
            at_dollar: true,
        };
        let roots: Vec<u32> = state.positions.to_vec();
        let end = self.closure(roots.into_iter(), place);
        first(first(state.settled, state.if_end), end.settled)
    }
}

/// `instruction`, for a program that stands behind `base` other instructions.
pub(crate) fn moved(instruction: &Instruction, base: u32) -> Instruction {
    match instruction {
        Instruction::Byte { set, next } => Instruction::Byte {
            set: *set,
            next: next + base,
        },
        Instruction::Split { preferred, other } => Instruction::Split {
            preferred: preferred + base,
            other: other + base,
        },
        Instruction::Look { look, next } => Instruction::Look {
            look: *look,
            next: next + base,
        },
        Instruction::Save { slot, next } => Instruction::Save {
            slot: *slot,
            next: next + base,
        },
        Instruction::Match => Instruction::Match,
    }
}

/// Merges states that no continuation tells apart and lays the table out.
pub(crate) fn minimize(raw: RawTable) -> Automaton {
    let RawTable {
        class_of,
        classes,
        transitions,
        answers,
    } = raw;
    let (block_of, blocks) = refine(&transitions, &answers, classes);
    let row_bits = classes.next_power_of_two().trailing_zeros();
    let row = 1usize << row_bits;
    let mut table = vec![0u32; blocks << row_bits];
    let mut merged_answers = vec![0; blocks];
    for (state, block) in block_of.iter().enumerate() {
        let block = *block as usize;
        merged_answers[block] = answers[state];
        let targets = &transitions[state * classes..(state + 1) * classes];
        for (cell, target) in table[block * row..].iter_mut().zip(targets) {
            *cell = block_of[*target as usize] << row_bits;
        }
    }
    let start = State(block_of[0] << row_bits);
    Automaton {
        class_of,
        transitions: Transitions::new(table, row_bits),
        answers: merged_answers.into(),
        row_bits,
        start,
    }
}
