//! The parser of counted repetitions: `{2}`, `{2,}`, `{2,5}`.

use crate::regex::dialect::Dialect;
use crate::regex::parser::{Parsed, Parser, Stop};

/// The bounds of a counted repetition, and where it ends.
pub(super) type Counts = (u32, Option<u32>, usize);

impl Parser<'_> {
    /// The repetition whose first byte behind the brace is at `at`; `None` for a literal brace.
    pub(super) fn counts(&self, at: usize) -> Parsed<Option<Counts>> {
        let counts = self.counts_of_pcre(at);
        let is_read_otherwise = match self.dialect {
            Dialect::Pcre => false,
            Dialect::Pcre2 => self.is_repetition_of_pcre2(at),
            Dialect::Unknown => true,
        };
        match counts {
            None if is_read_otherwise => Err(Stop::Foreign("a repetition that PCRE 8 takes for text")),
            counts => Ok(counts),
        }
    }

    fn counts_of_pcre(&self, at: usize) -> Option<Counts> {
        let (min, at) = self.digits(at)?;
        match self.text.get(at)? {
            b'}' => Some((min, Some(min), at + 1)),
            b',' if self.text.get(at + 1) == Some(&b'}') => Some((min, None, at + 2)),
            b',' => {
                let (max, at) = self.digits(at + 1)?;
                (self.text.get(at) == Some(&b'}')).then_some((min, Some(max), at + 1))
            }
            _ => None,
        }
    }

    /// True for one or two numbers, of which the first may be missing, with spaces and tabs around.
    fn is_repetition_of_pcre2(&self, at: usize) -> bool {
        let (has_min, at) = self.number_in_blanks(at);
        match self.text.get(at) {
            Some(b'}') => has_min,
            Some(b',') => {
                let (has_max, at) = self.number_in_blanks(at + 1);
                (has_min || has_max) && self.text.get(at) == Some(&b'}')
            }
            _ => false,
        }
    }

    /// Whether digits are at `at`, and where they and the blanks around them end.
    fn number_in_blanks(&self, at: usize) -> (bool, usize) {
        let start = self.skip_blanks(at);
        let end = self.digits(start).map(|(_, end)| end);
        (end.is_some(), self.skip_blanks(end.unwrap_or(start)))
    }

    fn skip_blanks(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    fn digits(&self, start: usize) -> Option<(u32, usize)> {
        let rest = self.text.get(start..)?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = rest.iter().take(length).fold(0u32, |value, digit| {
            value.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
        });
        (length > 0).then_some((value, start + length))
    }
}
