//! A lazy DFA that says which of several patterns match: its states are built when reached.
//!
//! It is the subset construction of [`crate::dfa::automaton`] with two differences. A state has all
//! patterns that have matched, not only the first; and a survey pays for the states it reaches.

use crate::dfa::automaton::moved;
use crate::dfa::word_map::WordMap;
use crate::proof::alphabet::Classes;
use crate::proof::lengths::Lengths;
use crate::proof::search::{Allowance, Bound};
use crate::regex::nfa::{Instruction, Program};
use crate::regex::pattern::Look;
use std::ops::Range;
use std::rc::Rc;

/// A sorted set of patterns, by number.
type Patterns = Box<[u32]>;

/// A transition or an end that was not computed yet.
const UNKNOWN: u32 = u32::MAX;

/// For each instruction, in how many more bytes a number may end that its pattern matches. `ranges`
/// are the bounds of the patterns' instructions.
fn lengths(instructions: &[Instruction], ranges: &[u32]) -> Vec<Lengths> {
    let mut lengths = vec![Lengths::NONE; instructions.len()];
    for pattern in ranges.windows(2) {
        if let [start, end] = *pattern {
            fill_lengths(&mut lengths, instructions, start as usize..end as usize);
        }
    }
    lengths
}

/// Fills in the lengths of one pattern, whose instructions lead only to each other.
fn fill_lengths(lengths: &mut [Lengths], instructions: &[Instruction], pattern: Range<usize>) {
    let mut changed = true;
    // Iterates to the fixed point: a loop adds at most one length each round.
    while changed {
        changed = false;
        // Most instructions lead to those before them in the program, so what they lead to is known first.
        for at in pattern.clone() {
            let Some(instruction) = instructions.get(at) else {
                continue;
            };
            let next = match instruction {
                Instruction::Byte { next, .. } => lengths[*next as usize].longer(),
                Instruction::Split { preferred, other } => lengths[*preferred as usize].or(lengths[*other as usize]),
                Instruction::Save { next, .. } => lengths[*next as usize],
                Instruction::Look { look, next } => match look {
                    Look::Start => lengths[*next as usize],
                    Look::End => Lengths::exactly(0),
                    Look::Dollar => Lengths::exactly(0).or(Lengths::exactly(1)),
                },
                Instruction::Match => Lengths::ALL,
            };
            changed |= next != lengths[at];
            lengths[at] = next;
        }
    }
}

/// What tells one state from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Subset {
    at_start: bool,
    /// The patterns that have matched for good.
    settled: Patterns,
    /// Those that match through a `$` before the newline just read, if the subject ends here.
    if_end: Patterns,
    /// Sorted positions, of patterns that have not matched, that consume a byte or wait for the end.
    positions: Box<[u32]>,
}

/// Where a closure stands.
#[derive(Clone, Copy, Default)]
struct Standing {
    at_start: bool,
    at_end: bool,
    at_dollar: bool,
}

/// What following the empty moves from some instructions gives.
#[derive(Clone, Debug, Default)]
struct Closure {
    matched: Vec<u32>,
    positions: Vec<u32>,
    /// How many instructions were looked at.
    walked: usize,
}

/// The lazy DFA of numbered patterns.
#[derive(Debug)]
pub(crate) struct LazyDfa {
    instructions: Vec<Instruction>,
    owner: Vec<u32>,
    /// The first instruction of each pattern, and the number of instructions.
    ranges: Vec<u32>,
    /// For each instruction, the lengths after which its pattern may match.
    lengths: Vec<Lengths>,
    restart: Closure,
    classes: Rc<Classes>,
    states: Vec<Subset>,
    known: WordMap<Subset, u32>,
    moves: Vec<u32>,
    /// For each state the set of patterns that match if the number ends there.
    ends: Vec<u32>,
    sets: Vec<Patterns>,
    known_sets: WordMap<Patterns, u32>,
    seen: Vec<u32>,
    round: u32,
    /// The results of [`LazyDfa::lengths`] so far.
    known_lengths: WordMap<(u32, u32), Lengths>,
    /// `None` where the programs alone were too large.
    allowance: Option<Allowance>,
}

