//! Findings on rules that decide no number, or none that a telephone dials, in words.

use super::coverage::{Cause, Coverage, Examples, ListCoverage, Reachability};
use super::finding::{Findings, Kind, Related};
use super::sentences::{Wording, number as shown_number};
use super::subject::List;

/// The most other rules that a finding names.
const MAX_RELATED: usize = 10;

/// Adds the rules that never decide, or only for numbers that nobody dials.
pub(super) fn check(coverage: &ListCoverage<'_>, findings: &mut Findings) {
    for rule in coverage.visible() {
        match coverage.reachability(rule) {
            Reachability::Decides => {}
            Reachability::Never(cause, but) => coverage.never_matches(rule, &cause, &but, findings),
            Reachability::Only(examples) => coverage.only_matches(rule, &examples, findings),
        }
    }
}

impl ListCoverage<'_> {
    fn never_matches(&self, rule: usize, cause: &Cause, but: &Examples, findings: &mut Findings) {
        let (subject, list) = (self.subject, self.list);
        let name = format!("{} never matches{}", self.title(rule), self.but_for(rule, but));
        let (why, would, fix) = match cause {
            Cause::NoMatch => {
                let fix = match list {
                    List::Reconcile => "Correct the regex.",
                    _ => "Correct the regex, or take the rule out.",
                };
                ("there is no number that its regex matches.".to_owned(), None, fix)
            }
            Cause::Shadowed => {
                let takers = self.takers(&self.alone.coverage, rule, "all that it matches", <[u8]>::to_vec);
                (format!("{takers}."), None, "Put the rule before those, or take it out.")
            }
            Cause::Unreached(would) => (self.unreached(rule, would), Some(would), self.unreached_fix()),
            Cause::ShadowedAndUnreached(would) => {
                let met = |number: &[u8]| subject.comes(list, number);
                let takers = self.takers(&self.dialled, rule, "what comes to it", met);
                let why = format!("{takers}; and {}", self.unreached(rule, would));
                (why, Some(would), self.unreached_fix())
            }
        };
        let wording = Wording::new(format!("{name}: {why}"), fix);
        let finding = subject.add(findings, (list, rule), Kind::NeverMatches, wording);
        finding.related = match cause {
            Cause::Shadowed => self.shadowing(rule).collect(),
            _ => {
                let before = self.dialled.before(rule).take(MAX_RELATED);
                before.map(|(first, number)| self.taker(first, Some(number))).collect()
            }
        };
        finding.witness = would.map(|number| subject.witness(number));
    }

    /// The rules that take what `rule` matches, each with a number that shows it, if known.
    fn shadowing(&self, rule: usize) -> impl Iterator<Item = Related> {
        let before = self.alone.coverage.before(rule).take(MAX_RELATED);
        before.map(move |(first, number)| {
            let dialled = self.dialled.pairs.get(&(rule, first)).map(|pair| &*pair.number);
            let as_dialled = Some(number).filter(|number| self.subject.comes_as_dialled(self.list, number));
            let known = [as_dialled, dialled].into_iter().flatten();
            let certain = known
                .clone()
                .find(|number| !self.list.rewrites() && !self.subject.witness(number).needs_re);
            self.taker(first, certain.or(known.clone().next()))
        })
    }

    /// The rule `first`, which takes `number` from another rule unless a foreign rule takes it.
    fn taker(&self, first: usize, number: Option<&[u8]>) -> Related {
        let number = number.filter(|_| !self.list.rewrites() || self.is_certain(first));
        let related = self.subject.related(self.list, first, number);
        let needs_re = related.witness.as_ref().is_some_and(|witness| witness.needs_re);
        Related {
            holds_if: Some(first).filter(|_| needs_re && !self.list.rewrites()),
            ..related
        }
    }

    /// The rules that take what `rule` matches, in words: "`a`, `b` take …".
    fn takers(&self, coverage: &Coverage, rule: usize, what: &str, seen: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let takers: Vec<String> = coverage
            .before(rule)
            .take(MAX_RELATED)
            .map(|(first, number)| {
                let name = match self.title(first) {
                    name if name == self.title(rule) => "the same rule before it".to_owned(),
                    name => name,
                };
                format!("{name} ({})", shown_number(&seen(number)))
            })
            .collect();
        let more = coverage.before(rule).count() - takers.len();
        let shown = takers.join(", ");
        let one = takers.len() == 1 && more == 0;
        let certain = coverage.before(rule).all(|(first, _)| self.is_certain(first));
        let verb = match (certain, one) {
            (true, true) => "takes",
            (true, false) => "take",
            (false, true) => "stands before it and matches",
            (false, false) => "stand before it and match",
        };
        match more {
            0 => format!("{shown} {verb} {what}"),
            more => format!("{shown} and {more} more {verb} {what}"),
        }
    }

    fn unreached(&self, rule: usize, would: &[u8]) -> String {
        let e164 = self.subject.plan.normalize(would);
        let would_be = shown_number(would);
        match self.list {
            List::Classifiers if self.is_certain(rule) => format!(
                "a number such as {would_be} would fall to it, but normalising makes {} of that first.",
                shown_number(&e164)
            ),
            List::Classifiers | List::Reconcile => format!(
                "its regex matches a number such as {would_be}, but normalising makes {} of that first.",
                shown_number(&e164)
            ),
            _ if would.first() == Some(&b'+') && self.subject.before(self.list).next().is_none() => {
                format!("only numbers with + such as {would_be} would, and those are never rewritten.")
            }
            _ => format!("a number such as {would_be} would, but the dial plan lets none come to it."),
        }
    }

    fn unreached_fix(&self) -> &'static str {
        match self.list {
            List::Classifiers => "Write the regex for numbers as they are after normalising, or take the rule out.",
            List::Reconcile => "Write the regex for numbers as they are after normalising.",
            _ => "Write the regex for numbers as they come to it, or take the rule out.",
        }
    }

    fn only_matches(&self, rule: usize, examples: &Examples, findings: &mut Findings) {
        let (subject, list) = (self.subject, self.list);
        let name = self.title(rule);
        let certain = self.is_certain(rule);
        let takes = match (list, certain) {
            (List::Reconcile, _) => "matches",
            (_, true) => "takes",
            // A foreign rule before it may leave it no number at all.
            (_, false) => "takes at most",
        };
        let correct = match list {
            List::Reconcile => "correct the regex.",
            _ => "correct the regex, or take the rule out.",
        };
        let (kind, what, witness, fix) = match (examples.empty, &examples.unprintable) {
            (false, Some(number)) => (
                Kind::OnlyUnprintable,
                match takes {
                    "takes at most" => "numbers with line breaks or other bytes that do not print",
                    _ => "only numbers with line breaks or other bytes that do not print",
                },
                &**number,
                format!("No telephone dials such numbers: {correct}"),
            ),
            (_, unprintable) => (
                Kind::OnlyEmpty,
                match (unprintable, certain) {
                    (None, true) => "no number but the empty one",
                    (None, false) => "the empty number",
                    (Some(_), true) => {
                        "no number but the empty one and ones with line breaks or other bytes that do not print"
                    }
                    (Some(_), false) => "the empty number and ones with line breaks or other bytes that do not print",
                },
                b"".as_slice(),
                match list {
                    List::Classifiers => format!("A classifier without a regex reads as ^$: {correct}"),
                    _ => format!("If numbers must match, {correct}"),
                },
            ),
        };
        let wording = Wording::new(format!("{name} {takes} {what}."), fix);
        let finding = subject.add(findings, (list, rule), kind, wording);
        finding.witness = certain.then(|| subject.witness(witness));
    }

    /// The end of the sentence "it never matches": the numbers that the rule decides nevertheless.
    /// A class behind a foreign rule gets at most these.
    fn but_for(&self, rule: usize, examples: &Examples) -> String {
        let numbers = match (examples.empty, &examples.unprintable) {
            (false, None) => return String::new(),
            (true, None) => "the empty number",
            (false, Some(_)) => "numbers with line breaks or other bytes that do not print",
            (true, Some(_)) => "the empty number and ones with line breaks or other bytes that do not print",
        };
        let at_most = if self.is_certain(rule) { "" } else { " at most" };
        format!(", but for {numbers}{at_most}")
    }
}

#[cfg(test)]
mod tests;
