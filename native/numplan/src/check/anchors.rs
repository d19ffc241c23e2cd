//! Regexes that are tied to a number's ends in some branches only, or not at all.
//!
//! A branch is compared with itself tied to both ends; a number that only the loose one matches decides.

use super::finding::{Findings, Kind};
use super::subject::{List, Subject, number};
use crate::config::problem::Path;
use crate::plan::rule::{self, RuleCompiler};
use crate::proof::pipeline::Way;
use crate::proof::search::{self, Budget};
use crate::regex::look::Look;
use crate::regex::nfa::Program;
use crate::regex::pattern::Node;
use std::rc::Rc;

const PROOF: &str = "what a regex matches that is not tied to both ends";

/// Adds the regexes that match more than they would if every branch were tied to both ends.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut budget = Budget::new(subject.limits());
    for list in subject.lists() {
        let mut place = Place {
            subject,
            list,
            way: subject.way_to(list),
            budget: &mut budget,
        };
        for rule in 0..subject.list(list).count {
            if !subject.is_hidden(list, rule) && !subject.list(list).is_foreign(rule) {
                let path = subject.path(list, rule);
                place.regex(&path, subject.regex(list, rule), &subject.title(list, rule), findings);
            }
        }
        if list == List::Classifiers {
            let (path, reconcile) = &subject.document.reconcile_regex;
            place.regex(path, reconcile, "reconcile_regex", findings);
        }
    }
}

/// Where regexes meet numbers.
struct Place<'s> {
    subject: &'s Subject<'s>,
    list: List,
    way: Way,
    budget: &'s mut Budget,
}

impl Place<'_> {
    fn regex(&mut self, path: &Path, regex: &[u8], name: &str, findings: &mut Findings) -> Option<()> {
        let pattern = rule::native_pattern(regex, self.subject.judge)?;
        let (kind, tied) = tied(&pattern.node)?;
        let loose = RuleCompiler::new(self.subject.judge)
            .match_program(&pattern.node)
            .ok()?;
        let tied = RuleCompiler::new(self.subject.judge).match_program(&tied).ok()?;
        match self.only_loose(&loose, &tied) {
            Err(bound) => findings.cut(PROOF, Some(bound)),
            Ok(None) => {}
            Ok(Some(found)) => self.tell(path, name, (kind, &found), findings),
        }
        Some(())
    }

    /// A number that comes here and that only `loose` matches.
    fn only_loose(&mut self, loose: &Program, tied: &Program) -> Result<Option<Rc<[u8]>>, search::Bound> {
        let classes = &self.subject.classes;
        self.budget.open()?;
        self.way.match_with(&[loose, tied], classes, self.subject.limits());
        // The machine answers with the set of the first alone.
        search::first_printable(&mut self.way, classes, self.budget, |way, outcome| {
            way.sink.patterns(outcome.matched) == [0]
        })
    }

    fn tell(&self, path: &Path, name: &str, (kind, found): (Kind, &[u8]), findings: &mut Findings) {
        let witness = self.subject.witness(found);
        let seen = number(&self.subject.comes(self.list, found));
        let (sentence, fix) = match kind {
            Kind::Unanchored => (
                format!("{name} is tied neither to the number's start nor to its end, and so matches {seen}, for one."),
                "Write ^ before it and $ behind it.",
            ),
            _ => (
                format!(
                    "Not all branches of {name} are tied to both ends of the number, and so it matches {seen}, for one."
                ),
                "Write ^ and $ around every branch: ^(?:one|other)$.",
            ),
        };
        let finding = findings.add(self.subject.place(path), kind, path, sentence);
        finding.witness = Some(witness);
        finding.fix = Some(fix.to_owned());
    }
}

/// What is odd about the ends of `node`, and the same with every branch tied to both; `None` where nothing is.
fn tied(node: &Node) -> Option<(Kind, Node)> {
    let branches = branches(node);
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
    Some((kind, Node::Alternate(tied.collect())))
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
