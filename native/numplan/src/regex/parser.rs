//! The parser of patterns in the dialect of OTP's `re`.
//!
//! `re` (bytes, no options) of a [`Dialect`] defines what every pattern means. The parser is a
//! whitelist: it accepts the syntax that means the same in an automaton, and returns
//! [`Reading::Foreign`] for all other syntax, which only `re` runs. It accepts:
//!
//! - bytes, `.`, `\N`, `\d \D \w \W \s \S \h \H \v \V`, `\a \e \f \n \r \t`, `\xhh`, `\x{hh}`,
//!   `\0oo`, and a backslash before punctuation;
//! - classes with ranges, negation, the escapes above, `\b` (backspace) and POSIX names;
//! - groups: `( )`, `(?: )`, `(?<name> )`, `(?P<name> )`, `(?'name' )`; the flags `i` and `s`, also
//!   `(?i:…)`;
//! - `|`, `* + ? {n} {n,} {n,m}` greedy and lazy;
//! - `^ \A $ \Z \z`.
//!
//! A brace that starts no repetition is a literal. PCRE2 reads more repetitions: `{,m}`, and spaces
//! between the braces. PCRE 8 ignores the backslash of a letter that has no meaning there. Changed
//! flags last to the end of the enclosing group, through the alternatives that follow.

use crate::regex::byte_set::{self, ByteSet};
use crate::regex::dialect::Dialect;
use crate::regex::look::Look;
use crate::regex::pattern::{Node, Pattern};
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
const MAX_DEPTH: usize = 120;
/// The bound of PCRE 8 on the length of a group's name.
pub(crate) const MAX_NAME: usize = 32;
/// The bound of PCRE2 on the length of a group's name.
const MAX_NAME_OF_PCRE2: usize = 128;

/// The most bytes to which PCRE compiles a literal, in either case.
const LITERAL: usize = 4;
/// The most for a class with its repetition.
const CLASS: usize = 40;
/// The most for what stands around a branch, a group or a repetition.
const AROUND: usize = 16;

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
        names: Vec::new(),
        size: 0,
    };
    let reading = match parser.alternation(&mut Flags::default(), 0) {
        Ok(node) if parser.at == pattern.len() && node.meets_only_in_high_bytes() => {
            Reading::Foreign("a repetition that meets what may follow it in bytes above 127 alone")
        }
        Ok(node) if parser.at == pattern.len() => Reading::Native(Pattern {
            node,
            groups: parser.groups,
        }),
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
    pub(super) caseless: bool,
    dot_all: bool,
}

