//! Compiles configurations, and describes plans.

use crate::call::Call;
use crate::codec::{self, FromTerm, NotJson, Objects};
use crate::refused::{Answer, Refused};
use crate::{interned_plans, library, plans};
use numplan::Dialect;
use numplan::config::document::Document;
use numplan::config::json::{Json, MAX_DEPTH};
use numplan::config::preset::Preset;
use numplan::config::problem::{Path, Problem, Problems, Reason};
use numplan::plan::refusal::Refusal;
use numplan::plan::rewrites::ForeignRewrite;
use numplan::plan::rule::{Judge, Runs};
use numplan::plan::{Class, Plan};
use rustler::types::tuple;
use rustler::{Encoder, Term};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The most bytes of a configuration whose plan is shared with equal ones.
const MOST_SHARED: usize = 4 << 20;

/// The names of the presets.
pub(crate) fn presets(call: Call<'_>) -> Answer {
    Ok(codec::binaries(&call, Preset::ALL.map(Preset::name)).as_c_arg())
}

/// `{ok, Json}` for the preset of that name, or `unknown`.
pub(crate) fn preset(call: Call<'_>) -> Answer {
    let preset = std::str::from_utf8(call.binary(0)?).ok().and_then(Preset::named);
    Ok(match preset {
        None => call.atoms().unknown,
        Some(preset) => codec::ok(&call, codec::text(&call, preset.text())),
    })
}

/// `{ok, Regexes}`, each of a document once; `{error, Problems}` where nothing can be read.
pub(crate) fn regexes(call: Call<'_>) -> Answer {
    let (document, _) = survey(&call)?;
    let mut seen = HashSet::new();
    let regexes = document.regexes().map(|(_, regex)| regex);
    let regexes = regexes.filter(|regex| seen.insert(*regex));
    Ok(codec::ok(&call, codec::binaries(&call, regexes)))
}

/// Compiles a document, given its regexes that `re:compile/1` refuses: `{ok, Plan, Names,
/// Foreign}`, or `{error, Problems}` with those of its structure first.
pub(crate) fn compile(call: Call<'_>) -> Answer {
    let json = json(&call, 0)?;
    // A document with a string that is not UTF-8 has no JSON text, so its plan is not shared. Nor
    // is one with a long list of prefixes, whose text would be as large as the plan.
    let source = json.to_text().ok().filter(|source| source.len() <= MOST_SHARED);
    let plan = match source.as_deref().and_then(interned_plans::find) {
        Some(plan) => plan,
        None => {
            let plan = compiled(&json, &refusals(call.term(1)?)?).map_err(|problems| invalid(&call, &problems))?;
            match source {
                Some(source) => interned_plans::keep(source, plan),
                None => Arc::new(plan),
            }
        }
    };
    let names: Vec<Term<'_>> = plan
        .classes()
        .iter()
        .map(|class| codec::binary(&call, class.name()))
        .collect();
    let names = tuple::make_tuple(call.env, &names);
    let foreign = foreign(&call, &plan);
    let plan = plans::make(call.env, plan).ok_or(Refused::BadArgument)?;
    Ok(call.encode((call.wrap(call.atoms().ok), call.wrap(plan), names, foreign)))
}

/// The name of the dialect of the `re` of a release of OTP.
pub(crate) fn dialect(call: Call<'_>) -> Answer {
    let (_, dialect) = release(&call, 0)?.ok_or(Refused::BadArgument)?;
    Ok(codec::atom(&call, dialect.name()).as_c_arg())
}

/// The release of OTP in an argument, with the dialect of its `re`; `None` for `none`.
pub(crate) fn release(call: &Call<'_>, at: usize) -> Result<Option<(u32, Dialect)>, Refused> {
    let term = call.term(at)?;
    if term == call.wrap(call.atoms().none) {
        return Ok(None);
    }
    let release: u32 = term.decode().map_err(|_| Refused::BadArgument)?;
    let dialect = Dialect::of_otp(release).ok_or(Refused::BadArgument)?;
    Ok(Some((release, dialect)))
}

fn compiled(json: &Json, refused: &HashMap<Vec<u8>, Refusal>) -> Result<Plan, Problems> {
    compiled_in(json, Judge::Re(library::dialect(), refused))
}

/// The plan of `json` as `judge` reads it.
pub(crate) fn compiled_in(json: &Json, judge: Judge<'_>) -> Result<Plan, Problems> {
    let (document, mut problems) = Document::survey(json);
    let Some(document) = document else {
        return Err(problems.into());
    };
    match Plan::compile(&document, judge) {
        Ok(plan) if problems.is_empty() => Ok(plan),
        Ok(_) => Err(problems.into()),
        Err(regexes) => {
            problems.extend(regexes);
            Err(problems.into())
        }
    }
}

/// The document in the first argument, and its problems; refused where no part can be read.
pub(crate) fn survey(call: &Call<'_>) -> Result<(Document, Vec<Problem>), Refused> {
    match Document::survey(&json(call, 0)?) {
        (Some(document), problems) => Ok((document, problems)),
        (None, problems) => Err(invalid(call, &problems)),
    }
}

/// An argument as JSON. Refused with `{error, Problems}` where it is too deep or has a map.
pub(crate) fn json(call: &Call<'_>, at: usize) -> Result<Json, Refused> {
    FromTerm::new(Objects::Ordered, usize::MAX)
        .read(call.term(at)?)
        .map_err(|not_json| match not_json {
            NotJson::Map(path) => map_error(call, &path),
            NotJson::TooDeep => too_deep(call),
            NotJson::Term(_) | NotJson::IntegerTooLong | NotJson::DuplicateKey(_) | NotJson::TooMuch => {
                Refused::BadArgument
            }
        })
}

