//! A Pike VM: finds the root of a match, its highest group that took part, for any pattern.
//!
//! All threads advance together, a byte at a time, in PCRE's order of preference, so the time is
//! bounded by the length of the subject times that of the program. `plan::root` finds the roots of
//! usual patterns without a search.

use crate::regex::look::Position;
use crate::regex::nfa::{Instruction, Program};
use std::ops::Range;

const UNSET: usize = usize::MAX;

/// The number of the last group that took part in the leftmost match, and its span; 0 is the whole
/// match. `None` when the pattern does not match.
pub(crate) fn last_group(program: &Program, subject: &[u8]) -> Option<(usize, Range<usize>)> {
    let slots = Search::new(program, subject).run()?;
    let (spans, _) = slots.as_chunks::<2>();
    spans
        .iter()
        .enumerate()
        .rev()
        .find(|(_, [start, end])| *start != UNSET && *end != UNSET)
        .map(|(group, [start, end])| (group, *start..*end))
}

/// True when the pattern matches somewhere in `subject`.
pub(crate) fn is_match(program: &Program, subject: &[u8]) -> bool {
    Search::new(program, subject).run().is_some()
}

/// The threads of a simulation, in order of preference, each with its capture slots.
struct Threads {
    order: Vec<u32>,
    member: Vec<bool>,
    slots: Vec<usize>,
}

impl Threads {
    fn new(program: &Program) -> Threads {
        let size = program.instructions.len();
        Threads {
            order: Vec::new(),
            member: vec![false; size],
            slots: vec![UNSET; size * program.slots],
        }
    }

    fn clear(&mut self) {
        for at in self.order.drain(..) {
            self.member[at as usize] = false;
        }
    }
}

enum Task {
    Follow(u32),
    Restore { slot: usize, value: usize },
}

struct Search<'s> {
    program: &'s Program,
    subject: &'s [u8],
    tasks: Vec<Task>,
    scratch: Vec<usize>,
}

impl<'s> Search<'s> {
    fn new(program: &'s Program, subject: &'s [u8]) -> Search<'s> {
        Search {
            program,
            subject,
            tasks: Vec::new(),
            scratch: vec![UNSET; program.slots],
        }
    }

    fn run(mut self) -> Option<Vec<usize>> {
        let mut current = Threads::new(self.program);
        let mut next = Threads::new(self.program);
        let mut found: Option<Vec<usize>> = None;
        for at in 0..=self.subject.len() {
            if found.is_none() {
                self.scratch.fill(UNSET);
                self.follow(&mut current, self.program.start, at);
            }
            if current.order.is_empty() && found.is_some() {
                break;
            }
            found = self.step(&current, &mut next, at).or(found);
            std::mem::swap(&mut current, &mut next);
            next.clear();
        }
        found
    }

    /// Advances every thread over the byte at `at`. A thread that matches ends those less
    /// preferred.
    fn step(&mut self, current: &Threads, next: &mut Threads, at: usize) -> Option<Vec<usize>> {
        let width = self.program.slots;
        let byte = self.subject.get(at).copied();
        for thread in &current.order {
            let slots = &current.slots[*thread as usize * width..][..width];
            match &self.program.instructions[*thread as usize] {
                Instruction::Match => return Some(slots.to_vec()),
                Instruction::Byte { set, next: target } if byte.is_some_and(|byte| set.contains(byte)) => {
                    self.scratch.copy_from_slice(slots);
                    self.follow(next, *target, at + 1);
                }
                _ => {}
            }
        }
        None
    }

    /// Adds the epsilon closure of `start`, the preferred threads first.
    fn follow(&mut self, threads: &mut Threads, start: u32, at: usize) {
        let width = self.program.slots;
        self.tasks.push(Task::Follow(start));
        while let Some(task) = self.tasks.pop() {
            let here = match task {
                Task::Restore { slot, value } => {
                    self.scratch[slot] = value;
                    continue;
                }
                Task::Follow(here) => here,
            };
            if std::mem::replace(&mut threads.member[here as usize], true) {
                continue;
            }
            threads.order.push(here);
            match self.program.instructions[here as usize] {
                Instruction::Split { preferred, other } => {
                    self.tasks.push(Task::Follow(other));
                    self.tasks.push(Task::Follow(preferred));
                }
                Instruction::Look { look, next } if look.holds(Position::of(self.subject, at)) => {
                    self.tasks.push(Task::Follow(next));
                }
                Instruction::Look { .. } => {}
                Instruction::Save { slot, next } => {
                    let slot = slot as usize;
                    let value = std::mem::replace(&mut self.scratch[slot], at);
                    self.tasks.push(Task::Restore { slot, value });
                    self.tasks.push(Task::Follow(next));
                }
                Instruction::Byte { .. } | Instruction::Match => {
                    threads.slots[here as usize * width..][..width].copy_from_slice(&self.scratch);
                }
            }
        }
    }
}
