//! The parser of patterns in the dialect of OTP's `re`.
//!
//! `re` (bytes, no options) of a [`Dialect`] defines what every pattern means. The parser is a
//! whitelist: it accepts the syntax that means the same in an automaton, and returns
//! [`Reading::Foreign`] for all other syntax, which only `re` runs. It accepts:
//!
//! - bytes, `.`, `\N`, `\C`, `\d \D \w \W \s \S \h \H \v \V`, `\a \e \f \n \r \t`, `\xhh`,
//!   `\x{hh}`, `\0oo`, `\ooo` that is no back-reference, `\o{oo}`, `\cx`, `\Q…\E`, and a backslash
//!   before punctuation;
//! - classes with ranges, negation, the escapes above, `\b` (backspace) and POSIX names;
//! - groups: `( )`, `(?: )`, `(?<name> )`, `(?P<name> )`, `(?'name' )`, `(?| )`, `(?> )`; the flags
//!   `i`, `s`, `m`, `x`, `U` and `J`, also `(?i:…)`; comments;
//! - `|`, `* + ? {n} {n,} {n,m}` greedy, lazy and possessive;
//! - `^ \A \G $ \Z \z \b \B`, look-ahead and look-behind, and `\K`.
//!
//! Atomic groups and possessive quantifiers are written as look-ahead (`regex::atomic`), and word
//! boundaries as look-behind and look-ahead.
//!
//! A brace that starts no repetition is a literal. PCRE2 reads more repetitions: `{,m}`, and spaces
//! between the braces. PCRE 8 ignores the backslash of a letter that has no meaning there. Changed
//! flags last to the end of the enclosing group, through the alternatives that follow.

use crate::regex::atomic::{self, Copies};
use crate::regex::byte_set::{self, ByteSet};
use crate::regex::dialect::Dialect;
use crate::regex::faults;
use crate::regex::look::Look;
use crate::regex::pattern::{Node, Pattern};
use crate::regex::possession::{Possession, Repeated};
use std::collections::BTreeSet;
use std::fmt;

/// The result of parsing a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// An automaton can run it.
    Native(Pattern),
    /// Only OTP's `re` can run it: it contains this construct.
    Foreign(&'static str),
    /// It is not a regex.
    Invalid(SyntaxError),
}

/// Why a pattern is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in the words of OTP's `re`.
    pub reason: &'static str,
    /// Where, in bytes from the start of the pattern.
    pub offset: usize,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at offset {}", self.reason, self.offset)
    }
}

impl std::error::Error for SyntaxError {}

/// The deepest nesting of groups that is native; a deeper one is left to `re`.
pub(super) const MAX_DEPTH: usize = 120;
/// White space that PCRE2 skips with the flag `x`, and PCRE 8 does not.
const NEXT_LINE: u8 = 0x85;
/// The most bytes to which PCRE compiles a literal, in either case.
const LITERAL: usize = 4;
/// The most for a class with its repetition.
const CLASS: usize = 40;
/// The most for what PCRE adds around a branch, a group or a repetition.
pub(super) const AROUND: usize = 16;

/// Letters that a backslash leaves as they are in PCRE 8. PCRE2 refuses them.
pub(crate) const UNKNOWN_LETTERS: &[u8] = b"ijmqyIJMOTYF";
/// PCRE2's message for most of these letters behind a backslash.
pub(crate) const UNKNOWN_LETTER: &str = "unrecognized character follows \\";
/// PCRE2's message for a second hyphen in the flags of a group.
pub(crate) const SECOND_HYPHEN: &str = "invalid hyphen in option setting";
/// PCRE2's message for `\x` without digits, which is a NUL byte in PCRE 8.
pub(crate) const NO_DIGITS: &str = "digits missing after \\x or in \\x{} or \\o{} or \\N{U+}";

/// Parses `pattern` in `dialect`. Cost: linear in its length.
///
/// ```
/// use numplan::regex::dialect::Dialect;
/// use numplan::regex::parser::{read, Reading};
/// assert!(matches!(read(br"^\+?1?([2-9]\d{9})$", Dialect::Pcre), Reading::Native(p) if p.groups == 1));
/// assert!(matches!(read(br"(\d)\1", Dialect::Pcre), Reading::Foreign("a back-reference")));
/// assert!(matches!(read(b"^+33", Dialect::Pcre), Reading::Invalid(e) if e.offset == 1));
/// ```
pub fn read(pattern: &[u8], dialect: Dialect) -> Reading {
    read_sized(pattern, dialect).0
}

