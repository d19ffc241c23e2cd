//! The first pattern of an ordered list that matches, found in one pass where memory allows.
//!
//! The list is one [`Automaton`] if that fits the limit; otherwise it is halved until each part
//! does, and the parts are run in order. The states of a single pattern that is too large are made
//! when they are reached ([`Simulation`]): so the limit decides only the speed.

use crate::dfa::automaton::{Automaton, State};
use crate::regex::nfa::Program;
use crate::regex::simulation::{Simulation, TooLarge};
use std::sync::Arc;

/// The most instructions, on average, of patterns that count as short.
const SHORT: usize = 64;
/// The bytes that an instruction of many short patterns may take beyond the limit.
const PER_INSTRUCTION: usize = 512;
/// The most bytes that many short patterns may take beyond the limit.
const MOST_FOR_MANY: usize = 192 << 20;

/// A compiled list of patterns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matcher {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    /// A pattern that is reported for every subject.
    Any(u32),
    Automaton(Automaton),
    Simulation {
        number: u32,
        simulation: Arc<Simulation>,
    },
}

/// The states of a matcher's automata behind a common prefix of subjects.
#[derive(Clone, Debug)]
pub(crate) struct Primed(Vec<State>);

impl Matcher {
    /// Compiles `patterns`, whose numbers ascend. `limit` bounds the bytes of each attempt.
    ///
    /// # Errors
    ///
    /// A pattern that no automaton can be made for.
    pub(crate) fn build(patterns: &[(u32, &Program)], limit: usize) -> Result<Matcher, TooLarge> {
        let mut parts = Vec::new();
        add_parts(patterns, limit + room_for_many(patterns), &mut parts)?;
        Ok(Matcher { parts })
    }

    /// The matcher of one pattern that answers `number` for every subject: whoever uses it finds
    /// out by other means whether the pattern matches.
    pub(crate) fn any(number: u32) -> Matcher {
        let parts = vec![Part::Any(number)];
        Matcher { parts }
    }

    /// The number of the first pattern that matches somewhere in `subject`.
    #[inline]
    pub(crate) fn first(&self, subject: &[u8]) -> Option<u32> {
        match self.parts.as_slice() {
            [Part::Automaton(automaton)] => automaton.answer(automaton.read(automaton.start(), subject)),
            _ => self.first_of_parts(subject),
        }
    }

    fn first_of_parts(&self, subject: &[u8]) -> Option<u32> {
        self.parts.iter().find_map(|part| match part {
            Part::Any(number) => Some(*number),
            Part::Automaton(automaton) => automaton.answer(automaton.read(automaton.start(), subject)),
            Part::Simulation { number, simulation } => simulation.is_match(subject).then_some(*number),
        })
    }

    /// The states after `text`; `None` unless all parts are automata.
    pub(crate) fn prime(&self, text: &[u8]) -> Option<Primed> {
        let states = self.parts.iter().map(|part| match part {
            Part::Automaton(automaton) => Some(automaton.read(automaton.start(), text)),
            Part::Any(_) | Part::Simulation { .. } => None,
        });
        states.collect::<Option<Vec<State>>>().map(Primed)
    }

    /// [`Matcher::first`] of the primed text followed by `middle` and `end`.
    #[inline]
    pub(crate) fn first_after(&self, primed: &Primed, middle: &[u8], end: &[u8]) -> Option<u32> {
        self.parts.iter().zip(&primed.0).find_map(|(part, state)| match part {
            Part::Automaton(automaton) => automaton.answer(automaton.read(automaton.read(*state, middle), end)),
            Part::Any(_) | Part::Simulation { .. } => None,
        })
    }

    /// The automaton, if the list is a single one.
    pub(crate) fn automaton(&self) -> Option<&Automaton> {
        match self.parts.as_slice() {
            [Part::Automaton(automaton)] => Some(automaton),
            _ => None,
        }
    }

    /// The work for each byte of a subject, in table look-ups.
    pub(crate) fn cost(&self) -> usize {
        let costs = self.parts.iter().map(|part| match part {
            Part::Any(_) => 0,
            Part::Automaton(_) => 1,
            Part::Simulation { simulation, .. } => simulation.cost(),
        });
        costs.sum()
    }

    /// The number of states of its automata, and its size in bytes.
    pub(crate) fn size(&self) -> [usize; 2] {
        let parts = self.parts.iter().map(|part| match part {
            Part::Any(_) => [0, 0],
            Part::Automaton(automaton) => [automaton.states(), automaton.memory()],
            Part::Simulation { simulation, .. } => [0, simulation.memory()],
        });
        parts.fold([0, 0], |[states, memory], part| [states + part[0], memory + part[1]])
    }
}

/// What a list of many short patterns may touch beyond the limit: its automaton grows with their
/// number, and split up it would be run in as many parts.
fn room_for_many(patterns: &[(u32, &Program)]) -> usize {
    let size: usize = patterns.iter().map(|(_, program)| program.instructions.len()).sum();
    if size <= SHORT * patterns.len() {
        (PER_INSTRUCTION * size).min(MOST_FOR_MANY)
    } else {
        0
    }
}

fn add_parts(patterns: &[(u32, &Program)], limit: usize, parts: &mut Vec<Part>) -> Result<(), TooLarge> {
    if patterns.is_empty() {
        return Ok(());
    }
    if let Ok(automaton) = Automaton::build(patterns, limit) {
        parts.push(Part::Automaton(automaton));
        return Ok(());
    }
    match patterns {
        [(number, program)] => parts.push(Part::Simulation {
            number: *number,
            simulation: Arc::new(Simulation::new(program)?),
        }),
        many => {
            let (front, back) = many.split_at(many.len() / 2);
            add_parts(front, limit / 2, parts)?;
            add_parts(back, limit / 2, parts)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
