//! The syntax tree of a pattern and its properties: widths, groups, loops.

use crate::regex::byte_set::ByteSet;
use crate::regex::look::Look;
use std::collections::HashSet;

/// The most pairs of byte sets that are compared.
const MAX_PAIRS: usize = 1_000_000;

/// A pattern's syntax tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Matches the empty string.
    Empty,
    /// One byte of the set.
    Set(ByteSet),
    /// A condition on the position.
    Look(Look),
    /// A condition on the bytes around the position.
    Around(Box<Around>),
    /// `\K`: the whole match is taken to begin here.
    Keep,
    /// A capturing group; the first one has index 1.
    Group {
        /// Its number.
        index: usize,
        /// What it captures.
        body: Box<Node>,
    },
    /// One after the other.
    Concat(Vec<Node>),
    /// Alternatives, in order of preference.
    Alternate(Vec<Node>),
    /// Repetition.
    Repeat {
        /// What is repeated.
        body: Box<Node>,
        /// The fewest times.
        min: u32,
        /// The most times; `None` is without bound.
        max: Option<u32>,
        /// True when fewer times are tried first.
        lazy: bool,
    },
}

/// Look-ahead or look-behind: a pattern that must match from the position on, or up to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Around {
    /// True for look-ahead.
    pub ahead: bool,
    /// True where the pattern must not match.
    pub negative: bool,
    /// The pattern.
    pub body: Node,
}

/// A pattern that an automaton can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Its syntax tree.
    pub node: Node,
    /// How many capturing groups it has.
    pub groups: usize,
}

impl Node {
    /// True when the node can match without consuming a byte.
    pub fn is_nullable(&self) -> bool {
        match self {
            Node::Empty | Node::Look(_) | Node::Around(_) | Node::Keep => true,
            Node::Set(_) => false,
            Node::Group { body, .. } => body.is_nullable(),
            Node::Concat(parts) => parts.iter().all(Node::is_nullable),
            Node::Alternate(branches) => branches.iter().any(Node::is_nullable),
            Node::Repeat { body, min, .. } => *min == 0 || body.is_nullable(),
        }
    }

    /// True when it contains a loop whose body may match the empty string: there PCRE and a
    /// simulation set captures differently.
    pub fn has_nullable_loop(&self) -> bool {
        match self {
            Node::Empty | Node::Look(_) | Node::Around(_) | Node::Keep | Node::Set(_) => false,
            Node::Group { body, .. } => body.has_nullable_loop(),
            Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(Node::has_nullable_loop),
            Node::Repeat { body, max, .. } => {
                *max != Some(0) && ((*max != Some(1) && body.is_nullable()) || body.has_nullable_loop())
            }
        }
    }

    /// True when a repeated byte set and another set of the pattern have bytes in common, and all
    /// of these are among `bytes`; or may have where there are too many sets to compare.
    pub(crate) fn meets_only_within(&self, bytes: &ByteSet) -> bool {
        let (mut all, mut repeated) = (HashSet::new(), HashSet::new());
        self.collect_sets(&mut all, &mut repeated);
        let has_some = |set: &ByteSet| !set.intersection(bytes).is_empty();
        all.retain(has_some);
        repeated.retain(has_some);
        if repeated.len() > MAX_PAIRS / all.len().max(1) {
            return true;
        }
        let outside = bytes.complement();
        repeated.iter().any(|one| {
            all.iter().any(|other| {
                let common = one.intersection(other);
                !common.is_empty() && common.intersection(&outside).is_empty()
            })
        })
    }

    fn collect_sets(&self, all: &mut HashSet<ByteSet>, repeated: &mut HashSet<ByteSet>) {
        match self {
            Node::Empty | Node::Look(_) | Node::Keep => {}
            Node::Around(around) => around.body.collect_sets(all, repeated),
            Node::Set(set) => {
                all.insert(*set);
            }
            Node::Group { body, .. } => body.collect_sets(all, repeated),
            Node::Concat(parts) | Node::Alternate(parts) => {
                parts.iter().for_each(|part| part.collect_sets(all, repeated));
            }
            Node::Repeat { body, min, max, .. } => {
                if let (Node::Set(set), true) = (body.as_ref(), Some(*min) != *max) {
                    repeated.insert(*set);
                }
                body.collect_sets(all, repeated);
            }
        }
    }

