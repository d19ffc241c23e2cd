//! The parser of classes in brackets: `[0-9]`, `[^*#]`, `[[:alpha:]_]`.

use crate::regex::byte_set::{self, ByteSet};
use crate::regex::parser::{Flags, Parsed, Parser, Stop};
use crate::regex::pattern::Node;

/// Letters whose escapes mean something outside classes alone. In a class PCRE 8 ignores the
/// backslash, except at the end of a range, and PCRE2 refuses it.
pub(crate) const NO_MEMBERS: &[u8] = b"ABCGKRXZz";
/// PCRE2's message for such an escape in a class.
pub(crate) const NO_MEMBER: &str = "escape sequence is invalid in character class";

/// One item of a class.
enum ClassItem {
    Byte(u8),
    Set(ByteSet),
}

impl Parser<'_> {
    pub(super) fn class(&mut self, flags: Flags) -> Parsed<Node> {
        if matches!(self.peek(), Some(b':' | b'.' | b'=')) {
            return Err(Stop::Foreign("a POSIX name outside a class"));
        }
        let negated = self.take(b'^');
        let mut set = ByteSet::EMPTY;
        let mut first = true;
        loop {
            match self.peek() {
                None => return self.invalid("missing terminating ] for character class"),
                Some(b']') if !first => break,
                Some(_) => set = set.union(&self.class_part(flags)?),
            }
            first = false;
        }
        self.at += 1;
        Ok(Node::Set(if negated { set.complement() } else { set }))
    }

    /// One item of a class, or a range of two.
    fn class_part(&mut self, flags: Flags) -> Parsed<ByteSet> {
        let item = self.class_item(flags)?;
        let dash = self.peek() == Some(b'-') && self.peek_at(1) != Some(b']');
        let low = match item {
            ClassItem::Set(_) if dash => {
                return Err(Stop::Foreign("a dash after a set in a class"));
            }
            ClassItem::Set(set) => return Ok(set),
            ClassItem::Byte(byte) if !dash => return Ok(self.literal_set(byte, flags)),
            ClassItem::Byte(byte) => byte,
        };
        self.at += 1;
        if self.peek().is_none() {
            return self.invalid("missing terminating ] for character class");
        }
        let is_no_member = matches!(self.text.get(self.at..), Some([b'\\', letter, ..]) if NO_MEMBERS.contains(letter));
        let ClassItem::Byte(high) = self.class_item(flags)? else {
            return Err(Stop::Foreign("a dash before a set in a class"));
        };
        if is_no_member {
            return self.invalid_at(self.at - 1, "invalid range in character class");
        }
        if high < low {
            return self.invalid_at(self.at - 1, "range out of order in character class");
        }
        if self.peek() == Some(b'-') && self.peek_at(1) != Some(b']') {
            return Err(Stop::Foreign("a dash after a range in a class"));
        }
        let range = ByteSet::of_ranges(&[(low, high)]);
        Ok(self.cased(range, flags))
    }

    fn class_item(&mut self, flags: Flags) -> Parsed<ClassItem> {
        match self.next() {
            Some(b'[') if matches!(self.peek(), Some(b':' | b'.' | b'=')) => self.posix(flags),
            Some(b'\\') => self.class_escape(),
            Some(byte) => Ok(ClassItem::Byte(byte)),
            None => self.invalid("missing terminating ] for character class"),
        }
    }

    fn class_escape(&mut self) -> Parsed<ClassItem> {
        let Some(byte) = self.next() else {
            return self.invalid("\\ at end of pattern");
        };
        match self.named_set(byte)? {
            Some(set) => Ok(ClassItem::Set(set)),
            None if byte == b'b' => Ok(ClassItem::Byte(0x08)),
            None if NO_MEMBERS.contains(&byte) => Ok(ClassItem::Byte(self.of_pcre8(byte, NO_MEMBER)?)),
            None => Ok(ClassItem::Byte(self.escaped_byte(byte)?)),
        }
    }

    fn posix(&mut self, flags: Flags) -> Parsed<ClassItem> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (negated, rest) = match rest.strip_prefix(b":^") {
            Some(rest) => (true, rest),
            None => (false, rest.get(1..).unwrap_or_default()),
        };
        let length = rest.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        let (name, end) = rest.split_at(length);
        let known = byte_set::posix_class(name).filter(|_| end.starts_with(b":]") && self.peek() == Some(b':'));
        match known {
            Some(_) if flags.caseless && (name == b"upper" || name == b"lower") => {
                Err(Stop::Foreign("a letter case that (?i) changes"))
            }
            Some(latin1) => {
                let set = self.dialect.class(latin1);
                self.at += 1 + usize::from(negated) + length + 2;
                Ok(ClassItem::Set(if negated { set.complement() } else { set }))
            }
            None => Err(Stop::Foreign("a POSIX name")),
        }
    }
}

#[cfg(test)]
mod tests;
