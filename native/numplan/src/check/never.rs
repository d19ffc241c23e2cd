//! Rules that decide for no number, or for none that a telephone dials: which, why, and what shows it.

use super::finding::{Findings, Kind, Related};
use super::reachability::{Firing, ListFiring, MAX_RELATED, Reach, Shows};
use super::subject::{List, number as shown_number};

/// Why a rule never decides.
pub(super) enum Never {
    /// Its regex matches nothing.
    Nothing,
    /// Earlier rules take all that it matches.
    Shadowed,
    /// What it would decide never comes to it; such a number.
    Unreached(Vec<u8>),
    /// Both.
    Either(Vec<u8>),
}

impl ListFiring<'_> {
    /// Adds the rules that never decide, or only for numbers that nobody dials.
    pub(super) fn never(&self, findings: &mut Findings) {
        for rule in self.visible() {
            match self.reach(rule) {
                Reach::Fires => {}
                Reach::Never(never, but) => self.never_matches(rule, never, &but, findings),
                Reach::Only(shows) => self.only_matches(rule, &shows, findings),
            }
        }
    }

    fn never_matches(&self, rule: usize, never: Never, but: &Shows, findings: &mut Findings) {
        let (subject, list) = (self.subject, self.list);
        let path = subject.path(list, rule);
        let name = format!("{} never matches{}", self.title(rule), self.but_for(rule, but));
        let mend = match list {
            List::Reconcile => "Mend the regex.",
            _ => "Mend the regex, or take the rule out.",
        };
        let (sentence, witness, fix) = match &never {
            Never::Nothing => (
                format!("{name}: there is no number that its regex matches."),
                None,
                mend,
            ),
            Never::Shadowed => (
                format!(
                    "{name}: {}.",
                    self.takers(&self.alone.firing, rule, "all that it matches", <[u8]>::to_vec)
                ),
                None,
                "Put the rule before those, or take it out.",
            ),
            Never::Unreached(would) => (
                format!("{name}: {}", self.unreached(rule, would)),
                Some(would),
                self.unreached_fix(),
            ),
            Never::Either(would) => (
                format!(
                    "{name}: {}; and {}",
                    self.takers(&self.dialled, rule, "what comes to it", |number| subject
                        .comes(list, number)),
                    self.unreached(rule, would)
                ),
                Some(would),
                self.unreached_fix(),
            ),
        };
        let related: Vec<Related> = match never {
            Never::Shadowed => self.shadowing(rule).collect(),
            _ => self
                .dialled
                .before(rule)
                .take(MAX_RELATED)
                .map(|(first, number)| self.taker(first, Some(number)))
                .collect(),
        };
        let finding = findings.add(subject.place(&path), Kind::NeverMatches, &path, sentence);
        finding.related = related;
        finding.witness = witness.map(|number| subject.witness(number));
        finding.fix = Some(fix.to_owned());
    }

    /// The rules that take what `rule` matches, each with a number that shows it when it is dialled, where one is known.
    fn shadowing(&self, rule: usize) -> impl Iterator<Item = Related> {
        let before = self.alone.firing.before(rule).take(MAX_RELATED);
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

    /// A rule that takes `number` from another. Where a rule that only `re` runs may take it, it is for `re` to say that it shows so.
    fn taker(&self, first: usize, number: Option<&[u8]>) -> Related {
        let number = number.filter(|_| !self.list.rewrites() || self.is_certain(first));
        let related = self.subject.related(self.list, first, number);
        let needs_re = related.witness.as_ref().is_some_and(|witness| witness.needs_re);
        Related {
            holds_if: Some(first).filter(|_| needs_re && !self.list.rewrites()),
            ..related
        }
    }

    /// "`a` and `b` take …".
    fn takers(&self, firing: &Firing, rule: usize, what: &str, seen: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let takers: Vec<String> = firing
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
        let more = firing.before(rule).count() - takers.len();
        let shown = takers.join(", ");
        let one = takers.len() == 1 && more == 0;
        let certain = firing.before(rule).all(|(first, _)| self.is_certain(first));
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

    fn only_matches(&self, rule: usize, shows: &Shows, findings: &mut Findings) {
        let (subject, list) = (self.subject, self.list);
        let (path, name) = (subject.path(list, rule), self.title(rule));
        let certain = self.is_certain(rule);
        let takes = match (list, certain) {
            (List::Reconcile, _) => "matches",
            (_, true) => "takes",
            // A rule before it that only `re` runs may leave it none at all.
            (_, false) => "takes at most",
        };
        let mend = match list {
            List::Reconcile => "mend the regex.",
            _ => "mend the regex, or take the rule out.",
        };
        let (kind, sentence, witness, fix) = match (shows.empty, &shows.unprintable) {
            (false, Some(number)) => (
                Kind::OnlyUnprintable,
                format!(
                    "{name} {takes}{} numbers with line breaks or other bytes that do not print.",
                    if takes == "takes at most" { "" } else { " only" }
                ),
                &**number,
                format!("No telephone dials such numbers: {mend}"),
            ),
            _ => (
                Kind::OnlyEmpty,
                format!(
                    "{name} {takes} {}.",
                    match (&shows.unprintable, certain) {
                        (None, true) => "no number but the empty one",
                        (None, false) => "the empty number",
                        (Some(_), true) => {
                            "no number but the empty one and ones with line breaks or other bytes that do not print"
                        }
                        (Some(_), false) => {
                            "the empty number and ones with line breaks or other bytes that do not print"
                        }
                    }
                ),
                b"".as_slice(),
                match list {
                    List::Classifiers => format!("A classifier without a regex reads as ^$: {mend}"),
                    _ => format!("If numbers must match, {mend}"),
                },
            ),
        };
        let finding = findings.add(subject.place(&path), kind, &path, sentence);
        finding.witness = certain.then(|| subject.witness(witness));
        finding.fix = Some(fix);
    }

    /// The numbers that a rule does decide, if a sentence says that it decides none. A class behind one that only `re` runs may not get
    /// those either.
    fn but_for(&self, rule: usize, shows: &Shows) -> String {
        let numbers = match (shows.empty, &shows.unprintable) {
            (false, None) => return String::new(),
            (true, None) => "the empty number",
            (false, Some(_)) => "numbers with line breaks or other bytes that do not print",
            (true, Some(_)) => "the empty number and ones with line breaks or other bytes that do not print",
        };
        let at_most = if self.is_certain(rule) { "" } else { " at most" };
        format!(", but for {numbers}{at_most}")
    }
}
