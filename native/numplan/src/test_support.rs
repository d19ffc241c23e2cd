//! What unit tests share: programs of regexes, and all short subjects.

// Integration tests have it too.
#[path = "../tests/small/subjects.rs"]
mod subjects;

pub(crate) use subjects::subjects;

use crate::dfa::look_around;
use crate::regex::dialect::Dialect;
use crate::regex::nfa::Program;
use crate::regex::parser::{Reading, read};
use crate::regex::pattern::Pattern;

pub(crate) type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The syntax tree of `regex`, which PCRE 8 runs natively.
pub(crate) fn pattern(regex: &str) -> Tested<Pattern> {
    match read(regex.as_bytes(), Dialect::Pcre) {
        Reading::Native(pattern) => Ok(pattern),
        reading => Err(format!("{regex}: {reading:?}").into()),
    }
}

/// The program of `regex`, which saves captures if these are wanted.
pub(crate) fn program(regex: &str, captures: bool) -> Tested<Program> {
    look_around::compile(&pattern(regex)?, captures, 100_000).map_err(|_| "a large program".into())
}
