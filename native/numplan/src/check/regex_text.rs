//! What the text of a regex shows: a `+` that repeats where one was meant, doubled backslashes, and what JavaScript reads in another way.

use super::finding::{Findings, Kind};
use super::subject::{places, shown};
use crate::config::document::Document;
use crate::config::problem::Path;
use crate::plan;
use crate::plan::rule::{self, Judge};
use std::collections::HashSet;

/// Adds what the regexes of `document` show, those that are refused left out.
pub(super) fn check(document: &Document, judge: Judge<'_>, findings: &mut Findings) {
    let places = places(document);
    let mut seen: HashSet<&Path> = HashSet::new();
    let classifiers: HashSet<&Path> = document.classifiers.iter().map(|classifier| &classifier.path).collect();
    for (path, regex) in document.regexes() {
        if rule::is_refused(regex, judge) || !seen.insert(path) {
            continue;
        }
        let place = places.get(path).copied().unwrap_or_default();
        let halved = plan::halved_backslashes(regex);
        if let Some(halved) = &halved {
            let sentence = "The backslashes are doubled, and so match a literal backslash.".to_owned();
            let finding = findings.add(place, Kind::DoubledBackslashes, path, sentence);
            finding.fix = Some(format!("Did you mean {}?", shown(halved)));
        }
        let pieces = pieces(regex);
        if let (Some((offset, byte)), None) = (repeated_literal(&pieces), &halved) {
            let symbol = char::from(byte);
            let sentence =
                format!("The + at offset {offset} matches no plus: it lets {symbol} stand there any number of times.");
            let finding = findings.add(place, Kind::PlusQuantifier, path, sentence);
            finding.fix = Some(format!(
                "If a plus was meant, write \\+; if not, {symbol}{{1,}} says it more clearly."
            ));
        }
        let differences = differences(regex, &pieces);
        if !differences.is_empty() && classifiers.contains(path) {
            let differences: Vec<String> = differences
                .iter()
                .map(|(offset, what)| format!("{what} at offset {offset}"))
                .collect();
            let sentence = format!(
                "Kazoo copies the regex into a JavaScript view, and JavaScript refuses or reads differently: {}.",
                differences.join(", ")
            );
            findings.add(place, Kind::JavascriptDiffers, path, sentence);
        }
    }
}

