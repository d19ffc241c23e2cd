//! Findings on rules that keep different groups of different numbers, and so lose text.
//!
//! The root is the last group that took part. A rule surprises in three ways: a group that is the
//! root of some numbers takes part in another number, and a later group displaces it; the root lies
//! inside another group; the root's group is repeated, and only the last round is kept.

use super::finding::{Findings, Kind};
use super::sentences::{self, Surprise};
use super::subject::{List, Subject};
use crate::plan::rule::RuleCompiler;
use crate::proof::composition::{Arrival, Composition};
use crate::proof::root_guess::Note;
use crate::proof::search::{self, Bound, Budget, Seen};
use crate::regex::pattern::{Node, Pattern};
use std::collections::BTreeSet;
use std::rc::Rc;

const PROOF: &str = "which group of a rule is kept";

/// A surprise and a number that shows it.
type Shown = (Surprise, Rc<[u8]>);

/// Adds the rules whose roots surprise.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut budget = Budget::new(subject.limits());
    for list in subject.lists().into_iter().filter(|list| list.rewrites()) {
        // One machine for all rules of the list, narrowed to each in turn.
        let mut machine = subject.composed_through(list);
        for rule in 0..subject.list(list).count {
            let rules = subject.list(list);
            let pattern = rules.pattern(rule).filter(|pattern| is_suspect(pattern));
            let Some(pattern) = pattern.filter(|_| !rules.is_foreign(rule)) else {
                continue;
            };
            match surprise((subject, list), &mut machine, rule, pattern, &mut budget) {
                Err(bound) => findings.cut(PROOF, Some(bound)),
                Ok(None) => {}
                Ok(Some((surprise, number))) => {
                    let wording = sentences::surprising_root(&subject.title(list, rule), &surprise);
                    let finding = subject.add(findings, (list, rule), Kind::SurprisingRoot, wording);
                    finding.witness = Some(subject.witness(&number));
                }
            }
        }
    }
}

/// False where the regex's shape alone shows that one group is kept of all numbers.
fn is_suspect(pattern: &Pattern) -> bool {
    pattern.groups > 1 || (pattern.groups == 1 && is_loose(&pattern.node, 1))
}

/// True when `group` stands in `node` under a repetition or an alternation below its branches.
fn is_loose(node: &Node, group: usize) -> bool {
    let branches = match node {
        Node::Alternate(branches) => branches.as_slice(),
        node => std::slice::from_ref(node),
    };
    branches.iter().any(|branch| is_choice(branch, group))
}

fn is_choice(node: &Node, group: usize) -> bool {
    match node {
        Node::Group { index, .. } if *index == group => false,
        Node::Alternate(_) | Node::Repeat { .. } => holds(node, group),
        node => children(node).iter().any(|part| is_choice(part, group)),
    }
}

fn holds(node: &Node, group: usize) -> bool {
    matches!(node, Node::Group { index, .. } if *index == group) || children(node).iter().any(|part| holds(part, group))
}

/// True when `group` stands in `node` under a repetition, such as `?`.
fn is_repeated(node: &Node, group: usize) -> bool {
    match node {
        Node::Repeat { body, .. } => holds(body, group),
        node => children(node).iter().any(|part| is_repeated(part, group)),
    }
}

/// True when group `inner` stands inside group `outer`.
fn is_inside(node: &Node, inner: usize, outer: usize) -> bool {
    match node {
        Node::Group { index, body } if *index == outer => holds(body, inner),
        node => children(node).iter().any(|part| is_inside(part, inner, outer)),
    }
}

fn children(node: &Node) -> &[Node] {
    match node {
        Node::Empty | Node::Set(_) | Node::Look(_) | Node::Around(_) | Node::Keep => &[],
        Node::Group { body, .. } | Node::Repeat { body, .. } => std::slice::from_ref(body),
        Node::Concat(parts) | Node::Alternate(parts) => parts,
    }
}

fn surprise(
    (subject, list): (&Subject<'_>, List),
    machine: &mut Composition,
    rule: usize,
    pattern: &Pattern,
    budget: &mut Budget,
) -> Result<Option<Shown>, Bound> {
    let program = RuleCompiler::of_patterns()
        .search_program(pattern)
        .map_err(|_| Bound::Captures)?;
    budget.open()?;
    machine
        .pipeline
        .narrow(rule, &program, &subject.classes, subject.limits());
    let surveyed = search::survey(machine, &subject.classes, budget);
    let noted: Vec<(Note, Rc<[u8]>)> = surveyed
        .seen
        .into_iter()
        .filter_map(|seen| note(machine, seen))
        .collect();
    match (find((subject, list), &pattern.node, &noted), surveyed.cut) {
        (None, Some(bound)) => Err(bound),
        (found, _) => Ok(found),
    }
}

fn note(machine: &Composition, seen: Seen<Arrival>) -> Option<(Note, Rc<[u8]>)> {
    let decision = seen.outcome.decisions.iter().flatten().last()?;
    Some((machine.pipeline.note(decision)?.clone(), seen.number))
}

/// The first surprise among the notes on a rule's roots, each with a number.
fn find((subject, list): (&Subject<'_>, List), node: &Node, noted: &[(Note, Rc<[u8]>)]) -> Option<Shown> {
    let roots: BTreeSet<usize> = noted.iter().map(|(note, _)| note.root).collect();
    let made = |dialled: &[u8]| [subject.comes(list, dialled), subject.made(list, dialled)];
    for (note, dialled) in noted {
        let root = note.root;
        let displaced = note.others.iter().find(|(group, wider)| {
            // Keeping the whole match is on purpose in an alternative without groups, but not where
            // the group is optional.
            *wider && roots.contains(group) && (*group != 0 || is_repeated(node, root))
        });
        if let Some((group, _)) = displaced {
            let (_, other) = noted.iter().find(|(other, _)| other.root == *group)?;
            let surprise = Surprise::Displaced {
                group: *group,
                root,
                kept: made(other),
                lost: made(dialled),
            };
            return Some((surprise, dialled.clone()));
        }
    }
    for (note, dialled) in noted {
        let root = note.root;
        let mut others = note.others.iter();
        let outer = others.find(|(group, wider)| *wider && *group != 0 && is_inside(node, root, *group));
        if let Some((outer, _)) = outer {
            let (outer, made) = (*outer, made(dialled));
            return Some((Surprise::Nested { root, outer, made }, dialled.clone()));
        }
    }
    let (note, dialled) = noted.iter().find(|(note, _)| note.repeated)?;
    let (root, made) = (note.root, made(dialled));
    Some((Surprise::Repeated { root, made }, dialled.clone()))
}

#[cfg(test)]
mod tests;
