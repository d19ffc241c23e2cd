//! Tests of the bounds of a product, and of what it shares. `dfa::ways` tests what it matches.

use super::*;
use crate::dfa::determinize;
use crate::test_support::{Tested, pattern, program, subjects};

const INSTRUCTIONS: usize = 10_000;

fn roomy() -> Room {
    Room {
        memory: MEMORY_LIMIT,
        states: 1_000,
        steps: 1_000,
    }
}

/// What compiling `regex` takes of each bound: memory, states, steps.
fn taken(regex: &str) -> Tested<[usize; 3]> {
    let (mut room, all) = (roomy(), roomy());
    let compiled = compile_within(&pattern(regex)?, false, INSTRUCTIONS, &mut room);
    compiled.map_err(|_| "too large")?;
    Ok([
        all.memory - room.memory,
        all.states - room.states,
        all.steps - room.steps,
    ])
}

/// Each regex with the states of DFAs that its instructions hold, and the steps from them.
const COUNTED: [(&str, usize, usize); 6] = [
    ("^12", 0, 0),
    // The DFA of `12` distinguishes four classes: the newline, `1`, `2` and the rest. It is owed
    // in front of two bytes.
    ("^(?=12)[12][12]", 2, 2 * 4),
    // The DFA of `1` has two states and three classes. The search begins in one, and goes on in
    // both. In front of the `2` it makes no difference any more.
    ("(?<=1)2", 3, 3 * 3),
    // The same with five classes. The look-ahead is owed in front of the `2` and behind it.
    ("(?<=1)(?=[24]3)2", 3 + 2, (3 + 2) * 5),
    // From each of the three states of the search begins a match, which holds both DFAs. Behind
    // that byte the look-ahead alone is owed.
    ("(?=[24]3)[24](?<=[24])", 3 + 3 * 2 + 1, (3 + 3 * 2 + 1) * 4),
    // A match begins at the start alone.
    ("^2(?<=2)", 3 + 1, (3 + 1) * 3),
];

#[test]
fn a_product_counts_the_states_that_its_instructions_hold_and_the_steps_from_them() -> Tested {
    for (regex, states, steps) in COUNTED {
        let [_, states_taken, steps_taken] = taken(regex)?;
        assert_eq!((states_taken, steps_taken), (states, steps), "{regex}");
    }
    Ok(())
}

#[test]
fn a_product_has_an_instruction_for_each_place_that_it_comes_to() -> Tested {
    for (regex, instructions) in [
        // Both ends of the whole, `^`, two bytes and the match, with and without a debt.
        ("^12", 6),
        ("^(?=12)[12][12]", 6),
        // The start; for each of the three states of the search the choice to begin a match, the
        // start of the whole, and a step to either state by a choice of two bytes; that no match
        // begins in two of them; the byte, the end of the whole, and the match.
        ("(?<=1)2", 1 + 3 * (1 + 1 + 3) + 2 + 3),
    ] {
        let program = compile(&pattern(regex)?, true, INSTRUCTIONS).map_err(|_| "too large")?;
        assert_eq!(program.instructions.len(), instructions, "{regex}");
    }
    Ok(())
}

#[test]
fn a_product_is_built_within_just_what_it_takes() -> Tested {
    for (regex, ..) in COUNTED {
        let [memory, states, steps] = taken(regex)?;
        let is_built = |memory, states, steps| {
            let mut room = Room { memory, states, steps };
            Tested::Ok(compile_within(&pattern(regex)?, false, INSTRUCTIONS, &mut room).is_ok())
        };
        assert!(is_built(memory, states, steps)?, "{regex}");
        for (bound, less) in [(memory, [1, 0, 0]), (states, [0, 1, 0]), (steps, [0, 0, 1])] {
            if bound > 0 {
                assert!(
                    !is_built(memory - less[0], states - less[1], steps - less[2])?,
                    "{regex} with {less:?} less"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn a_program_has_up_to_as_many_instructions_as_it_may() -> Tested {
    for regex in COUNTED
        .map(|(regex, ..)| regex)
        .into_iter()
        .chain(["^(1(?!23))+", "(?<!1|23)4*"])
    {
        let pattern = pattern(regex)?;
        let lengths = (0..100).map(|limit| compile(&pattern, true, limit).map(|program| program.instructions.len()));
        let lengths: Vec<Option<usize>> = lengths.map(Result::ok).collect();
        let first = lengths.iter().position(Option::is_some).ok_or("too large")?;
        // The draft without look-around must be as small.
        let draft = nfa::compile(&pattern, true, 100).map_err(|_| "too large")?;
        let draft = draft.program.instructions.len();
        assert_eq!(lengths[first].map(|length| length.max(draft)), Some(first), "{regex}");
        assert!(
            lengths[first..].iter().all(|length| *length == lengths[first]),
            "{regex}"
        );
    }
    Ok(())
}

#[test]
fn paths_join_where_a_condition_makes_no_difference_any_more() -> Tested {
    let plain = compile(&pattern("^(?:1|2)[34]{100}$")?, true, INSTRUCTIONS).map_err(|_| "too large")?;
    for regex in [
        "^(?:(?=1[13])1|2)[34]{100}$",
        "^(?:1|2(?!4))[34]{100}$",
        "(?:(?<=^|5)1|2)[34]{100}$",
        "(?:(?<=5)1|2)[34]{100}$",
    ] {
        let pattern = pattern(regex)?;
        let program = compile(&pattern, true, INSTRUCTIONS).map_err(|_| "too large")?;
        assert!(program.instructions.len() < plain.instructions.len() + 50, "{regex}");
    }
    Ok(())
}

#[test]
fn conditions_whose_automata_are_large_are_refused() -> Tested {
    for (regex, is_native) in [
        ("(?=.*1[12]{8}$)1", true),
        ("(?=.*1[12]{20}$)1", false),
        ("(?<!1.{8})1", true),
    ] {
        assert_eq!(
            compile(&pattern(regex)?, false, INSTRUCTIONS).is_ok(),
            is_native,
            "{regex}"
        );
    }
    Ok(())
}

#[test]
fn a_loop_comes_to_a_condition_on_what_stands_before_in_each_round() -> Tested {
    for (regex, oracle) in [
        ("^(?:12(?<=2))*3", "^(?:12)*3"),
        ("^(?:[12](?<=1))*3", "^1*3"),
        ("^(?:(?<!1)[12])*3\\z", "^2*1?3\\z"),
        ("^1(?:2|(?:(?<=1)3)*2)*\\z", "^1(?:3?2+)?\\z"),
    ] {
        let (program, oracle) = (program(regex, true)?, regex::bytes::Regex::new(oracle)?);
        for subject in subjects(b"123", 6) {
            assert_eq!(
                determinize::matches(&program, &subject),
                oracle.is_match(&subject),
                "{regex} on {subject:?}"
            );
        }
    }
    Ok(())
}
