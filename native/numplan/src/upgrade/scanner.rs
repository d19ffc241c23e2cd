//! A scan of a regex for constructs, which knows classes, comments and look-around.
//!
//! It ends where it could no longer know what a byte means: at `\Q`, at `\E` in a class, behind the
//! flag `x`, and at a verb, a callout with a text or a class of classes. What stands before is read
//! for certain, by either PCRE.

use super::construct::{Construct, What};
use crate::regex::byte_set;
use crate::regex::class_parser::NO_MEMBERS;
use crate::regex::counts::of_pcre2_alone;
use crate::regex::dialect::Dialect;
use crate::regex::group_parser::MAX_NAME;
use crate::regex::parser::UNKNOWN_LETTERS;

/// The constructs of `regex` in which dialects differ, in order.
pub(super) fn scan(regex: &[u8]) -> Vec<Construct> {
    let mut scanner = Scanner {
        text: regex,
        at: 0,
        groups: regex.iter().filter(|byte| **byte == b'(').count(),
        looks: Vec::new(),
        found: Vec::new(),
    };
    while scanner.part().is_some() {}
    scanner.found
}

/// The first construct of `regex` for which `dialect` refuses it.
pub(super) fn that_is_refused(regex: &[u8], dialect: Dialect) -> Option<Construct> {
    scan(regex).into_iter().find(|one| one.what.is_refused_by(dialect))
}

/// The first construct of `regex` that the dialects read otherwise: a brace before others, as it
/// shows in numbers that a telephone dials.
pub(super) fn that_differs(regex: &[u8]) -> Option<Construct> {
    let order = [What::Brace, What::Letters, What::Caseless];
    let all = scan(regex);
    order
        .into_iter()
        .find_map(|what| all.iter().find(|one| one.what == what).copied())
}

struct Scanner<'r> {
    text: &'r [u8],
    at: usize,
    /// The number of opening brackets: no regex has more groups.
    groups: usize,
    /// For each open bracket, whether it opens look-around.
    looks: Vec<bool>,
    found: Vec<Construct>,
}

