//! A lazy DFA that says which of several patterns match: its states are built when reached.
//!
//! The states are those of [`crate::dfa::determinize`], with all patterns that have matched and not
//! only the first. A survey pays only for the states that it reaches.

use crate::dfa::determinize::{All, Determinizer, Merge, Subset};
use crate::dfa::word_map::WordMap;
use crate::proof::alphabet::Classes;
use crate::proof::lengths::Lengths;
use crate::proof::search::{Allowance, Bound};
use crate::regex::nfa::{Instruction, Program};
use std::ops::Range;
use std::rc::Rc;

/// A sorted set of patterns, by number.
type Patterns = Box<[u32]>;

/// The mark of a transition or an end that was not computed yet.
const UNKNOWN: u32 = u32::MAX;

/// For each instruction, the lengths of what may follow in a number that its pattern matches.
/// `ranges` are the bounds of the patterns' instructions.
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
        // Most instructions lead to earlier ones, whose lengths are then known.
        for at in pattern.clone() {
            let Some(instruction) = instructions.get(at) else {
                continue;
            };
            let next = match instruction {
                Instruction::Byte { next, .. } => lengths[*next as usize].longer(),
                Instruction::Split { preferred, other } => lengths[*preferred as usize].or(lengths[*other as usize]),
                Instruction::Save { next, .. } => lengths[*next as usize],
                Instruction::Look { look, next } => match look.most_behind() {
                    None => lengths[*next as usize],
                    Some(most) => (0..=most).map(Lengths::exactly).fold(Lengths::NONE, Lengths::or),
                },
                Instruction::Match => Lengths::ALL,
            };
            changed |= next != lengths[at];
            lengths[at] = next;
        }
    }
}

/// The lazy DFA of numbered patterns.
#[derive(Debug)]
pub(crate) struct LazyDfa {
    determinizer: Determinizer<All>,
    /// The first instruction of each pattern, and the number of instructions.
    ranges: Vec<u32>,
    /// For each instruction, the lengths after which its pattern may match.
    lengths: Vec<Lengths>,
    classes: Rc<Classes>,
    states: Vec<Subset<All>>,
    known: WordMap<Subset<All>, u32>,
    moves: Vec<u32>,
    /// For each state the set of patterns that match if the number ends there.
    ends: Vec<u32>,
    sets: Vec<Patterns>,
    known_sets: WordMap<Patterns, u32>,
    /// The results of [`LazyDfa::lengths`] so far.
    known_lengths: WordMap<(u32, u32), Lengths>,
    /// What the DFA may still take; `None` where the programs alone were too large.
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
        let numbered: Vec<(u32, &Program)> = (0..).zip(programs.iter().copied()).collect();
        let mut ranges = vec![0];
        for program in programs {
            let end = ranges.last().copied().unwrap_or_default() + program.instructions.len() as u32;
            ranges.push(end);
        }
        let (determinizer, start) = Determinizer::new(&numbered);
        let mut dfa = LazyDfa {
            lengths: lengths(determinizer.instructions(), &ranges),
            determinizer,
            ranges,
            classes: Rc::clone(classes),
            states: Vec::new(),
            known: WordMap::default(),
            moves: Vec::new(),
            ends: Vec::new(),
            sets: Vec::new(),
            known_sets: WordMap::default(),
            known_lengths: WordMap::default(),
            allowance,
        };
        dfa.add(start);
        dfa
    }

    pub(crate) fn start(&self) -> u32 {
        0
    }

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
        let Some(subset) = self.states.get(state as usize) else {
            return self.set(Patterns::default());
        };
        self.work(subset.positions.len() + subset.settled.len())?;
        let matched = self.determinizer.matched_at_end(subset);
        self.set(matched.0.into())
    }

    fn follow(&mut self, state: u32, byte: u8) -> Result<Subset<All>, Bound> {
        let subset = self.states.get(state as usize).ok_or(Bound::Memory)?;
        self.work(subset.positions.len() + subset.settled.len())?;
        let (next, looked_at) = self.determinizer.step(subset, byte);
        self.work(looked_at)?;
        Ok(next)
    }

    /// The patterns in a set, in order.
    pub(crate) fn patterns(&self, set: u32) -> &[u32] {
        self.sets.get(set as usize).map_or(&[], |set| set)
    }

    pub(crate) fn first(&self, set: u32) -> Option<u32> {
        self.patterns(set).first().copied()
    }

    /// True when `pattern` may still be the first one that matches.
    pub(crate) fn may_be_first(&self, state: u32, pattern: u32) -> bool {
        let Some(subset) = self.states.get(state as usize) else {
            return false;
        };
        match subset.settled.0.first() {
            Some(first) if *first <= pattern => *first == pattern,
            _ => self.may_match(subset, pattern),
        }
    }

    /// The lengths of what may follow `state` in a number that `pattern`, an anchored one, matches.
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

    fn lengths_of(&self, subset: &Subset<All>, pattern: u32) -> Lengths {
        if !subset.settled.is_open_to(pattern) {
            return Lengths::ALL;
        }
        let if_end = if subset.if_end.0.contains(&pattern) {
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
            .is_some_and(|subset| subset.settled.0.is_empty())
    }

    /// The patterns that may still be the first one that matches.
    pub(crate) fn candidates(&self, state: u32) -> Result<Vec<u32>, Bound> {
        let Some(subset) = self.states.get(state as usize) else {
            return Ok(Vec::new());
        };
        self.work(subset.positions.len())?;
        let mut all = subset.if_end.clone();
        subset
            .positions
            .iter()
            .for_each(|at| all.add(self.determinizer.owner(*at)));
        subset.settled.0.first().into_iter().for_each(|first| all.add(*first));
        all.normalize();
        let All(mut all) = all;
        all.retain(|pattern| self.may_be_first(state, *pattern));
        Ok(all)
    }

    fn may_match(&self, subset: &Subset<All>, pattern: u32) -> bool {
        !self.positions_of(subset, pattern).is_empty() || subset.if_end.0.contains(&pattern)
    }

    /// The positions in `subset` that belong to one pattern.
    fn positions_of<'s>(&self, subset: &'s Subset<All>, pattern: u32) -> &'s [u32] {
        let bound = |pattern: u32| {
            let first = self.ranges.get(pattern as usize).copied().unwrap_or(UNKNOWN);
            subset.positions.partition_point(|at| *at < first)
        };
        subset
            .positions
            .get(bound(pattern)..bound(pattern + 1))
            .unwrap_or_default()
    }

    fn charge(&self, subset: &Subset<All>) -> Result<(), Bound> {
        let size = 2 * (size_of::<Subset<All>>() + 4 * subset.positions.len() + 4 * subset.settled.len());
        let allowance = self.allowance.as_ref().ok_or(Bound::Memory)?;
        allowance.take(size + 4 * self.classes.count())
    }

    fn add(&mut self, subset: Subset<All>) -> u32 {
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
}

#[cfg(test)]
mod tests;
