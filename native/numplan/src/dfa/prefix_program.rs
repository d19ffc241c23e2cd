//! A list of prefixes as a program, so that automata and proofs read it as they read regexes.
//!
//! The program is the minimal acyclic automaton of the list: digits behind which the same may
//! follow lead to the same instruction.

use crate::dfa::word_map::WordMap;
use crate::prefix::digits::Digits;
use crate::prefix::list::PrefixList;
use crate::regex::byte_set::ByteSet;
use crate::regex::look::Look;
use crate::regex::nfa::{Instruction, Program, ProgramTooLarge};

/// The program of `list`, which matches what `^\+(?:…)` would with its prefixes as alternatives.
///
/// # Errors
///
/// [`ProgramTooLarge`] where it would have more than `most` instructions.
pub(crate) fn of(list: &PrefixList, most: usize) -> Result<Program, ProgramTooLarge> {
    let mut builder = Builder {
        instructions: vec![Instruction::Match],
        known: WordMap::default(),
        most,
    };
    let digits = builder.node(list.prefixes(), 0)?;
    let plus = builder.push(Instruction::Byte {
        set: ByteSet::of(b'+'),
        next: digits,
    })?;
    let start = builder.push(Instruction::Look {
        look: Look::Start,
        next: plus,
    })?;
    Ok(Program {
        instructions: builder.instructions,
        start,
        slots: 2,
    })
}

/// The instruction behind which a prefix has matched.
const MATCHED: u32 = 0;

struct Builder {
    instructions: Vec<Instruction>,
    /// The nodes so far: for each digit the instruction behind it.
    known: WordMap<[Option<u32>; 10], u32>,
    most: usize,
}

impl Builder {
    fn push(&mut self, instruction: Instruction) -> Result<u32, ProgramTooLarge> {
        let at = self.instructions.len();
        if at >= self.most {
            return Err(ProgramTooLarge);
        }
        self.instructions.push(instruction);
        u32::try_from(at).map_err(|_| ProgramTooLarge)
    }

    /// The instruction that reads what follows the first `depth` digits of `prefixes`, which have
    /// these in common.
    fn node(&mut self, prefixes: &[Digits], depth: usize) -> Result<u32, ProgramTooLarge> {
        if prefixes.first().is_some_and(|prefix| prefix.len() == depth) {
            return Ok(MATCHED);
        }
        let mut behind = [None; 10];
        for alike in prefixes.chunk_by(|one, other| one.at(depth) == other.at(depth)) {
            let digit = alike.first().map(|prefix| prefix.at(depth)).unwrap_or_default();
            behind[usize::from(digit % 10)] = Some(self.node(alike, depth + 1)?);
        }
        if let Some(known) = self.known.get(&behind) {
            return Ok(*known);
        }
        let at = self.branches(&behind)?;
        self.known.insert(behind, at);
        Ok(at)
    }

    /// A node's instructions: one for all digits that lead to the same.
    fn branches(&mut self, behind: &[Option<u32>; 10]) -> Result<u32, ProgramTooLarge> {
        let mut branches: Vec<(u32, ByteSet)> = Vec::new();
        for (digit, next) in (b'0'..=b'9').zip(behind) {
            let Some(next) = next else { continue };
            match branches.iter_mut().find(|(known, _)| known == next) {
                Some((_, set)) => set.insert(digit),
                None => branches.push((*next, ByteSet::of(digit))),
            }
        }
        let mut start = None;
        for (next, set) in branches {
            let preferred = self.push(Instruction::Byte { set, next })?;
            start = Some(match start {
                None => preferred,
                Some(other) => self.push(Instruction::Split { preferred, other })?,
            });
        }
        match start {
            Some(start) => Ok(start),
            None => self.push(Instruction::DEAD),
        }
    }
}

#[cfg(test)]
mod tests;
