//! Patterns that capture, as programs of a backtracking matcher.

use super::pattern::{Digits, Pattern};
use crate::fallible::Result;
use numplan_world::layout::instruction::{DIGIT, END, FORK, JUMP, MATCH, MOST_GROUPS, SAVE, encode};

/// A program, and what is known of it without running it.
pub(crate) struct Program {
    pub(crate) code: Vec<u16>,
    /// The digits with which a match that is not empty may begin.
    pub(crate) first: Digits,
    pub(crate) groups: u16,
}

pub(crate) fn compile(regex: &str) -> Result<Program> {
    let pattern = Pattern::parse(regex)?;
    let mut program = Program {
        code: Vec::new(),
        first: first(&pattern).0,
        groups: 0,
    };
    program.add(&pattern)?;
    program.code.push(encode(MATCH, 0));
    if usize::from(program.groups) > MOST_GROUPS {
        return Err(format!("{regex} has {} groups", program.groups).into());
    }
    Ok(program)
}

impl Program {
    fn add(&mut self, pattern: &Pattern) -> Result<()> {
        match pattern {
            Pattern::Digit(digits) => self.code.push(encode(DIGIT, *digits)),
            Pattern::End => self.code.push(encode(END, 0)),
            Pattern::Sequence(parts) => parts.iter().try_for_each(|part| self.add(part))?,
            Pattern::Choice(parts) => self.choice(parts)?,
            Pattern::Repeat(least, most, part) => {
                for _ in 0..*least {
                    self.add(part)?;
                }
                self.optional(most - least, part)?;
            }
            Pattern::Group(number, part) => {
                self.groups = self.groups.max(*number);
                self.code.push(encode(SAVE, (number - 1) * 2));
                self.add(part)?;
                self.code.push(encode(SAVE, (number - 1) * 2 + 1));
            }
        }
        Ok(())
    }

    /// Up to `most` times, each inside of the one before.
    fn optional(&mut self, most: u32, part: &Pattern) -> Result<()> {
        let mut forks = Vec::new();
        for _ in 0..most {
            forks.push(self.code.len());
            self.code.push(0);
            self.add(part)?;
        }
        forks.into_iter().try_for_each(|fork| self.point(fork, FORK))
    }

    fn choice(&mut self, parts: &[Pattern]) -> Result<()> {
        let mut jumps = Vec::new();
        for (place, part) in parts.iter().enumerate() {
            let fork = self.code.len();
            let is_last = place + 1 == parts.len();
            if !is_last {
                self.code.push(0);
            }
            self.add(part)?;
            if !is_last {
                jumps.push(self.code.len());
                self.code.push(0);
                self.point(fork, FORK)?;
            }
        }
        jumps.into_iter().try_for_each(|jump| self.point(jump, JUMP))
    }

    /// Lets an instruction lead to the end of the program so far.
    fn point(&mut self, at: usize, operation: u16) -> Result<()> {
        let operand = u16::try_from(self.code.len() - at)?;
        if operand > 0xfff {
            return Err("a program of more than 4,095 instructions".into());
        }
        if let Some(instruction) = self.code.get_mut(at) {
            *instruction = encode(operation, operand);
        }
        Ok(())
    }
}

/// The first digits of a match, and whether it may be empty.
fn first(pattern: &Pattern) -> (Digits, bool) {
    match pattern {
        Pattern::Digit(digits) => (*digits, false),
        Pattern::End => (0, true),
        Pattern::Group(_, part) => first(part),
        Pattern::Choice(parts) => parts
            .iter()
            .map(first)
            .fold((0, false), |(all, any), (digits, empty)| (all | digits, any || empty)),
        Pattern::Repeat(least, _, part) => {
            let (digits, empty) = first(part);
            (digits, empty || *least == 0)
        }
        Pattern::Sequence(parts) => {
            let mut all = 0;
            for part in parts {
                let (digits, empty) = first(part);
                all |= digits;
                if !empty {
                    return (all, false);
                }
            }
            (all, true)
        }
    }
}
