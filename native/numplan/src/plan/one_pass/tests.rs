//! Tests of the bound on transitions.

use super::*;
use crate::dfa::automaton::Automaton;

#[test]
fn an_automaton_is_built_with_as_many_transitions_as_are_allowed() -> Result<(), &'static str> {
    // Without rules one state is enough, which `+`, a newline and all other bytes lead back to.
    let none = Automaton::build(&[], 1 << 20).map_err(|_| "too large")?;
    for (budget, expected) in [(0, false), (2, false), (3, true), (4, true)] {
        assert_eq!(build(&none, &none, &[], budget).is_some(), expected, "{budget}");
    }
    Ok(())
}