fn too_deep(call: &Call<'_>) -> Refused {
    let reason = Reason::TooMany {
        what: "nested values",
        limit: MAX_DEPTH,
        got: MAX_DEPTH + 1,
    };
    invalid(call, &[Problem::new(&Path::root(), reason)])
}

fn map_error(call: &Call<'_>, path: &Path) -> Refused {
    let hint = "a map has no order, and the order of the rules decides: give JSON text, or objects as {[{Key, Value}]}";
    let problem = (
        codec::text(call, &path.to_string()),
        codec::atom(call, "map_has_no_order"),
        codec::undefined(call.env),
        codec::text(call, hint),
    );
    Refused::With(codec::error(call, vec![problem]))
}

/// The refusal that makes a native function return `{error, Problems}`.
pub(crate) fn invalid(call: &Call<'_>, problems: &[Problem]) -> Refused {
    Refused::With(codec::error(call, codec::problems(call, problems)))
}

/// The refused regexes in a list `[{Regex, Reason, Offset}]`.
pub(crate) fn refusals(mut list: Term<'_>) -> Result<HashMap<Vec<u8>, Refusal>, Refused> {
    let mut refused = HashMap::new();
    while let Ok((refusal, rest)) = list.list_get_cell() {
        let (regex, reason, offset): (Term<'_>, Term<'_>, usize) =
            refusal.decode().map_err(|_| Refused::BadArgument)?;
        let regex = codec::bytes(regex).ok_or(Refused::BadArgument)?;
        let reason = codec::bytes(reason).ok_or(Refused::BadArgument)?;
        let reason = String::from_utf8_lossy(&reason).into_owned();
        refused.insert(regex, Refusal { reason, offset });
        list = rest;
    }
    Ok(refused)
}

/// The rules that run in `re`: `none`, or `{Converters, DialPlan, Classes, Reconcile}`.
fn foreign<'a>(call: &Call<'a>, plan: &Plan) -> Term<'a> {
    let rewrites = |rules: &[ForeignRewrite]| -> Vec<Term<'a>> {
        let terms = rules.iter().map(|rule| {
            let texts = [&rule.regex, &rule.prefix, &rule.suffix];
            let [regex, prefix, suffix] = texts.map(|text| codec::binary(call, text));
            (rule.rule + 1, regex, prefix, suffix).encode(call.env)
        });
        terms.collect()
    };
    let converters = rewrites(plan.converters().foreign());
    let dial_plan = plan
        .dial_plan()
        .map(|dial_plan| rewrites(dial_plan.first_match().foreign()))
        .unwrap_or_default();
    let classes: Vec<Term<'a>> = plan
        .foreign_classes()
        .iter()
        .map(|class| (class.class + 1, codec::binary(call, &class.regex)).encode(call.env))
        .collect();
    let none = call.wrap(call.atoms().none);
    let reconcile = plan.foreign_reconcile().map(|regex| codec::binary(call, regex));
    if converters.is_empty() && dial_plan.is_empty() && classes.is_empty() && reconcile.is_none() {
        return none;
    }
    (converters, dial_plan, classes, reconcile.unwrap_or(none)).encode(call.env)
}

pub(crate) fn info(call: Call<'_>) -> Answer {
    let plan = call.plan(0)?;
    let classes = codec::binaries(&call, plan.classes().iter().map(Class::name));
    let rules: Result<Vec<Term<'_>>, Refused> = plan.rules().iter().map(|rule| rule_info(&call, rule)).collect();
    let native = plan.rules().iter().filter(|rule| rule.runs == Runs::Native).count();
    let size = plan.size();
    let members = [
        ("build", codec::binary(&call, library::build().as_bytes())),
        ("classes", classes),
        ("rules", rules?.encode(call.env)),
        ("native", native.encode(call.env)),
        ("re", (plan.rules().len() - native).encode(call.env)),
        ("states", size.states.encode(call.env)),
        ("memory", size.memory.encode(call.env)),
        (
            "numplan_only",
            codec::binaries(&call, plan.numplan_only().map(Class::name)),
        ),
        ("warnings", codec::problems(&call, plan.warnings())),
    ];
    codec::record(&call, &members).map(|info| info.as_c_arg())
}

fn rule_info<'a>(call: &Call<'a>, rule: &numplan::plan::Rule) -> Result<Term<'a>, Refused> {
    let (runs, why) = match rule.runs {
        Runs::Native => (call.atoms().native, codec::undefined(call.env)),
        Runs::Re(why) => (call.atoms().re, codec::binary(call, why.as_bytes())),
    };
    let mut members = vec![
        ("path", codec::binary(call, rule.path.to_string().as_bytes())),
        ("regex", codec::binary(call, &rule.regex)),
        ("runs", call.wrap(runs)),
        ("why", why),
    ];
    members.extend(codec::set(call, rule.set.as_ref())?);
    codec::record(call, &members)
}

/// The classifiers, in order.
pub(crate) fn available_classifiers(call: Call<'_>) -> Answer {
    let classifiers: Json = call.plan(0)?.available_classifiers();
    codec::ordered(&call, &classifiers)
        .map(|term| term.as_c_arg())
        .ok_or(Refused::BadArgument)
}
