//! Findings that the text of a regex shows: a `+` that repeats where a plus was probably meant,
//! doubled backslashes, what JavaScript reads otherwise.

use super::finding::{Findings, Kind};
use super::sentences;
use super::subject::{Subject, ranks};
use crate::config::document::{Classifier, Document};
use crate::config::problem::Path;
use crate::plan;
use crate::plan::rule::{self, Judge, Runs};
use std::collections::HashSet;

/// Adds what the regexes of `document` show, other than refused ones.
pub(super) fn check(document: &Document, judge: Judge<'_>, findings: &mut Findings) {
    let ranks = ranks(document);
    let mut seen: HashSet<&Path> = HashSet::new();
    let classifiers = document.classifiers.iter().filter_map(Classifier::stated_regex);
    let classifiers: HashSet<&Path> = classifiers.map(|(path, _)| path).collect();
    for (path, regex) in document.regexes() {
        if rule::is_refused(regex, judge) || !seen.insert(path) {
            continue;
        }
        let rank = ranks.get(path).copied().unwrap_or_default();
        let halved = plan::halved_backslashes(regex);
        if let Some(halved) = &halved {
            let wording = sentences::doubled_backslashes(halved);
            findings.add(rank, Kind::DoubledBackslashes, path, wording);
        }
        let tokens = tokens(regex);
        if let (Some((offset, byte)), None) = (repeated_literal(&tokens), &halved) {
            let wording = sentences::plus_quantifier(offset, char::from(byte));
            findings.add(rank, Kind::PlusQuantifier, path, wording);
        }
        let differences = differences(regex, &tokens);
        if !differences.is_empty() && classifiers.contains(path) {
            let wording = sentences::javascript_differs(&differences);
            findings.add(rank, Kind::JavascriptDiffers, path, wording);
        }
    }
}

