//! Parses the regexes of libphonenumber's metadata, which are over decimal digits.

use crate::fallible::Result;

/// A set of digits: bit `d` for the digit `d`.
pub(crate) type Digits = u16;

const ALL: Digits = 0x3ff;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    Digit(Digits),
    Sequence(Vec<Pattern>),
    /// Alternatives, the preferred first.
    Choice(Vec<Pattern>),
    /// As often as possible, between two bounds.
    Repeat(u32, u32, Box<Pattern>),
    /// A capture group, the first being 1.
    Group(u16, Box<Pattern>),
    /// The end of the text.
    End,
}

impl Pattern {
    /// # Errors
    ///
    /// Where a regex has syntax that the metadata has not had so far.
    pub(crate) fn parse(regex: &str) -> Result<Self> {
        let mut parser = Parser {
            regex: regex.as_bytes(),
            at: 0,
            groups: 0,
        };
        let pattern = parser.choice()?;
        match parser.peek() {
            None => Ok(pattern),
            Some(_) => Err(parser.error("the end")),
        }
    }

    /// How many digits it matches at most.
    pub(crate) fn longest(&self) -> u32 {
        match self {
            Pattern::Digit(_) => 1,
            Pattern::Sequence(parts) => parts.iter().map(Pattern::longest).sum(),
            Pattern::Choice(parts) => parts.iter().map(Pattern::longest).max().unwrap_or_default(),
            Pattern::Repeat(_, most, part) => most * part.longest(),
            Pattern::Group(_, part) => part.longest(),
            Pattern::End => 0,
        }
    }

    /// How many digits it matches at least.
    pub(crate) fn shortest(&self) -> u32 {
        match self {
            Pattern::Digit(_) => 1,
            Pattern::Sequence(parts) => parts.iter().map(Pattern::shortest).sum(),
            Pattern::Choice(parts) => parts.iter().map(Pattern::shortest).min().unwrap_or_default(),
            Pattern::Repeat(least, _, part) => least * part.shortest(),
            Pattern::Group(_, part) => part.shortest(),
            Pattern::End => 0,
        }
    }
}

struct Parser<'a> {
    regex: &'a [u8],
    at: usize,
    groups: u16,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.regex.get(self.at).copied()
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self
            .regex
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(text.as_bytes()));
        if found {
            self.at += text.len();
        }
        found
    }

    fn error(&self, wanted: &str) -> Box<dyn std::error::Error> {
        format!(
            "{}, byte {}: {wanted} expected",
            String::from_utf8_lossy(self.regex),
            self.at
        )
        .into()
    }

    fn choice(&mut self) -> Result<Pattern> {
        let mut parts = vec![self.sequence()?];
        while self.skip("|") {
            parts.push(self.sequence()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Pattern::Choice(parts)
        })
    }

    fn sequence(&mut self) -> Result<Pattern> {
        let mut parts = Vec::new();
        while !matches!(self.peek(), None | Some(b'|' | b')')) {
            let part = self.single()?;
            parts.push(self.repeated(part)?);
        }
        Ok(Pattern::Sequence(parts))
    }

    fn single(&mut self) -> Result<Pattern> {
        if self.skip("\\d") {
            Ok(Pattern::Digit(ALL))
        } else if self.skip("$") {
            Ok(Pattern::End)
        } else if self.skip("~") {
            // A pause for a tone, which is no digit.
            Ok(Pattern::Digit(0))
        } else if self.skip("[") {
            self.class()
        } else if self.skip("(?:") {
            self.group()
        } else if self.skip("(") {
            self.groups += 1;
            let number = self.groups;
            Ok(Pattern::Group(number, Box::new(self.group()?)))
        } else {
            Ok(Pattern::Digit(1 << self.digit()?))
        }
    }

    fn group(&mut self) -> Result<Pattern> {
        let inner = self.choice()?;
        if self.skip(")") {
            Ok(inner)
        } else {
            Err(self.error(")"))
        }
    }

    fn digit(&mut self) -> Result<u8> {
        match self.peek() {
            Some(digit @ b'0'..=b'9') => {
                self.at += 1;
                Ok(digit - b'0')
            }
            _ => Err(self.error("a digit")),
        }
    }

    fn class(&mut self) -> Result<Pattern> {
        let mut digits = 0;
        while !self.skip("]") {
            if self.skip("\\d") {
                digits |= ALL;
                continue;
            }
            let low = self.digit()?;
            let high = if self.skip("-") { self.digit()? } else { low };
            digits |= (low..=high).fold(0, |set, digit| set | 1 << digit);
        }
        Ok(Pattern::Digit(digits))
    }

    fn repeated(&mut self, part: Pattern) -> Result<Pattern> {
        if self.skip("?") {
            return Ok(Pattern::Repeat(0, 1, Box::new(part)));
        }
        if !self.skip("{") {
            return Ok(part);
        }
        let least = self.count()?;
        let most = if self.skip(",") { self.count()? } else { least };
        if self.skip("}") && least <= most {
            Ok(Pattern::Repeat(least, most, Box::new(part)))
        } else {
            Err(self.error("}"))
        }
    }

    fn count(&mut self) -> Result<u32> {
        let mut count = u32::from(self.digit()?);
        while self.peek().is_some_and(|letter| letter.is_ascii_digit()) {
            count = count * 10 + u32::from(self.digit()?);
        }
        Ok(count)
    }
}
