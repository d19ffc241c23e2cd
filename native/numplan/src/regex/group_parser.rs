//! The parser of groups: captures, look-around, atomic groups, flags.

use crate::regex::atomic;
use crate::regex::dialect::Dialect;
use crate::regex::faults;
use crate::regex::parser::{AROUND, Atom, Flags, Parsed, Parser, SECOND_HYPHEN, Stop, one_or};
use crate::regex::pattern::Node;

/// The bound of PCRE 8 on the length of a group's name.
pub(crate) const MAX_NAME: usize = 32;
/// The bound of PCRE2 on it.
const MAX_NAME_OF_PCRE2: usize = 128;

impl Parser<'_> {
    /// The group whose opening parenthesis was read.
    pub(super) fn group(&mut self, flags: &mut Flags, depth: usize) -> Parsed<Atom> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (length, parse) = match rest {
            [b'*', ..] => return Err(Stop::Foreign("a verb")),
            [b'?', b':', ..] => (2, Self::body as fn(&mut Self, Flags, usize) -> Parsed<Node>),
            [b'?', b'=', ..] => return self.look_around((2, true, false), *flags, depth),
            [b'?', b'!', ..] => return self.look_around((2, true, true), *flags, depth),
            [b'?', b'<', b'=', ..] => return self.look_around((3, false, false), *flags, depth),
            [b'?', b'<', b'!', ..] => return self.look_around((3, false, true), *flags, depth),
            [b'?', b'>', ..] => (2, Self::atomic as _),
            [b'?', b'|', ..] => (2, Self::branch_reset as _),
            [b'?', b'<', ..] => (2, Self::named_by_angle as _),
            [b'?', b'P', b'<', ..] => (3, Self::named_by_angle as _),
            [b'?', b'\'', ..] => (2, Self::named_by_quote as _),
            [b'?', b'i' | b's' | b'm' | b'x' | b'U' | b'J' | b'-', ..] => {
                self.at += 1;
                return self.flags(flags, depth);
            }
            [b'?', b'(', ..] => return Err(Stop::Foreign("a conditional")),
            [b'?', b'R' | b'&' | b'0'..=b'9' | b'+', ..] => return Err(Stop::Foreign("a recursion")),
            [b'?', ..] => return Err(Stop::Foreign("an extended group")),
            _ => (0, Self::capturing as _),
        };
        self.at += length;
        parse(self, *flags, depth).map(repeatable)
    }

    fn capturing(&mut self, flags: Flags, depth: usize) -> Parsed<Node> {
        self.groups += 1;
        let index = self.groups;
        Ok(Node::Group {
            index,
            body: Box::new(self.body(flags, depth)?),
        })
    }

    fn named_by_angle(&mut self, flags: Flags, depth: usize) -> Parsed<Node> {
        self.named(b'>', flags, depth)
    }

    fn named_by_quote(&mut self, flags: Flags, depth: usize) -> Parsed<Node> {
        self.named(b'\'', flags, depth)
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
        if self.in_reset {
            return Err(Stop::Foreign("a group name in a branch reset"));
        }
        if !plain || self.names.contains(&name) || !self.take(end) {
            return Err(Stop::Foreign("a group name"));
        }
        self.names.insert(name);
        self.capturing(flags, depth)
    }

    fn body(&mut self, flags: Flags, depth: usize) -> Parsed<Node> {
        Ok(one_or(self.body_branches(flags, depth)?, Node::Alternate))
    }

    /// The branches of a group's body: one where that is itself a group with branches.
    fn body_branches(&mut self, mut flags: Flags, depth: usize) -> Parsed<Vec<Node>> {
        let branches = self.branches(&mut flags, depth + 1)?;
        self.size += AROUND;
        self.close(branches)
    }

    fn close<T>(&mut self, inside: T) -> Parsed<T> {
        if self.take(b')') {
            Ok(inside)
        } else {
            self.invalid("missing )")
        }
    }

    fn atomic(&mut self, flags: Flags, depth: usize) -> Parsed<Node> {
        let (before, groups) = (self.possession, self.groups);
        let branches = self.body_branches(flags, depth)?;
        let has_captures = self.groups > groups;
        // The fault concerns groups inside the atomic one, and not its own alternatives.
        if has_captures && self.dialect == Dialect::Pcre && branches.iter().any(faults::has_alternatives) {
            return Err(Stop::Foreign(faults::ALTERNATIVES));
        }
        let body = one_or(branches, Node::Alternate);
        let is_nullable = body.is_nullable();
        self.possession.atomic(before, is_nullable).map_err(Stop::Foreign)?;
        atomic::atomic(&body, &mut self.copies).ok_or(Stop::Foreign("an atomic group"))
    }

    /// Alternatives whose groups have the same numbers.
    fn branch_reset(&mut self, mut flags: Flags, depth: usize) -> Parsed<Node> {
        if depth >= crate::regex::parser::MAX_DEPTH {
            return Err(Stop::Foreign("groups nested deeply"));
        }
        let (before, in_reset) = (self.groups, std::mem::replace(&mut self.in_reset, true));
        let mut most = before;
        let outside = self.possession;
        let mut branches = vec![self.branch(&mut flags, depth + 1)?];
        while self.take(b'|') {
            most = most.max(self.groups);
            self.size += AROUND;
            self.groups = before;
            let branch = self.possession.other_branch(outside);
            branches.push(self.branch(&mut flags, depth + 1)?);
            self.possession.join(branch);
        }
        most = most.max(self.groups);
        self.groups = most;
        self.in_reset = in_reset;
        self.close(one_or(branches, Node::Alternate))
    }

    /// Look-around, of which are given: the length of its opening, as of `?<=`; whether it is
    /// look-ahead; whether it is negative.
    fn look_around(
        &mut self,
        (length, ahead, negative): (usize, bool, bool),
        flags: Flags,
        depth: usize,
    ) -> Parsed<Atom> {
        self.at += length;
        let outside = self.possession.enter_look_around();
        let branches = self.body_branches(flags, depth)?;
        // `re` of OTP 27 and before lets a look-behind's own branches differ in length, and no
        // others.
        let is_fixed = branches.iter().all(|branch| branch.fixed_width().is_some());
        let body = one_or(branches, Node::Alternate);
        self.possession = outside;
        if body.any(&|node| *node == Node::Keep) {
            return Err(Stop::Foreign("\\K in look-around"));
        }
        if ahead {
            if body.looks_behind() {
                return Err(Stop::Foreign("a look-ahead that looks behind"));
            }
            return Ok(Atom::Unusual(Node::ahead(negative, body)));
        }
        if !is_fixed {
            return Err(Stop::Foreign("a look-behind of no fixed width"));
        }
        if body.looks_ahead() {
            return Err(Stop::Foreign("a look-behind that looks ahead"));
        }
        Ok(Atom::Unusual(Node::behind(negative, body)))
    }

    fn flags(&mut self, outer: &mut Flags, depth: usize) -> Parsed<Atom> {
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
                b'm' => changed.multiline = on,
                b'x' => changed.extended = on,
                b'U' => changed.ungreedy = on,
                // Names may be used twice: here they name nothing.
                b'J' => {}
                b':' => return self.body(changed, depth).map(repeatable),
                b')' => {
                    *outer = changed;
                    return Ok(Atom::Condition(Node::Empty));
                }
                _ => return Err(Stop::Foreign("an unusual flag")),
            }
        }
        Err(Stop::Foreign("flags that do not end"))
    }
}

/// What a quantifier behind a group means: one behind a group that consumes nothing, as `(^)*`, is
/// left to `re`, since PCRE treats it in its own way.
fn repeatable(node: Node) -> Atom {
    if node != Node::Empty && node.fixed_width() == Some(0) {
        Atom::Unusual(node)
    } else {
        Atom::Repeatable(node)
    }
}
