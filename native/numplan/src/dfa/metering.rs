//! A test: what building an automaton counts against its limit is the memory that it holds.

use crate::dfa::automaton::Automaton;
use crate::dfa::byte_classes::ByteClasses;
use crate::dfa::determinize::{Determinizer, First, Subset};
use crate::regex::byte_set::ByteSet;
use crate::regex::nfa::{self, Instruction, Program};
use crate::test_support::{Tested, program};
use std::collections::HashSet;

const ROOMY: usize = 64 << 20;
/// What an allocator adds to each piece of memory.
const HEADER: usize = 8;

/// The bytes of what the construction of `patterns` makes: the program with two numbers for each
/// instruction; each state but the first in a list, and again as a key with its number; the table.
fn held(patterns: &[(u32, &Program)]) -> usize {
    let (mut determinizer, start) = Determinizer::<First>::new(patterns);
    let instructions = determinizer.instructions();
    let newline = [ByteSet::of(b'\n')];
    let classes = ByteClasses::of_sets(newline.into_iter().chain(nfa::byte_sets(instructions)));
    let bytes = classes.representatives();
    let mut held = instructions.len() * (size_of::<Instruction>() + 8);
    let mut known = HashSet::from([start.clone()]);
    let mut pending = vec![start];
    while let Some(state) = pending.pop() {
        held += 4 * (bytes.len() + 1);
        for byte in &bytes {
            let (next, _) = determinizer.step(&state, *byte);
            if known.insert(next.clone()) {
                let positions = HEADER + size_of_val(&*next.positions);
                let as_key = size_of::<(Subset<First>, u32)>() + 1;
                held += size_of::<Subset<First>>() + as_key + 2 * positions;
                pending.push(next);
            }
        }
    }
    held
}

#[test]
fn an_automaton_is_built_within_the_memory_that_it_holds_and_little_more() -> Tested {
    // Seven sets that distinguish 128 classes of bytes.
    let sets = (0..7).map(|bit| {
        let bytes = (1..=u8::MAX).filter(|byte| byte >> bit & 1 == 1);
        let escaped: String = bytes.map(|byte| format!("\\x{byte:02x}")).collect();
        format!("^[{escaped}]$")
    });
    let of_many = [
        ("instructions", vec![format!("^(?:{})", ["1"; 2_000].join("|"))]),
        ("states", vec!["^.{2000}".to_owned()]),
        ("positions", vec!["1.{9}$".to_owned()]),
        ("classes", sets.chain(["1.{6}$".to_owned()]).collect()),
        (
            "patterns",
            (0..100).map(|number| format!("^{number:02}\\d{{4}}$")).collect(),
        ),
    ];
    for (what, regexes) in of_many {
        let programs = regexes
            .iter()
            .map(|regex| program(regex, false))
            .collect::<Tested<Vec<_>>>()?;
        let patterns: Vec<(u32, &Program)> = (0..).zip(&programs).collect();
        let mut room = ROOMY;
        Automaton::build_within(&patterns, &mut room).map_err(|_| "too large")?;
        let counted = ROOMY - room;
        let held = held(&patterns);
        assert!(
            (held..held + held / 4).contains(&counted),
            "of many {what} {held} bytes are held, {counted} are counted"
        );
        assert!(Automaton::build(&patterns, counted).is_ok(), "{what}");
        assert!(Automaton::build(&patterns, counted - 1).is_err(), "{what}");
    }
    Ok(())
}
