//! Faults of PCRE 8, up to OTP 27, and of PCRE2: patterns that they answer otherwise than their
//! syntax says.

use crate::regex::atomic::first_bytes;
use crate::regex::byte_set::{self, ByteSet};
use crate::regex::dialect::Dialect;
use crate::regex::look::Look;
use crate::regex::pattern::Node;

/// Why `node` is left to `re`, where a fault may show.
pub(super) fn of_pattern(node: &Node, dialect: Dialect) -> Option<&'static str> {
    if node.meets_only_within(&misjudged(dialect)) {
        return Some("a repetition that meets what may follow it in the bytes 133, 160 or 255 alone");
    }
    if dialect == Dialect::Pcre2 {
        return None;
    }
    if is_tied(node, true) && !is_tied(node, false) {
        return Some("a look-ahead to anything, at the start");
    }
    let mut asserted = Vec::new();
    collect_asserted(node, &mut asserted);
    if asserted.is_empty() {
        return None;
    }
    let mut literals = [0; 256];
    count_literals(node, &mut literals);
    let is_repeated = |byte: u8| literals.get(usize::from(byte)).is_some_and(|count| *count > 1);
    asserted
        .iter()
        .any(|first| first.iter().any(is_repeated))
        .then_some("a look-ahead to a byte that is required again")
}

/// The bytes that PCRE overlooks when it asks whether two sets have a byte in common.
///
/// If x and y have none, `x*y` matches the same as the possessive `x*+y`, which PCRE runs instead.
/// It asks by names: `\h` and `\v` are spaces and `\S` is everything else, so they have none. But
/// `\S` matches 0x85 and 0xA0, which `\v` and `\h` match too. So `\S+\h` should match `Z\xA0`,
/// and PCRE finds no match. PCRE 8 also overlooks 255 in `\w`. The list was found by asking `re`
/// for 80,000 pairs of sets.
fn misjudged(dialect: Dialect) -> ByteSet {
    match dialect {
        Dialect::Pcre => ByteSet::of_ranges(&[(0x85, 0x85), (0xA0, 0xA0), (0xFF, 0xFF)]),
        Dialect::Pcre2 | Dialect::Unknown => ByteSet::of_ranges(&[(0x85, 0x85), (0xA0, 0xA0)]),
    }
}

/// Why a group that is left out altogether, as by `{0}`, is left to `re`: PCRE2 may require of the
/// number what stands in it. So `(c|^d){0}a` does not match `a`.
pub(super) const ZERO_TIMES: &str = "a group that is repeated zero times";

/// Why a possessive repetition of captures, inside another repetition, is left to `re`.
///
/// Where what follows a group with `*+` or `++` fails, PCRE 8 does not restore what was captured in
/// it. The captures of an earlier round are then those of the failed one: `(?:([ac])*+b)+` captures
/// the last `c` of `abac`. The same may happen between branches whose groups share a number.
pub(super) const CAPTURES: &str = "captures in a possessive quantifier that is repeated";

/// Why an atomic group with [alternatives](has_alternatives) is left to `re`.
pub(super) const ALTERNATIVES: &str = "alternatives in an atomic group";

/// True when PCRE 8 may try another alternative in `body`, though it is atomic and has matched.
///
/// At the end of an atomic group PCRE 8 steps back over its code to where the group began. There it
/// may stop too early, at a group with alternatives inside: namely if the code between the two is
/// as long as that of the first alternative. It then tries the other alternatives of that group. So
/// `^(?:\d|0)?+0$` matches `0`. That concerns groups with a possessive quantifier that has an upper
/// bound, and atomic groups with captures: PCRE 8 has other code for the rest.
pub(super) fn has_alternatives(body: &Node) -> bool {
    body.any(&|node| matches!(node, Node::Alternate(_)))
}

/// True when every branch begins with an anchor, or with a repetition of any bytes, which can take
/// the place of one: a match that begins further on would also begin at the start.
///
/// That does not hold for such a repetition in look-ahead, since it consumes nothing. PCRE 8 takes
/// it for an anchor all the same (`in_look_ahead`): so `(?s)(?=.*1)1` does not match `01`.
fn is_tied(node: &Node, in_look_ahead: bool) -> bool {
    match node {
        Node::Look(look) => *look == Look::Start,
        Node::Around(around) => {
            in_look_ahead && around.ahead && !around.negative && is_tied(&around.body, in_look_ahead)
        }
        Node::Group { body, .. } => is_tied(body, in_look_ahead),
        Node::Repeat { body, min, max, .. } => {
            (*min > 0 && is_tied(body, in_look_ahead))
                || (*min == 0 && max.is_none() && **body == Node::Set(ByteSet::ALL))
        }
        Node::Concat(parts) => parts.first().is_some_and(|part| is_tied(part, in_look_ahead)),
        Node::Alternate(branches) => branches.iter().all(|branch| is_tied(branch, in_look_ahead)),
        Node::Empty | Node::Set(_) | Node::Keep => false,
    }
}

/// Adds the first byte of each look-ahead with which a match may begin, where that is a literal.
///
/// Before it matches, PCRE 8 searches the subject for a byte with which each match begins, and then
/// for another one that each match has behind that. It may take the first from such a look-ahead,
/// and the second from the literal that matches the very same byte. Then it asks for two of them:
/// `((?=0))0` does not match `0`.
fn collect_asserted(node: &Node, asserted: &mut Vec<ByteSet>) {
    match node {
        Node::Around(around) if around.ahead && !around.negative => {
            let first = first_bytes(std::slice::from_ref(&around.body));
            asserted.extend(first.filter(is_literal));
            collect_asserted(&around.body, asserted);
        }
        Node::Group { body, .. } | Node::Repeat { body, .. } => collect_asserted(body, asserted),
        Node::Alternate(branches) => branches.iter().for_each(|branch| collect_asserted(branch, asserted)),
        Node::Concat(parts) => {
            for part in parts {
                collect_asserted(part, asserted);
                // It looks no further than to an anchor, or to what consumes a byte.
                if matches!(part, Node::Look(_)) || part.fixed_width() != Some(0) {
                    break;
                }
            }
        }
        Node::Empty | Node::Set(_) | Node::Look(_) | Node::Around(_) | Node::Keep => {}
    }
}

/// One byte, or a letter in both cases.
fn is_literal(set: &ByteSet) -> bool {
    match set.iter().take(3).collect::<Vec<u8>>().as_slice() {
        [_] => true,
        [one, other] => byte_set::other_case(*one) == *other,
        _ => false,
    }
}

/// Adds to the count of each byte how many literals match it.
fn count_literals(node: &Node, counts: &mut [usize; 256]) {
    match node {
        Node::Empty | Node::Look(_) | Node::Keep => {}
        Node::Set(set) if is_literal(set) => {
            for byte in set.iter() {
                if let Some(count) = counts.get_mut(usize::from(byte)) {
                    *count += 1;
                }
            }
        }
        Node::Set(_) => {}
        Node::Around(around) => count_literals(&around.body, counts),
        Node::Group { body, .. } | Node::Repeat { body, .. } => count_literals(body, counts),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().for_each(|part| count_literals(part, counts)),
    }
}

#[cfg(test)]
mod tests;
