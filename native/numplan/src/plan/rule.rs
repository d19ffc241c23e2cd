//! From a regex to something that runs: natively, or in OTP's `re`.

use crate::config::problem::{Path, Problem, Reason};
use crate::regex::nfa::{self, Program};
use crate::regex::parser::{self, Reading, SyntaxError};
use crate::regex::pattern::{Node, Pattern};
use std::collections::HashMap;

/// A program larger than this is left to `re`.
const MAX_INSTRUCTIONS: usize = 200_000;
/// And so are the programs with which those of a configuration would be larger than this together.
const MAX_TOGETHER: usize = 6_000_000;

/// Who says which regexes are valid.
#[derive(Clone, Copy, Debug)]
pub enum Judge<'r> {
    /// The reader of this crate. A regex that only OTP's `re` can run is a problem then.
    Reader,
    /// `re:compile/1` of the node: the regexes it refused, with its words and offset. Those that only `re` can run are
    /// left to the caller.
    Re(&'r HashMap<Vec<u8>, Refusal>),
}

/// Why `re:compile/1` refuses a regex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its words.
    pub reason: String,
    /// Where in the regex, in bytes.
    pub offset: usize,
}

/// How many instructions the programs of a configuration may still have.
#[derive(Debug)]
pub(crate) struct Room(usize);

impl Room {
    /// All that there is.
    pub(crate) fn whole() -> Room {
        Room(MAX_TOGETHER)
    }

    /// The program of `pattern`, of at most so many instructions, if there is room for it.
    pub(crate) fn program(&mut self, pattern: &Pattern, captures: bool, most: usize) -> Result<Program, &'static str> {
        let program = nfa::compile(pattern, captures, most.min(self.0)).map_err(|_| TOO_LARGE)?;
        self.0 -= program.instructions.len();
        Ok(program)
    }
}

const TOO_LARGE: &str = "more than an automaton may hold";

/// Where a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// In an automaton.
    Native,
    /// In OTP's `re`; says what the regex holds that an automaton does not.
    Re(&'static str),
}

/// What became of a regex.
pub(crate) enum Compiled {
    Native(Pattern),
    Foreign(&'static str),
}

impl Compiled {
    /// The program that tells whether the regex matches, or what keeps it from running natively.
    pub(crate) fn program(self, room: &mut Room) -> Result<Program, &'static str> {
        match self {
            Compiled::Native(pattern) => match_program(&pattern.node, room),
            Compiled::Foreign(what) => Err(what),
        }
    }
}

/// Reads `regex`; a refused one is reported to `problems`.
pub(crate) fn compile(regex: &[u8], path: &Path, judge: Judge<'_>, problems: &mut Vec<Problem>) -> Option<Compiled> {
    let reading = parser::read(regex);
    let (refusal, reading) = match judge {
        Judge::Re(refused) => (refused.get(regex).cloned(), reading),
        Judge::Reader => match reading {
            Reading::Invalid(SyntaxError { reason, offset }) => (
                Some(Refusal {
                    reason: reason.to_owned(),
                    offset,
                }),
                Reading::Foreign(reason),
            ),
            other => (None, other),
        },
    };
    if let Some(Refusal { reason, offset }) = refusal {
        let hint = hint(regex, &reason, offset);
        problems.push(Problem {
            path: path.clone(),
            reason: Reason::InvalidRegex(reason),
            offset: Some(offset),
            hint,
        });
        return None;
    }
    Some(match reading {
        Reading::Native(pattern) => Compiled::Native(pattern),
        Reading::Foreign(what) => Compiled::Foreign(leave_to_re(what, path, judge, problems)?),
        Reading::Invalid(_) => Compiled::Foreign("syntax that only re reads"),
    })
}

/// What keeps a regex from running natively; where there is no `re` to leave it to, that is a problem.
pub(crate) fn leave_to_re(
    what: &'static str,
    path: &Path,
    judge: Judge<'_>,
    problems: &mut Vec<Problem>,
) -> Option<&'static str> {
    match judge {
        Judge::Re(_) => Some(what),
        Judge::Reader => {
            problems.push(Problem {
                path: path.clone(),
                reason: Reason::NeedsRe(what),
                offset: None,
                hint: None,
            });
            None
        }
    }
}

/// The program that tells whether `node` matches.
pub(crate) fn match_program(node: &Node, room: &mut Room) -> Result<Program, &'static str> {
    let pattern = Pattern {
        node: node.clone(),
        groups: 0,
    };
    room.program(&pattern, false, MAX_INSTRUCTIONS)
}

/// What to do about a refused regex, where its text tells.
fn hint(regex: &[u8], reason: &str, offset: usize) -> Option<String> {
    if let Some(halved) = halved_backslashes(regex) {
        return Some(format!(
            "the backslashes are doubled, and so match a literal backslash: did you mean {}",
            String::from_utf8_lossy(&halved)
        ));
    }
    let at = |offset: usize| regex.get(offset).copied();
    let quantifier = [Some(offset), offset.checked_sub(1)]
        .into_iter()
        .flatten()
        .find(|place| at(*place).is_some_and(|byte| b"+*?".contains(&byte)));
    match (reason, quantifier) {
        ("nothing to repeat", Some(place)) => {
            let symbol = char::from(at(place)?);
            let (before, after) = regex.split_at(place);
            let mended = [before, b"\\", after].concat();
            Some(format!(
                "the quantifier {symbol} follows nothing; for a literal {symbol} write {}",
                String::from_utf8_lossy(&mended)
            ))
        }
        ("unmatched parentheses", _) => Some("a ) closes no (; for a literal ) write \\)".to_owned()),
        ("missing )", _) => Some("a ( is never closed; for a literal ( write \\(".to_owned()),
        _ => None,
    }
}

/// The regex with single backslashes, if its backslashes are doubled as JSON text printed once too often has them.
pub(crate) fn halved_backslashes(regex: &[u8]) -> Option<Vec<u8>> {
    let mut halved = Vec::with_capacity(regex.len());
    let mut doubled = false;
    let mut rest = regex;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'\\' {
            let (second, after) = after.split_first()?;
            let means_more = after.first().is_some_and(|next| b"dDwWsS+*?.()[]{}#|^$".contains(next));
            if *second != b'\\' || !means_more {
                return None;
            }
            doubled = true;
            rest = after;
            halved.extend([b'\\']);
            if let Some((next, after)) = rest.split_first() {
                halved.push(*next);
                rest = after;
            }
            continue;
        }
        halved.push(*byte);
    }
    doubled.then_some(halved)
}
