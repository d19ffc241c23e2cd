//! A program that the crate `regex-automata` runs, since tables for it would be too large.
//!
//! A lazy DFA decides whether the pattern matches, and a Pike VM finds its captures. Both write to
//! memory while they search, which is a [`Room`] here: a search has one to itself, and leaves it to
//! later ones.
//!
//! The crate has no `$` that holds before a last newline. So behind a `$` with a newline ahead a
//! copy of the program goes on, in which that newline ends the subject.

use crate::regex::byte_set::ByteSet;
use crate::regex::look;
use crate::regex::nfa::{Instruction, Program};
use regex_automata::hybrid::dfa::{self, DFA};
use regex_automata::nfa::thompson::pikevm::{self, PikeVM};
use regex_automata::nfa::thompson::{BuildError, Builder, NFA, Transition};
use regex_automata::util::look::Look;
use regex_automata::util::primitives::{NonMaxUsize, StateID};
use regex_automata::{Anchored, Input};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The most bytes of states that the lazy DFA keeps in one room. It drops them all when it needs
/// more.
const CACHE: usize = 2 << 20;

/// A program with its rooms.
#[derive(Debug)]
pub(crate) struct Simulation {
    dfa: DFA,
    vm: PikeVM,
    rooms: Mutex<Vec<Room>>,
    slots: usize,
    cost: usize,
}

/// The error of a program that needs more states than the crate can number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl From<BuildError> for TooLarge {
    fn from(_: BuildError) -> TooLarge {
        TooLarge
    }
}

/// The memory that a search writes to.
#[derive(Debug)]
struct Room {
    dfa: dfa::Cache,
    vm: pikevm::Cache,
}

impl Simulation {
    pub(crate) fn new(program: &Program) -> Result<Simulation, TooLarge> {
        let nfa = Converter::new(program).nfa()?;
        let config = DFA::config().cache_capacity(CACHE).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa.clone());
        Ok(Simulation {
            dfa: dfa.map_err(|_| TooLarge)?,
            cost: 10 * nfa.states().len(),
            vm: PikeVM::new_from_nfa(nfa)?,
            rooms: Mutex::default(),
            slots: program.slots,
        })
    }

    /// True when the pattern matches somewhere in `subject`. Cost: a look-up a byte, where the
    /// states are known.
    pub(crate) fn is_match(&self, subject: &[u8]) -> bool {
        self.in_room(|room| {
            let input = Input::new(subject).anchored(Anchored::No).earliest(true);
            match self.dfa.try_search_fwd(&mut room.dfa, &input) {
                Ok(found) => found.is_some(),
                Err(_) => self.vm.is_match(&mut room.vm, input),
            }
        })
    }

    /// The number of the last group that took part in the leftmost match, and its span; 0 is the
    /// whole match. `None` when the pattern does not match. Cost: bounded by the length of
    /// `subject` times that of the program.
    pub(crate) fn last_group(&self, subject: &[u8]) -> Option<(usize, Range<usize>)> {
        let mut slots: Vec<Option<NonMaxUsize>> = vec![None; self.slots];
        self.in_room(|room| self.vm.search_slots(&mut room.vm, &Input::new(subject), &mut slots))?;
        let (spans, _) = slots.as_chunks::<2>();
        let mut spans = spans.iter().enumerate().rev();
        spans.find_map(|(group, [start, end])| Some((group, start.as_ref()?.get()..end.as_ref()?.get())))
    }

    /// What `search` returns, with a room that nothing else uses meanwhile.
    fn in_room<T>(&self, search: impl FnOnce(&mut Room) -> T) -> T {
        let free = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = free.unwrap_or_else(|| Room {
            dfa: self.dfa.create_cache(),
            vm: self.vm.create_cache(),
        });
        let found = search(&mut room);
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
        found
    }

    /// The most work for each byte of a subject, in table look-ups.
    pub(crate) fn cost(&self) -> usize {
        self.cost
    }

    /// The size in bytes of the program, without its rooms.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Simulation>() + self.vm.get_nfa().memory_usage()
    }
}

/// What is known of the rest of the subject on a path of the program, since a `$` held on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Rest {
    Anything,
    /// It is one newline.
    Newline,
    /// It is empty.
    Nothing,
}

struct Converter<'p> {
    program: &'p Program,
    builder: Builder,
    known: HashMap<(u32, Rest), StateID>,
    pending: Vec<(u32, Rest, StateID)>,
}

