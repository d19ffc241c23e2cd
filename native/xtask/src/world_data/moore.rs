//! Moore machines over decimal digits: made of patterns, combined, and minimised.

use super::pattern::{Digits, Pattern};
use crate::fallible::Result;
use std::collections::HashMap;
use std::hash::Hash;

/// A complete machine: its answer for digits is the output of the state they lead to from state 0.
#[derive(Clone, Debug)]
pub(crate) struct Moore<Output> {
    pub(crate) next: Vec<[u32; 10]>,
    pub(crate) output: Vec<Output>,
}

impl<Output: Clone + Eq + Hash> Moore<Output> {
    /// The same answers in the fewest states.
    pub(crate) fn minimized(&self) -> Self {
        self.merged(&self.classes())
    }

    /// For each state its class of states that no digits distinguish, numbered by first occurrence:
    /// Moore's partition refinement.
    pub(crate) fn classes(&self) -> Vec<u32> {
        let mut classes = numbered(self.output.iter());
        loop {
            let behaviour = (0..self.next.len()).map(|state| {
                let next = self.next.get(state).map(|next| next.map(|to| at(&classes, to)));
                (classes.get(state).copied(), next)
            });
            let refined = numbered(behaviour);
            if refined == classes {
                return classes;
            }
            classes = refined;
        }
    }

    /// One state for each class. Classes are numbered by first occurrence, so the start stays
    /// first.
    fn merged(&self, classes: &[u32]) -> Self {
        let mut merged = Self {
            next: Vec::new(),
            output: Vec::new(),
        };
        for ((class, next), output) in classes.iter().zip(&self.next).zip(&self.output) {
            if *class as usize == merged.next.len() {
                merged.next.push(next.map(|to| at(classes, to)));
                merged.output.push(output.clone());
            }
        }
        merged
    }
}

fn at(classes: &[u32], state: u32) -> u32 {
    classes.get(state as usize).copied().unwrap_or_default()
}

/// Numbers values by their first occurrence.
fn numbered<T: Eq + Hash>(values: impl Iterator<Item = T>) -> Vec<u32> {
    let mut numbers: HashMap<T, u32> = HashMap::new();
    values
        .map(|value| {
            #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^32 states fit into memory")]
            let new = numbers.len() as u32;
            *numbers.entry(value).or_insert(new)
        })
        .collect()
}

/// How far a pattern must reach.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reach {
    /// To the end of the digits.
    Whole,
    /// Anywhere: a prefix is enough.
    Prefix,
}

/// The machine that says whether a pattern matches.
pub(crate) fn matches(pattern: &Pattern, reach: Reach) -> Result<Moore<bool>> {
    let mut program = Nfa::default();
    program.add(pattern)?;
    let start = program.closure(vec![0]);
    Ok(explore(
        start,
        |set, digit| {
            if reach == Reach::Prefix && program.accepts(set) {
                return set.clone();
            }
            program.closure(program.after(set, digit))
        },
        |set| program.accepts(set),
    ))
}

/// The machine that counts digits up to `most`, and stays there.
pub(crate) fn length(most: u32) -> Moore<u32> {
    Moore {
        next: (0..=most).map(|count| [most.min(count + 1); 10]).collect(),
        output: (0..=most).collect(),
    }
}

/// The machine whose output combines those of `machines`, in the fewest states.
pub(crate) fn combined<A, B>(machines: &[Moore<A>], mut combine: impl FnMut(&[&A]) -> B) -> Moore<B>
where
    A: Clone + Eq + Hash,
    B: Clone + Eq + Hash,
{
    explore(
        vec![0_u32; machines.len()],
        |states, digit| {
            let moves = machines.iter().zip(states);
            moves
                .filter_map(|(machine, state)| machine.next.get(*state as usize)?.get(digit).copied())
                .collect()
        },
        |states| {
            let outputs = machines.iter().zip(states);
            let outputs: Vec<&A> = outputs
                .filter_map(|(machine, state)| machine.output.get(*state as usize))
                .collect();
            combine(&outputs)
        },
    )
}

