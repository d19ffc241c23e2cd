//! Atomic groups and possessive quantifiers, rewritten to look-ahead.
//!
//! An atomic group matches in the way that it prefers, and no other is tried when what follows it
//! fails. Which way that is does not depend on what follows the group. So each way is guarded by
//! the condition that no preferred one is possible: `(?>a|ab)` is `a|(?!a)ab`, and `\d++` is
//! `\d+(?!\d)`. A way that depends on what stands before it, as `^1` does, cannot be guarded so:
//! look-ahead with look-behind inside is not native.

use crate::regex::byte_set::ByteSet;
use crate::regex::pattern::Node;

/// The most nodes that rewriting a group looks at. What follows a choice is copied once for each of
/// its alternatives, so without a bound the work would double with each choice.
const MAX_NODES: usize = 2_000;
/// The most nodes that rewriting the groups of a pattern copies. A repetition is copied with its
/// body, so without a bound what is written would double with each one inside.
const MAX_COPIES: usize = 100_000;

/// The nodes that rewriting may still copy for a pattern.
pub(super) struct Copies(usize);

impl Default for Copies {
    fn default() -> Copies {
        Copies(MAX_COPIES)
    }
}

/// The bounds of rewriting a group.
struct Room<'c> {
    looked_at: usize,
    copies: &'c mut Copies,
}

impl Room<'_> {
    fn look_at(&mut self, node: &Node) -> Option<()> {
        self.looked_at = self.looked_at.checked_sub(size(node))?;
        Some(())
    }

    fn copy(&mut self, nodes: usize) -> Option<()> {
        self.copies.0 = self.copies.0.checked_sub(nodes)?;
        Some(())
    }
}

/// `node` as an atomic group matches it; `None` where that cannot be written without one, or not
/// with so few `copies`.
pub(super) fn atomic(node: &Node, copies: &mut Copies) -> Option<Node> {
    let looked_at = MAX_NODES;
    commit(node, &mut Room { looked_at, copies })
}

fn commit(node: &Node, room: &mut Room<'_>) -> Option<Node> {
    room.look_at(node)?;
    if is_choiceless(node) {
        return Some(node.clone());
    }
    match node {
        Node::Group { index, body } => Some(Node::Group {
            index: *index,
            body: Box::new(commit(body, room)?),
        }),
        Node::Alternate(branches) => alternate(branches, room),
        Node::Concat(parts) => concat(parts, room),
        Node::Repeat { body, min, max, lazy } => repeat(body, (*min, *max), *lazy, room),
        Node::Empty | Node::Set(_) | Node::Look(_) | Node::Around(_) | Node::Keep => Some(node.clone()),
    }
}

/// True when there is at most one way to match from a position on.
fn is_choiceless(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Set(_) | Node::Look(_) | Node::Around(_) | Node::Keep => true,
        Node::Group { body, .. } => is_choiceless(body),
        Node::Concat(parts) => parts.iter().all(is_choiceless),
        Node::Repeat { body, min, max, .. } => *max == Some(*min) && is_choiceless(body),
        Node::Alternate(_) => false,
    }
}

/// True when it can match the empty string everywhere.
fn matches_always(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Keep => true,
        Node::Set(_) | Node::Look(_) | Node::Around(_) => false,
        Node::Group { body, .. } => matches_always(body),
        Node::Concat(parts) => parts.iter().all(matches_always),
        Node::Alternate(branches) => branches.iter().any(matches_always),
        Node::Repeat { body, min, .. } => *min == 0 || matches_always(body),
    }
}

/// The condition that `node` does not match; `None` where that depends on what stands before.
fn not_ahead(node: &Node, room: &mut Room<'_>) -> Option<Node> {
    room.copy(size(node))?;
    (!node.looks_behind()).then(|| Node::ahead(true, node.without_groups()))
}

fn alternate(branches: &[Node], room: &mut Room<'_>) -> Option<Node> {
    let mut guards: Vec<Node> = Vec::new();
    let mut size_of_guards = 0;
    let mut committed = Vec::with_capacity(branches.len());
    for (at, branch) in branches.iter().enumerate() {
        room.copy(size_of_guards)?;
        let mut parts = guards.clone();
        parts.push(commit(branch, room)?);
        committed.push(Node::Concat(parts));
        if at + 1 < branches.len() {
            guards.push(not_ahead(branch, room)?);
            size_of_guards += size(branch) + 1;
        }
    }
    Some(Node::Alternate(committed))
}

