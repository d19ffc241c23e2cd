//! The root: the part of a number that a rule keeps.
//!
//! Kazoo takes the last element of what `re:run(N, R, [{capture, all, binary}])` returns: the
//! capture group with the highest number that took part in the match, or the whole match where none
//! did (kazoo-semantics 3.2). For the usual shapes that is a slice at fixed distances from the ends
//! of the number, known when the plan is compiled. Any other root is searched for, by a
//! [`Bimachine`] where its tables are small.
//!
//! An optional part before the group, as in `^\+?1?(\d{10})$`, makes an alternative for each width.
//!
//! # Why fixed distances are exact
//!
//! Alternatives that are all tied to the start match at offset 0 or not at all, and PCRE takes the
//! first one that does; so each can be a rule of its own. In one that begins with `^`, what stands
//! before a group with a fixed width puts the group's start; where it also ends with `$` and cannot
//! consume a newline, the match ends at the end of the number, less one last newline, and a fixed
//! width behind the group puts its end. The group must take part in every match (it stands under no
//! alternative and no repetition) and no group has a higher number.

use crate::dfa::bimachine::Bimachine;
use crate::regex::look::{self, Look};
use crate::regex::nfa::Program;
use crate::regex::pattern::{Node, Pattern};
use crate::regex::simulation::{Simulation, TooLarge};
use std::ops::Range;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Edge {
    /// That many bytes after the start of the number.
    FromStart(usize),
    /// That many bytes before its end.
    FromEnd(usize),
}

/// How the root is found in a number that the rule matches.
#[derive(Clone, Debug)]
pub(crate) enum Root {
    /// Between two fixed edges.
    Slice {
        /// The number of the group; 0 is the whole match.
        group: usize,
        /// Where it begins.
        start: Edge,
        /// Where it ends.
        end: Edge,
        /// One last newline does not count as part of the number.
        trim: bool,
    },
    /// By a search.
    Search(Arc<Search>),
}

/// A search for the root.
#[derive(Debug)]
pub(crate) struct Search {
    program: Arc<Program>,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Bimachine(Bimachine),
    Simulation(Box<Simulation>),
}

impl Search {
    pub(crate) fn new(program: Arc<Program>) -> Result<Search, TooLarge> {
        let way = match Bimachine::build(&program) {
            Some(bimachine) => Way::Bimachine(bimachine),
            None => Way::Simulation(Box::new(Simulation::new(&program)?)),
        };
        Ok(Search { program, way })
    }

    /// The pattern, with captures.
    pub(crate) fn program(&self) -> &Arc<Program> {
        &self.program
    }

    fn last_group(&self, number: &[u8]) -> Option<(usize, Range<usize>)> {
        match &self.way {
            Way::Bimachine(bimachine) => bimachine.last_group(number),
            Way::Simulation(simulation) => simulation.last_group(number),
        }
    }

    /// The most work for each byte of a number, in table look-ups.
    pub(crate) fn cost(&self) -> usize {
        match &self.way {
            Way::Bimachine(_) => 2,
            Way::Simulation(simulation) => simulation.cost(),
        }
    }

    /// Its size in bytes.
    pub(crate) fn memory(&self) -> usize {
        let way = match &self.way {
            Way::Bimachine(bimachine) => bimachine.memory(),
            Way::Simulation(simulation) => simulation.memory(),
        };
        self.program.memory() + way
    }
}

impl Root {
    /// The root's span in `number`; `None` when the rule does not match.
    #[inline]
    pub(crate) fn find(&self, number: &[u8]) -> Option<Range<usize>> {
        match self {
            Root::Slice { start, end, trim, .. } => {
                let length = if *trim {
                    look::length_without_last_newline(number)
                } else {
                    number.len()
                };
                Some(start.position(length)?..end.position(length)?)
            }
            Root::Search(search) => search.last_group(number).map(|(_, span)| span),
        }
    }

    /// True where [`Root::find`] takes as many look-ups whether or not the rule matches.
    pub(crate) fn decides_as_fast(&self) -> bool {
        matches!(self, Root::Search(search) if matches!(search.way, Way::Bimachine(_)))
    }

    /// [`Root::find`] with the number of the group that is the root; 0 is the whole match.
    pub(crate) fn find_group(&self, number: &[u8]) -> Option<(usize, Range<usize>)> {
        match self {
            Root::Slice { group, .. } => self.find(number).map(|span| (*group, span)),
            Root::Search(search) => search.last_group(number),
        }
    }
}

impl Edge {
    #[inline]
    fn position(self, length: usize) -> Option<usize> {
        match self {
            Edge::FromStart(distance) => Some(distance),
            Edge::FromEnd(distance) => length.checked_sub(distance),
        }
    }
}

/// The top-level alternatives of a pattern, each with its slice where there is one; the whole
/// pattern as a single entry where the alternatives must stay together.
pub(crate) fn alternatives(pattern: &Pattern) -> Vec<(Node, Option<Root>)> {
    let branches = match &pattern.node {
        Node::Alternate(branches) => branches.as_slice(),
        node => std::slice::from_ref(node),
    };
    if branches.iter().all(begins_at_start) {
        let apart = branches.iter().flat_map(|branch| match by_width(branch) {
            Some(branches) => branches,
            None => vec![branch.clone()],
        });
        apart.map(|branch| (branch.clone(), slice(&branch))).collect()
    } else {
        vec![(pattern.node.clone(), None)]
    }
}

