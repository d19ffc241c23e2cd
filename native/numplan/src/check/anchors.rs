//! Regexes that are tied to a number's ends in some branches only, or not at all.
//!
//! A branch is compared with itself tied to both ends; a number that only the loose one matches decides.

use super::finding::{Finding, Findings, Kind};
use super::subject::{List, Subject, number, shown};
use crate::alphabet;
use crate::pattern::{Look, Node};
use crate::problem::Path;
use crate::program::Program;
use crate::rule::{self, Compiled};
use crate::sets::Sets;
use crate::survey::{self, Budget};

const PROOF: &str = "what a regex matches that is not tied to both ends";

/// Adds the regexes that match more than they would if every branch were tied to both ends.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut budget = Budget::new(subject.limits());
    for list in subject.lists() {
        for rule in 0..subject.list(list).count {
            if !subject.is_hidden(list, rule) && !subject.list(list).is_foreign(rule) {
                let path = subject.path(list, rule);
                let name = subject.title(list, rule);
                regex(
                    subject,
                    list,
                    (&path, subject.regex(list, rule)),
                    &name,
                    &mut budget,
                    findings,
                );
            }
        }
    }
    let (path, reconcile) = &subject.document.reconcile_regex;
    let reconcile = (path, reconcile.as_slice());
    regex(
        subject,
        List::Classifiers,
        reconcile,
        "reconcile_regex",
        &mut budget,
        findings,
    );
}

fn regex(
    subject: &Subject<'_>,
    list: List,
    (path, regex): (&Path, &[u8]),
    name: &str,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Option<()> {
    let Some(Compiled::Native(pattern)) = rule::compile(regex, path, subject.judge, &mut Vec::new()) else {
        return None;
    };
    let branches = branches(&pattern.node);
    let ties: Vec<(bool, bool)> = branches
        .iter()
        .map(|branch| {
            (
                is_tied(branch, &[Look::Start]),
                is_tied(branch, &[Look::End, Look::Dollar]),
            )
        })
        .collect();
    let first = ties.first()?;
    let kind = match ties.iter().all(|tied| tied == first) {
        true if *first == (false, false) => Kind::Unanchored,
        true => return None,
        false => Kind::OneSidedAnchor,
    };
    let tied = branches.iter().map(|branch| {
        Node::Concat(vec![
            Node::Look(Look::Start),
            (*branch).clone(),
            Node::Look(Look::Dollar),
        ])
    });
    let loose = rule::match_program(&pattern.node).ok()?;
    let tied = rule::match_program(&Node::Alternate(tied.collect())).ok()?;
    match only_loose(subject, list, (&loose, &tied), budget) {
        Err(bound) => findings.cut(PROOF, Some(bound)),
        Ok(None) => {}
        Ok(Some(found)) => {
            tell(subject, list, path, name, (kind, &found), findings).fix = Some(match kind {
                Kind::Unanchored => "Write ^ before it and $ behind it.".to_owned(),
                _ => "Write ^ and $ around every branch: ^(?:one|other)$.".to_owned(),
            });
        }
    }
    Some(())
}

fn tell<'f>(
    subject: &Subject<'_>,
    list: List,
    path: &Path,
    name: &str,
    (kind, found): (Kind, &[u8]),
    findings: &'f mut Findings,
) -> &'f mut Finding {
    let witness = subject.witness(found);
    let seen = match list {
        List::Classifiers => number(&witness.e164),
        _ => shown(found),
    };
    let sentence = match kind {
        Kind::Unanchored => {
            format!("{name} is tied neither to the number's start nor to its end, and so matches {seen}, for one.")
        }
        _ => format!(
            "Not all branches of {name} are tied to both ends of the number, and so it matches {seen}, for one."
        ),
    };
    let finding = findings.add(subject.place(path), kind, path, sentence);
    finding.witness = Some(witness);
    finding
}

/// A number that comes to `list` and that only `loose` matches.
fn only_loose(
    subject: &Subject<'_>,
    list: List,
    (loose, tied): (&Program, &Program),
    budget: &mut Budget,
) -> Result<Option<Vec<u8>>, survey::Bound> {
    let classes = subject.classes_with(alphabet::sets(loose));
    let memory = subject.limits().memory;
    let mut way = subject.way_to(list, |classes| Sets::new(&[loose, tied], classes, memory), &classes);
    // The machine answers with the set of the first alone.
    survey::first_printable(&mut way, &classes, budget, |way, outcome| {
        way.sink.patterns(outcome.matched) == [0]
    })
}

/// The branches that a regex is made of.
fn branches(node: &Node) -> Vec<&Node> {
    match node {
        Node::Alternate(all) => all.iter().flat_map(branches).collect(),
        Node::Group { body, .. } if matches!(**body, Node::Alternate(_)) => branches(body),
        node => vec![node],
    }
}

/// True when all that `node` matches begins, or ends, at one of `looks`.
fn is_tied(node: &Node, looks: &[Look]) -> bool {
    match node {
        Node::Look(look) => looks.contains(look),
        Node::Empty | Node::Set(_) => false,
        Node::Group { body, .. } => is_tied(body, looks),
        Node::Repeat { body, min, .. } => *min > 0 && is_tied(body, looks),
        Node::Alternate(all) => all.iter().all(|branch| is_tied(branch, looks)),
        Node::Concat(parts) => {
            let edge = if looks.contains(&Look::Start) {
                parts.first()
            } else {
                parts.last()
            };
            edge.is_some_and(|part| is_tied(part, looks))
        }
    }
}
