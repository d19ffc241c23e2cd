//! A list of prefixes as a program, so that automata and proofs read it as they read regexes.
//!
//! The program is the minimal acyclic automaton of the list: digits behind which the same may
//! follow lead to the same instruction.

use crate::dfa::digit_program::DigitProgram;
use crate::dfa::word_map::WordMap;
use crate::prefix::digits::Digits;
use crate::prefix::list::PrefixList;
use crate::regex::nfa::{Program, ProgramTooLarge};

/// The program of `list`, which matches what `^\+(?:…)` would with its prefixes as alternatives.
///
/// # Errors
///
/// [`ProgramTooLarge`] where it would have more than `most` instructions.
pub(crate) fn of(list: &PrefixList, most: usize) -> Result<Program, ProgramTooLarge> {
    let mut builder = Builder {
        program: DigitProgram::new(most),
        known: WordMap::default(),
    };
    let digits = builder.node(list.prefixes(), 0)?;
    builder.program.of_numbers(digits)
}

struct Builder {
    program: DigitProgram,
    /// The nodes so far: for each digit the instruction behind it.
    known: WordMap<[Option<u32>; 10], u32>,
}

impl Builder {
    /// The instruction that reads what follows the first `depth` digits of `prefixes`, which have
    /// these in common.
    fn node(&mut self, prefixes: &[Digits], depth: usize) -> Result<u32, ProgramTooLarge> {
        if prefixes.first().is_some_and(|prefix| prefix.len() == depth) {
            return Ok(DigitProgram::MATCHED);
        }
        let mut behind = [None; 10];
        for alike in prefixes.chunk_by(|one, other| one.at(depth) == other.at(depth)) {
            let digit = alike.first().map(|prefix| prefix.at(depth)).unwrap_or_default();
            behind[usize::from(digit % 10)] = Some(self.node(alike, depth + 1)?);
        }
        if let Some(known) = self.known.get(&behind) {
            return Ok(*known);
        }
        let at = self.program.branches(&behind)?;
        self.known.insert(behind, at);
        Ok(at)
    }
}

#[cfg(test)]
mod tests;