/// The machine of all states that `step` reaches from `start`, in the fewest states.
fn explore<State, Output>(
    start: State,
    step: impl Fn(&State, usize) -> State,
    mut output: impl FnMut(&State) -> Output,
) -> Moore<Output>
where
    State: Clone + Eq + Hash,
    Output: Clone + Eq + Hash,
{
    let mut numbers = HashMap::from([(start.clone(), 0_u32)]);
    let mut states = vec![start];
    let mut machine = Moore {
        next: Vec::new(),
        output: Vec::new(),
    };
    while let Some(state) = states.get(machine.next.len()).cloned() {
        let mut next = [0; 10];
        for (digit, target) in next.iter_mut().enumerate() {
            let reached = step(&state, digit);
            #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^32 states fit into memory")]
            let new = states.len() as u32;
            *target = *numbers.entry(reached.clone()).or_insert(new);
            if *target == new {
                states.push(reached);
            }
        }
        machine.next.push(next);
        machine.output.push(output(&state));
    }
    machine.minimized()
}

/// A pattern as Thompson's automaton. State 0 is its start, the last one accepts.
#[derive(Default)]
struct Nfa {
    states: Vec<Instruction>,
}

#[derive(Clone)]
enum Instruction {
    Read(Digits),
    /// To each of these without reading.
    Jump(Vec<usize>),
}

impl Nfa {
    /// Appends the states of a pattern, behind which the next state follows.
    fn add(&mut self, pattern: &Pattern) -> Result<()> {
        match pattern {
            Pattern::Digit(digits) => self.states.push(Instruction::Read(*digits)),
            Pattern::Sequence(parts) => parts.iter().try_for_each(|part| self.add(part))?,
            Pattern::Group(_, part) => self.add(part)?,
            Pattern::Choice(parts) => self.choice(parts)?,
            Pattern::Repeat(least, most, part) => self.repeat(*least, *most, part)?,
            Pattern::End => return Err("an end inside of a pattern that is matched as a whole".into()),
        }
        Ok(())
    }

    fn choice(&mut self, parts: &[Pattern]) -> Result<()> {
        let fork = self.states.len();
        self.states.push(Instruction::Jump(Vec::new()));
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for part in parts {
            starts.push(self.states.len());
            self.add(part)?;
            ends.push(self.states.len());
            self.states.push(Instruction::Jump(Vec::new()));
        }
        let behind = self.states.len();
        self.set(fork, starts);
        ends.into_iter().for_each(|end| self.set(end, vec![behind]));
        Ok(())
    }

    fn repeat(&mut self, least: u32, most: u32, part: &Pattern) -> Result<()> {
        for _ in 0..least {
            self.add(part)?;
        }
        let mut forks = Vec::new();
        for _ in least..most {
            forks.push(self.states.len());
            self.states.push(Instruction::Jump(Vec::new()));
            self.add(part)?;
        }
        let behind = self.states.len();
        forks
            .into_iter()
            .for_each(|fork| self.set(fork, vec![fork + 1, behind]));
        Ok(())
    }

    fn set(&mut self, state: usize, targets: Vec<usize>) {
        if let Some(jump) = self.states.get_mut(state) {
            *jump = Instruction::Jump(targets);
        }
    }

    fn accepts(&self, set: &[usize]) -> bool {
        set.contains(&self.states.len())
    }

    fn after(&self, set: &[usize], digit: usize) -> Vec<usize> {
        let reads = |state: &usize| matches!(self.states.get(*state), Some(Instruction::Read(digits)) if digits >> digit & 1 == 1);
        set.iter().copied().filter(reads).map(|state| state + 1).collect()
    }

    /// All states that are reached without reading, in order.
    fn closure(&self, mut open: Vec<usize>) -> Vec<usize> {
        let mut reached = Vec::new();
        while let Some(state) = open.pop() {
            if reached.contains(&state) {
                continue;
            }
            reached.push(state);
            if let Some(Instruction::Jump(targets)) = self.states.get(state) {
                open.extend(targets);
            }
        }
        reached.retain(|state| !matches!(self.states.get(*state), Some(Instruction::Jump(_))));
        reached.sort_unstable();
        reached
    }
}
