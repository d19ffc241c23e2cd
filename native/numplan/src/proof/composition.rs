//! A [`Pipeline`] composed with an acceptor: which patterns match what becomes of a number.

use crate::proof::alphabet::Classes;
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::pipeline::{Decisions, Pipeline, PipelineState};
use crate::proof::search::{Bound, Limits, Machine};
use crate::regex::nfa::Program;
use std::rc::Rc;

/// A pipeline whose output a lazy DFA reads.
#[derive(Debug)]
pub(crate) struct Composition {
    pub(crate) pipeline: Pipeline,
    pub(crate) acceptor: LazyDfa,
}

/// The state of a [`Composition`] within a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CompositionState {
    pipeline: PipelineState,
    acceptor: u32,
    /// Whether the output begins with `+`; `None` before its first byte.
    plus: Option<bool>,
}

/// The outcome of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Arrival {
    /// What each stage decided.
    pub(crate) decisions: Decisions,
    /// The number of the set of patterns that match the output: see [`LazyDfa::patterns`].
    pub(crate) matched: u32,
    /// True when the output begins with `+`.
    pub(crate) plus: bool,
}

impl Composition {
    /// Replaces the acceptor by one for `programs`.
    pub(crate) fn match_with(&mut self, programs: &[&Program], classes: &Rc<Classes>, limits: &Limits) {
        self.acceptor = LazyDfa::new(programs, classes, &self.pipeline.allowance.renewed(limits));
    }

    /// All states after a byte of `class`, each with the classes that come out.
    pub(crate) fn steps(
        &mut self,
        state: CompositionState,
        class: u8,
    ) -> Result<Vec<(CompositionState, Vec<u8>)>, Bound> {
        let mut steps = Vec::new();
        for (pipeline, out) in self.pipeline.step(state.pipeline, class)? {
            let state = self.accept(state, &out)?;
            steps.push((CompositionState { pipeline, ..state }, out));
        }
        Ok(steps)
    }

    /// All outcomes of a number that ends here, each with the classes that still come out.
    pub(crate) fn ends(&mut self, state: CompositionState) -> Result<Vec<(Arrival, Vec<u8>)>, Bound> {
        let mut ends = Vec::new();
        for (decisions, out) in self.pipeline.end(state.pipeline)? {
            let state = self.accept(state, &out)?;
            let arrival = Arrival {
                decisions,
                matched: self.acceptor.matched(state.acceptor)?,
                plus: state.plus == Some(true),
            };
            ends.push((arrival, out));
        }
        Ok(ends)
    }

    fn accept(&mut self, state: CompositionState, out: &[u8]) -> Result<CompositionState, Bound> {
        let plus_class = self.pipeline.plus_class;
        Ok(CompositionState {
            acceptor: self.acceptor.read(state.acceptor, out)?,
            plus: state.plus.or(out.first().map(|class| *class == plus_class)),
            ..state
        })
    }
}

impl Machine for Composition {
    type State = CompositionState;
    type Outcome = Arrival;

    fn start(&self) -> CompositionState {
        CompositionState {
            pipeline: self.pipeline.start(),
            acceptor: self.acceptor.start(),
            plus: None,
        }
    }

    fn step(&mut self, state: CompositionState, class: u8, next: &mut Vec<CompositionState>) -> Result<(), Bound> {
        next.extend(self.steps(state, class)?.into_iter().map(|(state, _)| state));
        Ok(())
    }

    fn end(&mut self, state: CompositionState, outcomes: &mut Vec<Arrival>) -> Result<(), Bound> {
        outcomes.extend(self.ends(state)?.into_iter().map(|(arrival, _)| arrival));
        Ok(())
    }
}