/// The most branches into which one is split by the widths before its last group.
const MAX_WIDTHS: usize = 8;

/// `branch` split into alternatives with a fixed width before the last group, in PCRE's order of
/// preference: `^1?(\d+)$` is `^1(\d+)$` or else `^(\d+)$`. `None` if impossible or needless.
fn by_width(branch: &Node) -> Option<Vec<Node>> {
    let group = branch.highest_group();
    let at = parts(branch)
        .iter()
        .position(|part| group != 0 && part.highest_group() == group)?;
    let (ahead, rest) = parts(branch).split_at(at);
    if ahead.iter().all(|part| part.fixed_width().is_some()) {
        return None;
    }
    let mut fronts: Vec<Vec<Node>> = vec![Vec::new()];
    for part in ahead {
        let choices = choices(part)?;
        fronts = fronts
            .iter()
            .flat_map(|front| choices.iter().map(|choice| [front.as_slice(), choice].concat()))
            .collect();
        if fronts.len() > MAX_WIDTHS {
            return None;
        }
    }
    Some(
        fronts
            .into_iter()
            .map(|front| Node::Concat([front.as_slice(), rest].concat()))
            .collect(),
    )
}

/// The ways through `part` that differ in width, the preferred first, each as a list of parts.
fn choices(part: &Node) -> Option<Vec<Vec<Node>>> {
    if part.fixed_width().is_some() {
        return Some(vec![vec![part.clone()]]);
    }
    match part {
        Node::Repeat {
            body,
            min,
            max: Some(max),
            lazy,
        } if body.highest_group() == 0 && body.fixed_width().is_some() && max - min < MAX_WIDTHS as u32 => {
            let exactly = |times: u32| {
                vec![Node::Repeat {
                    body: body.clone(),
                    min: times,
                    max: Some(times),
                    lazy: false,
                }]
            };
            let mut counts: Vec<u32> = (*min..=*max).collect();
            if !lazy {
                counts.reverse();
            }
            Some(counts.into_iter().map(exactly).collect())
        }
        Node::Alternate(branches) if part.highest_group() == 0 => {
            let fixed = branches.iter().all(|branch| branch.fixed_width().is_some());
            fixed.then(|| branches.iter().map(|branch| vec![branch.clone()]).collect())
        }
        _ => None,
    }
}

fn parts(node: &Node) -> &[Node] {
    match node {
        Node::Concat(parts) => parts,
        node => std::slice::from_ref(node),
    }
}

fn begins_at_start(branch: &Node) -> bool {
    parts(branch).first() == Some(&Node::Look(Look::Start))
}

fn slice(branch: &Node) -> Option<Root> {
    let trim = match parts(branch).last() {
        Some(Node::Look(Look::Dollar)) if !branch.mentions(b'\n') => Some(true),
        Some(Node::Look(Look::End)) => Some(false),
        _ => None,
    };
    let group = branch.highest_group();
    if group == 0 && branch.any(&|node| *node == Node::Keep) {
        return None;
    }
    let Around { before, width, after } = if group == 0 {
        Around {
            before: Some(0),
            width: branch.fixed_width(),
            after: Some(0),
        }
    } else {
        around(branch, group)?
    };
    let after = after.filter(|_| trim.is_some());
    let from_start = before.zip(width).and_then(|(before, width)| before.checked_add(width));
    let from_end = after.zip(width).and_then(|(after, width)| after.checked_add(width));
    let start = before.map(Edge::FromStart).or(from_end.map(Edge::FromEnd))?;
    let end = after.map(Edge::FromEnd).or(from_start.map(Edge::FromStart))?;
    Some(Root::Slice {
        group,
        start,
        end,
        trim: trim.unwrap_or(false),
    })
}

/// The widths around a group, where they are fixed.
struct Around {
    before: Option<usize>,
    width: Option<usize>,
    after: Option<usize>,
}

/// The widths around group `wanted` in `node`; `None` when some match leaves the group out.
fn around(node: &Node, wanted: usize) -> Option<Around> {
    match node {
        Node::Group { index, body } if *index == wanted => Some(Around {
            before: Some(0),
            width: body.fixed_width(),
            after: Some(0),
        }),
        Node::Group { body, .. } => around(body, wanted),
        Node::Concat(parts) => {
            let at = parts.iter().position(|part| part.highest_group() == wanted)?;
            let (ahead, rest) = parts.split_at(at);
            let (part, behind) = rest.split_first()?;
            let inner = around(part, wanted)?;
            Some(Around {
                before: widths(ahead, inner.before),
                width: inner.width,
                after: widths(behind, inner.after),
            })
        }
        _ => None,
    }
}

fn widths(parts: &[Node], start: Option<usize>) -> Option<usize> {
    parts
        .iter()
        .try_fold(start?, |sum, part| sum.checked_add(part.fixed_width()?))
}

#[cfg(test)]
mod tests;
