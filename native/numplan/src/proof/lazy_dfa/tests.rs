//! Tests of the memory that states are counted for.

use super::*;
use crate::proof::alphabet::Alphabet;
use crate::proof::search::Limits;
use crate::regex::byte_set::ByteSet;
use crate::regex::nfa;
use crate::test_support::{Tested, program};

/// The states of `regex` that fit into `memory` bytes beside the program, over classes that single
/// out `bytes` bytes.
fn explored(regex: &str, bytes: u8, memory: usize) -> Tested<LazyDfa> {
    let program = program(regex, false)?;
    let alone = (0..bytes).map(ByteSet::of).chain(nfa::byte_sets(&program.instructions));
    let classes = Rc::new(Classes::new(&Alphabet::default(), alone));
    let own = program.instructions.len() * (size_of::<Instruction>() + size_of::<Lengths>() + 8);
    let limits = Limits {
        memory: memory + own,
        ..Limits::default()
    };
    let mut dfa = LazyDfa::new(&[&program], &classes, &Allowance::new(&limits));
    let mut state = 0;
    while (state as usize) < dfa.states.len() {
        for class in 0..classes.count() {
            match dfa.step(state, class as u8) {
                Ok(_) => {}
                Err(Bound::Memory) => return Ok(dfa),
                Err(bound) => return Err(format!("{bound:?}").into()),
            }
        }
        state += 1;
    }
    Err("all states fit".into())
}

#[test]
fn states_take_the_memory_that_is_allowed_and_no_more() -> Tested {
    const MEMORY: usize = 1 << 20;
    // Many classes, and many positions in each state.
    for (regex, bytes) in [("^(?:1|2)*1(?:1|2){14}$", 200), ("^(?:1|2)*1(?:1|2){200}$", 0)] {
        let dfa = explored(regex, bytes, MEMORY)?;
        let subsets = dfa.states.iter().skip(1);
        // Each is kept twice: by its number, and with it.
        let sizes = subsets.map(|subset| 2 * (size_of::<Subset<All>>() + size_of_val(&*subset.positions)));
        let taken = sizes.sum::<usize>() + 4 * dfa.classes.count() * (dfa.states.len() - 1);
        assert!((MEMORY * 9 / 10..=MEMORY).contains(&taken), "{regex}: {taken}");
    }
    Ok(())
}

/// How much work is left of what `allowance` allows; it is spent then.
fn left(allowance: &Allowance) -> usize {
    (0..).take_while(|_| allowance.work(1).is_ok()).count()
}

#[test]
fn the_first_time_a_step_counts_as_the_work_of_finding_its_state_and_then_as_one() -> Tested {
    let limits = Limits {
        moves: 2_000,
        ..Limits::default()
    };
    let program = program("^(?:1|2)*1(?:1|2){5}$", false)?;
    let classes = Rc::new(Classes::new(
        &Alphabet::default(),
        nfa::byte_sets(&program.instructions),
    ));
    let all = left(&Allowance::new(&limits));
    let numbers = ["1", "11", "12112", "2221212121"];
    for steps in [1, 3] {
        let allowance = Allowance::new(&limits);
        let mut dfa = LazyDfa::new(&[&program], &classes, &allowance);
        let mut expected = program.instructions.len();
        for _ in 0..steps {
            for number in numbers {
                let mut state = dfa.start();
                for byte in number.bytes() {
                    let subset = dfa.states.get(state as usize).cloned().ok_or("no state")?;
                    let class = dfa.classes.of(byte);
                    let cell = state as usize * dfa.classes.count() + usize::from(class);
                    if dfa.moves.get(cell) == Some(&UNKNOWN) {
                        expected += subset.positions.len() + subset.settled.len();
                        expected += dfa.determinizer.step(&subset, byte).1;
                    }
                    expected += 1;
                    state = dfa.step(state, class).map_err(|bound| format!("{bound:?}"))?;
                }
            }
        }
        assert_eq!(all - left(&allowance), expected, "{steps}");
    }
    Ok(())
}
