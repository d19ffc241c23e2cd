//! The whole decision on one number, as a map.

use crate::call::Call;
use crate::library;
use crate::refused::{Answer, Refused};
use crate::{codec, configuration};
use numplan::config::document::Document;
use numplan::explain::{
    self, Answers, Change, Classified, Explained, Explanation, Found, Layout, Mask, Rewriting, Step, Tried,
};
use numplan::plan::pretty::Does;
use numplan::plan::rule::{Judge, Runs};
use rustler::{Encoder, Term};
use std::collections::HashMap;

/// The explanation of a number by a document; or `{re, Subject, Regexes}`, which the caller must
/// run in `re` before it calls again with the results, `[{Regex, Subject, nomatch | [{Start,
/// Length}]}]`; or `{error, Problems}` for a document that does not compile.
///
/// It works on the document and not on its plan, so plans of all builds can be explained.
pub(crate) fn explain(call: Call<'_>) -> Answer {
    let json = configuration::json(&call, 0)?;
    let number = call.binary(1)?;
    let answers = answers(&call, call.term(2)?)?;
    let explained = Document::read(&json)
        .and_then(|document| {
            explain::explain(
                &document,
                Judge::Re(library::dialect(), &HashMap::new()),
                number,
                &answers,
            )
        })
        .map_err(|problems| configuration::invalid(&call, &problems))?;
    match explained {
        Explained::Done(explanation) => Ok(whole(&call, &explanation)?.as_c_arg()),
        Explained::Asks(questions) => {
            let regexes = codec::binaries(&call, &questions.regexes);
            let subject = codec::binary(&call, &questions.subject);
            Ok(call.encode((call.wrap(call.atoms().re), subject, regexes)))
        }
    }
}

fn answers<'a>(call: &Call<'a>, mut list: Term<'a>) -> Result<Answers<'a>, Refused> {
    let mut answers = Answers::default();
    while let Ok((answer, rest)) = list.list_get_cell() {
        let (regex, subject, spans): (Term<'_>, Term<'_>, Term<'_>) =
            answer.decode().map_err(|_| Refused::BadArgument)?;
        let found = if call.is_atom(spans, call.atoms().nomatch)? {
            None
        } else {
            Some(found(spans)?)
        };
        answers.add(call.bytes(regex.as_c_arg())?, call.bytes(subject.as_c_arg())?, found);
        list = rest;
    }
    if list.is_empty_list() {
        Ok(answers)
    } else {
        Err(Refused::BadArgument)
    }
}

/// The last of the spans. For a group that took no part, `re` has the start -1; for a match that
/// ends before it starts, a negative length.
fn found(spans: Term<'_>) -> Result<Found, Refused> {
    let spans: Vec<(isize, isize)> = spans.decode().map_err(|_| Refused::BadArgument)?;
    let (start, length) = spans.last().ok_or(Refused::BadArgument)?;
    let (start, length) = match (usize::try_from(*start), usize::try_from(*length)) {
        (Ok(start), Ok(length)) => (start, length),
        _ => (0, 0),
    };
    Ok(Found {
        group: spans.len() - 1,
        start,
        length,
    })
}

fn whole<'a>(call: &Call<'a>, explanation: &Explanation) -> Result<Term<'a>, Refused> {
    let classifiers = codec::list(call, &explanation.classifiers, |class| classified(call, class))?;
    let class = explanation.class.and_then(|class| explanation.classifiers.get(class));
    let members = [
        ("number", codec::binary(call, &explanation.number)),
        ("plus", call.wrap(call.boolean(explanation.plus))),
        ("dial_plan", rewriting(call, explanation.dial_plan.as_ref())?),
        ("converters", rewriting(call, explanation.converters.as_ref())?),
        ("e164", codec::binary(call, &explanation.e164)),
        ("classifiers", classifiers),
        (
            "class",
            codec::or_undefined(call, class, |class| Ok(codec::binary(call, &class.name)))?,
        ),
        ("reconcilable", call.wrap(call.boolean(explanation.reconcile.matches))),
        ("reconcile", tried(call, &explanation.reconcile)?),
        ("layout", layout(call, &explanation.layout)?),
        ("pretty_print", codec::binary(call, &explanation.layout.printed)),
        (
            "hint",
            codec::or_undefined(call, explanation.unclean.as_ref(), |unclean| {
                Ok(codec::binary(call, unclean.hint().as_bytes()))
            })?,
        ),
        ("text", codec::binary(call, explanation.text().as_bytes())),
    ];
    codec::record(call, &members)
}

