//! JSON whose objects keep the order of their keys, and duplicate keys.
//!
//! `serde_json` parses and prints. Added here are the order, and integers of any size: `serde_json`
//! reads those beyond 64 bits as floats, so they are cut out of the text before it is parsed.

use crate::config::encoding::{self, Unsupported};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;

/// The deepest nesting of arrays and objects; a deeper one is refused.
pub const MAX_DEPTH: usize = 127;

/// The most digits of an integer; one with more is refused, since converting it takes time
/// quadratic in its length.
pub const MAX_INTEGER_DIGITS: usize = 4_096;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string: UTF-8 where it was read from text, any bytes where a caller made it.
    String(Vec<u8>),
    /// An array.
    Array(Vec<Json>),
    /// An object: its members in order, duplicate keys included.
    Object(Vec<(Vec<u8>, Json)>),
}

/// A JSON number.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// An integer of 64 bits.
    Integer(i64),
    /// A larger one: its decimal digits, with `-` before them if it is negative.
    BigInteger(String),
    /// A number with a fraction or an exponent.
    Float(f64),
}

/// Bounds on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The length of the text, in bytes.
    pub bytes: usize,
    /// The number of values: scalars, arrays and objects, at any depth.
    pub values: usize,
}

impl Default for Limits {
    /// 16 MiB, with as many values as fit.
    fn default() -> Limits {
        Limits {
            bytes: 16 << 20,
            values: usize::MAX,
        }
    }
}

/// Why a text is not parsed, or a value not printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// The text is not JSON.
    Syntax {
        /// What is wrong.
        message: String,
        /// The line, counted from 1.
        line: usize,
        /// The byte of the line, counted from 1.
        column: usize,
        /// The byte of the text, counted from 0.
        offset: usize,
    },
    /// The text is too long.
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
        /// The length, in bytes.
        got: usize,
    },
    /// The text has too many values.
    TooManyValues {
        /// The bound.
        limit: usize,
    },
    /// A string to be printed is not UTF-8.
    InvalidUtf8,
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonError::Syntax {
                message, line, column, ..
            } => {
                write!(formatter, "{message} at line {line} column {column}")
            }
            JsonError::TooLarge { limit, got } => write!(formatter, "{got} bytes of JSON, at most {limit}"),
            JsonError::TooManyValues { limit } => write!(formatter, "more than {limit} values of JSON"),
            JsonError::InvalidUtf8 => write!(formatter, "a string that is not UTF-8"),
        }
    }
}

impl std::error::Error for JsonError {}

/// Parses `text`, less a byte-order mark (RFC 8259, section 8.1). Cost: linear in its length.
///
/// ```
/// use numplan::config::json::{self, Json, Limits};
/// let json = json::parse(br#"{"b": 1, "a": [true]}"#, &Limits::default())?;
/// assert_eq!(json.get(b"a"), Some(&Json::Array(vec![Json::Bool(true)])));
/// assert_eq!(json.to_text()?, br#"{"b":1,"a":[true]}"#);
/// # Ok::<(), json::JsonError>(())
/// ```
///
/// # Errors
///
/// [`JsonError::Syntax`] with the offset where the text stops being JSON or UTF-8 (UTF-16 and
/// UTF-32 are named), is nested deeper than [`MAX_DEPTH`], or has a float beyond the range of 64
/// bits or an integer of more than [`MAX_INTEGER_DIGITS`] digits; [`JsonError::TooLarge`] and
/// [`JsonError::TooManyValues`] beyond `limits`.
pub fn parse(text: &[u8], limits: &Limits) -> Result<Json, JsonError> {
    if text.len() > limits.bytes {
        return Err(JsonError::TooLarge {
            limit: limits.bytes,
            got: text.len(),
        });
    }
    let unmarked = encoding::utf8(text).map_err(unsupported)?;
    let mark = text.len() - unmarked.len();
    let (text, taken) = take_integers(unmarked);
    let (numbers, values) = (Cell::new(0), Cell::new(0));
    let reader = Reader {
        numbers: &numbers,
        values: &values,
        limit: limits.values,
        taken: &taken,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(&text);
    let json = reader.deserialize(&mut deserializer);
    json.and_then(|json| deserializer.end().map(|()| json))
        .map_err(|error| match values.get() > limits.values {
            true => JsonError::TooManyValues { limit: limits.values },
            false => syntax_error(&text, mark, &error),
        })
}

fn unsupported(encoding: Unsupported) -> JsonError {
    JsonError::Syntax {
        message: format!("the text is in {}, and JSON is UTF-8", encoding.name()),
        line: 1,
        column: 1,
        offset: 0,
    }
}

/// The position of `error` in `text`, before which a byte-order mark of `mark` bytes was cut off.
fn syntax_error(text: &[u8], mark: usize, error: &serde_json::Error) -> JsonError {
    let (line, column) = (error.line().max(1), error.column().max(1));
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
    let before: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(line - 1)
        .map(<[u8]>::len)
        .sum();
    JsonError::Syntax {
        message,
        line,
        column: if line == 1 { mark + column } else { column },
        offset: mark + (before + column - 1).min(text.len()),
    }
}

/// The integers of `text` that `serde_json` would read as floats, by their rank among all numbers,
/// and the text with `0` and spaces in their place, so that lines and columns stay the same.
fn take_integers(text: &[u8]) -> (Cow<'_, [u8]>, HashMap<usize, String>) {
    let mut taken = HashMap::new();
    let mut copy = Cow::Borrowed(text);
    let mut rank = 0;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        let length = match byte {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => {
                let length = rest.iter().take_while(|byte| b"+-.eE0123456789".contains(byte)).count();
                if let Some(digits) = rest.get(..length).and_then(integer_as_float) {
                    let blank = copy.to_mut().get_mut(at..at + length).unwrap_or_default();
                    blank.fill(b' ');
                    if let Some(first) = blank.first_mut() {
                        *first = b'0';
                    }
                    taken.insert(rank, digits);
                }
                rank += 1;
                length
            }
            _ => 1,
        };
        at += length;
    }
    (copy, taken)
}

fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The digits of an integer that `serde_json` reads as a float: one beyond 64 bits, or `-0`.
fn integer_as_float(token: &[u8]) -> Option<String> {
    if token == b"-0" {
        return Some("0".to_owned());
    }
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    let well_formed = digits.first().is_some_and(|first| *first != b'0') && digits.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(token).ok()?;
    (well_formed && digits.len() <= MAX_INTEGER_DIGITS && text.parse::<i64>().is_err()).then(|| text.to_owned())
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    numbers: &'t Cell<usize>,
    values: &'t Cell<usize>,
    limit: usize,
    taken: &'t HashMap<usize, String>,
}

impl Reader<'_> {
    fn number(self, number: Number) -> Json {
        let rank = self.numbers.replace(self.numbers.get() + 1);
        Json::Number(match self.taken.get(&rank) {
            Some(digits) => Number::integer(digits),
            None => number,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let values = self.values.get() + 1;
        self.values.set(values);
        if values > self.limit {
            return Err(serde::de::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(self.number(Number::Integer(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(self.number(Number::integer(&value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(self.number(Number::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.as_bytes().to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(key) = members.next_key::<String>()? {
            object.push((key.into_bytes(), members.next_value_seed(self)?));
        }
        Ok(Json::Object(object))
    }
}

impl Number {
    /// The integer whose decimal digits are given.
    pub fn integer(digits: &str) -> Number {
        digits
            .parse()
            .map_or_else(|_| Number::BigInteger(digits.to_owned()), Number::Integer)
    }
}

impl Json {
    /// Its type, as problems of a document name it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// The first value under `key`; `None` without one, and for what is not an object.
    pub fn get(&self, key: &[u8]) -> Option<&Json> {
        let (_, value) = self.as_object()?.iter().find(|(known, _)| known == key)?;
        Some(value)
    }

    /// The members, in order, if this is an object.
    pub fn as_object(&self) -> Option<&[(Vec<u8>, Json)]> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// JSON text for this value, without spaces. Cost: linear in its size.
    ///
    /// # Errors
    ///
    /// [`JsonError::InvalidUtf8`] when a string or key is not UTF-8.
    pub fn to_text(&self) -> Result<Vec<u8>, JsonError> {
        serde_json::to_vec(self).map_err(|_| JsonError::InvalidUtf8)
    }

    /// As [`Json::to_text`], over several lines, indented by two spaces.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn to_pretty_text(&self) -> Result<Vec<u8>, JsonError> {
        serde_json::to_vec_pretty(self).map_err(|_| JsonError::InvalidUtf8)
    }
}

impl std::str::FromStr for Json {
    type Err = JsonError;

    /// As [`parse`], within the default [`Limits`].
    fn from_str(text: &str) -> Result<Json, JsonError> {
        parse(text.as_bytes(), &Limits::default())
    }
}

impl serde::Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(Number::Integer(value)) => serializer.serialize_i64(*value),
            Json::Number(Number::Float(value)) => serializer.serialize_f64(*value),
            Json::Number(Number::BigInteger(digits)) => {
                let raw = RawValue::from_string(digits.clone()).map_err(serde::ser::Error::custom)?;
                raw.serialize(serializer)
            }
            Json::String(text) => serializer.serialize_str(utf8(text)?),
            Json::Array(items) => {
                let mut array = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| array.serialize_element(item))?;
                array.end()
            }
            Json::Object(members) => {
                let mut object = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    object.serialize_entry(utf8(key)?, value)?;
                }
                object.end()
            }
        }
    }
}

fn utf8<E: serde::ser::Error>(text: &[u8]) -> Result<&str, E> {
    std::str::from_utf8(text).map_err(E::custom)
}

#[cfg(test)]
mod tests;
