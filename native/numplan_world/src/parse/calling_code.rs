//! Finds the calling code of a number: behind a plus sign or an international prefix, or at the
//! beginning of a number that has the code of the region it is dialled in.

use crate::calling_code::CallingCode;
use crate::layout::region;
use crate::number::FEWEST_DIGITS;
use crate::number_type::NumberType;
use crate::parse::national_prefix;
use crate::parse::normal::Digits;
use crate::parse_error::ParseError;
use crate::phone_number::Source;
use crate::possible::Possible;
use crate::program;
use crate::region::Region;
use crate::world::World;

/// A calling code, where one was found, and the digits behind it.
pub(crate) struct Extracted<'w> {
    pub(crate) code: Option<CallingCode<'w>>,
    pub(crate) digits: Digits,
    pub(crate) source: Source,
}

/// The calling code of a number that is dialled in a region. A plus sign before what is no calling
/// code is taken for a slip, and left out.
pub(crate) fn extract<'w>(
    world: &'w World<'w>,
    has_plus: bool,
    digits: &[u8],
    region: Option<Region<'w>>,
) -> Result<Extracted<'w>, ParseError> {
    if !has_plus {
        return without_a_plus(world, digits, region);
    }
    match behind_prefix(world, digits, Source::NumberWithPlusSign) {
        Err(ParseError::InvalidCountryCode) => {
            let extracted = without_a_plus(world, digits, region)?;
            if extracted.code.is_none() {
                return Err(ParseError::InvalidCountryCode);
            }
            Ok(extracted)
        }
        found => found,
    }
}

fn without_a_plus<'w>(
    world: &'w World<'w>,
    digits: &[u8],
    region: Option<Region<'w>>,
) -> Result<Extracted<'w>, ParseError> {
    if let Some(region) = region {
        if let Some(rest) = behind_international_prefix(region, digits) {
            return behind_prefix(world, rest, Source::NumberWithIdd);
        }
        if let Some((code, digits)) = behind_own_code(world, region, digits) {
            return Ok(Extracted {
                code: Some(code),
                digits,
                source: Source::NumberWithoutPlusSign,
            });
        }
    }
    Ok(Extracted {
        code: None,
        digits: Digits::from_bytes(digits),
        source: Source::DefaultCountry,
    })
}

/// The calling code with which some digits must begin.
fn behind_prefix<'w>(world: &'w World<'w>, digits: &[u8], source: Source) -> Result<Extracted<'w>, ParseError> {
    if digits.len() <= FEWEST_DIGITS {
        return Err(ParseError::TooShortAfterIdd);
    }
    let (code, rest) = world.split_calling_code(digits).ok_or(ParseError::InvalidCountryCode)?;
    Ok(Extracted {
        code: Some(code),
        digits: Digits::from_bytes(rest),
        source,
    })
}

/// What stands behind an international prefix. No calling code begins with 0, so neither may that.
fn behind_international_prefix<'d>(from: Region<'_>, digits: &'d [u8]) -> Option<&'d [u8]> {
    let first = digits.first()?.wrapping_sub(b'0');
    if from.word(region::INTERNATIONAL_FIRST) >> first & 1 == 0 {
        return None;
    }
    let program = from.data.program(from.word(region::INTERNATIONAL_PREFIX));
    let rest = digits.get(program::run(program, digits)?.end..)?;
    (rest.first() != Some(&b'0')).then_some(rest)
}

/// The number behind the calling code of the region itself, where it is one only without the code,
/// or is too long with it.
fn behind_own_code<'w>(world: &'w World<'w>, region: Region<'w>, digits: &[u8]) -> Option<(CallingCode<'w>, Digits)> {
    let code = world.calling_code(region.calling_code())?;
    let rest = digits.strip_prefix(code.digits().as_bytes())?;
    let rest =
        national_prefix::strip(region, rest).map_or_else(|| Digits::from_bytes(rest), |stripped| stripped.digits);
    let lengths = region.lengths(NumberType::Unknown);
    let is_only_number = || !region.is_general(digits) && region.is_general(rest.as_bytes());
    let is_too_long = || lengths.is_some_and(|lengths| lengths.verdict(digits.len()) == Possible::TooLong);
    (is_only_number() || is_too_long()).then_some((code, rest))
}
