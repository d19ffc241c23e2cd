//! Programs made smaller: that of the minimal DFA, where it has fewer instructions.

use crate::dfa::automaton::Automaton;
use crate::regex::byte_set::ByteSet;
use crate::regex::look::Look;
use crate::regex::nfa::{Instruction, Program};

/// The most bytes that building the DFA of a program touches.
const MEMORY_LIMIT: usize = 1 << 20;

/// The smallest program that is known to match the same subjects as `program`: `program` itself, or
/// the states of its minimal DFA as instructions, if these are fewer.
///
/// Look-around is compiled to a program for each combination of what matches and what is asserted.
/// Many of its instructions lead to the same matches. Left in, they would multiply the states of
/// the automaton that is built for a whole list of rules.
pub(super) fn reduced(program: Program) -> Program {
    let automaton = Automaton::build(&[(0, &program)], MEMORY_LIMIT).ok();
    let smaller = automaton.and_then(|automaton| of_automaton(&automaton, program.slots));
    match smaller {
        Some(smaller) if smaller.instructions.len() < program.instructions.len() => smaller,
        _ => program,
    }
}

/// A program that walks through the states of `automaton`, which answers for one pattern.
fn of_automaton(automaton: &Automaton, slots: usize) -> Option<Program> {
    const MATCH: u32 = 0;
    let mut instructions = vec![Instruction::Match];
    // Where each state begins; nowhere, if no match is ahead.
    let mut entries: Vec<Option<u32>> = Vec::new();
    for state in automaton.all_states() {
        entries.push(match (automaton.is_final(state), automaton.answer(state)) {
            (true, Some(_)) => Some(MATCH),
            (true, None) => None,
            (false, _) => {
                instructions.push(Instruction::DEAD);
                Some(instructions.len() as u32 - 1)
            }
        });
    }
    for (state, entry) in automaton.all_states().zip(&entries) {
        let Some(entry) = entry.filter(|entry| *entry != MATCH) else {
            continue;
        };
        let mut sets: Vec<(u32, ByteSet)> = Vec::new();
        for byte in 0..=u8::MAX {
            let Some(next) = *entries.get(automaton.index(automaton.step(state, byte)))? else {
                continue;
            };
            match sets.iter_mut().find(|(known, _)| *known == next) {
                Some((_, set)) => set.insert(byte),
                None => sets.push((next, ByteSet::of(byte))),
            }
        }
        let mut ways: Vec<Instruction> = Vec::new();
        if automaton.answer(state).is_some() {
            ways.push(Instruction::Look {
                look: Look::End,
                next: MATCH,
            });
        }
        ways.extend(sets.into_iter().map(|(next, set)| Instruction::Byte { set, next }));
        let all = ways.into_iter().reduce(|all, way| {
            instructions.extend([all, way]);
            let other = instructions.len() as u32 - 1;
            Instruction::Split {
                preferred: other - 1,
                other,
            }
        });
        *instructions.get_mut(entry as usize)? = all.unwrap_or(Instruction::DEAD);
    }
    let begin = (*entries.get(automaton.index(automaton.start()))?)?;
    let start = instructions.len() as u32;
    instructions.push(Instruction::Look {
        look: Look::Start,
        next: begin,
    });
    Some(Program {
        instructions,
        start,
        slots,
    })
}

#[cfg(test)]
mod tests;