impl LazyDfa {
    /// The DFA of `programs`, numbered in order, over `classes`. Where the programs alone take more
    /// memory than is allowed, every step is an error.
    pub(crate) fn new(programs: &[&Program], classes: &Rc<Classes>, allowance: &Allowance) -> LazyDfa {
        let count: usize = programs.iter().map(|program| program.instructions.len()).sum();
        let size = count.saturating_mul(size_of::<Instruction>() + size_of::<Lengths>() + 8);
        let paid = allowance.take(size).and_then(|()| allowance.work(count));
        let allowance = paid.ok().map(|()| allowance.clone());
        let programs = if allowance.is_some() { programs } else { &[] };
        let mut instructions = Vec::new();
        let (mut owner, mut starts, mut ranges) = (Vec::new(), Vec::new(), vec![0]);
        for (number, program) in programs.iter().enumerate() {
            let base = instructions.len() as u32;
            starts.push(base + program.start);
            instructions.extend(program.instructions.iter().map(|instruction| moved(instruction, base)));
            owner.resize(instructions.len(), number as u32);
            ranges.push(instructions.len() as u32);
        }
        let mut dfa = LazyDfa {
            seen: vec![0; instructions.len()],
            lengths: lengths(&instructions, &ranges),
            instructions,
            owner,
            ranges,
            restart: Closure::default(),
            classes: Rc::clone(classes),
            states: Vec::new(),
            known: WordMap::default(),
            moves: Vec::new(),
            ends: Vec::new(),
            sets: Vec::new(),
            known_sets: WordMap::default(),
            round: 0,
            known_lengths: WordMap::default(),
            allowance,
        };
        dfa.restart = dfa.closure(&starts, Standing::default());
        let at_start = Standing {
            at_start: true,
            ..Standing::default()
        };
        let first = dfa.closure(&starts, at_start);
        let first = dfa.subset(true, Vec::new(), first);
        dfa.add(first);
        dfa
    }

    /// The state before the first byte.
    pub(crate) fn start(&self) -> u32 {
        0
    }

    /// The state after a byte of `class`.
    pub(crate) fn step(&mut self, state: u32, class: u8) -> Result<u32, Bound> {
        self.work(1)?;
        let cell = state as usize * self.classes.count() + usize::from(class);
        match self.moves.get(cell).copied() {
            Some(next) if next != UNKNOWN => Ok(next),
            _ => {
                let next = self.follow(state, self.classes.byte(class))?;
                let next = match self.known.get(&next) {
                    Some(known) => *known,
                    None => self.charge(&next).map(|()| self.add(next))?,
                };
                if let Some(cell) = self.moves.get_mut(cell) {
                    *cell = next;
                }
                Ok(next)
            }
        }
    }

    /// The state after `text`, given in classes.
    pub(crate) fn read(&mut self, state: u32, text: &[u8]) -> Result<u32, Bound> {
        text.iter().try_fold(state, |state, class| self.step(state, *class))
    }

    /// The number of the set of patterns that match if the number ends in `state`.
    pub(crate) fn matched(&mut self, state: u32) -> Result<u32, Bound> {
        self.work(1)?;
        let at = state as usize;
        match self.ends.get(at).copied() {
            Some(known) if known != UNKNOWN => Ok(known),
            _ => {
                let set = self.at_end(state)?;
                if let Some(end) = self.ends.get_mut(at) {
                    *end = set;
                }
                Ok(set)
            }
        }
    }

    fn work(&self, things: usize) -> Result<(), Bound> {
        self.allowance.as_ref().ok_or(Bound::Memory)?.work(things)
    }

    fn at_end(&mut self, state: u32) -> Result<u32, Bound> {
        let subset = self.states.get(state as usize).cloned();
        let mut matched = Vec::new();
        if let Some(subset) = subset {
            let at_end = Standing {
                at_start: subset.at_start,
                at_end: true,
                at_dollar: true,
            };
            self.work(subset.positions.len() + subset.settled.len())?;
            matched = self.closure(&subset.positions, at_end).matched;
            matched.extend_from_slice(&subset.settled);
            matched.extend_from_slice(&subset.if_end);
        }
        self.set(sorted(matched))
    }

