//! A number's way to E.164 as one transducer: the [`Stage`]s of the dial plan and the converters.
//!
//! Each outcome is an answer of the plan for its number, and each number has its outcome, other
//! than those that a foreign rule may decide. So what a proof finds holds whatever `re` says.

use crate::proof::alphabet::Classes;
use crate::proof::root_guess::{Note, RootGuess};
use crate::proof::rules::{RuleSet, Rules};
use crate::proof::search::{Allowance, Bound, Limits, few_enough};
use crate::proof::stage::{Decision, Detail, Filter, Stage, StageState};
use crate::regex::nfa::Program;
use std::rc::Rc;
use std::sync::Arc;

/// The most stages: the dial plan and the converters.
const STAGES: usize = 2;

/// The state of a [`Pipeline`] within a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PipelineState {
    gate: Gate,
    stages: [StageState; STAGES],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Gate {
    /// Nothing was read.
    Closed,
    /// The number began with `+` and bypasses the stages.
    Bypass,
    Through,
}

/// The decision of each stage, under [`Detail::Rules`]; none for a number that bypasses them.
pub(crate) type Decisions = [Option<Decision>; STAGES];

/// What happens to a number that begins with `+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    /// It bypasses all stages.
    Bypasses,
    /// It is left out of the proof.
    LeftOut,
    /// It is a number like any other.
    Ordinary,
}

/// The stages, in order.
#[derive(Debug)]
pub(crate) struct Pipeline {
    stages: Vec<Stage>,
    plus: Plus,
    pub(super) plus_class: u8,
    pub(super) allowance: Allowance,
}

impl Pipeline {
    pub(crate) fn new<'r>(
        stages: impl Iterator<Item = (&'r Rules, Detail)>,
        plus: Plus,
        classes: &Rc<Classes>,
        allowance: &Allowance,
    ) -> Pipeline {
        Pipeline {
            stages: stages
                .map(|(rules, detail)| Stage::new(rules, detail, classes, allowance))
                .collect(),
            plus,
            plus_class: classes.of(b'+'),
            allowance: allowance.clone(),
        }
    }

    /// All stages of a configuration, of which only what comes out counts.
    pub(crate) fn of_all(rules: &RuleSet, classes: &Rc<Classes>, allowance: &Allowance) -> Pipeline {
        let stages = rules.stages().map(|rules| (rules, Detail::Results));
        Pipeline::new(stages, Plus::Bypasses, classes, allowance)
    }

    /// Lets only the numbers pass that `rule` decides in the last stage, with notes on the groups
    /// of its `program`. Undoes the narrowing before.
    pub(crate) fn narrow(&mut self, rule: usize, program: &Arc<Program>, classes: &Rc<Classes>, limits: &Limits) {
        let allowance = self.allowance.renewed(limits);
        if let Some(stage) = self.stages.last_mut() {
            stage.narrow(rule, || RootGuess::with_notes(program, classes, &allowance));
        }
    }

    pub(crate) fn filter_last(&mut self, filter: Filter) {
        if let Some(stage) = self.stages.last_mut() {
            stage.filter = filter;
        }
    }

    /// The alternatives of `stage` in a set that a [`Decision`] has, in order.
    pub(crate) fn patterns(&self, stage: usize, set: u32) -> &[u32] {
        self.stages.get(stage).map_or(&[], |stage| stage.patterns(set))
    }

    /// The rank of the rule that decided in `stage`.
    pub(crate) fn rule(&self, stage: usize, decision: &Decision) -> Option<usize> {
        self.stages.get(stage)?.rule(decision)
    }

    /// The note on the root of a decision of the last stage, after [`Pipeline::narrow`].
    pub(crate) fn note(&self, decision: &Decision) -> Option<&Note> {
        self.stages.last()?.note(decision)
    }

    /// True for a number that bypasses the stages.
    pub(crate) fn is_bypass(state: &PipelineState) -> bool {
        state.gate == Gate::Bypass
    }

