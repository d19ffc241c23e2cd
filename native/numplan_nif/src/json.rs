//! Encodes and decodes JSON.

use crate::call::Call;
use crate::codec::{self, FromTerm, NotJson, Objects, Style};
use crate::refused::{Answer, Refused};
use numplan::config::json::{self, JsonError, Limits};
use rustler::{Encoder, Term};

/// The work on a byte of text, in the unit of [`Call::spend`].
const WORK_PER_BYTE: usize = 8;

/// `{ok, Term}` or `{error, Reason}`. Arguments: the text, whether objects keep their order, the
/// term for null, and the maximal number of values (or `infinity`).
pub(crate) fn decode(call: Call<'_>) -> Answer {
    let text = call.binary(0)?;
    let ordered: bool = call.term(1)?.decode().map_err(|_| Refused::BadArgument)?;
    let style = Style {
        ordered,
        null: call.term(2)?,
    };
    let mut limits = Limits::default();
    let values = call.term(3)?;
    if !call.is_atom(values, codec::atom(&call, "infinity").as_c_arg())? {
        limits.values = values.decode().map_err(|_| Refused::BadArgument)?;
    }
    call.spend(text.len().saturating_mul(WORK_PER_BYTE))?;
    match json::parse(text, &limits) {
        Ok(json) => codec::to_term(&call, &json, style)
            .map(|term| codec::ok(&call, term))
            .ok_or(Refused::BadArgument),
        Err(error) => Ok(codec::error(&call, json_error(&call, &error))),
    }
}

/// `{ok, Text}` or `{error, Reason}`. Arguments: the term, and whether the text is indented.
pub(crate) fn encode(call: Call<'_>) -> Answer {
    let term = call.term(0)?;
    let pretty: bool = call.term(1)?.decode().map_err(|_| Refused::BadArgument)?;
    let json = FromTerm::new(Objects::Any, call.allowance())
        .read(term)
        .map_err(|not_json| not_json_error(&call, not_json))?;
    let text = if pretty { json.to_pretty_text() } else { json.to_text() };
    match text {
        Ok(text) => Ok(codec::ok(&call, codec::binary(&call, &text))),
        Err(error) => Ok(codec::error(&call, json_error(&call, &error))),
    }
}

fn not_json_error(call: &Call<'_>, not_json: NotJson<'_>) -> Refused {
    let reason = match not_json {
        NotJson::TooMuch => return Refused::TooLong,
        NotJson::Term(term) => (codec::atom(call, "not_json"), term).encode(call.env),
        NotJson::DuplicateKey(key) => (codec::atom(call, "duplicate_key"), codec::binary(call, &key)).encode(call.env),
        NotJson::IntegerTooLong => codec::atom(call, "integer_too_long"),
        NotJson::TooDeep | NotJson::Map(_) => codec::atom(call, "too_deep"),
    };
    Refused::With(codec::error(call, reason))
}

fn json_error<'a>(call: &Call<'a>, error: &JsonError) -> Term<'a> {
    let word = |text: &str| codec::atom(call, text);
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
        JsonError::InvalidUtf8 => word("invalid_utf8"),
    }
}