/// A sequence. Its first part that has a choice is committed by itself where the rest cannot make
/// it choose again: where the rest always matches, or where only one choice lets it match.
/// Otherwise the choice becomes alternatives, each of which is followed by the rest.
fn concat(parts: &[Node], room: &mut Room<'_>) -> Option<Node> {
    let at = parts.iter().position(|part| !is_choiceless(part))?;
    let (front, rest) = parts.split_at(at);
    let (choice, rest) = rest.split_first()?;
    let mut committed = front.to_vec();
    if rest.iter().all(matches_always) || is_forced(choice, rest) {
        committed.push(commit(choice, room)?);
        committed.push(commit(&Node::Concat(rest.to_vec()), room)?);
        return Some(Node::Concat(committed));
    }
    let ways = ways(choice)?;
    room.copy(ways.len() * rest.iter().map(size).sum::<usize>())?;
    let branches: Vec<Node> = ways
        .into_iter()
        .map(|way| Node::Concat([&[way], rest].concat()))
        .collect();
    committed.push(alternate(&branches, room)?);
    Some(Node::Concat(committed))
}

/// The ways through `choice`, the preferred first, each with fewer choices.
fn ways(choice: &Node) -> Option<Vec<Node>> {
    match choice {
        Node::Alternate(branches) => Some(branches.clone()),
        Node::Repeat {
            body,
            min,
            max: Some(max),
            lazy,
        } if max - min <= 8 && is_choiceless(body) => {
            let exactly = |times: u32| Node::Repeat {
                body: body.clone(),
                min: times,
                max: Some(times),
                lazy: false,
            };
            let mut ways: Vec<Node> = (*min..=*max).map(exactly).collect();
            if !lazy {
                ways.reverse();
            }
            Some(ways)
        }
        _ => None,
    }
}

/// True when `choice` repeats a set greedily without bound, and `rest` begins with a byte outside
/// of it: then it must consume all that it can.
fn is_forced(choice: &Node, rest: &[Node]) -> bool {
    let Node::Repeat {
        body,
        max: None,
        lazy: false,
        ..
    } = choice
    else {
        return false;
    };
    match (body.as_ref(), first_bytes(rest)) {
        (Node::Set(set), Some(first)) => set.intersection(&first).is_empty(),
        _ => false,
    }
}

/// A set that holds the first byte of each match; `None` where one may be empty.
pub(super) fn first_bytes(parts: &[Node]) -> Option<ByteSet> {
    let mut all = ByteSet::EMPTY;
    for part in parts {
        match part {
            Node::Set(set) => return Some(all.union(set)),
            Node::Group { body, .. } => return first_bytes(std::slice::from_ref(body)).map(|set| all.union(&set)),
            Node::Concat(parts) => return first_bytes(parts).map(|set| all.union(&set)),
            Node::Repeat { body, min, .. } => {
                let first = first_bytes(std::slice::from_ref(body))?;
                all = all.union(&first);
                if *min > 0 {
                    return Some(all);
                }
            }
            Node::Alternate(branches) => {
                let sets = branches.iter().map(|branch| first_bytes(std::slice::from_ref(branch)));
                let first = sets.collect::<Option<Vec<ByteSet>>>()?;
                return Some(first.iter().fold(all, |all, set| all.union(set)));
            }
            Node::Empty | Node::Look(_) | Node::Around(_) | Node::Keep => {}
        }
    }
    None
}

/// A repetition. Each round keeps the way that its body prefers: a round that fails ends the
/// repetition, once that may stop, and does not make an earlier round choose again. So the body of
/// one that requires more rounds than one may have no choice.
fn repeat(body: &Node, (min, max): (u32, Option<u32>), lazy: bool, room: &mut Room<'_>) -> Option<Node> {
    let times = |body: Node, min: u32, max: Option<u32>| Node::Repeat {
        body: Box::new(body),
        min,
        max,
        lazy: false,
    };
    let committed = commit(body, room)?;
    if min > 1 && !is_choiceless(body) {
        return None;
    }
    if lazy {
        return Some(times(committed, min, Some(min)));
    }
    if body.is_nullable() {
        return None;
    }
    match max {
        None => Some(Node::Concat(vec![times(committed, min, None), not_ahead(body, room)?])),
        Some(max) if max == min => Some(times(committed, min, Some(max))),
        Some(1) => Some(Node::Alternate(vec![committed, not_ahead(body, room)?])),
        Some(max) => {
            room.copy(size(&committed))?;
            let all = times(committed.clone(), max, Some(max));
            let fewer = times(committed, min, Some(max - 1));
            Some(Node::Alternate(vec![
                all,
                Node::Concat(vec![fewer, not_ahead(body, room)?]),
            ]))
        }
    }
}

/// The number of nodes.
fn size(node: &Node) -> usize {
    let inside = match node {
        Node::Empty | Node::Set(_) | Node::Look(_) | Node::Keep => 0,
        Node::Around(around) => size(&around.body),
        Node::Group { body, .. } | Node::Repeat { body, .. } => size(body),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().map(size).sum(),
    };
    inside + 1
}

#[cfg(test)]
mod tests;
