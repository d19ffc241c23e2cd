//! Regexes that answer alike in both dialects, in place of one that does not.

use super::construct::{Construct, What};
use super::scanner::scan;
use crate::regex::dialect::Dialect;
use crate::regex::parser::{self, Reading};

/// A regex to write instead, which both releases read alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// The regex.
    pub regex: Vec<u8>,
    /// How it answers.
    pub answers: Answers,
}

/// How a [`Mended`] regex answers, in both releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// As the original does now.
    AsHere,
    /// As the original would in the other release.
    AsThere,
}

/// `regex` with its constructs replaced, if it is proved that both dialects then read it alike, and
/// as one of them reads the original.
pub(super) fn mend(regex: &[u8], readings: &[Reading; 2], here: Dialect, there: Dialect) -> Option<Mended> {
    let mut mended = Vec::with_capacity(regex.len());
    let mut from = 0;
    for construct in scan(regex) {
        if construct.offset < from {
            continue;
        }
        let Some(replacement) = replacement(regex, construct, here) else {
            continue;
        };
        mended.extend_from_slice(regex.get(from..construct.offset)?);
        mended.extend(replacement);
        from = construct.end;
    }
    mended.extend_from_slice(regex.get(from..)?);
    let read = parser::read(&mended, here);
    if !matches!(read, Reading::Native(_)) || read != parser::read(&mended, there) {
        return None;
    }
    let answers = match readings {
        [here, _] if read == *here => Answers::AsHere,
        [_, there] if read == *there => Answers::AsThere,
        _ => return None,
    };
    Some(Mended { regex: mended, answers })
}

/// What to write in place of `construct`, which `here` reads.
fn replacement(regex: &[u8], construct: Construct, here: Dialect) -> Option<Vec<u8>> {
    let text = regex.get(construct.offset..construct.end)?;
    let replaced = match construct.what {
        What::UnknownLetter | What::NoMember | What::NoGroup => text.get(1..)?.to_vec(),
        What::NoDigits => b"\\x00".to_vec(),
        What::DashAfterSet => b"\\-".to_vec(),
        What::Brace if here == Dialect::Pcre2 => {
            let plain: Vec<u8> = text
                .iter()
                .copied()
                .filter(|byte| !matches!(byte, b' ' | b'\t'))
                .collect();
            match plain.strip_prefix(b"{,") {
                Some(max) => [b"{0,", max].concat(),
                None => plain,
            }
        }
        What::Brace => [b"\\", text].concat(),
        What::Letters => match (text, construct.in_class) {
            (b"\\w" | b"[:word:]", true) => b"A-Za-z0-9_".to_vec(),
            (b"[:alpha:]", true) => b"A-Za-z".to_vec(),
            (b"[:alnum:]", true) => b"A-Za-z0-9".to_vec(),
            (b"[:lower:]", true) => b"a-z".to_vec(),
            (b"[:upper:]", true) => b"A-Z".to_vec(),
            (b"\\w", false) => b"[A-Za-z0-9_]".to_vec(),
            (b"\\W", false) => b"[^A-Za-z0-9_]".to_vec(),
            _ => return None,
        },
        _ => return None,
    };
    Some(replaced)
}

#[cfg(test)]
mod tests;
