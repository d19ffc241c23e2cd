//! What another release of OTP makes of a regex: its `re` may refuse it, or read it otherwise.
//!
//! A [`Verdict`] is proved or it is [`Verdict::Unproven`]. A regex that is native in both dialects
//! is compared by its syntax trees, then by its automata, for all subjects. One that only `re` runs
//! is never said to answer alike; it may hold a [`Construct`] that the other release refuses for
//! certain.

mod comparison;
mod construct;
mod mend;
mod roots;
mod scanner;
mod size;

pub use comparison::{Answer, Difference};
pub use construct::{Construct, What};
pub use mend::{Answers, Mended};
pub(crate) use size::may_be_too_large;

use crate::config::document::Document;
use crate::plan::refusal::Refusal;
use crate::proof::search::{Budget, Limits};
use crate::regex::dialect::Dialect;
use crate::regex::parser::{self, Reading};
use std::collections::HashMap;

/// What another release makes of a regex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both accept it and answer alike for every subject, or both refuse it.
    Alike,
    /// The other release refuses it.
    Refused {
        /// Why.
        reason: &'static str,
        /// The byte of the regex at which it is wrong.
        offset: usize,
        /// The construct that is refused, where it is known.
        construct: Option<Construct>,
        /// A regex to write instead.
        mended: Option<Mended>,
    },
    /// The other release accepts it, and this one refuses it.
    Accepted,
    /// Both accept it, and they answer otherwise for some subject.
    Differs {
        /// A shortest subject that shows it.
        difference: Difference,
        /// A construct that they read otherwise, where it is known.
        construct: Option<Construct>,
        /// A regex to write instead.
        mended: Option<Mended>,
    },
    /// It is not known whether they answer alike, because of this.
    Unproven(&'static str),
}

/// A regex of a rule.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'r> {
    /// The regex.
    pub regex: &'r [u8],
    /// Whether the rule keeps a root, or only matches.
    pub keeps_root: bool,
    /// Whether `re` of this release refuses it.
    pub is_refused: bool,
}

/// The verdict on a rule when `re` changes from the dialect `here` to `there`. Its proofs take from
/// `budget`, which several rules may share.
pub(crate) fn verdict(asked: Asked<'_>, here: Dialect, there: Dialect, budget: &mut Budget) -> Verdict {
    let regex = asked.regex;
    let readings = [parser::read(regex, here), parser::read(regex, there)];
    match (asked.is_refused, refusal(regex, &readings[1], there)) {
        (true, Some(_)) => return Verdict::Alike,
        (true, None) => {
            return match readings[1] {
                Reading::Native(_) if !may_be_too_large(regex, there) => Verdict::Accepted,
                _ => Verdict::Unproven("what this release refuses"),
            };
        }
        (false, Some((reason, offset, construct))) => {
            return Verdict::Refused {
                reason,
                offset,
                construct,
                mended: mend::mend(regex, &readings, here, there),
            };
        }
        (false, None) => {}
    }
    let (old, new) = match &readings {
        [Reading::Native(old), Reading::Native(new)] => (old, new),
        [Reading::Foreign(what), _] | [_, Reading::Foreign(what)] => return Verdict::Unproven(what),
        _ => return Verdict::Unproven("syntax that only re reads"),
    };
    if may_be_too_large(regex, there) {
        return Verdict::Unproven("as much as a regex may hold");
    }
    match comparison::compare([old, new], asked.keeps_root, budget) {
        Err(what) => Verdict::Unproven(what),
        Ok(None) => Verdict::Alike,
        Ok(Some(difference)) => Verdict::Differs {
            difference,
            construct: scanner::that_differs(regex),
            mended: mend::mend(regex, &readings, here, there),
        },
    }
}

/// The verdict on a rule when `re` changes from the dialect `here` to another one, `there`.
///
/// Cost: some microseconds where both read it alike; else that of a proof, which `limits` bound.
pub fn verdict_within(asked: Asked<'_>, here: Dialect, there: Dialect, limits: &Limits) -> Verdict {
    verdict(asked, here, there, &mut Budget::new(limits))
}

/// The regexes of `document` that `re` of a release with the dialect `there` refuses for certain.
/// It may refuse others that are not native in its dialect.
pub fn refusals(document: &Document, there: Dialect) -> HashMap<Vec<u8>, Refusal> {
    let refused = document.regexes().filter_map(|(_, regex)| {
        let reading = parser::read(regex, there);
        let (mut reason, mut offset, _) = refusal(regex, &reading, there)?;
        // As that `re` says it: a construct is reported where it begins.
        if let Reading::Invalid(error) = reading {
            (reason, offset) = (error.reason, error.offset);
        }
        let reason = reason.to_owned();
        Some((regex.to_vec(), Refusal { reason, offset }))
    });
    refused.collect()
}

fn refusal(regex: &[u8], reading: &Reading, there: Dialect) -> Option<(&'static str, usize, Option<Construct>)> {
    if regex.contains(&0) {
        return None;
    }
    let construct = scanner::that_is_refused(regex, there);
    match (construct, reading) {
        (_, Reading::Native(_)) => None,
        (Some(construct), _) => Some((construct.what.refused_as(), construct.offset, Some(construct))),
        (None, Reading::Invalid(error)) => Some((error.reason, error.offset, None)),
        (None, Reading::Foreign(_)) => None,
    }
}

#[cfg(test)]
mod tests;
