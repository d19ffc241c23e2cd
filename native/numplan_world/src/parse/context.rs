//! Finds the number in a text: behind other words, or in a `tel:` URI (RFC 3966).

use crate::characters::{is_keypad_letter, is_plus};
use crate::parse_error::ParseError;
use crate::world::World;
use std::borrow::Cow;

const CONTEXT: &str = ";phone-context=";
const SUBADDRESS: &str = ";isub=";
const SCHEME: &str = "tel:";

/// The part of a text that may be a number. The prefix that a URI's context gives stands before it.
pub(crate) fn candidate<'t>(world: &World<'_>, text: &'t str) -> Result<Cow<'t, str>, ParseError> {
    let candidate = match text.split_once(CONTEXT) {
        None => Cow::Borrowed(extracted(world, text)),
        Some((before, behind)) => {
            let context = behind.split(';').next().unwrap_or_default();
            if !is_context(world, context) {
                return Err(ParseError::NotANumber);
            }
            let number = match text.find(SCHEME) {
                Some(scheme) => before.get(scheme + SCHEME.len()..).unwrap_or_default(),
                None => before,
            };
            if context.starts_with('+') {
                Cow::Owned(format!("{context}{number}"))
            } else {
                Cow::Borrowed(number)
            }
        }
    };
    Ok(match candidate.find(SUBADDRESS).filter(|at| *at > 0) {
        None => candidate,
        Some(at) => match candidate {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(..at).unwrap_or_default()),
            Cow::Owned(mut text) => {
                text.truncate(at);
                Cow::Owned(text)
            }
        },
    })
}

/// What stands from the first digit or plus sign on, without a second number behind it and without
/// the signs at its end.
pub(crate) fn extracted<'t>(world: &World<'_>, text: &'t str) -> &'t str {
    let start = text.find(|letter| is_plus(letter) || world.is_digit(letter));
    let number = start.and_then(|start| text.get(start..)).unwrap_or_default();
    let number = number.trim_end_matches(|letter| letter != '#' && !world.is_letter_or_number(letter));
    let second = number.match_indices(['/', '\\']).find(|(at, _)| {
        let behind = number.get(at + 1..).unwrap_or_default();
        behind.trim_start_matches(' ').starts_with('x')
    });
    second.and_then(|(at, _)| number.get(..at)).unwrap_or(number)
}

/// Whether a context is a prefix of numbers or the name of a domain.
fn is_context(world: &World<'_>, context: &str) -> bool {
    match context.strip_prefix('+') {
        Some(prefix) => is_prefix(world, prefix),
        None => is_domain(world, context),
    }
}

fn is_prefix(world: &World<'_>, prefix: &str) -> bool {
    let is_part = |letter| matches!(letter, '-' | '.' | '(' | ')') || world.is_digit(letter);
    prefix.chars().all(is_part) && prefix.contains(|letter| world.is_digit(letter))
}

fn is_domain(world: &World<'_>, domain: &str) -> bool {
    let is_inner = |letter: char| letter.is_ascii_alphabetic() || world.is_digit(letter);
    let is_label = |label: &str| {
        label.starts_with(is_inner)
            && label.ends_with(is_inner)
            && label.chars().all(|letter| letter == '-' || is_inner(letter))
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.split('.').all(is_label) && last.starts_with(|letter: char| letter.is_ascii() && is_keypad_letter(letter))
}
