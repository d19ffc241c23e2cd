//! Native functions on one number, in the path of telephone calls: each makes at most one term.

use crate::batches;
use crate::call::Call;
use crate::counts::{self, Count};
use crate::refused::{Answer, Refused};
use crate::{codec, plans};
use numplan::bulk::lines;
use numplan::plan::clean;
use numplan::plan::nanp;
use numplan::plan::pretty;
use numplan::plan::rewrites::Rewritten;
use numplan::plan::{Dialled, Plan};
use rustler::Encoder;
use rustler::sys::ErlNifTerm;
use std::borrow::Cow;

/// The plan and the number, counted as `what`; refused where the number is too long for this
/// scheduler.
#[inline]
fn counted<'a>(call: &Call<'a>, what: Count) -> Result<(&'a Plan, &'a [u8]), Refused> {
    let known = plan_and_number(call)?;
    counts::count(what);
    Ok(known)
}

/// The plan and the number; refused where the number is too long for this scheduler.
#[inline]
fn plan_and_number<'a>(call: &Call<'a>) -> Result<(&'a Plan, &'a [u8]), Refused> {
    let plan = call.plan(0)?;
    let number = call.binary(1)?;
    call.spend(number.len().saturating_mul(plan.cost()))?;
    Ok((plan, number))
}

/// The position of a class that was looked for, counted from 1, or `undefined`.
#[inline]
fn place(call: &Call<'_>, class: Option<usize>) -> ErlNifTerm {
    match class {
        Some(class) => {
            counts::count(Count::Classified);
            call.encode(class + 1)
        }
        None => call.atoms().undefined,
    }
}

fn class(call: &Call<'_>, at: usize) -> Result<Option<usize>, Refused> {
    let term = call.term(at)?;
    if call.is_atom(term, call.atoms().undefined)? {
        return Ok(None);
    }
    let place: usize = term.decode().map_err(|_| Refused::BadArgument)?;
    place.checked_sub(1).map(Some).ok_or(Refused::BadArgument)
}

pub(crate) fn normalize(call: Call<'_>) -> Answer {
    let (plan, number) = counted(&call, Count::Normalize)?;
    Ok(batches::normalized(&call, plan, number, call.argument(1)?))
}

/// The active plan and the number; `None` where there is no active plan or the number is too long
/// for a normal scheduler. The caller then passes a plan of its own. Counted as `what`.
#[inline]
fn active_and_number<'a>(call: &Call<'a>, what: Count) -> Result<Option<(&'a Plan, &'a [u8])>, Refused> {
    let number = call.binary(0)?;
    let plan = plans::active(call.env);
    Ok(plan
        .filter(|plan| call.affords(number.len().saturating_mul(plan.cost())))
        .inspect(|_| counts::count(what))
        .map(|plan| (plan, number)))
}

/// The number by the active plan, in E.164 where that knows it; `None` where there is no active
/// plan for it, or it is too long for a normal scheduler. The caller then normalises it.
#[inline]
pub(crate) fn normalized<'a>(call: &Call<'a>) -> Result<Option<Cow<'a, [u8]>>, Refused> {
    let number = call.binary(0)?;
    if number.first() == Some(&b'+') {
        return Ok(Some(Cow::Borrowed(number)));
    }
    let plan = plans::active(call.env);
    Ok(plan
        .filter(|plan| call.affords(number.len().saturating_mul(plan.cost())))
        .map(|plan| plan.normalize(number)))
}

#[inline]
pub(crate) fn normalize_active(call: Call<'_>) -> Answer {
    match active_and_number(&call, Count::Normalize)? {
        None => Ok(call.atoms().inactive),
        Some((plan, number)) => Ok(batches::normalized(&call, plan, number, call.argument(0)?)),
    }
}

pub(crate) fn classify_active(call: Call<'_>) -> Answer {
    let Some((plan, number)) = active_and_number(&call, Count::Classify)? else {
        return Ok(call.atoms().inactive);
    };
    match plan.classify(number).and_then(|class| plan.classes().get(class)) {
        None => Ok(call.atoms().undefined),
        Some(class) => {
            counts::count(Count::Classified);
            Ok(call.make_binary(&[class.name()]))
        }
    }
}

pub(crate) fn classify(call: Call<'_>) -> Answer {
    let (plan, number) = counted(&call, Count::Classify)?;
    Ok(place(&call, plan.classify(number)))
}

pub(crate) fn classify_e164(call: Call<'_>) -> Answer {
    let (plan, e164) = counted(&call, Count::Classify)?;
    Ok(place(&call, plan.classify_e164(e164)))
}

pub(crate) fn is_reconcilable(call: Call<'_>) -> Answer {
    let (plan, number) = counted(&call, Count::IsReconcilable)?;
    Ok(call.boolean(plan.is_reconcilable(number)))
}

pub(crate) fn is_reconcilable_e164(call: Call<'_>) -> Answer {
    let (plan, e164) = counted(&call, Count::IsReconcilable)?;
    Ok(call.boolean(plan.is_reconcilable_e164(e164)))
}

