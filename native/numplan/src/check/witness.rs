//! Witnesses: numbers that show a finding, with the plan's answers for them.

use crate::plan::Plan;
use crate::plan::rewrites::Rewrites;

/// A number that shows a finding, with the plan's answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The number as dialled.
    pub number: Vec<u8>,
    /// The number in E.164.
    pub e164: Vec<u8>,
    /// The name of its class, if it has one.
    pub class: Option<Vec<u8>>,
    /// True where a rule that proofs do not read may decide this number. Then `e164` and `class`
    /// are the answers of the native rules alone and must not be shown: whoever runs `re` answers
    /// instead, by the whole plan. The finding holds all the same.
    pub needs_re: bool,
}

impl Witness {
    /// `number` with the answers of `plan`.
    pub fn of(plan: &Plan, number: &[u8]) -> Witness {
        let rank = plan.classify(number);
        let class = rank.and_then(|rank| plan.classes().get(rank));
        let first_foreign = plan.first_unread();
        Witness {
            number: number.to_vec(),
            e164: plan.normalize(number).into_owned(),
            class: class.map(|class| class.name().to_vec()),
            needs_re: comes_before(first_foreign, rank) || is_rewritten_by_re(plan, number),
        }
    }

    /// The bytes of memory that it takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Witness>() + self.number.len() + self.e164.len() + self.class.as_ref().map_or(0, Vec::len)
    }
}

/// What the dial plan, read by first match, makes of `number`; without one the number itself.
pub(super) fn dialled(plan: &Plan, number: &[u8]) -> Vec<u8> {
    let dial_plan = plan.dial_plan().filter(|_| number.first() != Some(&b'+'));
    let rewritten = dial_plan.and_then(|dial_plan| dial_plan.first_match().apply(number));
    rewritten.map_or_else(|| number.to_vec(), |rewritten| rewritten.to_vec())
}

/// True where a foreign rule of the dial plan or the converters may rewrite `number`.
fn is_rewritten_by_re(plan: &Plan, number: &[u8]) -> bool {
    let overturns = |rewrites: &Rewrites, subject: &[u8]| {
        let first_foreign = rewrites.foreign().first().map(|foreign| foreign.rule);
        comes_before(first_foreign, rewrites.apply(subject).map(|rewritten| rewritten.rule))
    };
    if number.first() == Some(&b'+') {
        return false;
    }
    let dial_plan = plan.dial_plan();
    dial_plan.is_some_and(|dial_plan| overturns(dial_plan.first_match(), number))
        || overturns(plan.converters(), &dialled(plan, number))
}

/// True where the first foreign rule comes before the native one that decides, or none decides.
fn comes_before(foreign: Option<usize>, decides: Option<usize>) -> bool {
    foreign.is_some_and(|foreign| decides.is_none_or(|decides| foreign < decides))
}

#[cfg(test)]
mod tests;
