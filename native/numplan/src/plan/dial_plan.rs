//! A compiled dial plan, in both of Kazoo's readings: by first match, and as a chain of steps.

use crate::plan::rewrites::Rewrites;

/// A compiled dial plan.
#[derive(Clone, Debug)]
pub struct DialPlan {
    pub(super) first_match: Rewrites,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The one rule of the step.
    pub(super) rewrite: Rewrites,
    /// How many of the steps behind it are skipped when it does not match.
    pub(super) nested: usize,
}

/// Where a full dial plan stops: at its end, or at a step that only `re` runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialled<'p> {
    /// The number after the last step.
    Done(Vec<u8>),
    /// The caller runs `regex` on `number` and continues with [`DialPlan::resume`].
    Re {
        /// The step.
        step: usize,
        /// The regex.
        regex: &'p [u8],
        /// The number after the steps before.
        number: Vec<u8>,
    },
}

impl DialPlan {
    /// The rules by first match, as the converter reads them.
    pub fn first_match(&self) -> &Rewrites {
        &self.first_match
    }

    /// Applies all steps to `number`, or those up to one that only `re` runs.
    pub fn apply_full(&self, number: &[u8]) -> Dialled<'_> {
        self.run(0, number.to_vec())
    }

    /// Continues after `step`, whose regex matched `number` with this `root`, or did not match.
    pub fn resume(&self, step: usize, number: Vec<u8>, root: Option<&[u8]>) -> Dialled<'_> {
        let Some(at) = self.steps.get(step) else {
            return Dialled::Done(number);
        };
        match (root, at.rewrite.foreign().first()) {
            (Some(root), Some(rule)) => self.run(step + 1, [&rule.prefix, root, &rule.suffix].concat()),
            _ => self.run(step + 1 + at.nested, number),
        }
    }

    fn run(&self, mut step: usize, mut number: Vec<u8>) -> Dialled<'_> {
        while let Some(at) = self.steps.get(step) {
            if let Some(rule) = at.rewrite.foreign().first() {
                return Dialled::Re {
                    step,
                    regex: &rule.regex,
                    number,
                };
            }
            step += 1;
            match at.rewrite.apply(&number) {
                Some(rewritten) => number = rewritten.to_vec(),
                None => step += at.nested,
            }
        }
        Dialled::Done(number)
    }

    pub(super) fn rewrites(&self) -> impl Iterator<Item = &Rewrites> {
        self.steps.iter().map(|step| &step.rewrite).chain([&self.first_match])
    }

    pub(super) fn cost(&self) -> usize {
        self.rewrites().map(Rewrites::cost).sum()
    }
}

#[cfg(test)]
mod tests;
