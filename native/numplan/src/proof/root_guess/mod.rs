//! Nondeterministic machines that read a number byte by byte and find its root.
//!
//! [`Root::find`] has the whole number before it. A proof has not, and needs to know of each byte
//! at once whether the root holds it. So a machine guesses where the root begins and ends, follows
//! every guess until it fails, and says at the end of the number which one is right. Exactly one
//! is, for a number that the rule matches.

mod pike;
mod slice;

pub(crate) use pike::Note;

use crate::plan::root::Root;
use crate::proof::alphabet::Classes;
use crate::proof::lengths::Lengths;
use crate::proof::search::{Allowance, Bound};
use crate::regex::nfa::Program;
use pike::PikeGuess;
use slice::{SliceGuess, Transition};
use std::rc::Rc;
use std::sync::Arc;

/// The machine that guesses one rule's root.
#[derive(Debug)]
pub(crate) enum RootGuess {
    Slice(SliceGuess),
    Pike(Box<PikeGuess>),
}

impl RootGuess {
    /// The machine that guesses what [`Root::find`] finds.
    pub(crate) fn new(root: &Root, classes: &Rc<Classes>, allowance: &Allowance) -> RootGuess {
        match root {
            Root::Slice { start, end, trim, .. } => {
                RootGuess::Slice(SliceGuess::new(*start, *end, *trim, classes.of(b'\n')))
            }
            Root::Search(search) => {
                RootGuess::Pike(Box::new(PikeGuess::new(search.program(), classes, false, allowance)))
            }
        }
    }

    /// The machine for a root that is searched for, with a [`Note`] on its groups.
    pub(crate) fn with_notes(program: &Arc<Program>, classes: &Rc<Classes>, allowance: &Allowance) -> RootGuess {
        RootGuess::Pike(Box::new(PikeGuess::new(program, classes, true, allowance)))
    }

    /// The states before the first byte.
    pub(crate) fn starts(&self) -> Vec<u32> {
        match self {
            RootGuess::Slice(slice) => slice.starts(),
            RootGuess::Pike(_) => vec![0],
        }
    }

    /// All transitions from `state` over a byte of `class`.
    pub(crate) fn step(&mut self, state: u32, class: u8) -> Result<Rc<[Transition]>, Bound> {
        match self {
            RootGuess::Slice(slice) => Ok(slice.step(state, class).into()),
            RootGuess::Pike(pike) => pike.step(state, class),
        }
    }

    /// In how many more bytes the number may end if the guess is right, where it says so.
    pub(crate) fn lengths(&self, state: u32) -> Option<Lengths> {
        match self {
            RootGuess::Slice(slice) => slice.lengths(state),
            RootGuess::Pike(_) => None,
        }
    }

    /// The number of the root's note, if the number ends here; `None` where the guess is wrong.
    pub(crate) fn end(&mut self, state: u32) -> Result<Option<u32>, Bound> {
        match self {
            RootGuess::Slice(slice) => Ok(slice.end(state).then_some(0)),
            RootGuess::Pike(pike) => pike.end(state),
        }
    }

    pub(crate) fn note(&self, note: u32) -> Option<&Note> {
        match self {
            RootGuess::Slice(_) => None,
            RootGuess::Pike(pike) => pike.note(note),
        }
    }
}