    pub(crate) fn start(&self) -> PipelineState {
        PipelineState {
            gate: Gate::Closed,
            stages: [StageState::Waiting; STAGES],
        }
    }

    /// All states after a byte of `class`, each with the classes that come out.
    pub(crate) fn step(&mut self, state: PipelineState, class: u8) -> Result<Vec<(PipelineState, Vec<u8>)>, Bound> {
        let gate = match (state.gate, self.plus) {
            (Gate::Closed, Plus::Bypasses) if class == self.plus_class => Gate::Bypass,
            (Gate::Closed, Plus::LeftOut) if class == self.plus_class => return Ok(Vec::new()),
            (Gate::Closed, _) => Gate::Through,
            (gate, _) => gate,
        };
        let state = PipelineState { gate, ..state };
        match gate {
            Gate::Bypass => Ok(vec![(state, vec![class])]),
            _ => self.feed(state, 0, &[class]),
        }
    }

    /// All outcomes of a number that ends here: the decisions, and the classes that still come out.
    pub(crate) fn end(&mut self, state: PipelineState) -> Result<Vec<(Decisions, Vec<u8>)>, Bound> {
        if state.gate == Gate::Bypass {
            return Ok(vec![([None; STAGES], Vec::new())]);
        }
        let mut ways = vec![(state, [None; STAGES], Vec::new())];
        for at in 0..self.stages.len() {
            let mut ended = Vec::new();
            for (state, mut decisions, out) in ways {
                let Some(stage) = self.stages.get_mut(at) else {
                    continue;
                };
                let Some((decision, text)) = stage.end(state.stages[at])? else {
                    continue;
                };
                decisions[at] = decision;
                self.allowance.work(out.len() + text.len())?;
                for (state, more) in self.feed(state, at + 1, &text)? {
                    ended.push((state, decisions, [out.as_slice(), &more].concat()));
                }
                few_enough(ended.len())?;
            }
            ways = ended;
        }
        Ok(ways.into_iter().map(|(_, decisions, out)| (decisions, out)).collect())
    }

    /// Feeds `text` to the stage `at`, and what comes out of it to the stages behind.
    fn feed(&mut self, state: PipelineState, at: usize, text: &[u8]) -> Result<Vec<(PipelineState, Vec<u8>)>, Bound> {
        match text {
            text if at >= self.stages.len() => Ok(vec![(state, text.to_vec())]),
            [] => Ok(vec![(state, Vec::new())]),
            [class] => self.feed_one(state, at, *class),
            text => {
                let mut ways = vec![(state, Vec::new())];
                for class in text {
                    let mut after = Vec::new();
                    for (state, out) in ways {
                        let steps = self.feed_one(state, at, *class)?.into_iter();
                        after.extend(steps.map(|(state, more)| (state, [out.as_slice(), &more].concat())));
                        few_enough(after.len())?;
                    }
                    self.allowance.work(after.iter().map(|(_, out)| 1 + out.len()).sum())?;
                    ways = after;
                }
                Ok(ways)
            }
        }
    }

    fn feed_one(&mut self, state: PipelineState, at: usize, class: u8) -> Result<Vec<(PipelineState, Vec<u8>)>, Bound> {
        let Some(stage) = self.stages.get_mut(at) else {
            return Ok(Vec::new());
        };
        let mut steps = Vec::new();
        stage.step(state.stages[at], class, &mut steps)?;
        self.allowance.work(1 + steps.len())?;
        few_enough(steps.len())?;
        let mut ways = Vec::with_capacity(steps.len());
        for (stage_state, emitted) in steps {
            let mut state = state;
            state.stages[at] = stage_state;
            let text = self.stages.get(at).map(|stage| stage.text(emitted)).unwrap_or_default();
            self.allowance.work(text.len())?;
            if at + 1 == self.stages.len() {
                ways.push((state, text));
            } else {
                ways.append(&mut self.feed(state, at + 1, &text)?);
            }
            few_enough(ways.len())?;
        }
        Ok(ways)
    }
}
