//! Annotates pieces of files of numbers, on dirty schedulers.

use crate::call::Call;
use crate::codec;
use crate::refused::{Answer, Refused};
use numplan::bulk::appended::{self, Fields, Value};
use numplan::bulk::csv::{self, BadQuote};
use numplan::bulk::table::{self, Annotated, Layout};
use numplan::config::encoding;
use numplan::plan::clean::clean;
use rustler::sys::ErlNifTerm;
use rustler::{Encoder, Term};
use std::borrow::Cow;

/// The layout in an argument: `plain`, `{csv, Column, Separator}`, `{tsv, Column}` or `{json_lines,
/// Key}`; columns count from zero, the separator is a byte.
fn layout(call: &Call<'_>, at: usize) -> Result<Layout, Refused> {
    let term = call.term(at)?;
    if term.is_atom() {
        return match term.atom_to_string().as_deref() {
            Ok("plain") => Ok(Layout::Plain),
            _ => Err(Refused::BadArgument),
        };
    }
    let elements = call.tuple(at)?.iter().map(|element| call.wrap(*element));
    let [kind, place, separator @ ..] = &elements.collect::<Vec<_>>()[..] else {
        return Err(Refused::BadArgument);
    };
    let column = || place.decode::<usize>().map_err(|_| Refused::BadArgument);
    match (kind.atom_to_string().as_deref(), separator) {
        (Ok("csv"), [separator]) => Ok(Layout::Csv {
            column: column()?,
            separator: separator.decode().map_err(|_| Refused::BadArgument)?,
        }),
        (Ok("tsv"), []) => Ok(Layout::Tsv(column()?)),
        (Ok("json_lines"), []) => codec::bytes(*place).map(Layout::JsonLines).ok_or(Refused::BadArgument),
        _ => Err(Refused::BadArgument),
    }
}

fn bad_quote(call: &Call<'_>, bad: BadQuote) -> ErlNifTerm {
    call.encode((call.wrap(call.atoms().error), codec::atom(call, bad.name()), bad.at()))
}

/// `{ok, Length}` of a text's byte-order mark; or `{error, Encoding}` where it is not UTF-8.
pub(crate) fn encoding(call: Call<'_>) -> Answer {
    let text = call.binary(0)?;
    Ok(match encoding::utf8(text) {
        Ok(unmarked) => call.encode((call.wrap(call.atoms().ok), text.len() - unmarked.len())),
        Err(unsupported) => {
            let name = codec::binary(&call, unsupported.name().as_bytes());
            call.encode((call.wrap(call.atoms().error), name))
        }
    })
}

/// The separator of CSV text, or `none` where its first rows do not decide it.
pub(crate) fn separator(call: Call<'_>) -> Answer {
    Ok(match csv::separator(call.binary(0)?) {
        Some(separator) => call.encode(separator),
        None => call.atoms().none,
    })
}

/// Why a cell is rejected as a number, or `none`.
pub(crate) fn reject(call: Call<'_>) -> Answer {
    Ok(match table::reject(call.binary(0)?) {
        Some(reason) => codec::atom(&call, reason.name()).as_c_arg(),
        None => call.atoms().none,
    })
}

/// The bytes of the whole rows in the text; `{error, Reason, At}` for a wrong quote at that offset.
pub(crate) fn whole_rows(call: Call<'_>) -> Answer {
    let is_last: bool = call.term(2)?.decode().map_err(|_| Refused::BadArgument)?;
    let whole = table::whole_rows(&layout(&call, 0)?, call.binary(1)?, is_last);
    Ok(whole.map_or_else(|bad| bad_quote(&call, bad), |whole| call.encode(whole)))
}

/// `{Columns, Bytes}` of the first row; `none` where it is not whole; `{error, Reason, At}` for a
/// wrong quote at that offset.
pub(crate) fn header(call: Call<'_>) -> Answer {
    Ok(match table::header(&layout(&call, 0)?, call.binary(1)?) {
        Err(bad) => bad_quote(&call, bad),
        Ok(None) => call.atoms().none,
        Ok(Some((columns, end))) => call.encode((codec::binaries(&call, &columns), end)),
    })
}