pub(crate) fn classification(call: Call<'_>) -> Answer {
    let (plan, number) = counted(&call, Count::Classification)?;
    let (e164, class) = (call.binary(2)?, class(&call, 3)?);
    let json = plan.classification(number, e164, class);
    codec::ordered(&call, &json)
        .map(|term| term.as_c_arg())
        .ok_or(Refused::BadArgument)
}

pub(crate) fn pretty_print(call: Call<'_>) -> Answer {
    let (plan, number) = counted(&call, Count::PrettyPrint)?;
    Ok(call.make_binary(&[&plan.pretty_print(number)]))
}

pub(crate) fn pretty_print_as(call: Call<'_>) -> Answer {
    let (plan, number) = counted(&call, Count::PrettyPrint)?;
    let (e164, class) = (call.binary(2)?, class(&call, 3)?);
    Ok(call.make_binary(&[&plan.pretty_print_as(number, e164, class)]))
}

pub(crate) fn format(call: Call<'_>) -> Answer {
    let (mask, number) = (call.binary(0)?, call.binary(1)?);
    call.spend(mask.len().saturating_add(number.len()))?;
    Ok(call.make_binary(&[&pretty::print(mask, number)]))
}

fn rewritten(call: &Call<'_>, rewritten: Option<Rewritten<'_>>) -> ErlNifTerm {
    match rewritten {
        None => call.atoms().nomatch,
        Some(rewritten) => {
            let number = call.wrap(call.make_binary(&rewritten.pieces()));
            call.encode((rewritten.rule + 1, number))
        }
    }
}

pub(crate) fn convert(call: Call<'_>) -> Answer {
    let (plan, number) = counted(&call, Count::Normalize)?;
    Ok(rewritten(&call, plan.converters().apply(number)))
}

pub(crate) fn dial(call: Call<'_>) -> Answer {
    let (plan, number) = plan_and_number(&call)?;
    Ok(rewritten(
        &call,
        plan.dial_plan()
            .and_then(|dial_plan| dial_plan.first_match().apply(number)),
    ))
}

pub(crate) fn apply_dial_plan(call: Call<'_>) -> Answer {
    let (plan, number) = plan_and_number(&call)?;
    match plan.dial_plan() {
        None => call.argument(1),
        Some(dial_plan) => Ok(dialled(&call, dial_plan.apply_full(number))),
    }
}

pub(crate) fn resume_dial_plan(call: Call<'_>) -> Answer {
    let (plan, number) = plan_and_number(&call)?;
    let step: usize = call.term(2)?.decode().map_err(|_| Refused::BadArgument)?;
    let root = if call.is_atom(call.term(3)?, call.atoms().nomatch)? {
        None
    } else {
        Some(call.binary(3)?)
    };
    match plan.dial_plan() {
        None => call.argument(1),
        Some(dial_plan) => Ok(dialled(&call, dial_plan.resume(step, number.to_vec(), root))),
    }
}

fn dialled(call: &Call<'_>, dialled: Dialled<'_>) -> ErlNifTerm {
    match dialled {
        Dialled::Done(number) => call.make_binary(&[&number]),
        Dialled::Re { step, regex, number } => {
            let re = call.wrap(call.atoms().re);
            call.encode((re, step, codec::binary(call, regex), codec::binary(call, &number)).encode(call.env))
        }
    }
}

pub(crate) fn to_npan(call: Call<'_>) -> Answer {
    let number = call.binary(0)?;
    match nanp::to_npan(number) {
        npan if npan.len() == number.len() => call.argument(0),
        npan => Ok(call.make_binary(&[npan])),
    }
}

pub(crate) fn to_1npan(call: Call<'_>) -> Answer {
    let number = call.binary(0)?;
    call.spend(number.len())?;
    Ok(call.make_binary(&[&nanp::to_1npan(number)]))
}

pub(crate) fn to_db(call: Call<'_>) -> Answer {
    Ok(match nanp::to_db(call.binary(0)?) {
        Some(name) => call.make_binary(&[name.as_bytes()]),
        None => call.atoms().undefined,
    })
}

/// The work to clean a byte, in the unit of [`Call::spend`].
const CLEANED_BYTE: usize = 8;

/// The cleaned number: the same term where nothing changes.
pub(crate) fn clean(call: Call<'_>) -> Answer {
    let number = call.binary(0)?;
    call.spend(number.len().saturating_mul(CLEANED_BYTE))?;
    match clean::clean(number) {
        Cow::Borrowed(_) => call.argument(0),
        Cow::Owned(cleaned) => Ok(call.make_binary(&[&cleaned])),
    }
}

/// The cleaned numbers of a text, one in each line.
pub(crate) fn clean_lines(call: Call<'_>) -> Answer {
    let text = call.binary(0)?;
    call.spend(text.len().saturating_mul(CLEANED_BYTE))?;
    Ok(call.make_binary(&[&lines::clean(text)]))
}
