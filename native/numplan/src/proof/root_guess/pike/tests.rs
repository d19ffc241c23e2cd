//! Tests of the memory that states are counted for.

use super::*;
use crate::proof::alphabet::Alphabet;
use crate::proof::search::Limits;
use crate::regex::nfa;
use crate::test_support::{Tested, program};

/// The states of `regex` that fit into `memory` bytes.
fn explored(regex: &str, memory: usize) -> Tested<PikeGuess> {
    let program = Arc::new(program(regex, true)?);
    let sets = nfa::byte_sets(&program.instructions);
    let classes = Rc::new(Classes::new(&Alphabet::default(), sets));
    let limits = Limits {
        memory,
        ..Limits::default()
    };
    let mut guess = PikeGuess::new(&program, &classes, true, &Allowance::new(&limits));
    let mut state = 0;
    while (state as usize) < guess.states.len() {
        for class in 0..classes.count() {
            match guess.step(state, class as u8) {
                Ok(_) => {}
                Err(Bound::Memory) => return Ok(guess),
                Err(bound) => return Err(format!("{bound:?}").into()),
            }
        }
        state += 1;
    }
    Err("all states fit".into())
}

#[test]
fn states_take_the_memory_that_is_allowed_and_no_more() -> Tested {
    const MEMORY: usize = 1 << 18;
    let groups = format!("^(?:{}[12])*1[12]{{12}}$", "(?:(1)|(2))".repeat(12));
    // Many threads in each state, and many slots in each thread.
    for regex in ["^(?:(1)|2)*1[12]{100}$", &groups] {
        let guess = explored(regex, MEMORY)?;
        let thread = size_of::<(u32, Slots)>() + guess.program.slots;
        let threads = guess
            .states
            .iter()
            .skip(1)
            .map(|state| state.threads.len())
            .sum::<usize>();
        let states = guess.states.len() - 1;
        // Each is kept twice: by its number, and with it.
        let taken = 2 * (states * size_of::<Frontier>() + threads * thread);
        assert!((MEMORY / 4..=MEMORY).contains(&taken), "{regex}: {taken}");
    }
    Ok(())
}
