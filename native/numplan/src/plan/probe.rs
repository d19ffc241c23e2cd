//! Recognises the dialect of a node's `re` by its answers, so that no release has to be known.

use crate::dfa::{determinize, look_around};
use crate::regex::dialect::Dialect;
use crate::regex::parser::{self, Reading};
use crate::regex::pattern::Pattern;

/// The most instructions of a probe's program. A larger one counts as a probe that does not agree.
const MAX_INSTRUCTIONS: usize = 1_000;

/// What a node's `re` answers for one regex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The regex.
    pub regex: Vec<u8>,
    /// Of the 256 subjects of one byte, those that it matches, in ascending order; none for a regex
    /// that is refused.
    pub matching: Vec<u8>,
}

/// The one dialect under which the engine gives the answers of all `probes`; [`Dialect::Unknown`]
/// where none does, or both do.
///
/// A dialect that leaves the regex of a probe to `re` agrees with it, whatever the answer is.
///
/// ```
/// use numplan::{Dialect, plan::probe};
/// let upper_case = |last| probe::Probe { regex: br"^[^\W\d_a-z]$".to_vec(), matching: (b'A'..=last).collect() };
/// assert_eq!(probe::dialect(&[upper_case(b'Z')]), Dialect::Pcre2);
/// assert_eq!(probe::dialect(&[upper_case(b'Y')]), Dialect::Unknown);
/// assert_eq!(probe::dialect(&[]), Dialect::Unknown);
/// ```
pub fn dialect(probes: &[Probe]) -> Dialect {
    let agrees = |dialect: Dialect| probes.iter().all(|probe| agrees(dialect, probe));
    match (agrees(Dialect::Pcre), agrees(Dialect::Pcre2)) {
        (true, false) => Dialect::Pcre,
        (false, true) => Dialect::Pcre2,
        _ => Dialect::Unknown,
    }
}

fn agrees(dialect: Dialect, probe: &Probe) -> bool {
    match parser::read(&probe.regex, dialect) {
        Reading::Foreign(_) => true,
        Reading::Invalid(_) => false,
        Reading::Native(pattern) => matching(&pattern).as_ref() == Some(&probe.matching),
    }
}

fn matching(pattern: &Pattern) -> Option<Vec<u8>> {
    let program = look_around::compile(pattern, false, MAX_INSTRUCTIONS).ok()?;
    let bytes = (0..=u8::MAX).filter(|byte| determinize::matches(&program, &[*byte]));
    Some(bytes.collect())
}
