//! Strips the national prefix, such as 0 or 1, and carrier codes in it.

use crate::layout::{NONE, region, template};
use crate::parse::normal::Digits;
use crate::program;
use crate::region::Region;

/// A number without its national prefix.
pub(crate) struct Stripped {
    pub(crate) digits: Digits,
    pub(crate) carrier: String,
}

/// The number without a national prefix of the region; `None` where it has none, or where it is in
/// the region's plan as it is, and would not be without what looks like a prefix.
///
/// In some regions the prefix is replaced: a local number gets its area code, a mobile number of
/// Argentina the 9 in front.
pub(crate) fn strip(region: Region<'_>, digits: &[u8]) -> Option<Stripped> {
    let first = digits.first()?.wrapping_sub(b'0');
    if region.word(region::PARSE_FIRST) >> first & 1 == 0 {
        return None;
    }
    let matched = program::run(region.data.program(region.word(region::PARSE_PREFIX)), digits)?;
    let rest = digits.get(matched.end..).unwrap_or_default();
    let groups = usize::from(region.word(region::PARSE_GROUPS));
    let group = |number: usize| matched.group(number, digits);
    let replacement =
        Some(region.word(region::PARSE_TRANSFORM)).filter(|text| *text != NONE && group(groups).is_some());
    let (stripped, carrier) = match replacement.and_then(|text| region.data.text(text)) {
        None => (Digits::from_bytes(rest), group(1)),
        Some(text) => {
            let mut replaced = Digits::new();
            for byte in text {
                match byte.checked_sub(template::GROUP) {
                    Some(number) => replaced.extend(group(usize::from(number) + 1).unwrap_or_default().iter().copied()),
                    None => replaced.extend(std::iter::once(*byte)),
                }
            }
            replaced.extend(rest.iter().copied());
            (replaced, group(1).filter(|_| groups > 1))
        }
    };
    if region.is_general(digits) && !region.is_general(stripped.as_bytes()) {
        return None;
    }
    let carrier = carrier
        .and_then(|carrier| std::str::from_utf8(carrier).ok())
        .unwrap_or_default();
    Some(Stripped {
        digits: stripped,
        carrier: carrier.to_owned(),
    })
}
