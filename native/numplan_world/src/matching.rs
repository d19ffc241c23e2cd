//! Whether two texts are the same number.

use crate::parse_error::ParseError;
use crate::phone_number::PhoneNumber;
use crate::world::World;
use std::fmt;

/// How much two numbers are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Match {
    /// One is not a number.
    NotANumber,
    /// They are different numbers.
    NoMatch,
    /// One may be a shorter form of the other, or lacks its extension.
    ShortNsnMatch,
    /// They are equal behind the calling code, which one of them lacks.
    NsnMatch,
    /// They are equal.
    ExactMatch,
}

impl Match {
    /// libphonenumber's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Match::NotANumber => "NOT_A_NUMBER",
            Match::NoMatch => "NO_MATCH",
            Match::ShortNsnMatch => "SHORT_NSN_MATCH",
            Match::NsnMatch => "NSN_MATCH",
            Match::ExactMatch => "EXACT_MATCH",
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl World<'_> {
    /// How much two texts are alike as numbers; a text without a calling code is read as a number
    /// with that of the other one.
    ///
    /// ```
    /// use numplan_world::{Match, World};
    ///
    /// let world = World::builtin()?;
    /// assert_eq!(world.is_number_match("+1 415 886 7900", "415-886-7900"), Match::NsnMatch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_number_match(&self, one: &str, other: &str) -> Match {
        match (self.parse(one, None), self.parse(other, None)) {
            (Ok(one), _) => self.is_match_of(&one, other),
            (Err(ParseError::InvalidCountryCode), Ok(other)) => self.is_match_of(&other, one),
            (Err(ParseError::InvalidCountryCode), Err(ParseError::InvalidCountryCode)) => {
                match (self.read(one, None, false), self.read(other, None, false)) {
                    (Ok(one), Ok(other)) => compared(&one, &other),
                    _ => Match::NotANumber,
                }
            }
            _ => Match::NotANumber,
        }
    }

    /// How much a text is a number that was read before.
    #[must_use]
    pub fn is_match_of(&self, number: &PhoneNumber, text: &str) -> Match {
        match self.parse(text, None) {
            Ok(other) => return compared(number, &other),
            Err(ParseError::InvalidCountryCode) => {}
            Err(_) => return Match::NotANumber,
        }
        let region = self
            .calling_code(number.calling_code())
            .and_then(|code| code.main_region());
        let (Some(region), false) = (region, region.is_some_and(|region| region.is_global())) else {
            // A number without a country is none in its country either.
            let other = if region.is_none() {
                self.read(text, None, false).ok()
            } else {
                None
            };
            return other.map_or(Match::NotANumber, |other| compared(number, &other));
        };
        match self
            .read(text, Some(region), true)
            .map(|other| compared(number, &other))
        {
            Ok(Match::ExactMatch) => Match::NsnMatch,
            Ok(found) => found,
            Err(_) => Match::NotANumber,
        }
    }
}

fn compared(one: &PhoneNumber, other: &PhoneNumber) -> Match {
    let extensions = [one.extension(), other.extension()];
    if extensions.iter().all(|extension| !extension.is_empty()) && one.extension() != other.extension() {
        return Match::NoMatch;
    }
    let is_known = one.calling_code() != 0 && other.calling_code() != 0;
    let is_same_code = !is_known || one.calling_code() == other.calling_code();
    let is_equal = one.national() == other.national() && one.extension() == other.extension();
    match (is_same_code, is_equal) {
        (false, _) => Match::NoMatch,
        (true, true) if is_known => Match::ExactMatch,
        (true, true) => Match::NsnMatch,
        (true, false) if is_suffix(one, other) => Match::ShortNsnMatch,
        (true, false) => Match::NoMatch,
    }
}

/// Whether one ends with the other, without the zeros at their beginning.
fn is_suffix(one: &PhoneNumber, other: &PhoneNumber) -> bool {
    let significant = |number: &PhoneNumber| {
        let digits = number.national().as_str();
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            "0".to_owned()
        } else {
            significant.to_owned()
        }
    };
    let (one, other) = (significant(one), significant(other));
    one.ends_with(&other) || other.ends_with(&one)
}
