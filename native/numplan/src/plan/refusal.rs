//! Refused regexes: why, in the words of PCRE 8 on all OTP releases where it has the message.

use crate::plan::hint::hint;
use crate::regex::parser::{Reading, SyntaxError};

/// Why `re:compile/1` refuses a regex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its message.
    pub reason: String,
    /// The byte of the regex at which it is wrong.
    pub offset: usize,
}

/// Why a regex is refused, as it is reported.
pub(super) struct Fault {
    /// What is wrong, in the words of PCRE 8 where it has the same message.
    pub(super) reason: String,
    pub(super) offset: usize,
    /// How to mend it, and what `re` says where it says it in other words.
    pub(super) hint: Option<String>,
}

impl Fault {
    /// The fault of `regex`, which `re` refuses, and which the parser reads as `reading`.
    pub(super) fn of_re(regex: &[u8], refusal: &Refusal, reading: &Reading) -> Fault {
        // The parser's reasons and offsets are those of PCRE 8, and PCRE2's where it alone refuses.
        let (reason, offset) = match reading {
            Reading::Invalid(error) => (error.reason, error.offset),
            Reading::Native(_) | Reading::Foreign(_) => (in_words_of_pcre8(&refusal.reason), refusal.offset),
        };
        let original = (reason, offset) != (&refusal.reason, refusal.offset);
        let original = original.then(|| format!("re says: {} at offset {}", refusal.reason, refusal.offset));
        let hints = [hint(regex, reason, offset), original];
        Fault {
            reason: reason.to_owned(),
            offset,
            hint: hints
                .into_iter()
                .flatten()
                .reduce(|hint, original| format!("{hint}; {original}")),
        }
    }

    /// The fault that the parser finds in `regex`.
    pub(super) fn of_parser(regex: &[u8], error: SyntaxError) -> Fault {
        Fault {
            reason: error.reason.to_owned(),
            offset: error.offset,
            hint: hint(regex, error.reason, error.offset),
        }
    }
}

/// PCRE 8's message for a message of PCRE2 that has another wording; others are returned unchanged.
fn in_words_of_pcre8(reason: &str) -> &str {
    match reason {
        "quantifier does not follow a repeatable item" => "nothing to repeat",
        "missing closing parenthesis" => "missing )",
        "unmatched closing parenthesis" => "unmatched parentheses",
        other => other,
    }
}

#[cfg(test)]
mod tests;
