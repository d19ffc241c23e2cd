//! Native functions on many numbers in one call.

use crate::call::Call;
use crate::codec;
use crate::counts::{self, Count};
use crate::refused::{Answer, Refused};
use numplan::bulk::lines::{self, Width};
use numplan::plan::Plan;
use rustler::sys::ErlNifTerm;

/// The work on a number of a list besides reading its bytes, in the unit of [`Call::spend`].
const NUMBER: usize = 50;

/// Answers a list's numbers until it ends, the budget is spent, or an element is unusual.
struct Walk<'c, 'a> {
    call: &'c Call<'a>,
    plan: &'a Plan,
    rest: ErlNifTerm,
    answers: ErlNifTerm,
}

impl<'c, 'a> Walk<'c, 'a> {
    fn new(call: &'c Call<'a>, list: usize, answers: usize) -> Result<Walk<'c, 'a>, Refused> {
        Ok(Walk {
            call,
            plan: call.plan(0)?,
            rest: call.argument(list)?,
            answers: call.argument(answers)?,
        })
    }

    /// `{Rest, Answers}`, the newest answer first. A rest that is not empty is left to the caller:
    /// its first element is not a binary or is long, or the budget is spent.
    fn run(mut self, answer: impl Fn(&Self, &'a [u8], ErlNifTerm) -> Result<ErlNifTerm, Refused>) -> Answer {
        let (mut work, mut answered) = (0, 0);
        while let Some((first, rest)) = self.call.list_cell(self.rest) {
            let Ok(number) = self.call.bytes(first) else { break };
            work += NUMBER + number.len().saturating_mul(self.plan.cost());
            if !self.call.affords(work) {
                break;
            }
            let answer = answer(&self, number, first)?;
            self.answers = self.call.make_list_cell(answer, self.answers);
            self.rest = rest;
            answered += 1;
        }
        counts::add(Count::InBatch, answered);
        self.call.used(work);
        let (rest, answers) = (self.call.wrap(self.rest), self.call.wrap(self.answers));
        Ok(self.call.encode((rest, answers)))
    }
}

/// The class names of the numbers of a list, taken from the tuple `names`.
pub(crate) fn classify_list(call: Call<'_>) -> Answer {
    let names = call.tuple(1)?;
    let undefined = call.atoms().undefined;
    Walk::new(&call, 2, 3)?.run(|walk, number, _| match walk.plan.classify(number) {
        None => Ok(undefined),
        Some(class) => names.get(class).copied().ok_or(Refused::BadArgument),
    })
}

/// The E.164 forms of the numbers of a list.
pub(crate) fn normalize_list(call: Call<'_>) -> Answer {
    Walk::new(&call, 1, 2)?.run(|walk, number, term| Ok(normalized(walk.call, walk.plan, number, term)))
}

/// `number`, the bytes of `term`, in E.164: the same term where nothing changes.
#[inline]
pub(crate) fn normalized(call: &Call<'_>, plan: &Plan, number: &[u8], term: ErlNifTerm) -> ErlNifTerm {
    if number.first() == Some(&b'+') {
        return term;
    }
    if plan.dial_plan().is_some() {
        return call.make_binary(&[&plan.normalize(number)]);
    }
    match plan.converters().apply(number) {
        None => term,
        Some(rewritten) => call.make_binary(&rewritten.pieces()),
    }
}

fn plan_and_text<'a>(call: &Call<'a>) -> Result<(&'a Plan, &'a [u8]), Refused> {
    let (plan, text) = (call.plan(0)?, call.binary(1)?);
    call.spend(text.len().saturating_mul(plan.cost()))?;
    Ok((plan, text))
}

/// `{Bits, Places}` for a text of lines.
pub(crate) fn classify_lines(call: Call<'_>) -> Answer {
    let (plan, text) = plan_and_text(&call)?;
    let places = codec::binary(&call, &lines::classify(plan, text));
    Ok(call.encode((Width::of(plan).bits(), places)))
}

/// The lines in E.164.
pub(crate) fn normalize_lines(call: Call<'_>) -> Answer {
    let (plan, text) = plan_and_text(&call)?;
    Ok(call.make_binary(&[&lines::normalize(plan, text)]))
}

/// The numbers of a text of lines.
pub(crate) fn numbers(call: Call<'_>) -> Answer {
    let text = call.binary(0)?;
    call.spend(text.len().saturating_mul(8))?;
    Ok(codec::binaries(&call, lines::numbers(text)).as_c_arg())
}