/// Adds the rules that only `re` runs.
pub(super) fn not_native(subject: &Subject<'_>, findings: &mut Findings) {
    for rule in subject.plan.rules() {
        if let Runs::Re(what) = rule.runs {
            let wording = sentences::not_native(what);
            findings.add(subject.rank(&rule.path), Kind::NotNative, &rule.path, wording);
            findings.report.unread.push(rule.path.clone());
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'r> {
    /// A character that matches itself.
    Literal(u8),
    /// A backslash and what follows it.
    Escape(u8, &'r [u8]),
    /// A backslash and what follows it, in a class.
    ClassEscape(u8, &'r [u8]),
    /// A `]` that is the first member of a class.
    ClassOfBracket,
    /// `[:name:]` in a class.
    Posix,
    /// `(`, and what follows it.
    Open(&'r [u8]),
    /// `+` as a quantifier.
    Plus,
    /// `+` behind another quantifier.
    Possessive,
    Other,
}

/// The tokens of `regex`, each with its offset.
fn tokens(regex: &[u8]) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut in_class = false;
    let mut class_start = 0;
    let mut quantified = false;
    while let Some(byte) = regex.get(at).copied() {
        let rest = regex.get(at + 1..).unwrap_or_default();
        let (token, length) = match (byte, in_class) {
            (b'\\', _) => {
                let escaped = rest.first().copied().unwrap_or_default();
                let tail = rest.get(1..).unwrap_or_default();
                let token = if in_class {
                    Token::ClassEscape(escaped, tail)
                } else {
                    Token::Escape(escaped, tail)
                };
                (token, 2 + digits(escaped, tail))
            }
            (b'[', true) if rest.first() == Some(&b':') && rest.windows(2).any(|pair| pair == b":]") => {
                let length = rest.windows(2).position(|pair| pair == b":]").unwrap_or(0);
                (Token::Posix, 1 + length + 2)
            }
            (b']', true) if at == class_start => (Token::ClassOfBracket, 1),
            (b']', true) => {
                in_class = false;
                (Token::Other, 1)
            }
            (_, true) => (Token::Other, 1),
            (b'[', false) => {
                in_class = true;
                let negated = usize::from(rest.first() == Some(&b'^'));
                class_start = at + 1 + negated;
                (Token::Other, 1 + negated)
            }
            (b'(', false) => (Token::Open(rest), 1),
            (b'+', false) if quantified => (Token::Possessive, 1),
            (b'+', false) => (Token::Plus, 1),
            (b'*' | b'?' | b'{' | b'}' | b')' | b'|' | b'^' | b'$' | b'.', false) => (Token::Other, 1),
            (literal, false) => (Token::Literal(literal), 1),
        };
        // `}` ends a quantifier where it closes a brace with a count.
        quantified = !in_class
            && match byte {
                b'*' | b'?' => !quantified && token == Token::Other,
                b'+' => token == Token::Plus,
                b'}' => token == Token::Other && counts(regex.get(..at).unwrap_or_default()),
                _ => false,
            };
        tokens.push((at, token));
        at += length;
    }
    tokens
}

/// How many bytes of `tail`, behind a backslash and `letter`, belong to the escape.
fn digits(letter: u8, tail: &[u8]) -> usize {
    let braced = tail.first() == Some(&b'{');
    match letter {
        b'x' if braced => tail.iter().position(|byte| *byte == b'}').map_or(0, |end| end + 1),
        b'x' => tail.iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count(),
        b'0' => tail
            .iter()
            .take(2)
            .take_while(|byte| matches!(byte, b'0'..=b'7'))
            .count(),
        b'c' => tail.len().min(1),
        _ => 0,
    }
}

/// True when `before` ends with an open brace and a count, such as `{2,`.
fn counts(before: &[u8]) -> bool {
    let digits = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b',')
        .count();
    let (front, count) = before.split_at(before.len() - digits);
    front.last() == Some(&b'{') && count.first().is_some_and(u8::is_ascii_digit)
}

/// The first `+` that repeats one letter or digit.
fn repeated_literal(tokens: &[(usize, Token<'_>)]) -> Option<(usize, u8)> {
    tokens.windows(2).find_map(|pair| match pair {
        [(_, Token::Literal(byte)), (offset, Token::Plus)] if byte.is_ascii_alphanumeric() => Some((*offset, *byte)),
        _ => None,
    })
}

/// What JavaScript (ES5) refuses, or reads differently, between quotation marks.
fn differences(regex: &[u8], tokens: &[(usize, Token<'_>)]) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (what, ends) in [("a quotation mark", b"\"".as_slice()), ("a line break", b"\n\r")] {
        let first = regex.iter().position(|byte| ends.contains(byte));
        found.extend(first.map(|offset| (offset, what.to_owned())));
    }
    for (offset, token) in tokens {
        let what = match token {
            Token::Escape(letter, tail) => escape(*letter, tail),
            Token::ClassEscape(letter, tail) => class_escape(*letter, tail),
            Token::ClassOfBracket => Some("a class that begins with ]".to_owned()),
            Token::Posix => Some("a POSIX class".to_owned()),
            Token::Open(rest) => group(rest).map(str::to_owned),
            Token::Possessive => Some("a possessive quantifier".to_owned()),
            _ => None,
        };
        if let Some(what) = what
            && !found.iter().any(|(_, known)| *known == what)
        {
            found.push((*offset, what));
        }
    }
    found.sort_by_key(|(offset, _)| *offset);
    found
}

fn escape(letter: u8, tail: &[u8]) -> Option<String> {
    match letter {
        b'A' | b'Z' | b'z' | b'N' | b'K' | b'G' | b'R' | b'X' | b'C' => Some(format!("\\{}", char::from(letter))),
        b'1'..=b'9' | b'g' | b'k' => Some("a back-reference".to_owned()),
        _ => class_escape(letter, tail),
    }
}

fn class_escape(letter: u8, tail: &[u8]) -> Option<String> {
    let what = match letter {
        b'h' | b'H' | b'v' | b'V' | b'a' | b'e' | b'o' => return Some(format!("\\{}", char::from(letter))),
        b'Q' | b'E' => "\\Q or \\E",
        b'p' | b'P' => "\\p or \\P",
        b'x' if !tail.iter().take(2).all(u8::is_ascii_hexdigit) || tail.len() < 2 => "\\x without two digits",
        b'0' if tail.first().is_some_and(u8::is_ascii_digit) => "an octal escape",
        _ => return None,
    };
    Some(what.to_owned())
}

fn group(rest: &[u8]) -> Option<&'static str> {
    match rest {
        [b'*', ..] => Some("a verb"),
        [b'?', b':' | b'=' | b'!', ..] => None,
        [b'?', b'<', b'=' | b'!', ..] => Some("look-behind"),
        [b'?', b'<' | b'\'', ..] | [b'?', b'P', b'<', ..] => Some("a named group"),
        [b'?', b'>', ..] => Some("an atomic group"),
        [b'?', b'(', ..] => Some("a conditional"),
        [b'?', b'|', ..] => Some("a branch reset"),
        [b'?', b'#', ..] => Some("a comment"),
        [b'?', b'i' | b's' | b'm' | b'x' | b'-' | b'J' | b'U' | b'X', ..] => Some("flags in a group"),
        [b'?', ..] => Some("an extended group"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
