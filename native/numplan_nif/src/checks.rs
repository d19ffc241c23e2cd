//! What is odd about a configuration, and what changes from one to another, as maps.

use crate::atoms::make;
use crate::call::{Answer, Call, Refused};
use crate::{codec, configuration};
use numplan::check::{self, Cut, Finding, Related, Report, Witness};
use numplan::config::document::Document;
use numplan::plan::rule::Judge;
use rustler::{Encoder, Term};

/// `{ok, Report}` for a document and what `re:compile/1` refuses of it; `{error, Problems}` where there is nothing to read in it.
///
/// In the report the caller has still to answer for the numbers that a rule which only `re` runs may take: see [`witness`] and
/// [`related`].
pub(crate) fn check(call: Call<'_>) -> Answer {
    let json = match configuration::json(&call, 0)? {
        Ok(json) => json,
        Err(answer) => return Ok(answer),
    };
    let refused = configuration::refusals(call.term(1)?)?;
    let (document, problems) = Document::survey(&json);
    let Some(document) = document else {
        return Ok(configuration::error(&call, &problems));
    };
    let report = check::check(&document, &problems, Judge::Re(&refused), &check::Options::default());
    let ok = call.wrap(call.atoms().ok);
    Ok(call.encode((ok, whole(&call, &report)?)))
}

fn whole<'a>(call: &Call<'a>, report: &Report) -> Result<Term<'a>, Refused> {
    let findings: Result<Vec<Term<'a>>, Refused> = report
        .findings
        .iter()
        .map(|finding| self::finding(call, finding))
        .collect();
    let unread: Vec<Term<'a>> = report.unread.iter().map(|path| text(call, &path.to_string())).collect();
    let cut: Result<Vec<Term<'a>>, Refused> = report.cut.iter().map(|cut| self::cut(call, *cut)).collect();
    codec::record(
        call,
        &[
            ("findings", findings?.encode(call.env)),
            ("more_overlaps", report.more_overlaps.encode(call.env)),
            ("unread", unread.encode(call.env)),
            ("cut", cut?.encode(call.env)),
        ],
    )
}

fn finding<'a>(call: &Call<'a>, finding: &Finding) -> Result<Term<'a>, Refused> {
    let related: Result<Vec<Term<'a>>, Refused> = finding
        .related
        .iter()
        .map(|related| self::related(call, related))
        .collect();
    let fix = finding.fix.as_ref();
    codec::record(
        call,
        &[
            ("kind", atom(call, finding.kind.name())),
            ("severity", atom(call, finding.severity.name())),
            ("path", text(call, &finding.path.to_string())),
            ("sentence", text(call, &finding.sentence)),
            ("witness", witness(call, finding.witness.as_ref())?),
            ("related", related?.encode(call.env)),
            (
                "fix",
                fix.map_or_else(|| codec::undefined(call.env), |fix| text(call, fix)),
            ),
        ],
    )
}

/// Another rule. `holds_if` is the place of the class, counted from one, and the number in E.164 that the whole plan must give the witness,
/// or it shows nothing; `undefined` where it shows what it shall for certain.
fn related<'a>(call: &Call<'a>, related: &Related) -> Result<Term<'a>, Refused> {
    codec::record(
        call,
        &[
            ("path", text(call, &related.path.to_string())),
            ("witness", witness(call, related.witness.as_ref())?),
            (
                "holds_if",
                related.witness.as_ref().zip(related.holds_if).map_or_else(
                    || codec::undefined(call.env),
                    |(witness, class)| (class + 1, codec::binary(call, &witness.e164)).encode(call.env),
                ),
            ),
        ],
    )
}

/// A number that shows something. `e164` is `undefined` where the caller has to ask the whole plan, with its rules that only `re` runs.
pub(crate) fn witness<'a>(call: &Call<'a>, witness: Option<&Witness>) -> Result<Term<'a>, Refused> {
    let Some(witness) = witness else {
        return Ok(codec::undefined(call.env));
    };
    let answer = Some(witness).filter(|witness| !witness.needs_re);
    let or_undefined =
        |text: Option<&Vec<u8>>| text.map_or_else(|| codec::undefined(call.env), |text| codec::binary(call, text));
    codec::record(
        call,
        &[
            ("number", codec::binary(call, &witness.number)),
            ("e164", or_undefined(answer.map(|answer| &answer.e164))),
            ("class", or_undefined(answer.and_then(|answer| answer.class.as_ref()))),
        ],
    )
}

fn cut<'a>(call: &Call<'a>, cut: Cut) -> Result<Term<'a>, Refused> {
    codec::record(
        call,
        &[
            ("proof", text(call, cut.proof)),
            ("bound", atom(call, cut.bound.name())),
            ("reason", text(call, &cut.bound.to_string())),
        ],
    )
}

pub(crate) fn atom<'a>(call: &Call<'a>, name: &str) -> Term<'a> {
    call.wrap(make(call.env, name))
}

pub(crate) fn text<'a>(call: &Call<'a>, text: &str) -> Term<'a> {
    codec::binary(call, text.as_bytes())
}