/// `{Text, Rows, Rejects}` for a text of whole rows, by a plan without rules for `re`. The last
/// argument says whether numbers are cleaned first.
pub(crate) fn annotate(call: Call<'_>) -> Answer {
    let (plan, layout, text) = (call.plan(0)?, layout(&call, 1)?, call.binary(2)?);
    let cleans: bool = call.term(3)?.decode().map_err(|_| Refused::BadArgument)?;
    let annotated = table::annotate(
        &layout,
        text,
        table::adds_clean(plan),
        |number, answer: &mut appended::Answer<'_>| {
            let number = if cleans { clean(number) } else { Cow::Borrowed(number) };
            plan.normalize_into(&number, &mut answer.e164);
            let class = plan.classify(&number).and_then(|class| plan.classes().get(class));
            answer.class = class.map(|class| class.name());
        },
    );
    Ok(encoded(&call, &annotated))
}

/// The numbers of a text of whole rows; rows without a number are skipped.
pub(crate) fn numbers(call: Call<'_>) -> Answer {
    let mut numbers = Vec::new();
    table::annotate(
        &layout(&call, 0)?,
        call.binary(1)?,
        true,
        |number, _: &mut appended::Answer<'_>| numbers.push(codec::binary(&call, number)),
    );
    Ok(call.encode(numbers))
}

/// As [`annotate`], with the fields of each number in the result of [`numbers`]: lists of `{Name,
/// Value}`, where a value is a binary, a list of binaries, a boolean or `undefined`.
pub(crate) fn annotate_with(call: Call<'_>) -> Answer {
    let (layout, text, mut left) = (layout(&call, 0)?, call.binary(1)?, call.argument(2)?);
    let mut refused = false;
    let annotated = table::annotate(&layout, text, false, |_, fields: &mut Fields<'_>| {
        let known = call.list_cell(left).and_then(|(first, rest)| {
            left = rest;
            set_fields(&call, first, &mut fields.0).ok()
        });
        refused |= known.is_none();
    });
    if refused {
        return Err(Refused::BadArgument);
    }
    Ok(encoded(&call, &annotated))
}

fn set_fields<'a>(
    call: &Call<'a>,
    mut left: ErlNifTerm,
    fields: &mut Vec<(&'a [u8], Value<'a>)>,
) -> Result<(), Refused> {
    while let Some((first, rest)) = call.list_cell(left) {
        let &[name, value] = call.elements(first)? else {
            return Err(Refused::BadArgument);
        };
        fields.push((call.bytes(name)?, field_value(call, value)?));
        left = rest;
    }
    if call.wrap(left).is_empty_list() {
        Ok(())
    } else {
        Err(Refused::BadArgument)
    }
}

fn field_value<'a>(call: &Call<'a>, term: ErlNifTerm) -> Result<Value<'a>, Refused> {
    let atoms = call.atoms();
    if term == atoms.undefined {
        Ok(Value::Unknown)
    } else if term == atoms.yes || term == atoms.no {
        Ok(Value::Boolean(term == atoms.yes))
    } else if call.wrap(term).is_list() {
        let texts: Vec<Term<'a>> = call.wrap(term).decode().map_err(|_| Refused::BadArgument)?;
        let texts: Result<Vec<&[u8]>, Refused> = texts.iter().map(|text| call.bytes(text.as_c_arg())).collect();
        Ok(Value::List(texts?))
    } else {
        Ok(Value::Text(call.bytes(term)?))
    }
}

fn encoded(call: &Call<'_>, annotated: &Annotated) -> ErlNifTerm {
    let rejects: Vec<Term<'_>> = annotated
        .rejects
        .iter()
        .map(|(before, row, reason)| {
            let reason = codec::atom(call, reason.name());
            (*before, codec::binary(call, row), reason).encode(call.env)
        })
        .collect();
    call.encode((codec::binary(call, &annotated.text), annotated.rows, rejects))
}