    /// The patterns in a set, in order.
    pub(crate) fn patterns(&self, set: u32) -> &[u32] {
        self.sets.get(set as usize).map_or(&[], |set| set)
    }

    /// The first pattern in a set.
    pub(crate) fn first(&self, set: u32) -> Option<u32> {
        self.patterns(set).first().copied()
    }

    /// True when `pattern` may still be the first one that matches.
    pub(crate) fn may_be_first(&self, state: u32, pattern: u32) -> bool {
        let Some(subset) = self.states.get(state as usize) else {
            return false;
        };
        match subset.settled.first() {
            Some(first) if *first <= pattern => *first == pattern,
            _ => self.may_match(subset, pattern),
        }
    }

    /// In how many more bytes a number may end that `pattern`, which begins with `^`, matches: an
    /// over-approximation, which may hold lengths that do not occur and never misses one that does.
    pub(crate) fn lengths(&mut self, state: u32, pattern: u32) -> Result<Lengths, Bound> {
        self.work(1)?;
        if let Some(known) = self.known_lengths.get(&(state, pattern)) {
            return Ok(*known);
        }
        let lengths = match self.states.get(state as usize) {
            None => Lengths::NONE,
            Some(subset) => {
                let positions = self.positions_of(subset, pattern).len();
                self.work(positions)?;
                self.lengths_of(subset, pattern)
            }
        };
        let allowance = self.allowance.as_ref().ok_or(Bound::Memory)?;
        allowance.take(2 * size_of::<((u32, u32), Lengths)>())?;
        self.known_lengths.insert((state, pattern), lengths);
        Ok(lengths)
    }

    fn lengths_of(&self, subset: &Subset, pattern: u32) -> Lengths {
        if subset.settled.binary_search(&pattern).is_ok() {
            return Lengths::ALL;
        }
        let if_end = if subset.if_end.contains(&pattern) {
            Lengths::exactly(0)
        } else {
            Lengths::NONE
        };
        let positions = self.positions_of(subset, pattern).iter();
        positions.fold(if_end, |all, at| all.or(self.lengths[*at as usize]))
    }

    /// True when no pattern has matched for good, so that possibly none will match.
    pub(crate) fn may_be_none(&self, state: u32) -> bool {
        self.states
            .get(state as usize)
            .is_some_and(|subset| subset.settled.is_empty())
    }

    /// The patterns that may still be the first one that matches.
    pub(crate) fn candidates(&self, state: u32) -> Result<Vec<u32>, Bound> {
        let Some(subset) = self.states.get(state as usize) else {
            return Ok(Vec::new());
        };
        self.work(subset.positions.len())?;
        let mut all: Vec<u32> = subset.positions.iter().map(|at| self.owner[*at as usize]).collect();
        all.extend_from_slice(&subset.if_end);
        all.extend(subset.settled.first());
        let mut all = sorted(all).into_vec();
        all.retain(|pattern| self.may_be_first(state, *pattern));
        Ok(all)
    }

    fn may_match(&self, subset: &Subset, pattern: u32) -> bool {
        !self.positions_of(subset, pattern).is_empty() || subset.if_end.contains(&pattern)
    }

