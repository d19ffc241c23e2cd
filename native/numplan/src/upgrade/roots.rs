//! Two readings of a rule side by side: whether they keep other roots of one subject.

use crate::proof::divergence::{self, Divergence, MAX_LAG, Side, Window};
use crate::proof::pipeline::{Pipeline, PipelineState};
use crate::proof::search::{Allowance, Bound, Machine, few_enough};

/// The window in which both roots are compared. They are parts of one subject, but may be any
/// distance apart, so roots beyond it are lost.
const WINDOW: Window = Window {
    most: MAX_LAG,
    beyond: Divergence::Lost,
};

/// The rule as each side reads it, a pipeline of one stage.
pub(super) struct Roots {
    pub(super) machines: [Pipeline; 2],
    pub(super) allowance: Allowance,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RootsState {
    machines: [PipelineState; 2],
    divergence: Divergence,
}

/// Whether the roots of a subject differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Compared(Divergence);

impl Compared {
    /// True when the roots differ.
    pub(super) fn differs(self) -> bool {
        self.0.differs()
    }

    /// True when the roots are too far apart to be compared.
    pub(super) fn is_lost(self) -> bool {
        self.0 == Divergence::Lost
    }
}

impl Roots {
    fn read(&self, before: &[Divergence], side: Side, text: &[u8]) -> Result<Vec<Divergence>, Bound> {
        self.allowance.work(before.len() + divergence::work(before, text))?;
        Ok(Divergence::read(before, side, text, WINDOW))
    }
}

impl Machine for Roots {
    type State = RootsState;
    type Outcome = Compared;

    fn start(&self) -> RootsState {
        RootsState {
            machines: self.machines.each_ref().map(Pipeline::start),
            divergence: Divergence::START,
        }
    }

    fn step(&mut self, state: RootsState, class: u8, next: &mut Vec<RootsState>) -> Result<(), Bound> {
        let olds = self.machines[0].step(state.machines[0], class)?;
        let news = self.machines[1].step(state.machines[1], class)?;
        for (old, out) in &olds {
            let ahead = self.read(&[state.divergence], Side::One, out)?;
            for (new, out) in &news {
                let all = self.read(&ahead, Side::Other, out)?;
                next.extend(all.into_iter().map(|divergence| RootsState {
                    machines: [*old, *new],
                    divergence,
                }));
                few_enough(next.len())?;
            }
        }
        Ok(())
    }

    fn end(&mut self, state: RootsState, outcomes: &mut Vec<Compared>) -> Result<(), Bound> {
        let olds = self.machines[0].end(state.machines[0])?;
        let news = self.machines[1].end(state.machines[1])?;
        for (_, out) in &olds {
            let ahead = self.read(&[state.divergence], Side::One, out)?;
            for (_, out) in &news {
                let all = self.read(&ahead, Side::Other, out)?;
                outcomes.extend(all.into_iter().map(Compared));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
