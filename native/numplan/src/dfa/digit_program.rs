//! Builds programs that read `+` and then digits. A step is made after the steps that follow it, so
//! building begins at the end of the numbers.

use crate::regex::byte_set::ByteSet;
use crate::regex::look::Look;
use crate::regex::nfa::{Instruction, Program, ProgramTooLarge};

/// A program in progress.
pub(super) struct DigitProgram {
    instructions: Vec<Instruction>,
    most: usize,
}

impl DigitProgram {
    /// The instruction behind which the number has matched.
    pub(super) const MATCHED: u32 = 0;

    /// A program of at most so many instructions.
    pub(super) fn new(most: usize) -> DigitProgram {
        DigitProgram {
            instructions: vec![Instruction::Match],
            most,
        }
    }

    pub(super) fn push(&mut self, instruction: Instruction) -> Result<u32, ProgramTooLarge> {
        let at = self.instructions.len();
        if at >= self.most {
            return Err(ProgramTooLarge);
        }
        self.instructions.push(instruction);
        u32::try_from(at).map_err(|_| ProgramTooLarge)
    }

    /// Reads one digit, behind each of which an instruction follows: one instruction for all digits
    /// that lead to the same.
    pub(super) fn branches(&mut self, behind: &[Option<u32>; 10]) -> Result<u32, ProgramTooLarge> {
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

    /// The program that reads `+` at the start of the number, and then the digits.
    pub(super) fn of_numbers(mut self, digits: u32) -> Result<Program, ProgramTooLarge> {
        let plus = self.push(Instruction::Byte {
            set: ByteSet::of(b'+'),
            next: digits,
        })?;
        let start = self.push(Instruction::Look {
            look: Look::Start,
            next: plus,
        })?;
        Ok(Program {
            instructions: self.instructions,
            start,
            slots: 2,
        })
    }
}
