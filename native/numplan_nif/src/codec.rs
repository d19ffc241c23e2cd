//! Conversions between terms and JSON values, and terms for problems.

use crate::atoms::make;
use crate::call::Call;
use crate::refused::Refused;
use numplan::config::document::Summary;
use numplan::config::json::{Json, MAX_DEPTH, MAX_INTEGER_DIGITS, Number};
use numplan::config::problem::{Path, Problem, Reason};
use numplan_world::Selection;
use rustler::sys::ErlNifTerm;
use rustler::types::{MapIterator, tuple};
use rustler::{BigInt, Decoder, Encoder, Env, Term, TermType};

/// The terms that are read as objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Objects {
    /// `{[{Key, Value}]}` and lists of pairs; a map is refused, since it has no order.
    Ordered,
    /// These, and maps, whose keys are sorted.
    Any,
}

/// Why a term cannot be read as JSON.
#[derive(Debug)]
pub(crate) enum NotJson<'a> {
    /// A term that has no JSON.
    Term(Term<'a>),
    /// A map where order matters.
    Map(Path),
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// An integer of more than [`MAX_INTEGER_DIGITS`] digits.
    IntegerTooLong,
    /// A map that has this key twice: as an atom and as a binary.
    DuplicateKey(Vec<u8>),
    /// More work than was allowed.
    TooMuch,
}

/// The work to read and write a value, in the unit of [`Call::spend`].
const VALUE_WORK: usize = 100;
/// The work on a byte of a text, in the unit of [`Call::spend`].
const BYTE_WORK: usize = 4;
/// The square of the digits of an integer, divided by this, is the work to convert it: that takes
/// time quadratic in the digits.
const SQUARED_DIGITS: usize = 300;

pub(crate) struct FromTerm<'a> {
    objects: Objects,
    path: Vec<Step>,
    work_left: usize,
    /// The integers nearest to zero that are too long, negative and positive; made when needed.
    too_long: Option<(Term<'a>, Term<'a>)>,
}

/// A step from a value into one that it holds.
enum Step {
    Key(Vec<u8>),
    Place(usize),
}

