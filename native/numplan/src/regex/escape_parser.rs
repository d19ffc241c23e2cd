//! The parser of escapes: a backslash and what follows it.

use crate::regex::byte_set::{self, ByteSet};
use crate::regex::dialect::Dialect;
use crate::regex::look::Look;
use crate::regex::parser::{Atom, Flags, NO_DIGITS, Parsed, Parser, Stop, UNKNOWN_LETTER, UNKNOWN_LETTERS};
use crate::regex::pattern::Node;

impl Parser<'_> {
    /// The escape whose backslash was read, outside of a class.
    pub(super) fn escape(&mut self, flags: Flags) -> Parsed<Atom> {
        let Some(byte) = self.next() else {
            return self.invalid("\\ at end of pattern");
        };
        if let Some(set) = self.named_set(byte)? {
            return Ok(Atom::Repeatable(Node::Set(set)));
        }
        match byte {
            b'A' | b'G' => Ok(Atom::Condition(Node::Look(Look::Start))),
            b'Z' => Ok(Atom::Condition(Node::Look(Look::Dollar))),
            b'z' => Ok(Atom::Condition(Node::Look(Look::End))),
            b'b' | b'B' => Ok(Atom::Condition(self.word_boundary(byte == b'b'))),
            b'K' => Ok(Atom::Condition(Node::Keep)),
            b'N' if self.peek() != Some(b'{') || self.counts(self.at + 1)?.is_some() => {
                Ok(Atom::Repeatable(Node::Set(byte_set::NOT_NEWLINE)))
            }
            b'C' => Ok(Atom::Repeatable(Node::Set(ByteSet::ALL))),
            b'R' => Err(Stop::Foreign("\\R")),
            b'1'..=b'9' => {
                let byte = self.octal_outside_of_class(byte)?;
                Ok(Atom::Repeatable(self.literal_node(byte, flags)))
            }
            b'g' | b'k' => Err(Stop::Foreign("a back-reference")),
            _ => {
                let byte = self.escaped_byte(byte)?;
                Ok(Atom::Repeatable(self.literal_node(byte, flags)))
            }
        }
    }

    /// `\b`, which holds where a byte of `\w` is on one side and none on the other; or `\B` with
    /// `is_boundary` false, which holds elsewhere. A disjunction: `(?<=\w)(?!\w)|(?<!\w)(?=\w)`.
    fn word_boundary(&self, is_boundary: bool) -> Node {
        let word = || Node::Set(self.dialect.class(byte_set::WORD));
        let places = [true, false].map(|word_before| {
            let word_after = word_before != is_boundary;
            Node::Concat(vec![
                Node::behind(!word_before, word()),
                Node::ahead(!word_after, word()),
            ])
        });
        Node::Alternate(places.into())
    }

    /// The byte of `\ooo`. A number below 10, or up to the number of groups, is a back-reference.
    fn octal_outside_of_class(&mut self, first: u8) -> Parsed<u8> {
        let digits = self.text.get(self.at - 1..).unwrap_or_default();
        let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
        let number = digits.fold(0usize, |number, digit| {
            number.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
        });
        if number < 10 || number <= self.parentheses {
            return Err(Stop::Foreign("a back-reference"));
        }
        self.octal(first)
    }

    /// The byte of up to three octal digits, of which the first was read.
    fn octal(&mut self, first: u8) -> Parsed<u8> {
        self.at -= 1;
        match first {
            b'1'..=b'3' => Ok(self.number(8, 3)),
            b'4'..=b'7'
                if !matches!(self.peek_at(2), Some(b'0'..=b'7')) || !matches!(self.peek_at(1), Some(b'0'..=b'7')) =>
            {
                Ok(self.number(8, 2))
            }
            _ => Err(Stop::Foreign("an escape")),
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
            b'1'..=b'9' => self.octal(letter),
            b'o' if self.peek() == Some(b'{') => self.braced(8, 3),
            b'c' => match self.next() {
                Some(byte @ b' '..=b'~') => Ok(byte.to_ascii_uppercase() ^ 0x40),
                _ => Err(Stop::Foreign("an escape")),
            },
            b'x' if self.peek() == Some(b'{') => self.braced(16, 2),
            b'x' if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) => self.of_pcre8(0, NO_DIGITS),
            b'x' => Ok(self.number(16, 2)),
            letter if UNKNOWN_LETTERS.contains(&letter) => self.of_pcre8(letter, UNKNOWN_LETTER),
            letter if letter.is_ascii_alphanumeric() => Err(Stop::Foreign("an escape")),
            punctuation => Ok(punctuation),
        }
    }

    /// `byte` in PCRE 8; in PCRE2 the error `reason`, since that refuses the escape that was read.
    pub(super) fn of_pcre8(&self, byte: u8, reason: &'static str) -> Parsed<u8> {
        match self.dialect {
            Dialect::Pcre2 => self.invalid(reason),
            Dialect::Pcre | Dialect::Unknown => Ok(byte),
        }
    }

    /// The set that the escape of `letter` stands for, as `\d` does; `None` where it is no set.
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

    /// The number of up to `most` digits; 0 where none follows.
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

    /// The byte of up to `most` digits in braces.
    fn braced(&mut self, radix: u32, most: usize) -> Parsed<u8> {
        self.at += 1;
        self.blanks_of_pcre2();
        let before = self.at;
        let first = self.peek();
        let value = self.number(radix, most);
        let is_empty = self.at == before;
        // Three octal digits may be more than a byte.
        let is_large = self.at - before == 3 && first > Some(b'3');
        self.blanks_of_pcre2();
        if is_empty || is_large || !self.take(b'}') {
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

#[cfg(test)]
mod tests;
