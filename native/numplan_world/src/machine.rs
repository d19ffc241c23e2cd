//! The automaton over decimal digits.

use crate::data::Data;
use crate::layout::verdict;

/// A state of the automaton.
#[derive(Clone, Copy)]
pub(crate) struct State(pub(crate) u16);

impl<'a> Data<'a> {
    /// The state behind one more digit; `None` for what is no digit.
    #[inline]
    pub(crate) fn step(&self, state: State, digit: u8) -> Option<State> {
        let next = self.transitions.get(usize::from(state.0))?;
        let next = next.get(usize::from(digit.wrapping_sub(b'0')))?;
        Some(State(u16::from_le_bytes(*next)))
    }

    /// The state behind some digits; `None` where one is no digit.
    #[inline]
    pub(crate) fn walk(&self, start: State, digits: &[u8]) -> Option<State> {
        digits.iter().try_fold(start, |state, digit| self.step(state, *digit))
    }

    /// What is known of numbers that lead to a state.
    #[inline]
    pub(crate) fn verdict(&self, state: State) -> Option<&'a [u8; verdict::SIZE]> {
        let row = self.state_verdicts.get(usize::from(state.0))?;
        self.verdicts.get(usize::from(u16::from_le_bytes(*row)))
    }
}
