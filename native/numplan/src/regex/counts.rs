//! The parser of counted repetitions: `{2}`, `{2,}`, `{2,5}`.

use crate::regex::dialect::Dialect;
use crate::regex::parser::{Parsed, Parser, Stop};

/// PCRE's bound on a counted repetition.
const MAX_REPEAT: u32 = 65_535;

/// The bounds of a counted repetition, and where it ends.
pub(super) type Counts = (u32, Option<u32>, usize);

impl Parser<'_> {
    /// The bounds behind the opening brace before `at`; `None` where the brace is a literal.
    pub(super) fn counts(&self, at: usize) -> Parsed<Option<Counts>> {
        match self.counts_of_pcre(at) {
            None if self.dialect == Dialect::Pcre2 && self.is_repetition_of_pcre2(at) => {
                Err(Stop::Foreign("a repetition that PCRE 8 takes for text"))
            }
            Some(counts) => self.in_bounds(at, counts).map(Some),
            None => Ok(None),
        }
    }

    fn in_bounds(&self, at: usize, counts: Counts) -> Parsed<Counts> {
        let (min, max, end) = counts;
        let behind_min = self.digits(at).map_or(at, |(_, end)| end);
        match max {
            _ if min > MAX_REPEAT => self.invalid_at(behind_min, "number too big in {} quantifier"),
            Some(max) if max > MAX_REPEAT => self.invalid_at(end - 1, "number too big in {} quantifier"),
            Some(max) if max < min => self.invalid_at(end - 1, "numbers out of order in {} quantifier"),
            _ => Ok(counts),
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
