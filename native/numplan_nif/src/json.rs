//! JSON text to terms and back.

use crate::atoms::make;
use crate::call::{Answer, Call, Refused};
use crate::codec::{self, FromTerm, NotJson, Objects, Style};
use numplan::config::json::{self, JsonError, Limits};
use rustler::sys::ErlNifTerm;
use rustler::{Encoder, Term};

/// How much work a byte of text is, against a table look-up.
const WORK_PER_BYTE: usize = 8;

/// `{ok, Term}` for the text, whether its objects come in order, what null is, and how many values it may have (or `infinity`); or
/// `{error, Reason}`.
pub(crate) fn decode(call: Call<'_>) -> Answer {
    let text = call.binary(0)?;
    let ordered: bool = call.term(1)?.decode().map_err(|_| Refused::BadArgument)?;
    let style = Style {
        ordered,
        null: call.term(2)?,
    };
    let mut limits = Limits::default();
    let values = call.term(3)?;
    if !values.is_atom() {
        limits.values = values.decode().map_err(|_| Refused::BadArgument)?;
    }
    call.spend(text.len().saturating_mul(WORK_PER_BYTE))?;
    match json::parse(text, &limits) {
        Ok(json) => match codec::to_term(&call, &json, style) {
            Some(term) => Ok(call.encode((call.wrap(call.atoms().ok), term))),
            None => Err(Refused::BadArgument),
        },
        Err(error) => Ok(refuse(&call, json_error(&call, &error))),
    }
}

/// `{ok, Text}` for a term and whether the text is indented, or `{error, Reason}`.
pub(crate) fn encode(call: Call<'_>) -> Answer {
    let term = call.term(0)?;
    let pretty: bool = call.term(1)?.decode().map_err(|_| Refused::BadArgument)?;
    let word = |text: &str| call.wrap(make(call.env, text));
    let json = match FromTerm::new(Objects::Any, call.allowance()).read(term) {
        Ok(json) => json,
        Err(NotJson::TooMuch) => return Err(Refused::TooLong),
        Err(NotJson::Term(term)) => {
            return Ok(refuse(&call, (word("not_json"), term).encode(call.env)));
        }
        Err(NotJson::DuplicateKey(key)) => {
            let reason = (word("duplicate_key"), codec::binary(&call, &key));
            return Ok(refuse(&call, reason.encode(call.env)));
        }
        Err(NotJson::IntegerTooLong) => return Ok(refuse(&call, word("integer_too_long"))),
        Err(NotJson::TooDeep | NotJson::Map(_)) => return Ok(refuse(&call, word("too_deep"))),
    };
    let text = if pretty { json.to_pretty_text() } else { json.to_text() };
    match text {
        Ok(text) => Ok(call.encode((call.wrap(call.atoms().ok), codec::binary(&call, &text)))),
        Err(error) => Ok(refuse(&call, json_error(&call, &error))),
    }
}

fn refuse(call: &Call<'_>, reason: Term<'_>) -> ErlNifTerm {
    call.encode((call.wrap(call.atoms().error), reason))
}

fn json_error<'a>(call: &Call<'a>, error: &JsonError) -> Term<'a> {
    let word = |text: &str| call.wrap(make(call.env, text));
    match error {
        JsonError::Syntax {
            message,
            line,
            column,
            offset,
        } => {
            let message = codec::binary(call, message.as_bytes());
            let place = (message, *line, *column, *offset).encode(call.env);
            (word("invalid_json"), place).encode(call.env)
        }
        JsonError::TooLarge { limit, got } => (word("too_large"), *limit, *got).encode(call.env),
        JsonError::TooManyValues { limit } => (word("too_many_values"), *limit).encode(call.env),
        _ => word("invalid_utf8"),
    }
}