impl<'p> Converter<'p> {
    fn new(program: &'p Program) -> Converter<'p> {
        let mut builder = Builder::new();
        builder.set_utf8(false);
        Converter {
            program,
            builder,
            known: HashMap::new(),
            pending: Vec::new(),
        }
    }

    fn nfa(mut self) -> Result<NFA, TooLarge> {
        self.builder.start_pattern()?;
        let start = self.state(self.program.start, Rest::Anything)?;
        // The builder refuses a group that begins and does not end, so the instructions that no
        // path leads to are added too.
        for at in (0..).take(self.program.instructions.len()) {
            self.state(at, Rest::Anything)?;
        }
        while let Some((at, rest, state)) = self.pending.pop() {
            let made = self.instruction(at, rest)?;
            self.builder.patch(state, made)?;
        }
        self.builder.finish_pattern(start)?;
        let search = self.builder.add_union(Vec::new())?;
        let any = self.bytes(&ByteSet::ALL, search)?;
        self.builder.patch(search, start)?;
        self.builder.patch(search, any)?;
        Ok(self.builder.build(start, search)?)
    }

    /// The crate's state for instruction `at`. It is empty at first, since instructions lead back
    /// to each other, and [`Converter::nfa`] makes it lead on.
    fn state(&mut self, at: u32, rest: Rest) -> Result<StateID, TooLarge> {
        if let Some(known) = self.known.get(&(at, rest)) {
            return Ok(*known);
        }
        let state = self.builder.add_empty()?;
        self.known.insert((at, rest), state);
        self.pending.push((at, rest, state));
        Ok(state)
    }

    /// A state that does what instruction `at` does.
    fn instruction(&mut self, at: u32, rest: Rest) -> Result<StateID, TooLarge> {
        match (self.program.instructions.get(at as usize), rest) {
            (Some(Instruction::Match), Rest::Anything) => Ok(self.builder.add_match()?),
            (Some(Instruction::Match), Rest::Nothing) => self.match_at_end(),
            (Some(Instruction::Match), Rest::Newline) => {
                let end = self.match_at_end()?;
                self.bytes(&ByteSet::of(b'\n'), end)
            }
            (Some(Instruction::Byte { set, next }), Rest::Anything) => {
                let next = self.state(*next, rest)?;
                self.bytes(set, next)
            }
            (Some(Instruction::Byte { set, next }), Rest::Newline) if set.contains(b'\n') => {
                let next = self.state(*next, Rest::Nothing)?;
                self.bytes(&ByteSet::of(b'\n'), next)
            }
            (Some(Instruction::Split { preferred, other }), _) => {
                let ways = [self.state(*preferred, rest)?, self.state(*other, rest)?];
                Ok(self.builder.add_union(ways.into())?)
            }
            (Some(Instruction::Save { slot, next }), _) => {
                let next = self.state(*next, rest)?;
                Ok(match slot % 2 {
                    0 => self.builder.add_capture_start(next, slot / 2, None)?,
                    _ => self.builder.add_capture_end(next, slot / 2)?,
                })
            }
            (Some(Instruction::Look { look, next }), _) => self.look(*look, *next, rest),
            (Some(Instruction::Byte { .. }) | None, _) => Ok(self.builder.add_fail()?),
        }
    }

    fn match_at_end(&mut self) -> Result<StateID, TooLarge> {
        let found = self.builder.add_match()?;
        Ok(self.builder.add_look(found, Look::End)?)
    }

    fn look(&mut self, look: look::Look, next: u32, rest: Rest) -> Result<StateID, TooLarge> {
        match (look, rest) {
            (look::Look::Start, _) => {
                let next = self.state(next, rest)?;
                Ok(self.builder.add_look(next, Look::Start)?)
            }
            (look::Look::End, Rest::Newline) => Ok(self.builder.add_fail()?),
            (look::Look::End, Rest::Anything) => {
                let next = self.state(next, Rest::Nothing)?;
                Ok(self.builder.add_look(next, Look::End)?)
            }
            (look::Look::Dollar, Rest::Anything) => {
                let at_end = self.state(next, Rest::Nothing)?;
                let at_end = self.builder.add_look(at_end, Look::End)?;
                let before_newline = self.state(next, Rest::Newline)?;
                Ok(self.builder.add_union(vec![at_end, before_newline])?)
            }
            (look::Look::End | look::Look::Dollar, _) => self.state(next, rest),
        }
    }

    /// A state that reads a byte of `set`.
    fn bytes(&mut self, set: &ByteSet, next: StateID) -> Result<StateID, TooLarge> {
        let mut ranges: Vec<Transition> = Vec::new();
        for byte in set.iter() {
            match ranges.last_mut() {
                Some(range) if range.end.checked_add(1) == Some(byte) => range.end = byte,
                _ => ranges.push(Transition {
                    start: byte,
                    end: byte,
                    next,
                }),
            }
        }
        Ok(self.builder.add_sparse(ranges)?)
    }
}

#[cfg(test)]
mod tests;