impl<'r> Scanner<'r> {
    fn rest(&self) -> &'r [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn add(&mut self, offset: usize, length: usize, in_class: bool, what: What) {
        self.found.push(Construct {
            offset,
            end: offset + length,
            in_class,
            what,
        });
    }

    /// Reads the next part outside a class; `None` at the end of the scan.
    fn part(&mut self) -> Option<()> {
        let offset = self.at;
        let byte = *self.text.get(offset)?;
        self.at += 1;
        match byte {
            b'\\' => self.escape(offset, false).map(|_| ()),
            b'[' => self.class(),
            b'(' => self.group(offset),
            b')' => self.looks.pop().map(|_| ()),
            b'{' => {
                if let Some(length) = of_pcre2_alone(self.rest()) {
                    self.add(offset, 1 + length, false, What::Brace);
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    /// Reads an escape; true for that of a set.
    fn escape(&mut self, offset: usize, in_class: bool) -> Option<bool> {
        let letter = *self.text.get(self.at)?;
        self.at += 1;
        let next = self.rest().first().copied();
        let what = match letter {
            b'Q' => return None,
            // A bracket behind it may still be the first member.
            b'E' if in_class => return None,
            b'd' | b'D' | b's' | b'S' | b'h' | b'H' | b'v' | b'V' => return Some(true),
            b'w' | b'W' => {
                self.add(offset, 2, in_class, What::Letters);
                return Some(true);
            }
            b'p' | b'P' => return None,
            b'x' | b'o' if next == Some(b'{') => {
                let inside = self.rest().get(1..).unwrap_or_default();
                let length = inside.iter().position(|byte| *byte == b'}')?;
                self.at += 1 + length + 1;
                let inside = inside.get(..length).unwrap_or_default();
                if inside.iter().any(|byte| matches!(byte, b' ' | b'\t')) {
                    self.add(offset, 2 + 1 + length + 1, in_class, What::Blank);
                }
                return Some(false);
            }
            b'x' if !next.is_some_and(|next| next.is_ascii_hexdigit()) => What::NoDigits,
            b'c' => {
                let control = next?;
                self.at += 1;
                if matches!(control, b' '..=b'~') {
                    return Some(false);
                }
                What::Control
            }
            b'8' | b'9' if !in_class && self.refers_to_no_group(letter) => What::NoGroup,
            b'K' if !in_class && self.looks.contains(&true) => What::KeepInLook,
            letter if in_class && NO_MEMBERS.contains(&letter) => What::NoMember,
            letter if UNKNOWN_LETTERS.contains(&letter) => What::UnknownLetter,
            _ => return Some(false),
        };
        self.add(offset, self.at - offset, in_class, what);
        Some(false)
    }

    fn refers_to_no_group(&self, first: u8) -> bool {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        let number = digits.fold(usize::from(first - b'0'), |number, digit| {
            number.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
        });
        number > self.groups
    }

    /// Reads a class behind its bracket.
    fn class(&mut self) -> Option<()> {
        if matches!(self.rest(), [b':' | b'.' | b'=', ..]) {
            return None;
        }
        self.at += usize::from(self.rest().first() == Some(&b'^'));
        let mut first = true;
        loop {
            let offset = self.at;
            let byte = *self.text.get(offset)?;
            self.at += 1;
            let is_set = match byte {
                b']' if !first => return Some(()),
                b'\\' => self.escape(offset, true)?,
                b'[' if matches!(self.rest(), [b':' | b'.' | b'=', ..]) => self.posix(offset)?,
                _ => false,
            };
            first = false;
            match self.rest() {
                [b'-', b']', ..] => {}
                [b'-', b'\\', b'E' | b'Q', ..] => return None,
                [b'-', _, ..] if is_set => {
                    let dash = self.at;
                    self.add(dash, 1, true, What::DashAfterSet);
                }
                _ => {}
            }
        }
    }

    fn posix(&mut self, offset: usize) -> Option<bool> {
        let inside = self.rest().strip_prefix(b":")?;
        let inside = inside.strip_prefix(b"^").unwrap_or(inside);
        let length = inside.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        let (name, end) = inside.split_at(length);
        let known = byte_set::posix_class(name)?;
        let end = end.strip_prefix(b":]")?;
        self.at = self.text.len() - end.len();
        if known != known.intersection(&byte_set::ASCII) {
            self.add(offset, self.at - offset, true, What::Letters);
        }
        Some(true)
    }

    /// Reads what an opening bracket begins.
    fn group(&mut self, offset: usize) -> Option<()> {
        let rest = self.rest();
        let mut is_look = false;
        match rest {
            [b'*', b'a'..=b'z', ..] => {
                self.add(offset, 2, false, What::NewVerb);
                return None;
            }
            [b'*', ..] | [b'?', b'C' | b'[', ..] => return None,
            [b'?', b'#', ..] => {
                let length = rest.iter().position(|byte| *byte == b')')?;
                self.at += length + 1;
                return Some(());
            }
            [b'?', b'=' | b'!', ..] | [b'?', b'<', b'=' | b'!', ..] => {
                is_look = true;
                self.at += if rest.get(1) == Some(&b'<') { 3 } else { 2 };
            }
            [b'?', b'P', b'<', ..] => self.named(offset, 3, b'>'),
            [b'?', b'<', ..] => self.named(offset, 2, b'>'),
            [b'?', b'\'', b'\'', ..] => self.add(offset, 4, false, What::EmptyName),
            [b'?', b'\'', ..] => self.named(offset, 2, b'\''),
            [b'?', b'(', ..] => return None,
            [b'?', flag, ..] if b"ismxJUX-nar^".contains(flag) => return self.flags(offset),
            [b'?', ..] => self.at += 2,
            _ => {}
        }
        self.looks.push(is_look);
        Some(())
    }

    fn named(&mut self, offset: usize, before: usize, end: u8) {
        let name = self.rest().get(before..).unwrap_or_default();
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let length = name.iter().take_while(is_name).count();
        if length > MAX_NAME && name.get(length) == Some(&end) {
            self.add(offset, 1 + before + length + 1, false, What::LongName);
        }
        self.at += before + length;
    }

    fn flags(&mut self, offset: usize) -> Option<()> {
        let inside = self.rest().get(1..).unwrap_or_default();
        let length = inside.iter().position(|byte| matches!(byte, b':' | b')'))?;
        let (flags, end) = inside.split_at(length);
        self.at += 1 + length + 1;
        if flags.iter().filter(|flag| **flag == b'-').count() > 1 {
            self.add(offset, 2 + length + 1, false, What::TwoHyphens);
        }
        if flags.iter().any(|flag| matches!(flag, b'n' | b'a' | b'r' | b'^')) {
            self.add(offset, 2 + length + 1, false, What::NewFlag);
        }
        if flags.contains(&b'x') {
            return None;
        }
        if flags.contains(&b'i') {
            self.add(offset, 2 + length + 1, false, What::Caseless);
        }
        if end.first() == Some(&b':') {
            self.looks.push(false);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
