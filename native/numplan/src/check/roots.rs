//! Rules that keep one part of some numbers and another part of others, and so lose text.
//!
//! The root is the last group that took part. A rule surprises where a group that is the root of some numbers is there in another one, and
//! a later group takes its place; where the root lies inside another group; and where its group goes round, and keeps the last round only.

use super::finding::{Findings, Kind};
use super::subject::{List, Subject, number};
use crate::plan::rule::{self, RuleCompiler};
use crate::proof::pipeline::{Arrival, Way};
use crate::proof::root_guess::Note;
use crate::proof::search::{self, Bound, Budget, Seen};
use crate::regex::pattern::{Node, Pattern};
use std::collections::BTreeSet;
use std::rc::Rc;

const PROOF: &str = "which group of a rule is kept";

/// A sentence, and a number that shows what it says.
type Surprise = (String, Rc<[u8]>);

/// Adds the rules whose roots surprise.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut budget = Budget::new(subject.limits());
    for list in subject.lists().into_iter().filter(|list| list.rewrites()) {
        // One way for all rules of the list: each in its turn is the only one that numbers go on from.
        let mut way = subject.way_through(list);
        for rule in 0..subject.list(list).count {
            let path = subject.path(list, rule);
            let regex = subject.regex(list, rule);
            if let Some(pattern) = rule::native_pattern(regex, subject.judge)
                && is_suspect(&pattern)
                && !subject.list(list).is_foreign(rule)
            {
                match surprise((subject, list), &mut way, rule, &pattern, &mut budget) {
                    Err(bound) => findings.cut(PROOF, Some(bound)),
                    Ok(None) => {}
                    Ok(Some((sentence, number))) => {
                        let witness = subject.witness(&number);
                        let sentence = format!("{} {sentence}", subject.title(list, rule));
                        let finding = findings.add(subject.place(&path), Kind::SurprisingRoot, &path, sentence);
                        finding.witness = Some(witness);
                        finding.fix = Some(
                            "The last group that takes part is kept: write (?: ) for all other groups.".to_owned(),
                        );
                    }
                }
            }
        }
    }
}

/// False where the shape alone says that one group is kept of all numbers, and nothing around it.
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
        Node::Empty | Node::Set(_) | Node::Look(_) => false,
        Node::Group { index, body } => *index != group && is_choice(body, group),
        Node::Concat(parts) => parts.iter().any(|part| is_choice(part, group)),
        Node::Alternate(_) | Node::Repeat { .. } => holds(node, group),
    }
}

fn holds(node: &Node, group: usize) -> bool {
    match node {
        Node::Empty | Node::Set(_) | Node::Look(_) => false,
        Node::Group { index, body } => *index == group || holds(body, group),
        Node::Repeat { body, .. } => holds(body, group),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(|part| holds(part, group)),
    }
}

/// True when `group` stands in `node` under a repetition, such as `?`.
fn is_repeated(node: &Node, group: usize) -> bool {
    match node {
        Node::Empty | Node::Set(_) | Node::Look(_) => false,
        Node::Group { body, .. } => is_repeated(body, group),
        Node::Repeat { body, .. } => holds(body, group),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(|part| is_repeated(part, group)),
    }
}

/// True when group `inner` stands inside group `outer`.
fn is_inside(node: &Node, inner: usize, outer: usize) -> bool {
    match node {
        Node::Empty | Node::Set(_) | Node::Look(_) => false,
        Node::Group { index, body } if *index == outer => holds(body, inner),
        Node::Group { body, .. } | Node::Repeat { body, .. } => is_inside(body, inner, outer),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(|part| is_inside(part, inner, outer)),
    }
}

/// What surprises in a rule's roots, and a number that shows it.
fn surprise(
    (subject, list): (&Subject<'_>, List),
    way: &mut Way,
    rule: usize,
    pattern: &Pattern,
    budget: &mut Budget,
) -> Result<Option<Surprise>, Bound> {
    let program = RuleCompiler::new(subject.judge)
        .search_program(pattern)
        .map_err(|_| Bound::Captures)?;
    budget.open()?;
    way.route.narrow(rule, &program, &subject.classes, subject.limits());
    let surveyed = search::survey(way, &subject.classes, budget);
    let noted: Vec<(Note, Rc<[u8]>)> = surveyed.seen.into_iter().filter_map(|seen| note(way, seen)).collect();
    let found = explain((subject, list), &pattern.node, &noted);
    match (found, surveyed.cut) {
        (None, Some(bound)) => Err(bound),
        (found, _) => Ok(found),
    }
}

fn note(way: &Way, seen: Seen<Arrival>) -> Option<(Note, Rc<[u8]>)> {
    let decision = seen.outcome.decisions.iter().flatten().last()?;
    Some((way.route.note(decision)?.clone(), seen.number))
}

fn explain((subject, list): (&Subject<'_>, List), node: &Node, noted: &[(Note, Rc<[u8]>)]) -> Option<Surprise> {
    let roots: BTreeSet<usize> = noted.iter().map(|(note, _)| note.root).collect();
    let becomes = |dialled: &[u8]| {
        let [came, made] = [subject.comes(list, dialled), subject.made(list, dialled)];
        format!("{} becomes {}", number(&came), number(&made))
    };
    for (note, dialled) in noted {
        let lost = note.others.iter().find(|(group, wider)| {
            // An alternative without a group keeps the whole on purpose; a group that is optional in it does not.
            *wider && roots.contains(group) && (*group != 0 || is_repeated(node, note.root))
        });
        if let Some((group, _)) = lost {
            let other = noted.iter().find(|(other, _)| other.root == *group)?;
            let sentence = format!(
                "keeps {} of some numbers, but only group {} where that takes part: {}, but {}.",
                group_name(*group),
                note.root,
                becomes(&other.1),
                becomes(dialled)
            );
            return Some((sentence, dialled.clone()));
        }
    }
    for (note, dialled) in noted {
        let mut others = note.others.iter();
        let outer = others.find(|(group, wider)| *wider && *group != 0 && is_inside(node, note.root, *group));
        if let Some((outer, _)) = outer {
            let sentence = format!(
                "keeps only group {}, which lies inside group {outer}, and the rest of group {outer} is lost: {}.",
                note.root,
                becomes(dialled)
            );
            return Some((sentence, dialled.clone()));
        }
    }
    let (note, dialled) = noted.iter().find(|(note, _)| note.again)?;
    let sentence = format!(
        "keeps only what group {} matched last, as the group is repeated: {}.",
        note.root,
        becomes(dialled)
    );
    Some((sentence, dialled.clone()))
}

fn group_name(group: usize) -> String {
    match group {
        0 => "the whole".to_owned(),
        group => format!("group {group}"),
    }
}
