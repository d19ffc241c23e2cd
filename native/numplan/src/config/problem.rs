//! Problems of a configuration: what is wrong, where, and how to correct it.

use std::fmt;

/// One problem of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path of the value, such as `classifiers.did_us.regex`; the root for the whole document.
    pub path: Path,
    /// What is wrong.
    pub reason: Reason,
    /// In a regex, the byte at which it is wrong.
    pub offset: Option<usize>,
    /// How to correct it.
    pub hint: Option<String>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// OTP's `re` refuses the pattern, in these words.
    InvalidRegex(String),
    /// Only OTP's `re`, which is not available, runs patterns with this construct.
    NeedsRe(&'static str),
    /// The value has the wrong type.
    WrongType {
        /// The type that is expected, such as `an object`.
        expected: &'static str,
        /// The type of the value.
        got: &'static str,
    },
    /// The backslashes of the regex are doubled, as in text that was encoded as JSON twice.
    DoubledBackslashes,
    /// The document has none of the known shapes.
    UnknownDocument,
    /// A list of prefixes has something else in it.
    InvalidPrefix(String),
    /// The file of a list of prefixes was not read.
    UnreadPrefixes(String),
    /// The regions and types of a class have something else in them.
    InvalidWorld(String),
    /// A class by prefixes, or by the world's plan, has no regex for nodes of Kazoo.
    MissingRegex(&'static str),
    /// A bound of the engine is exceeded.
    TooMany {
        /// What is counted.
        what: &'static str,
        /// The bound.
        limit: usize,
        /// The count.
        got: usize,
    },
}

impl Reason {
    /// The name of the reason, the same in every language of the API.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::InvalidRegex(_) => "invalid_regex",
            Reason::NeedsRe(_) => "needs_re",
            Reason::WrongType { .. } => "wrong_type",
            Reason::DoubledBackslashes => "doubled_backslashes",
            Reason::UnknownDocument => "unknown_document",
            Reason::InvalidPrefix(_) => "invalid_prefix",
            Reason::UnreadPrefixes(_) => "unread_prefixes",
            Reason::InvalidWorld(_) => "invalid_world",
            Reason::MissingRegex(_) => "missing_regex",
            Reason::TooMany { .. } => "too_many",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::InvalidRegex(words)
            | Reason::InvalidPrefix(words)
            | Reason::UnreadPrefixes(words)
            | Reason::InvalidWorld(words) => write!(formatter, "{words}"),
            Reason::MissingRegex(by) => write!(formatter, "a class by {by}, and no regex for nodes of Kazoo"),
            Reason::NeedsRe(what) => write!(formatter, "{what} runs only in OTP's re"),
            Reason::WrongType { expected, got } => write!(formatter, "expected {expected}, got {got}"),
            Reason::DoubledBackslashes => write!(formatter, "doubled backslashes"),
            Reason::UnknownDocument => write!(formatter, "not a number_manager document"),
            Reason::TooMany { what, limit, got } => write!(formatter, "{got} {what}, at most {limit}"),
        }
    }
}

impl Problem {
    /// A problem at `path`, without an offset or a hint.
    pub fn new(path: &Path, reason: Reason) -> Problem {
        Problem {
            path: path.clone(),
            reason,
            offset: None,
            hint: None,
        }
    }

    /// The problem of a value of another type than is expected.
    pub(super) fn wrong_type(path: &Path, expected: &'static str, got: &'static str) -> Problem {
        Problem::new(path, Reason::WrongType { expected, got })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(formatter, "{}: ", self.path)?;
        }
        write!(formatter, "{}", self.reason)?;
        if let Some(offset) = self.offset {
            write!(formatter, " at offset {offset}")?;
        }
        if let Some(hint) = &self.hint {
            write!(formatter, " ({hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// The problems of a refused configuration, in the order of the document, displayed one a line.
///
/// ```
/// use numplan::{Document, Json};
/// fn read(text: &str) -> Result<Document, Box<dyn std::error::Error>> {
///     Ok(Document::read(&text.parse::<Json>()?)?)
/// }
/// assert_eq!(read(r#"{"classifiers": []}"#).unwrap_err().to_string(), "classifiers: expected an object, got a list");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Problems {
        Problems(problems)
    }
}

impl std::ops::Deref for Problems {
    type Target = [Problem];

    fn deref(&self) -> &[Problem] {
        &self.0
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.iter().map(Problem::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// The keys that lead from the root of a document to a value.
///
/// Displayed with dots between the keys. A key with other characters than letters, digits, `_` and
/// `-`, such as the regex of a converter, is displayed in brackets and quotes.
///
/// ```
/// use numplan::config::problem::Path;
/// let path = Path::root().key(b"e164_converters").key(br"^0(\d+)$").key(b"prefix");
/// assert_eq!(path.to_string(), r#"e164_converters["^0(\d+)$"].prefix"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Vec<u8>>);

impl Path {
    /// The path of the document itself.
    pub fn root() -> Path {
        Path::default()
    }

    /// True for the document itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of the value under `key`.
    pub fn key(&self, key: &[u8]) -> Path {
        let mut keys = self.0.clone();
        keys.push(key.to_vec());
        Path(keys)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            let text = String::from_utf8_lossy(key);
            let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
            let plain = !key.is_empty() && key.iter().all(is_plain);
            match (plain, at) {
                (true, 0) => write!(formatter, "{text}")?,
                (true, _) => write!(formatter, ".{text}")?,
                (false, _) => write!(formatter, "[\"{text}\"]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
