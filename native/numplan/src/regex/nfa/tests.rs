//! Tests of how large a program is, and of its instructions behind others.

use super::*;
use crate::test_support::{Tested, pattern};

fn program(regex: &str, captures: bool) -> Tested<Program> {
    let draft = compile(&pattern(regex)?, captures, 1_000);
    draft.map(|draft| draft.program).map_err(|_| "too large".into())
}

/// Regexes, each with how many instructions and slots it has, with captures and without.
const COUNTED: [(&str, usize, usize, usize); 12] = [
    // The match, and the start and end of the whole where there are captures.
    ("", 3, 1, 2),
    ("1", 4, 2, 2),
    ("^1$", 6, 4, 2),
    ("(1)", 6, 2, 4),
    ("(1)(2)", 9, 3, 6),
    ("1|2", 6, 4, 2),
    ("1|2|3", 8, 6, 2),
    // A split for each round that may be left out, or one that leads back.
    ("1{2,4}", 3 + 4 + 2, 1 + 4 + 2, 2),
    ("1*", 5, 3, 2),
    ("1+", 6, 4, 2),
    ("(1){3}", 3 + 9, 1 + 3, 4),
    ("1\\K2", 6, 3, 2),
];

#[test]
fn instructions_and_slots_are_as_many_as_the_parts_need() -> Tested {
    for (regex, with_captures, without, slots) in COUNTED {
        for (captures, instructions) in [(true, with_captures), (false, without)] {
            let program = program(regex, captures)?;
            assert_eq!(
                (program.instructions.len(), program.slots),
                (instructions, slots),
                "{regex}"
            );
            let memory = size_of::<Program>() + size_of_val(program.instructions.as_slice());
            assert_eq!(program.memory(), memory);
            assert_eq!(program.weight(), instructions, "{regex}");
        }
    }
    Ok(())
}

#[test]
fn four_ranges_of_a_set_weigh_as_much_as_an_instruction() -> Tested {
    for (regex, ranges) in [
        ("[1-3]", 1),
        ("[135]", 3),
        ("[1357]", 4),
        ("[1357a-ce]", 6),
        ("[1357acegi]", 9),
    ] {
        let twice = program(&format!("{regex}{regex}"), false)?;
        assert_eq!(twice.weight(), 3 + 2 * (ranges / 4), "{regex}");
    }
    Ok(())
}

#[test]
fn a_moved_program_leads_to_its_own_instructions() -> Tested {
    let program = program("^(?:(1)|2)*\\K3$", true)?;
    let targets = |instruction: &Instruction| match *instruction {
        Instruction::Match => vec![],
        Instruction::Split { preferred, other } => vec![preferred, other],
        Instruction::Byte { next, .. } | Instruction::Look { next, .. } | Instruction::Save { next, .. } => vec![next],
    };
    for instruction in &program.instructions {
        let moved: Vec<u32> = targets(instruction).iter().map(|target| target + 100).collect();
        assert_eq!(targets(&instruction.moved(100)), moved, "{instruction:?}");
    }
    Ok(())
}
