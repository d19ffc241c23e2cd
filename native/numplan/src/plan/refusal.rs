//! Refused regexes: what OTP's `re` says of them, in words that are the same in all its dialects.

use crate::plan::hint::hint;
use crate::regex::dialect::Dialect;
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
    /// The fault of `regex`, which `re` of `dialect` refuses, and which the parser reads as
    /// `reading`.
    pub(super) fn of_re(regex: &[u8], refusal: &Refusal, dialect: Dialect, reading: &Reading) -> Fault {
        let reason = in_words_of_pcre8(&refusal.reason);
        // PCRE2 reports a position behind the fault. The parser finds that of PCRE 8.
        let offset = match reading {
            Reading::Invalid(error) if dialect != Dialect::Pcre && error.reason == reason => error.offset,
            _ => refusal.offset,
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

/// The message of PCRE 8 for a message of either PCRE.
fn in_words_of_pcre8(reason: &str) -> &str {
    match reason {
        "quantifier does not follow a repeatable item" => "nothing to repeat",
        "missing closing parenthesis" => "missing )",
        "unmatched closing parenthesis" => "unmatched parentheses",
        other => other,
    }
}
