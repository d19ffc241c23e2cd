//! The parser of counted repetitions: `{2}`, `{2,}`, `{2,5}`.

use crate::regex::dialect::Dialect;
use crate::regex::parser::{Parsed, Parser};

/// The largest count of a repetition that PCRE accepts.
const MAX_REPEAT: u32 = 65_535;

/// The bounds of a counted repetition, and where it ends.
pub(super) type Counts = (u32, Option<u32>, usize);

impl Parser<'_> {
    /// The bounds behind the opening brace before `at`; `None` where the brace is a literal.
    pub(super) fn counts(&self, at: usize) -> Parsed<Option<Counts>> {
        let counts = match self.dialect {
            Dialect::Pcre2 => of_pcre2(self.text, at),
            Dialect::Pcre | Dialect::Unknown => of_pcre(self.text, at),
        };
        counts.map(|counts| self.in_bounds(at, counts)).transpose()
    }

    fn in_bounds(&self, at: usize, counts: Counts) -> Parsed<Counts> {
        let (min, max, end) = counts;
        let behind_min = digits(self.text, at).map_or(at, |(_, end)| end);
        match max {
            _ if min > MAX_REPEAT => self.invalid_at(behind_min, "number too big in {} quantifier"),
            Some(max) if max > MAX_REPEAT => self.invalid_at(end - 1, "number too big in {} quantifier"),
            Some(max) if max < min => self.invalid_at(end - 1, "numbers out of order in {} quantifier"),
            _ => Ok(counts),
        }
    }
}

/// The length of the repetition that `text`, which stands behind a brace, begins with, if PCRE2
/// reads one there and PCRE 8 does not.
pub(crate) fn of_pcre2_alone(text: &[u8]) -> Option<usize> {
    let (.., end) = of_pcre2(text, 0)?;
    of_pcre(text, 0).is_none().then_some(end)
}

fn of_pcre(text: &[u8], at: usize) -> Option<Counts> {
    let (min, at) = digits(text, at)?;
    match text.get(at)? {
        b'}' => Some((min, Some(min), at + 1)),
        b',' if text.get(at + 1) == Some(&b'}') => Some((min, None, at + 2)),
        b',' => {
            let (max, at) = digits(text, at + 1)?;
            (text.get(at) == Some(&b'}')).then_some((min, Some(max), at + 1))
        }
        _ => None,
    }
}

/// One or two numbers, of which one may be missing, with spaces and tabs around.
fn of_pcre2(text: &[u8], at: usize) -> Option<Counts> {
    let (min, at) = number_in_blanks(text, at);
    match text.get(at)? {
        b'}' => min.map(|min| (min, Some(min), at + 1)),
        b',' => {
            let (max, at) = number_in_blanks(text, at + 1);
            let is_closed = text.get(at) == Some(&b'}');
            (is_closed && (min.is_some() || max.is_some())).then_some((min.unwrap_or(0), max, at + 1))
        }
        _ => None,
    }
}

/// The number at `at`, if digits are there, and where they and the blanks around them end.
fn number_in_blanks(text: &[u8], at: usize) -> (Option<u32>, usize) {
    let start = skip_blanks(text, at);
    match digits(text, start) {
        Some((number, end)) => (Some(number), skip_blanks(text, end)),
        None => (None, start),
    }
}

fn skip_blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn digits(text: &[u8], start: usize) -> Option<(u32, usize)> {
    let rest = text.get(start..)?;
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = rest.iter().take(length).fold(0u32, |value, digit| {
        value.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
    });
    (length > 0).then_some((value, start + length))
}