pub(super) struct Parser<'p> {
    pub(super) dialect: Dialect,
    pub(super) text: &'p [u8],
    pub(super) at: usize,
    groups: usize,
    names: Vec<&'p [u8]>,
    /// At most the bytes to which PCRE compiles what was read.
    size: usize,
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

    fn alternation(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Node> {
        if depth > MAX_DEPTH {
            return Err(Stop::Foreign("groups nested deeply"));
        }
        let mut branches = vec![self.branch(flags, depth)?];
        while self.take(b'|') {
            self.size += AROUND;
            branches.push(self.branch(flags, depth)?);
        }
        Ok(one_or(branches, Node::Alternate))
    }

    fn branch(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Node> {
        let mut parts = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'|' || byte == b')' {
                break;
            }
            let before = self.size;
            let atom = self.atom(flags, depth)?;
            self.size += if byte == b'[' { CLASS } else { LITERAL };
            let part = self.repetition(atom, before)?;
            if part != Node::Empty {
                parts.push(part);
            }
        }
        Ok(one_or(parts, Node::Concat))
    }

    fn atom(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Node> {
        let Some(byte) = self.next() else {
            return Ok(Node::Empty);
        };
        match byte {
            b'\\' => self.escape(*flags),
            b'[' => self.class(*flags),
            b'(' => self.group(flags, depth),
            b'^' => Ok(Node::Look(Look::Start)),
            b'$' => Ok(Node::Look(Look::Dollar)),
            b'.' if flags.dot_all => Ok(Node::Set(ByteSet::ALL)),
            b'.' => Ok(Node::Set(byte_set::NOT_NEWLINE)),
            b'*' | b'+' | b'?' => {
                self.at -= 1;
                self.invalid("nothing to repeat")
            }
            b'{' => match self.counts(self.at)? {
                Some((_, _, end)) => self.invalid_at(end - 1, "nothing to repeat"),
                None => Ok(self.literal_node(byte, *flags)),
            },
            literal => Ok(self.literal_node(literal, *flags)),
        }
    }

    /// Reads what may follow `body`, before which the pattern had the size `before`.
    fn repetition(&mut self, body: Node, before: usize) -> Parsed<Node> {
        let grouped = self.at.checked_sub(1).and_then(|at| self.text.get(at)) == Some(&b')');
        let (min, max) = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => match self.counts(self.at + 1)? {
                Some((min, max, end)) => {
                    self.at = end - 1;
                    (min, max)
                }
                None => return Ok(body),
            },
            _ => return Ok(body),
        };
        match body {
            Node::Look(_) if grouped => return Err(Stop::Foreign("a repeated assertion")),
            Node::Look(_) => return self.invalid("nothing to repeat"),
            Node::Empty => return Err(Stop::Foreign("a repetition of nothing")),
            _ => {}
        }
        self.at += 1;
        // PCRE writes out repetitions of groups, of those too that capture nothing.
        let copies = if grouped { max.unwrap_or(min).max(1) as usize } else { 1 };
        self.size = before + (self.size - before + AROUND).saturating_mul(copies).min(1 << 20);
        if self.take(b'+') {
            return Err(Stop::Foreign("a possessive quantifier"));
        }
        let lazy = self.take(b'?');
        match self.peek() {
            Some(b'*' | b'+' | b'?') => return self.invalid("nothing to repeat"),
            Some(b'{') if let Some((_, _, end)) = self.counts(self.at + 1)? => {
                return self.invalid_at(end - 1, "nothing to repeat");
            }
            _ => {}
        }
        Ok(Node::Repeat {
            body: Box::new(body),
            min,
            max,
            lazy,
        })
    }

    fn group(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Node> {
        match (self.peek(), self.peek_at(1)) {
            (Some(b'*'), _) => Err(Stop::Foreign("a verb")),
            (Some(b'?'), Some(b':')) => {
                self.at += 2;
                self.body(*flags, depth)
            }
            (Some(b'?'), Some(b'<')) if !matches!(self.peek_at(2), Some(b'=' | b'!')) => {
                self.at += 2;
                self.named(b'>', *flags, depth)
            }
            (Some(b'?'), Some(b'\'')) => {
                self.at += 2;
                self.named(b'\'', *flags, depth)
            }
            (Some(b'?'), Some(b'P')) if self.peek_at(2) == Some(b'<') => {
                self.at += 3;
                self.named(b'>', *flags, depth)
            }
            (Some(b'?'), Some(b'i' | b's' | b'-')) => {
                self.at += 1;
                self.flags(flags, depth)
            }
            (Some(b'?'), Some(b'=' | b'!' | b'<')) => Err(Stop::Foreign("look-around")),
            (Some(b'?'), Some(b'>')) => Err(Stop::Foreign("an atomic group")),
            (Some(b'?'), Some(b'(')) => Err(Stop::Foreign("a conditional")),
            (Some(b'?'), Some(b'|')) => Err(Stop::Foreign("a branch reset")),
            (Some(b'?'), Some(b'#')) => Err(Stop::Foreign("a comment")),
            (Some(b'?'), Some(b'R' | b'&' | b'0'..=b'9' | b'+')) => Err(Stop::Foreign("a recursion")),
            (Some(b'?'), Some(b'm' | b'x' | b'J' | b'U' | b'X')) => Err(Stop::Foreign("a flag other than i and s")),
            (Some(b'?'), _) => Err(Stop::Foreign("an extended group")),
            _ => self.capturing(*flags, depth),
        }
    }

    fn capturing(&mut self, flags: Flags, depth: usize) -> Parsed<Node> {
        self.groups += 1;
        let index = self.groups;
        Ok(Node::Group {
            index,
            body: Box::new(self.body(flags, depth)?),
        })
    }

    fn named(&mut self, end: u8, flags: Flags, depth: usize) -> Parsed<Node> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            self.at += 1;
        }
        let name = self.text.get(start..self.at).unwrap_or_default();
        let longest = match self.dialect {
            Dialect::Pcre2 => MAX_NAME_OF_PCRE2,
            Dialect::Pcre | Dialect::Unknown => MAX_NAME,
        };
        let plain = name.first().is_some_and(|byte| !byte.is_ascii_digit()) && name.len() <= longest;
        if !plain || self.names.contains(&name) || !self.take(end) {
            return Err(Stop::Foreign("a group name"));
        }
        self.names.push(name);
        self.capturing(flags, depth)
    }

    fn body(&mut self, mut flags: Flags, depth: usize) -> Parsed<Node> {
        let node = self.alternation(&mut flags, depth + 1)?;
        self.size += AROUND;
        if self.take(b')') {
            Ok(node)
        } else {
            self.invalid("missing )")
        }
    }

    fn flags(&mut self, outer: &mut Flags, depth: usize) -> Parsed<Node> {
        let mut changed = *outer;
        let mut on = true;
        while let Some(byte) = self.next() {
            match byte {
                b'-' if !on => {
                    self.of_pcre8(b'-', SECOND_HYPHEN)?;
                }
                b'-' => on = false,
                b'i' => changed.caseless = on,
                b's' => changed.dot_all = on,
                b':' => return self.body(changed, depth),
                b')' => {
                    *outer = changed;
                    return Ok(Node::Empty);
                }
                _ => return Err(Stop::Foreign("a flag other than i and s")),
            }
        }
        Err(Stop::Foreign("flags that do not end"))
    }

    fn escape(&mut self, flags: Flags) -> Parsed<Node> {
        let Some(byte) = self.next() else {
            return self.invalid("\\ at end of pattern");
        };
        if let Some(set) = self.named_set(byte)? {
            return Ok(Node::Set(set));
        }
        match byte {
            b'A' => Ok(Node::Look(Look::Start)),
            b'Z' => Ok(Node::Look(Look::Dollar)),
            b'z' => Ok(Node::Look(Look::End)),
            b'N' if self.peek() != Some(b'{') => Ok(Node::Set(byte_set::NOT_NEWLINE)),
            b'b' | b'B' => Err(Stop::Foreign("a word boundary")),
            b'1'..=b'9' | b'g' | b'k' => Err(Stop::Foreign("a back-reference")),
            b'Q' | b'E' => Err(Stop::Foreign("\\Q or \\E")),
            b'K' => Err(Stop::Foreign("\\K")),
            _ => {
                let byte = self.escaped_byte(byte)?;
                Ok(self.literal_node(byte, flags))
            }
        }
    }

    /// The byte that the escape `\letter` stands for, in a class and outside.
    pub(super) fn escaped_byte(&mut self, letter: u8) -> Parsed<u8> {
        match letter {
            b'a' => Ok(0x07),
            b'e' => Ok(0x1B),
            b'f' => Ok(0x0C),
            b'n' => Ok(b'\n'),
            b'r' => Ok(b'\r'),
            b't' => Ok(b'\t'),
            b'0' => Ok(self.number(8, 2)),
            b'x' if self.peek() == Some(b'{') => self.braced_hex(),
            b'x' if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) => self.of_pcre8(0, NO_DIGITS),
            b'x' => Ok(self.number(16, 2)),
            letter if UNKNOWN_LETTERS.contains(&letter) => self.of_pcre8(letter, UNKNOWN_LETTER),
            letter if letter.is_ascii_alphanumeric() => Err(Stop::Foreign("an escape")),
            punctuation => Ok(punctuation),
        }
    }

    /// `byte`, as which PCRE 8 reads what PCRE2 refuses for `reason`.
    pub(super) fn of_pcre8(&self, byte: u8, reason: &'static str) -> Parsed<u8> {
        match self.dialect {
            Dialect::Pcre2 => self.invalid(reason),
            Dialect::Pcre | Dialect::Unknown => Ok(byte),
        }
    }

    /// The set of the escape `\\letter`; `None` for another escape.
    pub(super) fn named_set(&self, letter: u8) -> Parsed<Option<ByteSet>> {
        let latin1 = match letter.to_ascii_lowercase() {
            b'd' => byte_set::DIGIT,
            b'w' => byte_set::WORD,
            b's' => byte_set::SPACE,
            b'h' => byte_set::HORIZONTAL,
            b'v' => byte_set::VERTICAL,
            _ => return Ok(None),
        };
        let set = if letter.eq_ignore_ascii_case(&b'w') {
            self.dialect.class(latin1)
        } else {
            latin1
        };
        Ok(Some(if letter.is_ascii_uppercase() {
            set.complement()
        } else {
            set
        }))
    }

    pub(super) fn literal_set(&self, byte: u8, flags: Flags) -> ByteSet {
        self.cased(ByteSet::of(byte), flags)
    }

    /// What `set` matches under `flags`.
    pub(super) fn cased(&self, set: ByteSet, flags: Flags) -> ByteSet {
        if flags.caseless {
            self.dialect.fold_case(set)
        } else {
            set
        }
    }

    fn literal_node(&self, byte: u8, flags: Flags) -> Node {
        Node::Set(self.literal_set(byte, flags))
    }

    fn number(&mut self, radix: u32, most: usize) -> u8 {
        let mut value = 0u8;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(radix)) else {
                break;
            };
            value = value.wrapping_mul(radix as u8).wrapping_add(digit as u8);
            self.at += 1;
        }
        value
    }

    fn braced_hex(&mut self) -> Parsed<u8> {
        self.at += 1;
        self.blanks_of_pcre2();
        let before = self.at;
        let value = self.number(16, 2);
        let is_empty = self.at == before;
        self.blanks_of_pcre2();
        if is_empty || !self.take(b'}') {
            return Err(Stop::Foreign("an escape"));
        }
        Ok(value)
    }

    /// Skips the blanks that PCRE2 allows in the braces of an escape.
    fn blanks_of_pcre2(&mut self) {
        while self.dialect == Dialect::Pcre2 && matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }
}

fn one_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match nodes.len() {
        0 => Node::Empty,
        1 => nodes.remove(0),
        _ => many(nodes),
    }
}
