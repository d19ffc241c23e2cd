//! The automaton over decimal digits.

use crate::data::{Data, word};
use crate::layout::{state, verdict};

/// A state of the automaton.
#[derive(Clone, Copy)]
pub(crate) struct State(pub(crate) u16);

impl<'a> Data<'a> {
    /// The state behind one more digit; `None` for what is no digit.
    #[inline]
    pub(crate) fn step(&self, from: State, digit: u8) -> Option<State> {
        let next = self.states.get(usize::from(from.0))?.get(..state::VERDICT)?;
        let next = next.get(usize::from(digit.wrapping_sub(b'0')))?;
        Some(State(u16::from_le_bytes(*next)))
    }

    /// The state behind some digits; `None` where one is no digit.
    #[inline]
    pub(crate) fn walk(&self, start: State, digits: &[u8]) -> Option<State> {
        digits.iter().try_fold(start, |at, digit| self.step(at, *digit))
    }

    /// What is known of numbers that lead to a state.
    #[inline]
    pub(crate) fn verdict(&self, at: State) -> Option<&'a [u8; verdict::SIZE]> {
        self.verdicts.get(self.verdict_place(at)?)
    }

    /// The place of a state's verdict among all of them.
    #[inline]
    pub(crate) fn verdict_place(&self, at: State) -> Option<usize> {
        let row = self.states.get(usize::from(at.0))?;
        Some(usize::from(word(row, state::VERDICT)))
    }
}
