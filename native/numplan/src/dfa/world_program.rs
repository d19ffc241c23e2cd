//! A set of numbers of the world's plan as a program, so that automata and proofs read it as they
//! read regexes.

use crate::dfa::digit_program::DigitProgram;
use crate::regex::look::Look;
use crate::regex::nfa::{Instruction, Program, ProgramTooLarge};
use numplan_world::{Node, NumberSet};

/// The program of `numbers`, which matches what `^\+(?:…)\z` would with them as alternatives.
///
/// # Errors
///
/// [`ProgramTooLarge`] where it would have more instructions than can be numbered.
pub(crate) fn of(numbers: &NumberSet) -> Result<Program, ProgramTooLarge> {
    let mut program = DigitProgram::new(usize::MAX);
    let end = program.push(Instruction::Look {
        look: Look::End,
        next: DigitProgram::MATCHED,
    })?;
    let mut starts: Vec<u32> = Vec::with_capacity(numbers.nodes().len());
    for node in numbers.nodes() {
        let behind = node.next.map(|next| starts.get(next as usize).copied());
        let is_last = node.next == [Node::NONE; 10];
        let start = match (node.is_end, is_last) {
            (true, true) => end,
            (false, _) => program.branches(&behind)?,
            (true, false) => {
                let preferred = program.branches(&behind)?;
                program.push(Instruction::Split { preferred, other: end })?
            }
        };
        starts.push(start);
    }
    let first = match starts.last() {
        Some(first) => *first,
        None => program.push(Instruction::DEAD)?,
    };
    program.of_numbers(first)
}