/// As [`read`], with an upper bound of the bytes to which PCRE compiles a native pattern.
pub(crate) fn read_sized(pattern: &[u8], dialect: Dialect) -> (Reading, usize) {
    let foreign = |what| (Reading::Foreign(what), 0);
    if dialect == Dialect::Unknown {
        return foreign("a dialect of re that answers neither as PCRE 8 nor as PCRE2");
    }
    if pattern.contains(&0) {
        return foreign("a NUL byte");
    }
    let mut parser = Parser {
        dialect,
        text: pattern,
        at: 0,
        groups: 0,
        names: BTreeSet::new(),
        parentheses: pattern.iter().filter(|byte| **byte == b'(').count(),
        copies: Copies::default(),
        kept_captures: 0,
        is_quoted: false,
        in_reset: false,
        possession: Possession::default(),
        size: 0,
    };
    let reading = match parser.alternation(&mut Flags::default(), 0) {
        Ok(node) if parser.at == pattern.len() => match faults::of_pattern(&node, dialect) {
            Some(what) => Reading::Foreign(what),
            None => Reading::Native(Pattern {
                node,
                groups: parser.groups,
            }),
        },
        Ok(_) => Reading::Invalid(SyntaxError {
            reason: "unmatched parentheses",
            offset: parser.at,
        }),
        Err(Stop::Foreign(what)) => Reading::Foreign(what),
        Err(Stop::Invalid(error)) => Reading::Invalid(error),
    };
    (reading, parser.size)
}

/// Why parsing stops.
pub(super) enum Stop {
    Foreign(&'static str),
    Invalid(SyntaxError),
}

pub(super) type Parsed<T> = Result<T, Stop>;

#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`: letters match in both cases.
    pub(super) caseless: bool,
    /// `s`: a dot matches a newline.
    pub(super) dot_all: bool,
    /// `m`: `^` and `$` match at each line.
    pub(super) multiline: bool,
    /// `x`: white space and comments are skipped.
    pub(super) extended: bool,
    /// `U`: quantifiers are lazy, and those with a `?` behind them greedy.
    pub(super) ungreedy: bool,
}

/// A part of a sequence, and what a quantifier behind it means.
pub(super) enum Atom {
    /// It is repeated.
    Repeatable(Node),
    /// It is refused: there is nothing to repeat.
    Condition(Node),
    /// It is left to `re`: PCRE repeats conditions in its own way.
    Unusual(Node),
}

impl Atom {
    fn node(self) -> Node {
        match self {
            Atom::Repeatable(node) | Atom::Condition(node) | Atom::Unusual(node) => node,
        }
    }
}

pub(super) struct Parser<'p> {
    pub(super) dialect: Dialect,
    pub(super) text: &'p [u8],
    pub(super) at: usize,
    pub(super) groups: usize,
    pub(super) names: BTreeSet<&'p [u8]>,
    /// The opening parentheses of the whole pattern: it has no more groups than these.
    pub(super) parentheses: usize,
    /// The repetitions so far that may keep captures; see [`faults::CAPTURES`].
    kept_captures: usize,
    /// What may still be copied for atomic groups and possessive quantifiers.
    pub(super) copies: Copies,
    /// Within `\Q…\E`.
    is_quoted: bool,
    /// Within `(?|…)`, where names are left to `re`, which refuses some.
    pub(super) in_reset: bool,
    pub(super) possession: Possession,
    /// At most the bytes to which PCRE compiles what was read.
    pub(super) size: usize,
}

/// The state of the parser before it read an atom.
struct Before {
    size: usize,
    groups: usize,
    kept_captures: usize,
    possession: Possession,
    /// The atom is a group.
    is_group: bool,
}

