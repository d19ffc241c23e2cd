//! Pieces of files of numbers. All of this runs on dirty schedulers.

use crate::call::{Answer, Call, Refused};
use crate::codec;
use numplan::clean::clean;
use numplan::table::{self, Annotated, Layout};
use rustler::{Encoder, Term};
use std::borrow::Cow;

/// `plain`, `{csv, Column}`, `{tsv, Column}` or `{json_lines, Key}`; columns count from zero.
fn layout(call: &Call<'_>, at: usize) -> Result<Layout, Refused> {
    let term = call.term(at)?;
    if term.is_atom() {
        return match term.atom_to_string().as_deref() {
            Ok("plain") => Ok(Layout::Plain),
            _ => Err(Refused::BadArgument),
        };
    }
    let (kind, where_): (Term<'_>, Term<'_>) = term.decode().map_err(|_| Refused::BadArgument)?;
    let kind = kind.atom_to_string().map_err(|_| Refused::BadArgument)?;
    let column = || where_.decode::<usize>().map_err(|_| Refused::BadArgument);
    match kind.as_str() {
        "csv" => Ok(Layout::Csv(column()?)),
        "tsv" => Ok(Layout::Tsv(column()?)),
        "json_lines" => codec::bytes(where_).map(Layout::JsonLines).ok_or(Refused::BadArgument),
        _ => Err(Refused::BadArgument),
    }
}

/// How many bytes of the text are whole rows.
pub(crate) fn whole_rows(call: Call<'_>) -> Answer {
    Ok(call.encode(table::whole_rows(&layout(&call, 0)?, call.binary(1)?)))
}

/// `{Columns, Bytes}` for the first row, or `none`.
pub(crate) fn header(call: Call<'_>) -> Answer {
    Ok(match table::header(&layout(&call, 0)?, call.binary(1)?) {
        None => call.atoms().none,
        Some((columns, end)) => {
            let columns: Vec<Term<'_>> = columns.iter().map(|column| codec::binary(&call, column)).collect();
            call.encode((columns, end))
        }
    })
}

/// `{Text, Rows, Rejects}` for a text of whole rows, by a plan that runs natively; and whether numbers are cleaned first.
pub(crate) fn annotate(call: Call<'_>) -> Answer {
    let (plan, layout, text) = (call.plan(0)?, layout(&call, 1)?, call.binary(2)?);
    let cleans: bool = call.term(3)?.decode().map_err(|_| Refused::BadArgument)?;
    let annotated = table::annotate(&layout, text, |number, answer| {
        let number = if cleans { clean(number) } else { Cow::Borrowed(number) };
        answer.e164.clear();
        plan.normalize_into(&number, &mut answer.e164);
        let class = plan.classify(&number).and_then(|class| plan.classes().get(class));
        answer.class = class.map(|class| class.name());
    });
    Ok(encoded(&call, &annotated))
}

/// The numbers of a text of whole rows; a row without one has none here.
pub(crate) fn numbers(call: Call<'_>) -> Answer {
    let mut numbers = Vec::new();
    table::annotate(&layout(&call, 0)?, call.binary(1)?, |number, _| {
        numbers.push(codec::binary(&call, number))
    });
    Ok(call.encode(numbers))
}

/// As [`annotate`], with the answers `[{E164, Class | undefined}]` to what [`numbers`] gave.
pub(crate) fn annotate_with(call: Call<'_>) -> Answer {
    let (layout, text, mut answers) = (layout(&call, 0)?, call.binary(1)?, call.argument(2)?);
    let mut missing = false;
    let annotated = table::annotate(&layout, text, |_, answer| {
        let known = call.list_cell(answers).and_then(|(first, rest)| {
            answers = rest;
            let (e164, class): (Term<'_>, Term<'_>) = call.wrap(first).decode().ok()?;
            let class = if class.is_atom() {
                None
            } else {
                Some(call.bytes(class.as_c_arg()).ok()?)
            };
            Some((call.bytes(e164.as_c_arg()).ok()?, class))
        });
        missing |= known.is_none();
        let (e164, class) = known.unwrap_or_default();
        answer.e164 = e164.to_vec();
        answer.class = class;
    });
    if missing {
        return Err(Refused::BadArgument);
    }
    Ok(encoded(&call, &annotated))
}

fn encoded(call: &Call<'_>, annotated: &Annotated) -> rustler::sys::ErlNifTerm {
    let rejects: Vec<Term<'_>> = annotated
        .rejects
        .iter()
        .map(|(before, row, reason)| {
            let reason = call.wrap(crate::atoms::make(call.env, reason.name()));
            (*before, codec::binary(call, row), reason).encode(call.env)
        })
        .collect();
    call.encode((codec::binary(call, &annotated.text), annotated.rows, rejects))
}