/// A piece of a regex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'r> {
    /// A character that stands for itself.
    Literal(u8),
    /// A backslash and what follows it.
    Escape(u8, &'r [u8]),
    /// The same in a class.
    ClassEscape(u8, &'r [u8]),
    /// A class begins with `]` as a member.
    ClassOfBracket,
    /// `[:name:]` in a class.
    Posix,
    /// `(`, and what follows it.
    Open(&'r [u8]),
    /// `+` after something.
    Plus,
    /// A quantifier's `+` or `?`, or another quantifier.
    Possessive,
    Other,
}

/// The pieces of `regex`, each with its offset.
fn pieces(regex: &[u8]) -> Vec<(usize, Piece<'_>)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut in_class = false;
    let mut class_start = 0;
    let mut quantified = false;
    while let Some(byte) = regex.get(at).copied() {
        let rest = regex.get(at + 1..).unwrap_or_default();
        let (piece, length) = match (byte, in_class) {
            (b'\\', _) => {
                let escaped = rest.first().copied().unwrap_or_default();
                let tail = rest.get(1..).unwrap_or_default();
                let piece = if in_class {
                    Piece::ClassEscape(escaped, tail)
                } else {
                    Piece::Escape(escaped, tail)
                };
                (piece, 2 + digits(escaped, tail))
            }
            (b'[', true) if rest.first() == Some(&b':') && rest.windows(2).any(|pair| pair == b":]") => {
                let length = rest.windows(2).position(|pair| pair == b":]").unwrap_or(0);
                (Piece::Posix, 1 + length + 2)
            }
            (b']', true) if at == class_start => (Piece::ClassOfBracket, 1),
            (b']', true) => {
                in_class = false;
                (Piece::Other, 1)
            }
            (_, true) => (Piece::Other, 1),
            (b'[', false) => {
                in_class = true;
                let negated = usize::from(rest.first() == Some(&b'^'));
                class_start = at + 1 + negated;
                (Piece::Other, 1 + negated)
            }
            (b'(', false) => (Piece::Open(rest), 1),
            (b'+', false) if quantified => (Piece::Possessive, 1),
            (b'+', false) => (Piece::Plus, 1),
            (b'*' | b'?' | b'{' | b'}' | b')' | b'|' | b'^' | b'$' | b'.', false) => (Piece::Other, 1),
            (literal, false) => (Piece::Literal(literal), 1),
        };
        // `}` ends a quantifier where a brace that counts is open before it.
        quantified = !in_class
            && match byte {
                b'*' | b'?' => !quantified && piece == Piece::Other,
                b'+' => piece == Piece::Plus,
                b'}' => piece == Piece::Other && counts(regex.get(..at).unwrap_or_default()),
                _ => false,
            };
        pieces.push((at, piece));
        at += length;
    }
    pieces
}

/// How many bytes of what follows a backslash and `letter` belong to them.
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

/// True when `before` ends with an open brace and counts.
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
fn repeated_literal(pieces: &[(usize, Piece<'_>)]) -> Option<(usize, u8)> {
    pieces.windows(2).find_map(|pair| match pair {
        [(_, Piece::Literal(byte)), (offset, Piece::Plus)] if byte.is_ascii_alphanumeric() => Some((*offset, *byte)),
        _ => None,
    })
}

/// What JavaScript (ES5) refuses, or reads differently, between quotation marks.
fn differences(regex: &[u8], pieces: &[(usize, Piece<'_>)]) -> Vec<(usize, &'static str)> {
    let mut found: Vec<(usize, &'static str)> = Vec::new();
    for (what, ends) in [("a quotation mark", b"\"".as_slice()), ("a line break", b"\n\r")] {
        let first = regex.iter().position(|byte| ends.contains(byte));
        found.extend(first.map(|offset| (offset, what)));
    }
    for (offset, piece) in pieces {
        let what = match piece {
            Piece::Escape(letter, tail) => escape(*letter, tail),
            Piece::ClassEscape(letter, tail) => class_escape(*letter, tail),
            Piece::ClassOfBracket => Some("a class that begins with ]"),
            Piece::Posix => Some("a POSIX class"),
            Piece::Open(rest) => group(rest),
            Piece::Possessive => Some("a possessive quantifier"),
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

fn escape(letter: u8, tail: &[u8]) -> Option<&'static str> {
    Some(match letter {
        b'A' => "\\A",
        b'Z' => "\\Z",
        b'z' => "\\z",
        b'N' => "\\N",
        b'K' => "\\K",
        b'G' => "\\G",
        b'R' => "\\R",
        b'X' => "\\X",
        b'C' => "\\C",
        b'1'..=b'9' | b'g' | b'k' => "a back-reference",
        _ => return class_escape(letter, tail),
    })
}

fn class_escape(letter: u8, tail: &[u8]) -> Option<&'static str> {
    Some(match letter {
        b'h' => "\\h",
        b'H' => "\\H",
        b'v' => "\\v",
        b'V' => "\\V",
        b'a' => "\\a",
        b'e' => "\\e",
        b'Q' | b'E' => "\\Q or \\E",
        b'p' | b'P' => "\\p or \\P",
        b'o' => "\\o",
        b'x' if !tail.iter().take(2).all(u8::is_ascii_hexdigit) || tail.len() < 2 => "\\x without two digits",
        b'0' if tail.first().is_some_and(u8::is_ascii_digit) => "an octal escape",
        _ => return None,
    })
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