impl<'p> Parser<'p> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn take(&mut self, expected: u8) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    pub(super) fn invalid<T>(&self, reason: &'static str) -> Parsed<T> {
        self.invalid_at(self.at, reason)
    }

    pub(super) fn invalid_at<T>(&self, offset: usize, reason: &'static str) -> Parsed<T> {
        Err(Stop::Invalid(SyntaxError { reason, offset }))
    }

    pub(super) fn alternation(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Node> {
        Ok(one_or(self.branches(flags, depth)?, Node::Alternate))
    }

    pub(super) fn branches(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Vec<Node>> {
        if depth > MAX_DEPTH {
            return Err(Stop::Foreign("groups nested deeply"));
        }
        let before = self.possession;
        let mut branches = vec![self.branch(flags, depth)?];
        while self.take(b'|') {
            self.size += AROUND;
            let branch = self.possession.other_branch(before);
            branches.push(self.branch(flags, depth)?);
            self.possession.join(branch);
        }
        Ok(branches)
    }

    pub(super) fn branch(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Node> {
        let mut parts = Vec::new();
        loop {
            self.skip(*flags)?;
            match self.peek() {
                None => break,
                Some(b'|' | b')') if !self.is_quoted => break,
                Some(_) => {}
            }
            let first = self.peek();
            let before = Before {
                size: self.size,
                groups: self.groups,
                kept_captures: self.kept_captures,
                possession: self.possession,
                is_group: first == Some(b'(') && !self.is_quoted,
            };
            let atom = self.atom(flags, depth)?;
            if !before.is_group && matches!(atom, Atom::Repeatable(_)) {
                self.possession.consumed();
            }
            self.size += if first == Some(b'[') { CLASS } else { LITERAL };
            self.skip(*flags)?;
            let part = self.repetition(atom, *flags, &before)?;
            if part != Node::Empty {
                parts.push(part);
            }
        }
        Ok(one_or(parts, Node::Concat))
    }

    /// Skips what matches nothing: comments, the ends of quotations, and white space with `x`.
    fn skip(&mut self, flags: Flags) -> Parsed<()> {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            match rest {
                [b'\\', b'E', ..] => (self.is_quoted, self.at) = (false, self.at + 2),
                _ if self.is_quoted => return Ok(()),
                [b'\\', b'Q', ..] => (self.is_quoted, self.at) = (true, self.at + 2),
                [b'(', b'?', b'#', ..] => match rest.iter().position(|byte| *byte == b')') {
                    Some(end) => self.at += end + 1,
                    None => return Err(Stop::Foreign("a comment that does not end")),
                },
                [b'\t' | b'\n' | 0x0B | 0x0C | b'\r' | b' ', ..] if flags.extended => self.at += 1,
                [NEXT_LINE, ..] if flags.extended && self.dialect == Dialect::Pcre2 => self.at += 1,
                [b'#', ..] if flags.extended => {
                    let end = rest.iter().position(|byte| *byte == b'\n');
                    self.at += end.map_or(rest.len(), |end| end + 1);
                }
                _ => return Ok(()),
            }
        }
    }

    fn atom(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Atom> {
        let Some(byte) = self.next() else {
            return Ok(Atom::Condition(Node::Empty));
        };
        if self.is_quoted {
            return Ok(Atom::Repeatable(self.literal_node(byte, *flags)));
        }
        match byte {
            b'\\' => self.escape(*flags),
            b'[' => self.class(*flags).map(Atom::Repeatable),
            b'(' => self.group(flags, depth),
            b'^' if flags.multiline => Ok(Atom::Condition(start_of_line())),
            b'^' => Ok(Atom::Condition(Node::Look(Look::Start))),
            b'$' if flags.multiline => Ok(Atom::Condition(end_of_line())),
            b'$' => Ok(Atom::Condition(Node::Look(Look::Dollar))),
            b'.' if flags.dot_all => Ok(Atom::Repeatable(Node::Set(ByteSet::ALL))),
            b'.' => Ok(Atom::Repeatable(Node::Set(byte_set::NOT_NEWLINE))),
            b'*' | b'+' | b'?' => {
                self.at -= 1;
                self.invalid("nothing to repeat")
            }
            b'{' => match self.counts(self.at)? {
                Some((_, _, end)) => self.invalid_at(end - 1, "nothing to repeat"),
                None => Ok(Atom::Repeatable(self.literal_node(byte, *flags))),
            },
            literal => Ok(Atom::Repeatable(self.literal_node(literal, *flags))),
        }
    }

    /// `atom` with the quantifier behind it, if there is one.
    fn repetition(&mut self, atom: Atom, flags: Flags, before: &Before) -> Parsed<Node> {
        if self.is_quoted {
            return Ok(atom.node());
        }
        let (min, max) = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => match self.counts(self.at + 1)? {
                Some((min, max, end)) => {
                    self.at = end - 1;
                    (min, max)
                }
                None => return Ok(atom.node()),
            },
            _ => return Ok(atom.node()),
        };
        let body = match atom {
            Atom::Repeatable(Node::Empty) => return Err(Stop::Foreign("a repetition of nothing")),
            Atom::Repeatable(body) => body,
            Atom::Condition(Node::Empty) => return Err(Stop::Foreign("a repetition of nothing")),
            Atom::Condition(_) => return self.invalid("nothing to repeat"),
            Atom::Unusual(_) => return Err(Stop::Foreign("a repeated assertion")),
        };
        self.at += 1;
        // PCRE copies the code of a group as often as it is repeated, also where it captures
        // nothing.
        let copies = if before.is_group {
            max.unwrap_or(min).max(1) as usize
        } else {
            1
        };
        self.size = before.size + (self.size - before.size + AROUND).saturating_mul(copies).min(1 << 20);
        let is_possessive = self.take(b'+');
        let lazy = !is_possessive && self.take(b'?') != flags.ungreedy;
        self.no_quantifier(flags)?;
        let repeated = Repeated {
            is_group: before.is_group,
            is_possessive,
            min,
            max,
            is_nullable: body.is_nullable(),
        };
        if self.dialect == Dialect::Pcre && self.keeps_captures(before, is_possessive, max) {
            return Err(Stop::Foreign(faults::CAPTURES));
        }
        let is_atomic = before.is_group && is_possessive && max.is_some();
        if is_atomic && self.dialect == Dialect::Pcre && faults::has_alternatives(&body) {
            return Err(Stop::Foreign(faults::ALTERNATIVES));
        }
        if before.is_group && max == Some(0) && self.dialect == Dialect::Pcre2 {
            return Err(Stop::Foreign(faults::ZERO_TIMES));
        }
        self.possession
            .repeated(before.possession, &repeated)
            .map_err(Stop::Foreign)?;
        let repeat = Node::Repeat {
            body: Box::new(body),
            min,
            max,
            lazy,
        };
        if is_possessive {
            atomic::atomic(&repeat, &mut self.copies).ok_or(Stop::Foreign("a possessive quantifier"))
        } else {
            Ok(repeat)
        }
    }

    /// True where captures may be [kept](faults::CAPTURES) in a part that ends here, and show.
    fn keeps_captures(&mut self, before: &Before, is_possessive: bool, max: Option<u32>) -> bool {
        let is_repeated = max.is_none_or(|max| max > 1);
        if is_repeated && self.kept_captures > before.kept_captures {
            return true;
        }
        let keeps = is_possessive && max.is_none() && self.groups > before.groups;
        self.kept_captures += usize::from(keeps);
        keeps && self.in_reset
    }

    /// Refuses a quantifier here, where one was read already.
    fn no_quantifier(&mut self, flags: Flags) -> Parsed<()> {
        let behind = self.at;
        self.skip(flags)?;
        match self.peek() {
            _ if self.is_quoted => Ok(()),
            Some(b'*' | b'+' | b'?' | b'{') if self.at > behind => Err(Stop::Foreign("a quantifier behind a comment")),
            Some(b'*' | b'+' | b'?') => self.invalid("nothing to repeat"),
            Some(b'{') if let Some((_, _, end)) = self.counts(self.at + 1)? => {
                self.invalid_at(end - 1, "nothing to repeat")
            }
            _ => Ok(()),
        }
    }

    /// The bytes that `set` stands for under `flags`.
    pub(super) fn cased(&self, set: ByteSet, flags: Flags) -> ByteSet {
        if flags.caseless {
            self.dialect.fold_case(set)
        } else {
            set
        }
    }

    pub(super) fn literal_set(&self, byte: u8, flags: Flags) -> ByteSet {
        self.cased(ByteSet::of(byte), flags)
    }

    pub(super) fn literal_node(&self, byte: u8, flags: Flags) -> Node {
        Node::Set(self.literal_set(byte, flags))
    }
}

pub(super) fn one_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match nodes.len() {
        0 => Node::Empty,
        1 => nodes.remove(0),
        _ => many(nodes),
    }
}

/// `^` with the flag `m`: at the start, and behind a newline that is not the last byte.
fn start_of_line() -> Node {
    let newline = || Node::Set(ByteSet::of(b'\n'));
    let behind_newline = vec![Node::behind(false, newline()), Node::ahead(true, Node::Look(Look::End))];
    Node::Alternate(vec![Node::Look(Look::Start), Node::Concat(behind_newline)])
}

/// `$` with the flag `m`: at the end, and before a newline.
fn end_of_line() -> Node {
    let before_newline = Node::ahead(false, Node::Set(ByteSet::of(b'\n')));
    Node::Alternate(vec![Node::Look(Look::End), before_newline])
}

#[cfg(test)]
mod tests;
