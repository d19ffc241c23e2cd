//! Findings on regexes that are anchored in some branches only, or not at all.
//!
//! A regex is compared with itself anchored at both ends in every branch: a number that only the
//! loose one matches shows the difference.

use super::finding::{Findings, Kind};
use super::sentences;
use super::subject::{List, Subject};
use crate::plan::rule::RuleCompiler;
use crate::proof::composition::Composition;
use crate::proof::search::{self, Bound, Budget};
use crate::regex::look::Look;
use crate::regex::nfa::Program;
use crate::regex::pattern::Node;
use std::rc::Rc;

const PROOF: &str = "what a regex matches that is not tied to both ends";

/// Adds the regexes that match more than they would if every branch were anchored at both ends.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut budget = Budget::new(subject.limits());
    for list in subject.lists() {
        let mut prover = Prover {
            subject,
            machine: subject.composed_to(list),
            budget: &mut budget,
        };
        for rule in 0..subject.list(list).count {
            if !subject.is_hidden(list, rule) && !subject.list(list).is_foreign(rule) {
                prover.rule(list, rule, findings);
            }
        }
        if list == List::Classifiers {
            prover.rule(List::Reconcile, 0, findings);
        }
    }
}

/// Compares regexes on the numbers that come to one list.
struct Prover<'s> {
    subject: &'s Subject<'s>,
    machine: Composition,
    budget: &'s mut Budget,
}

impl Prover<'_> {
    fn rule(&mut self, list: List, rule: usize, findings: &mut Findings) -> Option<()> {
        let pattern = self.subject.list(list).pattern(rule)?;
        let (kind, anchored) = anchored(&pattern.node)?;
        let mut compiler = RuleCompiler::of_patterns();
        let loose = compiler.match_program(&pattern.node).ok()?;
        let anchored = compiler.match_program(&anchored).ok()?;
        match self.only_loose(&loose, &anchored) {
            Err(bound) => findings.cut(PROOF, Some(bound)),
            Ok(None) => {}
            Ok(Some(number)) => {
                let (title, met) = (self.subject.title(list, rule), self.subject.comes(list, &number));
                let wording = match kind {
                    Kind::Unanchored => sentences::unanchored(&title, &met),
                    _ => sentences::one_sided_anchor(&title, &met),
                };
                let finding = self.subject.add(findings, (list, rule), kind, wording);
                finding.witness = Some(self.subject.witness(&number));
            }
        }
        Some(())
    }

    /// A number that comes to the list and that `loose` alone matches.
    fn only_loose(&mut self, loose: &Program, anchored: &Program) -> Result<Option<Rc<[u8]>>, Bound> {
        let classes = &self.subject.classes;
        self.budget.open()?;
        self.machine
            .match_with(&[loose, anchored], classes, self.subject.limits());
        search::first_printable(&mut self.machine, classes, self.budget, |machine, outcome| {
            machine.acceptor.patterns(outcome.matched) == [0]
        })
    }
}

/// The kind of the finding, and `node` with every branch anchored at both ends; `None` where all
/// branches are anchored alike, at one end at least.
fn anchored(node: &Node) -> Option<(Kind, Node)> {
    let branches = branches(node);
    let ends = [[Look::Start].as_slice(), &[Look::End, Look::Dollar]];
    let anchors: Vec<[bool; 2]> = branches
        .iter()
        .map(|branch| ends.map(|looks| is_anchored(branch, looks)))
        .collect();
    let first = anchors.first()?;
    let kind = match anchors.iter().all(|ends| ends == first) {
        true if *first == [false, false] => Kind::Unanchored,
        true => return None,
        false => Kind::OneSidedAnchor,
    };
    // An anchor that look-ahead has would be another position than the end of the match.
    let anchor = |look: Look, has: bool| if has { Node::Empty } else { Node::Look(look) };
    let anchored = branches.iter().zip(&anchors).map(|(branch, [start, end])| {
        let (start, end) = (anchor(Look::Start, *start), anchor(Look::Dollar, *end));
        Node::Concat(vec![start, (*branch).clone(), end])
    });
    Some((kind, Node::Alternate(anchored.collect())))
}

/// The branches of a regex, through groups that hold nothing but an alternation.
fn branches(node: &Node) -> Vec<&Node> {
    match node {
        Node::Alternate(all) => all.iter().flat_map(branches).collect(),
        Node::Group { body, .. } if matches!(**body, Node::Alternate(_)) => branches(body),
        node => vec![node],
    }
}

/// True when all that `node` matches begins, or ends, with one of the conditions `looks`, or is
/// tied to it by look-around.
fn is_anchored(node: &Node, looks: &[Look]) -> bool {
    match node {
        Node::Look(look) => looks.contains(look),
        Node::Around(around) => !around.negative && is_anchored(&around.body, looks),
        Node::Empty | Node::Set(_) | Node::Keep => false,
        Node::Group { body, .. } => is_anchored(body, looks),
        Node::Repeat { body, min, .. } => *min > 0 && is_anchored(body, looks),
        Node::Alternate(all) => all.iter().all(|branch| is_anchored(branch, looks)),
        Node::Concat(parts) => {
            let mut around = parts.iter().filter(|part| matches!(part, Node::Around(_)));
            if around.any(|part| is_anchored(part, looks)) {
                return true;
            }
            let mut parts = parts
                .iter()
                .filter(|part| !matches!(part, Node::Around(_) | Node::Keep));
            let edge = if looks.contains(&Look::Start) {
                parts.next()
            } else {
                parts.next_back()
            };
            edge.is_some_and(|part| is_anchored(part, looks))
        }
    }
}

#[cfg(test)]
mod tests;
