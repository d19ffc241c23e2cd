//! What is appended to the rows of a file: E.164 and class, or fields with names of their own.

use crate::config::json::Json;

/// What is appended to a row: cells in most formats, members of an object in JSON.
pub trait Appended: Default {
    /// Makes it empty, for the next row.
    fn clear(&mut self);
    /// Passes each cell to `write`.
    fn each_cell(&self, write: impl FnMut(&[u8]));
    /// The members, in the order of the cells.
    fn members(&self) -> Vec<(&[u8], Json)>;
}

/// The answer for a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The number in E.164.
    pub e164: Vec<u8>,
    /// The name of the number's class.
    pub class: Option<&'a [u8]>,
}

impl Appended for Answer<'_> {
    #[inline]
    fn clear(&mut self) {
        self.e164.clear();
        self.class = None;
    }

    #[inline]
    fn each_cell(&self, mut write: impl FnMut(&[u8])) {
        write(&self.e164);
        write(self.class.unwrap_or_default());
    }

    fn members(&self) -> Vec<(&[u8], Json)> {
        let class = self.class.map_or(Json::Null, |class| Json::String(class.to_vec()));
        vec![(b"e164", Json::String(self.e164.clone())), (b"class", class)]
    }
}

/// The fields of a number, with their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a>(pub Vec<(&'a [u8], Value<'a>)>);

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing is known: an empty cell, or null.
    Unknown,
    /// `true` or `false`.
    Boolean(bool),
    /// A text.
    Text(&'a [u8]),
    /// Texts: an array in JSON, with spaces between them in a cell.
    List(Vec<&'a [u8]>),
}

impl Appended for Fields<'_> {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn each_cell(&self, mut write: impl FnMut(&[u8])) {
        for (_, value) in &self.0 {
            match value {
                Value::Unknown => write(b""),
                Value::Boolean(true) => write(b"true"),
                Value::Boolean(false) => write(b"false"),
                Value::Text(text) => write(text),
                Value::List(texts) => write(&texts.join(&b' ')),
            }
        }
    }

    fn members(&self) -> Vec<(&[u8], Json)> {
        let string = |text: &&[u8]| Json::String(text.to_vec());
        let members = self.0.iter().map(|(name, value)| {
            let value = match value {
                Value::Unknown => Json::Null,
                Value::Boolean(value) => Json::Bool(*value),
                Value::Text(text) => string(text),
                Value::List(texts) => Json::Array(texts.iter().map(string).collect()),
            };
            (*name, value)
        });
        members.collect()
    }
}