impl<'a> FromTerm<'a> {
    /// A reader that does at most `work`, in the unit of [`Call::spend`].
    pub(crate) fn new(objects: Objects, work: usize) -> FromTerm<'a> {
        FromTerm {
            objects,
            path: Vec::new(),
            work_left: work,
            too_long: None,
        }
    }

    fn spend(&mut self, work: usize) -> Result<(), NotJson<'a>> {
        self.work_left = self.work_left.checked_sub(work).ok_or(NotJson::TooMuch)?;
        Ok(())
    }

    /// The JSON value of `term`, or [`NotJson`] with the term or path at fault.
    pub(crate) fn read(&mut self, term: Term<'a>) -> Result<Json, NotJson<'a>> {
        self.spend(VALUE_WORK)?;
        if self.path.len() > MAX_DEPTH {
            return Err(NotJson::TooDeep);
        }
        match term.get_type() {
            TermType::Binary => self.text(term).map(Json::String),
            TermType::Atom => atom_value(term),
            TermType::Integer => self.integer(term),
            TermType::Float => term
                .decode()
                .map(|float| Json::Number(Number::Float(float)))
                .map_err(|_| NotJson::Term(term)),
            TermType::List => self.list(term),
            TermType::Tuple => self.wrapped(term),
            TermType::Map => self.map(term),
            _ => Err(NotJson::Term(term)),
        }
    }

    fn under<T>(
        &mut self,
        step: Step,
        read: impl FnOnce(&mut Self) -> Result<T, NotJson<'a>>,
    ) -> Result<T, NotJson<'a>> {
        self.path.push(step);
        let read = read(self);
        self.path.pop();
        read
    }

    fn list(&mut self, list: Term<'a>) -> Result<Json, NotJson<'a>> {
        let members = list.list_get_cell().is_ok_and(|(first, _)| is_pair(first));
        if members { self.members(list) } else { self.items(list) }
    }

    fn items(&mut self, list: Term<'a>) -> Result<Json, NotJson<'a>> {
        let mut items = Vec::new();
        let mut rest = list;
        while let Ok((item, after)) = rest.list_get_cell() {
            let place = Step::Place(items.len());
            items.push(self.under(place, |reader| reader.read(item))?);
            rest = after;
        }
        if rest.is_empty_list() {
            Ok(Json::Array(items))
        } else {
            Err(NotJson::Term(list))
        }
    }

    fn members(&mut self, list: Term<'a>) -> Result<Json, NotJson<'a>> {
        let mut members = Vec::new();
        let mut rest = list;
        while let Ok((pair, after)) = rest.list_get_cell() {
            let (name, value): (Term<'a>, Term<'a>) = pair.decode().map_err(|_| NotJson::Term(pair))?;
            let name = self.key(name)?;
            let value = self.under(Step::Key(name.clone()), |reader| reader.read(value))?;
            members.push((name, value));
            rest = after;
        }
        if rest.is_empty_list() {
            Ok(Json::Object(members))
        } else {
            Err(NotJson::Term(list))
        }
    }

    fn wrapped(&mut self, term: Term<'a>) -> Result<Json, NotJson<'a>> {
        match tuple::get_tuple(term).as_deref() {
            Ok([list]) if list.is_list() => self.members(*list),
            _ => Err(NotJson::Term(term)),
        }
    }

    fn map(&mut self, term: Term<'a>) -> Result<Json, NotJson<'a>> {
        if self.objects == Objects::Ordered {
            let path = self.path.iter().fold(Path::root(), |path, step| match step {
                Step::Key(key) => path.key(key),
                Step::Place(place) => path.key(place.to_string().as_bytes()),
            });
            return Err(NotJson::Map(path));
        }
        let mut members = Vec::new();
        for (name, value) in MapIterator::new(term).ok_or(NotJson::Term(term))? {
            let name = self.key(name)?;
            let value = self.under(Step::Key(name.clone()), |reader| reader.read(value))?;
            members.push((name, value));
        }
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        let twice = members.windows(2).find_map(|pair| match pair {
            [(one, _), (other, _)] if one == other => Some(one.clone()),
            _ => None,
        });
        match twice {
            Some(key) => Err(NotJson::DuplicateKey(key)),
            None => Ok(Json::Object(members)),
        }
    }

    fn text(&mut self, term: Term<'a>) -> Result<Vec<u8>, NotJson<'a>> {
        let binary = rustler::Binary::decode(term).map_err(|_| NotJson::Term(term))?;
        self.spend(binary.len().saturating_mul(BYTE_WORK))?;
        Ok(binary.as_slice().to_vec())
    }

    fn key(&mut self, term: Term<'a>) -> Result<Vec<u8>, NotJson<'a>> {
        match term.get_type() {
            TermType::Binary => self.text(term),
            TermType::Atom => term
                .atom_to_string()
                .map(String::into_bytes)
                .map_err(|_| NotJson::Term(term)),
            _ => Err(NotJson::Term(term)),
        }
    }

    fn integer(&mut self, term: Term<'a>) -> Result<Json, NotJson<'a>> {
        if let Ok(small) = term.decode::<i64>() {
            return Ok(Json::Number(Number::Integer(small)));
        }
        // Cheap for any length: the VM compares the lengths of integers first.
        let (low, high) = *self.too_long.get_or_insert_with(|| {
            let bound = BigInt::from(10).pow(MAX_INTEGER_DIGITS as u32);
            ((-&bound).encode(term.get_env()), bound.encode(term.get_env()))
        });
        if term <= low || term >= high {
            return Err(NotJson::IntegerTooLong);
        }
        let big: BigInt = term.decode().map_err(|_| NotJson::Term(term))?;
        let digits = big.bits() as usize * 10 / 33;
        self.spend(digits.saturating_mul(digits) / SQUARED_DIGITS)?;
        Ok(Json::Number(Number::BigInteger(big.to_string())))
    }
}

fn is_pair(term: Term<'_>) -> bool {
    term.is_tuple() && term.decode::<(Term<'_>, Term<'_>)>().is_ok()
}

fn atom_value(term: Term<'_>) -> Result<Json, NotJson<'_>> {
    match term.atom_to_string().map_err(|_| NotJson::Term(term))?.as_str() {
        "true" => Ok(Json::Bool(true)),
        "false" => Ok(Json::Bool(false)),
        "null" | "nil" | "undefined" => Ok(Json::Null),
        text => Ok(Json::String(text.as_bytes().to_vec())),
    }
}

pub(crate) fn bytes(term: Term<'_>) -> Option<Vec<u8>> {
    rustler::Binary::decode(term)
        .ok()
        .map(|binary| binary.as_slice().to_vec())
}

/// How JSON becomes terms.
#[derive(Clone, Copy)]
pub(crate) struct Style<'a> {
    /// Objects come as `{[{Key, Value}]}`, not as maps.
    pub(crate) ordered: bool,
    /// The term for null.
    pub(crate) null: Term<'a>,
}

/// `json` as a term; a map has the last value of a duplicate key. `None` if the VM makes no term.
pub(crate) fn to_term<'a>(call: &Call<'a>, json: &Json, style: Style<'a>) -> Option<Term<'a>> {
    let env = call.env;
    Some(match json {
        Json::Null => style.null,
        Json::Bool(value) => value.encode(env),
        Json::Number(Number::Integer(value)) => value.encode(env),
        Json::Number(Number::Float(value)) => value.encode(env),
        Json::Number(Number::BigInteger(digits)) => digits.parse::<BigInt>().ok()?.encode(env),
        Json::String(text) => call.wrap(call.make_binary(&[text])),
        Json::Array(items) => {
            let items: Option<Vec<Term<'a>>> = items.iter().map(|item| to_term(call, item, style)).collect();
            items?.encode(env)
        }
        Json::Object(members) if style.ordered => {
            let pairs: Option<Vec<Term<'a>>> = members
                .iter()
                .map(|(key, value)| Some((binary(call, key), to_term(call, value, style)?).encode(env)))
                .collect();
            tuple::make_tuple(env, &[pairs?.encode(env)])
        }
        Json::Object(members) => map(call, members, style)?,
    })
}

fn map<'a>(call: &Call<'a>, members: &[(Vec<u8>, Json)], style: Style<'a>) -> Option<Term<'a>> {
    let last: std::collections::HashMap<&[u8], &Json> =
        members.iter().map(|(key, value)| (key.as_slice(), value)).collect();
    let keys: Vec<Term<'a>> = last.keys().map(|key| binary(call, key)).collect();
    let values: Option<Vec<Term<'a>>> = last.values().map(|value| to_term(call, value, style)).collect();
    Term::map_from_term_arrays(call.env, &keys, &values?).ok()
}

/// `json` as a term with ordered objects and the atom `null`.
pub(crate) fn ordered<'a>(call: &Call<'a>, json: &Json) -> Option<Term<'a>> {
    let null = call.wrap(call.atoms().null);
    to_term(call, json, Style { ordered: true, null })
}

/// A map with atoms as keys.
pub(crate) fn record<'a>(call: &Call<'a>, members: &[(&str, Term<'a>)]) -> Result<Term<'a>, Refused> {
    let keys: Vec<Term<'a>> = members.iter().map(|(key, _)| atom(call, key)).collect();
    let values: Vec<Term<'a>> = members.iter().map(|(_, value)| *value).collect();
    Term::map_from_term_arrays(call.env, &keys, &values).map_err(|_| Refused::BadArgument)
}

/// The member that describes the set of numbers of a class, if it is one.
pub(crate) fn set<'a>(call: &Call<'a>, set: Option<&Summary>) -> Result<Option<(&'static str, Term<'a>)>, Refused> {
    Ok(match set {
        None => None,
        Some(Summary::Prefixes(count)) => Some(("prefixes", count.encode(call.env))),
        Some(Summary::World(Selection { regions, types })) => {
            let types = types.as_ref().map(|types| types.iter().map(|kind| kind.name()));
            let regions = regions.as_ref().map(|regions| ("region", binaries(call, regions)));
            let types = types.map(|names| ("type", binaries(call, names)));
            let members: Vec<_> = regions.into_iter().chain(types).collect();
            Some(("world", record(call, &members)?))
        }
    })
}

/// A list of binaries.
pub(crate) fn binaries<'a, T: AsRef<[u8]>>(call: &Call<'a>, texts: impl IntoIterator<Item = T>) -> Term<'a> {
    let terms: Vec<Term<'a>> = texts.into_iter().map(|text| binary(call, text.as_ref())).collect();
    terms.encode(call.env)
}

pub(crate) fn binary<'a>(call: &Call<'a>, bytes: &[u8]) -> Term<'a> {
    call.wrap(call.make_binary(&[bytes]))
}

pub(crate) fn text<'a>(call: &Call<'a>, text: &str) -> Term<'a> {
    binary(call, text.as_bytes())
}

