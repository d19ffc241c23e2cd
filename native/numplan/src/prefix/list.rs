//! A list of prefixes as a set of numbers: sorted, and without prefixes that add nothing.

use super::digits::{Digits, MOST};
use std::fmt;

/// A prefix that adds no number to its list, because of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redundant {
    /// The prefix.
    pub prefix: String,
    /// The prefix with which it begins; the same where it stands twice.
    pub covered_by: String,
}

/// A list of prefixes. Of a prefix that stands twice one is kept, and none that begins with
/// another of the list: the numbers are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixList {
    prefixes: Box<[Digits]>,
    /// How many prefixes were given.
    given: usize,
    redundant: Option<Redundant>,
}

/// Why a text is no prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPrefix {
    /// There are no digits.
    Empty,
    /// At this byte something else than a digit stands.
    NotADigit(usize),
    /// There are more digits than a number in E.164 has.
    TooLong,
}

impl NoPrefix {
    /// The byte of the text at which it is wrong.
    pub fn offset(self) -> usize {
        match self {
            NoPrefix::Empty => 0,
            NoPrefix::NotADigit(at) => at,
            NoPrefix::TooLong => MOST,
        }
    }
}

impl fmt::Display for NoPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPrefix::Empty => write!(formatter, "expected digits, got none"),
            NoPrefix::NotADigit(_) => write!(formatter, "expected digits alone, with or without a + before them"),
            NoPrefix::TooLong => write!(formatter, "more than {MOST} digits, which no number in E.164 has"),
        }
    }
}

/// Reads a prefix: digits, with or without a `+` before them.
pub(crate) fn prefix(text: &[u8]) -> Result<Digits, NoPrefix> {
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    let plus = text.len() - digits.len();
    if let Some(at) = digits.iter().position(|byte| !byte.is_ascii_digit()) {
        return Err(NoPrefix::NotADigit(plus + at));
    }
    match digits.len() {
        0 => Err(NoPrefix::Empty),
        length if length > MOST => Err(NoPrefix::TooLong),
        _ => Ok(Digits::leading(digits.iter())),
    }
}

impl PrefixList {
    /// The list of these prefixes, in any order.
    pub(crate) fn new(mut prefixes: Vec<Digits>) -> PrefixList {
        let given = prefixes.len();
        prefixes.sort_unstable();
        let mut redundant = None;
        // In order, each prefix is followed by all that begin with it.
        prefixes.dedup_by(|prefix, before| {
            let is_covered = before.begin(*prefix);
            if is_covered && redundant.is_none() {
                redundant = Some(Redundant {
                    prefix: prefix.to_string(),
                    covered_by: before.to_string(),
                });
            }
            is_covered
        });
        PrefixList {
            prefixes: prefixes.into(),
            given,
            redundant,
        }
    }

    /// How many prefixes were given.
    pub fn given(&self) -> usize {
        self.given
    }

    /// How many prefixes add no number, and the first of them in order.
    pub fn redundant(&self) -> Option<(usize, &Redundant)> {
        let count = self.given - self.prefixes.len();
        self.redundant.as_ref().map(|first| (count, first))
    }

    /// The prefix with which `e164` begins, if it is one of the list. Cost: a binary search.
    ///
    /// ```
    /// use numplan::prefix::file;
    /// let list = file::read(b"+1900\n4490\n")?;
    /// assert_eq!(list.find(b"+19005550100").as_deref(), Some("+1900"));
    /// assert_eq!(list.find(b"+190"), None);
    /// # Ok::<(), Vec<file::Fault>>(())
    /// ```
    pub fn find(&self, e164: &[u8]) -> Option<String> {
        let number = Digits::of_number(e164)?;
        let behind = self.prefixes.partition_point(|prefix| *prefix <= number);
        let last = self.prefixes.get(behind.checked_sub(1)?)?;
        last.begin(number).then(|| last.to_string())
    }

    /// The prefixes, in order: none begins with another.
    pub(crate) fn prefixes(&self) -> &[Digits] {
        &self.prefixes
    }
}

#[cfg(test)]
mod tests;
