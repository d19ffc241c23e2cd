//! A number that shows a finding, with what becomes of it.

use crate::plan::Plan;
use crate::plan::rewrites::Rewrites;

/// A number that shows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// As dialled.
    pub number: Vec<u8>,
    /// What it becomes.
    pub e164: Vec<u8>,
    /// The name of its class.
    pub class: Option<Vec<u8>>,
    /// True where a rule that only OTP's `re` runs may decide on this number. `e164` and `class` are then
    /// the answer of the native rules alone, and must not be shown: whoever runs `re` answers instead. What
    /// the finding says of the number holds all the same.
    pub needs_re: bool,
}

impl Witness {
    /// What `plan` makes of `number`.
    pub fn of(plan: &Plan, number: &[u8]) -> Witness {
        let place = plan.classify(number);
        let class = place.and_then(|place| plan.classes().get(place));
        let first_foreign = plan.foreign_classes().first().map(|foreign| foreign.class);
        Witness {
            number: number.to_vec(),
            e164: plan.normalize(number).into_owned(),
            class: class.map(|class| class.name().to_vec()),
            needs_re: comes_before(first_foreign, place) || is_rewritten_by_re(plan, number),
        }
    }

    /// How many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Witness>() + self.number.len() + self.e164.len() + self.class.as_ref().map_or(0, Vec::len)
    }
}

/// What the dial plan of `plan` makes of `number`, read by first match; `number` where it has none.
pub(super) fn dialled(plan: &Plan, number: &[u8]) -> Vec<u8> {
    let dial_plan = plan.dial_plan().filter(|_| number.first() != Some(&b'+'));
    let rewritten = dial_plan.and_then(|dial_plan| dial_plan.first_match().apply(number));
    rewritten.map_or_else(|| number.to_vec(), |rewritten| rewritten.to_vec())
}

/// True where the dial plan or the converters may make something else of `number` than the native rules do.
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

/// True where the first rule that only `re` runs is asked before the native one that decides, if one does.
fn comes_before(foreign: Option<usize>, decides: Option<usize>) -> bool {
    foreign.is_some_and(|foreign| decides.is_none_or(|decides| foreign < decides))
}