pub(crate) fn atom<'a>(call: &Call<'a>, name: &str) -> Term<'a> {
    call.wrap(make(call.env, name))
}

/// A list of what `term` makes of each item.
pub(crate) fn list<'a, T>(
    call: &Call<'a>,
    items: impl IntoIterator<Item = T>,
    term: impl FnMut(T) -> Result<Term<'a>, Refused>,
) -> Result<Term<'a>, Refused> {
    let terms: Result<Vec<Term<'a>>, Refused> = items.into_iter().map(term).collect();
    Ok(terms?.encode(call.env))
}

/// What `term` makes of the value, or `undefined`.
pub(crate) fn or_undefined<'a, T>(
    call: &Call<'a>,
    value: Option<T>,
    term: impl FnOnce(T) -> Result<Term<'a>, Refused>,
) -> Result<Term<'a>, Refused> {
    value.map_or_else(|| Ok(undefined(call.env)), term)
}

/// `{ok, Value}`.
pub(crate) fn ok(call: &Call<'_>, value: impl Encoder) -> ErlNifTerm {
    call.encode((call.wrap(call.atoms().ok), value))
}

/// `{error, Reason}`.
pub(crate) fn error(call: &Call<'_>, reason: impl Encoder) -> ErlNifTerm {
    call.encode((call.wrap(call.atoms().error), reason))
}

/// `[Problem]`.
pub(crate) fn problems<'a>(call: &Call<'a>, problems: &[Problem]) -> Term<'a> {
    let problems: Vec<Term<'a>> = problems.iter().map(|one| problem(call, one)).collect();
    problems.encode(call.env)
}

/// `{Path, Reason, Offset | undefined, Hint | undefined}`.
pub(crate) fn problem<'a>(call: &Call<'a>, problem: &Problem) -> Term<'a> {
    let undefined = undefined(call.env);
    let path = text(call, &problem.path.to_string());
    let offset = problem.offset.map_or(undefined, |offset| offset.encode(call.env));
    let hint = problem.hint.as_ref().map_or(undefined, |hint| text(call, hint));
    (path, reason(call, &problem.reason), offset, hint).encode(call.env)
}

fn reason<'a>(call: &Call<'a>, reason: &Reason) -> Term<'a> {
    let name = atom(call, reason.name());
    match reason {
        Reason::UnknownDocument | Reason::DoubledBackslashes => name,
        _ => (name, binary(call, reason.to_string().as_bytes())).encode(call.env),
    }
}

pub(crate) fn undefined(env: Env<'_>) -> Term<'_> {
    rustler::types::atom::undefined().encode(env)
}
