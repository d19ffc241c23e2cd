//! What changes from one configuration to another, as maps.

use crate::call::{Answer, Call, Refused};
use crate::checks::{atom, text, witness};
use crate::{codec, configuration};
use numplan::config::document::Document;
use numplan::config::problem::Problem;
use numplan::diff::{self, Change, Diff, Missing};
use numplan::plan::rule::{Judge, Refusal};
use rustler::sys::ErlNifTerm;
use rustler::{Encoder, Term};
use std::collections::HashMap;

/// `{ok, Diff}` for two documents, each with what `re:compile/1` refuses of it; `{error, {old | new, Problems}}` for one that is no
/// configuration.
pub(crate) fn diff(call: Call<'_>) -> Answer {
    let old = match side(&call, 0, "old")? {
        Ok(side) => side,
        Err(answer) => return Ok(answer),
    };
    let new = match side(&call, 2, "new")? {
        Ok(side) => side,
        Err(answer) => return Ok(answer),
    };
    let compared = diff::diff(
        (&old.document, Judge::Re(&old.refused)),
        (&new.document, Judge::Re(&new.refused)),
        &diff::Options::default(),
    );
    match compared {
        Ok(diff) => {
            let ok = call.wrap(call.atoms().ok);
            Ok(call.encode((ok, whole(&call, &diff)?)))
        }
        // Both have compiled when they were read.
        Err(_) => Err(Refused::BadArgument),
    }
}

struct Side {
    document: Document,
    refused: HashMap<Vec<u8>, Refusal>,
}

fn side(call: &Call<'_>, at: usize, which: &str) -> Result<Result<Side, ErlNifTerm>, Refused> {
    let json = match configuration::json(call, at)? {
        Ok(json) => json,
        Err(answer) => return Ok(Err(answer)),
    };
    let refused = configuration::refusals(call.term(at + 1)?)?;
    if let Err(problems) = configuration::compiled(&json, &refused) {
        return Ok(Err(error(call, which, &problems)));
    }
    Ok(match Document::read(&json) {
        Ok(document) => Ok(Side { document, refused }),
        Err(problems) => Err(error(call, which, &problems)),
    })
}

fn error(call: &Call<'_>, which: &str, problems: &[Problem]) -> ErlNifTerm {
    let problems: Vec<Term<'_>> = problems.iter().map(|problem| codec::problem(call, problem)).collect();
    call.encode((call.wrap(call.atoms().error), (atom(call, which), problems)))
}

fn whole<'a>(call: &Call<'a>, diff: &Diff) -> Result<Term<'a>, Refused> {
    let changes = |changes: &[Change]| -> Result<Vec<Term<'a>>, Refused> {
        changes.iter().map(|one| change(call, one)).collect()
    };
    let missing: Result<Vec<Term<'a>>, Refused> = diff.missing.iter().map(|one| self::missing(call, one)).collect();
    codec::record(
        call,
        &[
            ("moves", changes(&diff.moves)?.encode(call.env)),
            ("rewritten", changes(&diff.rewritten)?.encode(call.env)),
            ("gained", or_undefined(call, diff.gained.as_ref())?),
            ("lost", or_undefined(call, diff.lost.as_ref())?),
            ("missing", missing?.encode(call.env)),
        ],
    )
}

fn change<'a>(call: &Call<'a>, change: &Change) -> Result<Term<'a>, Refused> {
    codec::record(
        call,
        &[
            ("old", witness(call, Some(&change.old))?),
            ("new", witness(call, Some(&change.new))?),
        ],
    )
}

fn or_undefined<'a>(call: &Call<'a>, one: Option<&Change>) -> Result<Term<'a>, Refused> {
    one.map_or_else(|| Ok(codec::undefined(call.env)), |one| change(call, one))
}

fn missing<'a>(call: &Call<'a>, missing: &Missing) -> Result<Term<'a>, Refused> {
    match missing {
        Missing::Cut { proof, bound } => codec::record(
            call,
            &[
                ("proof", text(call, proof)),
                ("bound", atom(call, bound.name())),
                ("reason", text(call, &bound.to_string())),
            ],
        ),
        Missing::Unread => Ok(atom(call, "unread")),
        // A further reason, should there ever be one, is that something could not be compared.
        _ => Ok(atom(call, "too_far_apart")),
    }
}
