//! Reads numbers as people write them.

mod calling_code;
mod context;
mod extension;
pub(crate) mod national_prefix;
mod normal;
mod plain;

use crate::characters::is_plus;
use crate::layout::MOST_DIGITS;
use crate::number::{FEWEST_DIGITS, National};
use crate::number_type::NumberType;
use crate::parse_error::ParseError;
use crate::phone_number::{PhoneNumber, Source};
use crate::possible::Possible;
use crate::region::Region;
use crate::world::World;
use normal::{Digits, MOST_CHARACTERS};

pub(crate) use context::extracted;

impl World<'_> {
    /// A number as people write it: with or without a calling code, with punctuation, letters,
    /// digits of any script, an extension, or as a `tel:` URI. Text around it is left out. A number
    /// that is in no international form is read as it is dialled in `region`.
    ///
    /// That a text can be read does not make it a valid number: see [`crate::Lookup::is_valid`].
    ///
    /// # Errors
    ///
    /// Those of libphonenumber: see [`ParseError`].
    ///
    /// ```
    /// use numplan_world::{ParseError, World};
    ///
    /// let world = World::builtin()?;
    /// let number = world.parse("(0) 20 7946 0000 ext. 7", Some("GB"))?;
    /// assert_eq!((number.to_string().as_str(), number.extension()), ("+442079460000", "7"));
    /// assert_eq!(world.parse("20 7946 0000", None), Err(ParseError::InvalidCountryCode));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(&self, text: &str, region: Option<&str>) -> Result<PhoneNumber, ParseError> {
        let region = region.and_then(|name| self.region(name));
        self.read(text, region, true)
    }

    /// As `parse`; without `known`, also numbers of which no calling code is known: they have 0.
    pub(crate) fn read(&self, text: &str, region: Option<Region<'_>>, known: bool) -> Result<PhoneNumber, ParseError> {
        if text.len() > MOST_CHARACTERS && text.chars().nth(MOST_CHARACTERS).is_some() {
            return Err(ParseError::TooLong);
        }
        if let Some(plain) = plain::read(text.as_bytes()) {
            return self.read_digits(plain.has_plus, plain.digits.as_bytes(), "", region, known);
        }
        let candidate = context::candidate(self, text)?;
        let (number, extension) = extension::split(self, &candidate).ok_or(ParseError::NotANumber)?;
        let digits = Digits::of(self, number);
        self.read_digits(number.starts_with(is_plus), digits.as_bytes(), extension, region, known)
    }

    fn read_digits(
        &self,
        has_plus: bool,
        digits: &[u8],
        extension: &str,
        region: Option<Region<'_>>,
        known: bool,
    ) -> Result<PhoneNumber, ParseError> {
        if known && region.is_none() && !has_plus {
            return Err(ParseError::InvalidCountryCode);
        }
        let read = calling_code::extract(self, has_plus, digits, region)?;
        let region = match read.code {
            Some(code) => code.main_region(),
            None => region,
        };
        let digits = read.digits;
        if digits.as_bytes().len() < FEWEST_DIGITS {
            return Err(ParseError::TooShortNsn);
        }
        let (digits, carrier) = without_national_prefix(region, digits);
        let national = National::new(digits.as_bytes()).ok_or(if digits.as_bytes().len() > MOST_DIGITS {
            ParseError::TooLong
        } else {
            ParseError::TooShortNsn
        })?;
        let code = region.map_or(0, Region::calling_code);
        let source = if code == 0 { Source::Unspecified } else { read.source };
        Ok(PhoneNumber::new(code, national, extension.to_owned(), source, carrier))
    }
}

/// The number without its national prefix, and the carrier code in it. What is left must be long
/// enough; otherwise the number may be a short one that happens to begin like a prefix.
fn without_national_prefix(region: Option<Region<'_>>, digits: Digits) -> (Digits, String) {
    let Some(region) = region else {
        return (digits, String::new());
    };
    let Some(stripped) = national_prefix::strip(region, digits.as_bytes()) else {
        return (digits, String::new());
    };
    let lengths = region.lengths(NumberType::Unknown);
    let possible = lengths.map_or(Possible::InvalidLength, |lengths| {
        lengths.verdict(stripped.digits.as_bytes().len())
    });
    match possible {
        Possible::IsPossible | Possible::TooLong => (stripped.digits, stripped.carrier),
        _ => (digits, String::new()),
    }
}