    /// The length in bytes of all its matches; `None` when they differ.
    pub fn fixed_width(&self) -> Option<usize> {
        match self {
            Node::Empty | Node::Look(_) | Node::Around(_) | Node::Keep => Some(0),
            Node::Set(_) => Some(1),
            Node::Group { body, .. } => body.fixed_width(),
            Node::Concat(parts) => parts
                .iter()
                .try_fold(0usize, |sum, part| sum.checked_add(part.fixed_width()?)),
            Node::Alternate(branches) => {
                let mut widths = branches.iter().map(Node::fixed_width);
                let first = widths.next()??;
                widths.all(|width| width == Some(first)).then_some(first)
            }
            Node::Repeat { body, min, max, .. } => {
                let width = body.fixed_width()?;
                (*max == Some(*min) || width == 0).then(|| width.checked_mul(*min as usize))?
            }
        }
    }

    /// True when one of the byte sets that it consumes contains `byte`.
    pub fn mentions(&self, byte: u8) -> bool {
        match self {
            Node::Empty | Node::Look(_) | Node::Around(_) | Node::Keep => false,
            Node::Set(set) => set.contains(byte),
            Node::Group { body, .. } | Node::Repeat { body, .. } => body.mentions(byte),
            Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(|part| part.mentions(byte)),
        }
    }

    /// The highest number of a group inside that may take part in a match, or 0: one in negative
    /// look-around never does.
    pub fn highest_group(&self) -> usize {
        match self {
            Node::Empty | Node::Look(_) | Node::Keep | Node::Set(_) => 0,
            Node::Around(around) if around.negative => 0,
            Node::Around(around) => around.body.highest_group(),
            Node::Group { index, body } => body.highest_group().max(*index),
            Node::Repeat { body, .. } => body.highest_group(),
            Node::Concat(parts) | Node::Alternate(parts) => parts.iter().map(Node::highest_group).max().unwrap_or(0),
        }
    }

    /// True when one of the nodes inside, or itself, is one that `wanted` returns true for. The
    /// bodies of look-around are not looked into.
    pub(crate) fn any(&self, wanted: &impl Fn(&Node) -> bool) -> bool {
        let inside = match self {
            Node::Empty | Node::Look(_) | Node::Around(_) | Node::Keep | Node::Set(_) => false,
            Node::Group { body, .. } | Node::Repeat { body, .. } => body.any(wanted),
            Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(|part| part.any(wanted)),
        };
        inside || wanted(self)
    }

    /// True when it depends on what stands before a position. Look-ahead inside never does.
    pub(crate) fn looks_behind(&self) -> bool {
        self.any(&|node| match node {
            Node::Look(look) => *look == Look::Start,
            Node::Around(around) => !around.ahead,
            _ => false,
        })
    }

    /// True when it depends on what stands behind its matches. Look-behind inside never does.
    pub(crate) fn looks_ahead(&self) -> bool {
        self.any(&|node| match node {
            Node::Look(look) => *look != Look::Start,
            Node::Around(around) => around.ahead,
            _ => false,
        })
    }

    /// It without capturing groups.
    pub(crate) fn without_groups(&self) -> Node {
        let each = |parts: &[Node]| parts.iter().map(Node::without_groups).collect();
        match self {
            Node::Empty | Node::Look(_) | Node::Around(_) | Node::Keep | Node::Set(_) => self.clone(),
            Node::Group { body, .. } => body.without_groups(),
            Node::Concat(parts) => Node::Concat(each(parts)),
            Node::Alternate(branches) => Node::Alternate(each(branches)),
            Node::Repeat { body, min, max, lazy } => Node::Repeat {
                body: Box::new(body.without_groups()),
                min: *min,
                max: *max,
                lazy: *lazy,
            },
        }
    }

    /// The condition that `body` matches from here on, or does not.
    pub(crate) fn ahead(negative: bool, body: Node) -> Node {
        Node::Around(Box::new(Around {
            ahead: true,
            negative,
            body,
        }))
    }

    /// The condition that `body` matches up to here, or does not.
    pub(crate) fn behind(negative: bool, body: Node) -> Node {
        Node::Around(Box::new(Around {
            ahead: false,
            negative,
            body,
        }))
    }
}

#[cfg(test)]
mod tests;
