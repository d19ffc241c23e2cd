//! The difference of two configurations, as a map.

use crate::call::Call;
use crate::checks::{cut, witness};
use crate::codec::{self, atom};
use crate::configuration;
use crate::library;
use crate::refused::{Answer, Refused};
use numplan::Dialect;
use numplan::check::Cut;
use numplan::config::document::Document;
use numplan::diff::{self, Change, Diff, Missing};
use numplan::plan::refusal::Refusal;
use numplan::plan::rule::Judge;
use numplan::upgrade;
use rustler::Term;
use std::collections::HashMap;

/// `{ok, Diff}` for two documents, each with the regexes in it that `re:compile/1` refuses, and the
/// release of OTP that answers for the new one, or `none` for this one; `{error, {old | new,
/// Problems}}` where one of them does not compile.
pub(crate) fn diff(call: Call<'_>) -> Answer {
    let here = library::dialect();
    let there = configuration::release(&call, 4)?.map_or(here, |(_, there)| there);
    let (old, new) = (side(&call, 0, "old", here)?, side(&call, 2, "new", there)?);
    let compared = diff::diff(
        (&old.document, Judge::Re(here, &old.refused)),
        (&new.document, Judge::Re(there, &new.refused)),
        &diff::Options::default(),
    );
    // Both have been compiled by `side`, so neither is refused here.
    let diff = compared.map_err(|_| Refused::BadArgument)?;
    Ok(codec::ok(&call, whole(&call, &diff)?))
}

struct Side {
    document: Document,
    refused: HashMap<Vec<u8>, Refusal>,
}

fn side(call: &Call<'_>, at: usize, which: &str, dialect: Dialect) -> Result<Side, Refused> {
    let json = configuration::json(call, at)?;
    let mut refused = configuration::refusals(call.term(at + 1)?)?;
    if dialect != library::dialect()
        && let (Some(document), _) = Document::survey(&json)
    {
        refused = upgrade::refusals(&document, dialect);
    }
    configuration::compiled_in(&json, Judge::Re(dialect, &refused))
        .and_then(|_| Document::read(&json))
        .map(|document| Side { document, refused })
        .map_err(|problems| {
            let problems = codec::problems(call, &problems);
            Refused::With(codec::error(call, (atom(call, which), problems)))
        })
}

fn whole<'a>(call: &Call<'a>, diff: &Diff) -> Result<Term<'a>, Refused> {
    let changes = |changes| codec::list(call, changes, |one: &Change| change(call, one));
    let one = |found| codec::or_undefined(call, found, |one: &Change| change(call, one));
    let members = [
        ("moves", changes(&diff.moves)?),
        ("rewritten", changes(&diff.rewritten)?),
        ("gained", one(diff.gained.as_ref())?),
        ("lost", one(diff.lost.as_ref())?),
        ("missing", codec::list(call, &diff.missing, |one| missing(call, one))?),
    ];
    codec::record(call, &members)
}

fn change<'a>(call: &Call<'a>, change: &Change) -> Result<Term<'a>, Refused> {
    let members = [
        ("old", witness(call, Some(&change.old))?),
        ("new", witness(call, Some(&change.new))?),
    ];
    codec::record(call, &members)
}

fn missing<'a>(call: &Call<'a>, missing: &Missing) -> Result<Term<'a>, Refused> {
    match missing {
        Missing::Cut { proof, bound } => {
            let (proof, bound) = (*proof, *bound);
            cut(call, Cut { proof, bound })
        }
        other => Ok(atom(call, other.name())),
    }
}
