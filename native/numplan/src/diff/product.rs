//! Products: machines that read one number with both configurations at once.

use super::answers::{Answerer, Outcome, Texts};
use crate::dfa::automaton::{self, Automaton};
use crate::proof::alphabet::Classes;
use crate::proof::composition::{Arrival, Composition, CompositionState};
use crate::proof::divergence::{self, Divergence, MAX_LAG, Side, Window};
use crate::proof::search::{Allowance, Bound, Machine, few_enough};

/// The one pipeline of two configurations that rewrite alike. The acceptor has the patterns of the
/// old side, then those of the new one.
pub(super) struct SharedPipeline {
    pub(super) answerers: [Answerer; 2],
    pub(super) machine: Composition,
}

impl Machine for SharedPipeline {
    type State = CompositionState;
    type Outcome = Outcome;

    fn start(&self) -> CompositionState {
        self.machine.start()
    }

    fn step(&mut self, state: CompositionState, class: u8, next: &mut Vec<CompositionState>) -> Result<(), Bound> {
        self.machine.step(state, class, next)
    }

    fn end(&mut self, state: CompositionState, outcomes: &mut Vec<Outcome>) -> Result<(), Bound> {
        for (arrival, _) in self.machine.ends(state)? {
            let matched = self.machine.acceptor.patterns(arrival.matched).iter().copied();
            let [old, new] = &self.answerers;
            let olds = old.patterns;
            let answers = [
                old.answer(matched.clone().filter(|pattern| *pattern < olds)),
                new.answer(matched.filter_map(|pattern| pattern.checked_sub(olds))),
            ];
            let texts = Texts::NotShown;
            outcomes.push(Outcome { answers, texts });
        }
        Ok(())
    }
}

pub(super) struct SideBySide {
    pub(super) answerers: [Answerer; 2],
    pub(super) machines: [Composition; 2],
    /// Whether the results are compared: a proof of its own, as it takes many times as many states.
    pub(super) compares_texts: bool,
    pub(super) allowance: Allowance,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SideBySideState {
    machines: [CompositionState; 2],
    divergence: Divergence,
}

/// The window in which both results are compared. They are made of one number, but may be any
/// distance apart, so results beyond it are lost.
const WINDOW: Window = Window {
    most: MAX_LAG,
    beyond: Divergence::Lost,
};

impl SideBySide {
    fn read(&self, before: &[Divergence], side: Side, text: &[u8]) -> Result<Vec<Divergence>, Bound> {
        self.allowance.work(before.len())?;
        if !self.compares_texts {
            return Ok(before.to_vec());
        }
        self.allowance.work(divergence::work(before, text))?;
        Ok(Divergence::read(before, side, text, WINDOW))
    }

    fn outcome(&self, arrivals: [Arrival; 2], divergence: Divergence) -> Outcome {
        let answer = |side: usize| {
            let matched = self.machines[side].acceptor.patterns(arrivals[side].matched);
            self.answerers[side].answer(matched.iter().copied())
        };
        Outcome {
            answers: [answer(0), answer(1)],
            texts: match divergence {
                Divergence::Lost => Texts::Lost,
                divergence if divergence.differs() => Texts::Different,
                _ => Texts::NotShown,
            },
        }
    }
}

impl Machine for SideBySide {
    type State = SideBySideState;
    type Outcome = Outcome;

    fn start(&self) -> SideBySideState {
        SideBySideState {
            machines: [self.machines[0].start(), self.machines[1].start()],
            divergence: Divergence::START,
        }
    }

    fn step(&mut self, state: SideBySideState, class: u8, next: &mut Vec<SideBySideState>) -> Result<(), Bound> {
        let olds = self.machines[0].steps(state.machines[0], class)?;
        let news = self.machines[1].steps(state.machines[1], class)?;
        for (old, out) in &olds {
            let ahead = self.read(&[state.divergence], Side::One, out)?;
            for (new, out) in &news {
                let all = self.read(&ahead, Side::Other, out)?;
                next.extend(all.into_iter().map(|divergence| SideBySideState {
                    machines: [*old, *new],
                    divergence,
                }));
                few_enough(next.len())?;
            }
        }
        Ok(())
    }

    fn end(&mut self, state: SideBySideState, outcomes: &mut Vec<Outcome>) -> Result<(), Bound> {
        let olds = self.machines[0].ends(state.machines[0])?;
        let news = self.machines[1].ends(state.machines[1])?;
        for (old, out) in &olds {
            let ahead = self.read(&[state.divergence], Side::One, out)?;
            for (new, out) in &news {
                let all = self.read(&ahead, Side::Other, out)?.into_iter();
                outcomes.extend(all.map(|divergence| self.outcome([*old, *new], divergence)));
            }
        }
        Ok(())
    }
}

/// The one-pass automata of both plans.
pub(super) struct OnePass<'p> {
    pub(super) automata: [&'p Automaton; 2],
    pub(super) classes: Classes,
}

impl Machine for OnePass<'_> {
    type State = [automaton::State; 2];
    type Outcome = [Option<usize>; 2];

    fn start(&self) -> Self::State {
        self.automata.map(Automaton::start)
    }

    fn step(&mut self, [old, new]: Self::State, class: u8, next: &mut Vec<Self::State>) -> Result<(), Bound> {
        let byte = self.classes.byte(class);
        next.push([self.automata[0].step(old, byte), self.automata[1].step(new, byte)]);
        Ok(())
    }

    fn end(&mut self, [old, new]: Self::State, outcomes: &mut Vec<Self::Outcome>) -> Result<(), Bound> {
        let answers = [self.automata[0].answer(old), self.automata[1].answer(new)];
        outcomes.push(answers.map(|answer| answer.map(|class| class as usize)));
        Ok(())
    }
}