fn classified<'a>(call: &Call<'a>, classified: &Classified) -> Result<Term<'a>, Refused> {
    let mut members = vec![("name", codec::binary(call, &classified.name))];
    members.extend(rule(call, &classified.rule));
    members.extend(codec::set(call, classified.rule.set.as_ref())?);
    codec::record(call, &members)
}

fn tried<'a>(call: &Call<'a>, tried: &Tried) -> Result<Term<'a>, Refused> {
    codec::record(call, &rule(call, tried))
}

fn rule<'a>(call: &Call<'a>, tried: &Tried) -> [(&'static str, Term<'a>); 4] {
    let runs = match tried.runs {
        Runs::Native => call.atoms().native,
        Runs::Re(_) => call.atoms().re,
    };
    [
        ("path", codec::binary(call, tried.path.to_string().as_bytes())),
        ("regex", codec::binary(call, &tried.regex)),
        ("runs", call.wrap(runs)),
        ("matches", call.wrap(call.boolean(tried.matches))),
    ]
}

fn rewriting<'a>(call: &Call<'a>, rewriting: Option<&Rewriting>) -> Result<Term<'a>, Refused> {
    codec::or_undefined(call, rewriting, |rewriting| {
        let members = [
            ("number", codec::binary(call, &rewriting.number)),
            ("tried", codec::list(call, &rewriting.tried, |rule| tried(call, rule))?),
            (
                "change",
                codec::or_undefined(call, rewriting.change.as_ref(), |made| change(call, made))?,
            ),
            ("result", codec::binary(call, &rewriting.result)),
        ];
        codec::record(call, &members)
    })
}

fn change<'a>(call: &Call<'a>, change: &Change) -> Result<Term<'a>, Refused> {
    let members = [
        ("group", change.group.encode(call.env)),
        ("start", change.start.encode(call.env)),
        ("root", codec::binary(call, &change.root)),
        ("prefix", codec::binary(call, &change.prefix)),
        ("suffix", codec::binary(call, &change.suffix)),
    ];
    codec::record(call, &members)
}

fn layout<'a>(call: &Call<'a>, layout: &Layout) -> Result<Term<'a>, Refused> {
    let (from, mask) = match layout.from {
        Mask::Class => (codec::atom(call, "class"), codec::binary(call, &layout.mask)),
        Mask::Nanp => (codec::atom(call, "nanp"), codec::binary(call, &layout.mask)),
        Mask::None => (codec::atom(call, "none"), codec::undefined(call.env)),
    };
    let members = [
        ("from", from),
        ("mask", mask),
        ("steps", codec::list(call, &layout.steps, |one| step(call, one))?),
        ("more_steps", layout.more_steps.encode(call.env)),
        ("dropped", codec::binary(call, &layout.dropped)),
    ];
    codec::record(call, &members)
}

fn step<'a>(call: &Call<'a>, step: &Step) -> Result<Term<'a>, Refused> {
    let does = match step.does {
        Does::Skip => "skip",
        Does::Emit => "emit",
        Does::Rest => "rest",
        Does::Literal => "literal",
    };
    let members = [
        ("symbol", codec::binary(call, &step.symbol)),
        ("does", codec::atom(call, does)),
        ("takes", codec::binary(call, &step.takes)),
        ("prints", codec::binary(call, &step.prints)),
    ];
    codec::record(call, &members)
}
