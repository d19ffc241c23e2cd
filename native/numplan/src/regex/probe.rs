//! Recognises the dialect of a node's `re` by its answers, so that no release has to be known.

use crate::regex::dialect::Dialect;
use crate::regex::nfa;
use crate::regex::parser::{self, Reading};
use crate::regex::pattern::Pattern;
use crate::regex::pike_vm;

/// The program of a probe is small.
const MAX_INSTRUCTIONS: usize = 1_000;

/// What a node's `re` answers for one regex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The regex.
    pub regex: Vec<u8>,
    /// Of the 256 subjects of one byte, those that it matches, in ascending order.
    pub matching: Vec<u8>,
}

/// The dialect in which the engine answers as in all `probes`; [`Dialect::Unknown`] where there is
/// none.
///
/// A dialect that leaves the regex of a probe to `re` agrees with it, whatever the answer is.
///
/// ```
/// use numplan::regex::{dialect::Dialect, probe};
/// let upper_case = |last| probe::Probe { regex: br"^[^\W\d_a-z]$".to_vec(), matching: (b'A'..=last).collect() };
/// assert_eq!(probe::dialect(&[upper_case(b'Z')]), Dialect::Pcre2);
/// assert_eq!(probe::dialect(&[upper_case(b'Y')]), Dialect::Unknown);
/// assert_eq!(probe::dialect(&[]), Dialect::Pcre);
/// ```
pub fn dialect(probes: &[Probe]) -> Dialect {
    let mut known = [Dialect::Pcre, Dialect::Pcre2].into_iter();
    known
        .find(|dialect| probes.iter().all(|probe| agrees(*dialect, probe)))
        .unwrap_or(Dialect::Unknown)
}

fn agrees(dialect: Dialect, probe: &Probe) -> bool {
    match parser::read(&probe.regex, dialect) {
        Reading::Foreign(_) => true,
        Reading::Invalid(_) => false,
        Reading::Native(pattern) => matching(&pattern).as_ref() == Some(&probe.matching),
    }
}

fn matching(pattern: &Pattern) -> Option<Vec<u8>> {
    let program = nfa::compile(pattern, false, MAX_INSTRUCTIONS).ok()?;
    let bytes = (0..=u8::MAX).filter(|byte| pike_vm::is_match(&program, &[*byte]));
    Some(bytes.collect())
}