    /// The positions in `subset` that belong to one pattern.
    fn positions_of<'s>(&self, subset: &'s Subset, pattern: u32) -> &'s [u32] {
        let bound = |pattern: u32| {
            let first = self.ranges.get(pattern as usize).copied().unwrap_or(UNKNOWN);
            subset.positions.partition_point(|at| *at < first)
        };
        subset
            .positions
            .get(bound(pattern)..bound(pattern + 1))
            .unwrap_or_default()
    }

    fn charge(&self, subset: &Subset) -> Result<(), Bound> {
        let size = 2 * (size_of::<Subset>() + 4 * subset.positions.len() + 4 * subset.settled.len());
        let allowance = self.allowance.as_ref().ok_or(Bound::Memory)?;
        allowance.take(size + 4 * self.classes.count())
    }

    fn add(&mut self, subset: Subset) -> u32 {
        let number = self.states.len() as u32;
        self.states.push(subset.clone());
        self.known.insert(subset, number);
        self.moves.resize(self.states.len() * self.classes.count(), UNKNOWN);
        self.ends.push(UNKNOWN);
        number
    }

    fn set(&mut self, patterns: Patterns) -> Result<u32, Bound> {
        if let Some(known) = self.known_sets.get(&patterns) {
            return Ok(*known);
        }
        let allowance = self.allowance.as_ref().ok_or(Bound::Memory)?;
        allowance.take(2 * (size_of::<Patterns>() + size_of_val(&*patterns)))?;
        let number = self.sets.len() as u32;
        self.sets.push(patterns.clone());
        self.known_sets.insert(patterns, number);
        Ok(number)
    }

    /// Follows the empty moves from `roots`. Positions that cannot be passed at this place are kept.
    fn closure(&mut self, roots: &[u32], standing: Standing) -> Closure {
        self.round += 1;
        let mut found = Closure::default();
        let mut pending: Vec<u32> = roots.to_vec();
        while let Some(at) = pending.pop() {
            if std::mem::replace(&mut self.seen[at as usize], self.round) == self.round {
                continue;
            }
            found.walked += 1;
            match &self.instructions[at as usize] {
                Instruction::Byte { .. } => found.positions.push(at),
                Instruction::Split { preferred, other } => pending.extend([*other, *preferred]),
                Instruction::Save { next, .. } => pending.push(*next),
                Instruction::Match => found.matched.push(self.owner[at as usize]),
                Instruction::Look { look, next } => {
                    let holds = match look {
                        Look::Start => standing.at_start,
                        Look::End => standing.at_end,
                        Look::Dollar => standing.at_dollar,
                    };
                    if holds {
                        pending.push(*next);
                    } else if *look != Look::Start {
                        found.positions.push(at);
                    }
                }
            }
        }
        found
    }

    fn subset(&self, at_start: bool, mut if_end: Vec<u32>, closure: Closure) -> Subset {
        let settled = sorted(closure.matched);
        let open = |pattern: &u32| settled.binary_search(pattern).is_err();
        if_end.retain(open);
        let mut positions = closure.positions;
        positions.retain(|at| open(&self.owner[*at as usize]));
        Subset {
            at_start,
            if_end: sorted(if_end),
            positions: sorted(positions),
            settled,
        }
    }

    fn follow(&mut self, state: u32, byte: u8) -> Result<Subset, Bound> {
        let Some(subset) = self.states.get(state as usize).cloned() else {
            return Ok(self.subset(false, Vec::new(), Closure::default()));
        };
        self.work(subset.positions.len() + subset.settled.len())?;
        let (mut roots, mut before_newline) = (Vec::new(), Vec::new());
        for at in &subset.positions {
            match &self.instructions[*at as usize] {
                Instruction::Byte { set, next } if set.contains(byte) => roots.push(*next),
                Instruction::Look {
                    look: Look::Dollar,
                    next,
                } if byte == b'\n' => before_newline.push(*next),
                _ => {}
            }
        }
        let if_end = self.over_last_newline(&before_newline, subset.at_start);
        let mut closure = self.closure(&roots, Standing::default());
        closure.matched.extend_from_slice(&subset.settled);
        closure.matched.extend_from_slice(&self.restart.matched);
        closure.positions.extend_from_slice(&self.restart.positions);
        self.work(closure.walked + closure.positions.len() + closure.matched.len())?;
        Ok(self.subset(false, if_end, closure))
    }

    /// The patterns that match from `roots` when all that is left of the subject is one newline.
    fn over_last_newline(&mut self, roots: &[u32], at_start: bool) -> Vec<u32> {
        if roots.is_empty() {
            return Vec::new();
        }
        let at_dollar = Standing {
            at_start,
            at_end: false,
            at_dollar: true,
        };
        let before = self.closure(roots, at_dollar);
        let after: Vec<u32> = before
            .positions
            .iter()
            .filter_map(|at| match &self.instructions[*at as usize] {
                Instruction::Byte { set, next } if set.contains(b'\n') => Some(*next),
                _ => None,
            })
            .collect();
        let at_end = Standing {
            at_start: false,
            at_end: true,
            at_dollar: true,
        };
        let mut matched = self.closure(&after, at_end).matched;
        matched.extend(before.matched);
        matched
    }
}

fn sorted(mut numbers: Vec<u32>) -> Box<[u32]> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into()
}
