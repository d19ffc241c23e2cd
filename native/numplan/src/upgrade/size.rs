//! An estimate of the size to which PCRE compiles a regex, which is rather too high.
//!
//! Both PCREs refuse what takes more than 65,535 bytes. On regexes of 19 shapes both stop at the
//! same count; no document promises it, so nothing is claimed about a regex near the limit.

use crate::regex::byte_set::ByteSet;
use crate::regex::pattern::Node;

/// The estimated size in bytes up to which no release refuses a regex for its size.
const SAFE: usize = 50_000;
/// The most bytes that the code around a group or a repetition takes.
const AROUND: usize = 24;

/// True where a release may refuse the regex for its size.
pub(super) fn may_be_too_large(node: &Node) -> bool {
    size(node) > SAFE
}

fn size(node: &Node) -> usize {
    match node {
        Node::Empty => 0,
        Node::Look(_) => 4,
        Node::Set(set) => of_set(set),
        Node::Group { body, .. } => AROUND + size(body),
        Node::Concat(parts) => parts.iter().map(size).fold(0, usize::saturating_add),
        Node::Alternate(branches) => {
            let sizes = branches.iter().map(|branch| size(branch).saturating_add(8));
            sizes.fold(AROUND, usize::saturating_add)
        }
        Node::Repeat { body, min, max, .. } => match body.as_ref() {
            Node::Set(set) => of_set(set) + AROUND,
            body => {
                let copies = (*min).max(max.unwrap_or(0)).max(1) as usize;
                size(body)
                    .saturating_add(AROUND)
                    .saturating_mul(copies.saturating_add(1))
            }
        },
    }
}

fn of_set(set: &ByteSet) -> usize {
    if set.iter().take(3).count() < 3 { 4 } else { 40 }
}
