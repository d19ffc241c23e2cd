//! The report on a configuration, as a map.

use crate::call::Call;
use crate::codec::{self, atom, text};
use crate::configuration;
use crate::library;
use crate::refused::{Answer, Refused};
use numplan::check::{self, Cut, Finding, Related, Report, Witness};
use numplan::config::problem::Path;
use numplan::plan::rule::Judge;
use rustler::{Encoder, Term};

/// `{ok, Report}` for a document, the regexes in it that `re:compile/1` refuses, and the release of
/// OTP that may follow, or `none`; `{error, Problems}` where nothing in it can be read.
///
/// The caller must complete witnesses that `re` may decide: see [`witness`] and [`related`].
pub(crate) fn check(call: Call<'_>) -> Answer {
    let (document, problems) = configuration::survey(&call)?;
    let refused = configuration::refusals(call.term(1)?)?;
    let options = check::Options {
        otp: configuration::release(&call, 2)?.map(|(release, _)| release),
        ..check::Options::default()
    };
    let judge = Judge::Re(library::dialect(), &refused);
    let report = check::check(&document, &problems, judge, &options);
    Ok(codec::ok(&call, whole(&call, &report)?))
}

fn whole<'a>(call: &Call<'a>, report: &Report) -> Result<Term<'a>, Refused> {
    let unread = report.unread.iter().map(Path::to_string);
    let members = [
        (
            "findings",
            codec::list(call, &report.findings, |one| finding(call, one))?,
        ),
        ("more_overlaps", report.more_overlaps.encode(call.env)),
        ("unread", codec::binaries(call, unread)),
        ("cut", codec::list(call, &report.cut, |cut| self::cut(call, *cut))?),
    ];
    codec::record(call, &members)
}

fn finding<'a>(call: &Call<'a>, finding: &Finding) -> Result<Term<'a>, Refused> {
    let members = [
        ("kind", atom(call, finding.kind.name())),
        ("severity", atom(call, finding.severity.name())),
        ("path", text(call, &finding.path.to_string())),
        ("sentence", text(call, &finding.sentence)),
        ("witness", witness(call, finding.witness.as_ref())?),
        (
            "related",
            codec::list(call, &finding.related, |one| related(call, one))?,
        ),
        (
            "fix",
            codec::or_undefined(call, finding.fix.as_ref(), |fix| Ok(text(call, fix)))?,
        ),
    ];
    codec::record(call, &members)
}

/// Another rule that a finding involves. `holds_if` is the answer of the whole plan, a position of
/// a class counted from 1 and an E.164 number, without which its witness proves nothing;
/// `undefined` where the witness is certain.
fn related<'a>(call: &Call<'a>, related: &Related) -> Result<Term<'a>, Refused> {
    let members = [
        ("path", text(call, &related.path.to_string())),
        ("witness", witness(call, related.witness.as_ref())?),
        (
            "holds_if",
            related.witness.as_ref().zip(related.holds_if).map_or_else(
                || codec::undefined(call.env),
                |(witness, class)| (class + 1, codec::binary(call, &witness.e164)).encode(call.env),
            ),
        ),
    ];
    codec::record(call, &members)
}

/// A number that proves a finding. `e164` is `undefined` where only the whole plan, with the rules
/// that `re` runs, has the answer.
pub(crate) fn witness<'a>(call: &Call<'a>, witness: Option<&Witness>) -> Result<Term<'a>, Refused> {
    let Some(witness) = witness else {
        return Ok(codec::undefined(call.env));
    };
    let answer = Some(witness).filter(|witness| !witness.needs_re);
    let or_undefined =
        |text: Option<&Vec<u8>>| text.map_or_else(|| codec::undefined(call.env), |text| codec::binary(call, text));
    let members = [
        ("number", codec::binary(call, &witness.number)),
        ("e164", or_undefined(answer.map(|answer| &answer.e164))),
        ("class", or_undefined(answer.and_then(|answer| answer.class.as_ref()))),
    ];
    codec::record(call, &members)
}

/// A proof that reached a bound of time or memory.
pub(crate) fn cut<'a>(call: &Call<'a>, cut: Cut) -> Result<Term<'a>, Refused> {
    let members = [
        ("proof", text(call, cut.proof)),
        ("bound", atom(call, cut.bound.name())),
        ("reason", text(call, &cut.bound.to_string())),
    ];
    codec::record(call, &members)
}
