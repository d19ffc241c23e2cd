//! Which rule fires for which numbers: rules that never do, rules that compete, numbers that no rule takes.
//!
//! Two surveys of each list tell it. One takes the list alone, with all numbers as they stand; the other takes those that come to it of the
//! numbers as dialled. What a rule could take alone, and where it does not get it, says why it never fires.

use super::finding::{Findings, Kind};
use super::never::Never;
use super::subject::{List, Subject, number as shown_number, shown};
use super::witness::Witness;
use crate::config::problem::Path;
use crate::proof::alphabet::{Classes, PRINTABLE};
use crate::proof::lazy_dfa::Sets;
use crate::proof::pipeline::{Arrival, Plus, Route, Rules, Way};
use crate::proof::search::{self, Allowance, Bound, Budget, Seen, Surveyed};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

/// More pairs than this are not counted.
const MAX_PAIRS: usize = 200_000;
/// A finding names so many other rules at most.
pub(super) const MAX_RELATED: usize = 10;

/// Adds what the surveys show.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let reconcile = Some(List::Reconcile).filter(|list| !subject.list(*list).is_foreign(0));
    for list in subject.lists().into_iter().chain(reconcile) {
        let mut way = if list.rewrites() {
            subject.way_through(list)
        } else {
            subject.way_to(list)
        };
        let surveyed = search::survey(&mut way, &subject.classes, &mut Budget::new(subject.limits()));
        findings.cut(proof(list), surveyed.cut);
        let alone = Alone::of(subject, list);
        findings.cut("which rules of a list could decide", alone.cut);
        let dialled = Firing::dialled(subject, list, &way, &surveyed.seen);
        if dialled.has_more_pairs || alone.firing.has_more_pairs {
            findings.cut("which rules overlap", Some(Bound::Places));
        }
        let firing = ListFiring {
            subject,
            list,
            complete: surveyed.cut.is_none() && alone.cut.is_none(),
            alone,
            dialled,
        };
        firing.never(findings);
        firing.catch_all(findings);
        firing.overlaps(findings);
        match list {
            List::Classifiers => no_class(subject, &way, &surveyed, findings),
            List::Reconcile => {}
            List::DialPlan | List::Converters => stage(subject, list, &way, &surveyed.seen, findings),
        }
    }
    if subject.rules.dial_plan.is_some() {
        around_converters(subject, findings);
    }
}

fn proof(list: List) -> &'static str {
    match list {
        List::DialPlan => "which dial plan entries decide",
        List::Converters => "which converters decide",
        List::Classifiers => "which classifiers decide",
        List::Reconcile => "whether some number is reconcilable",
    }
}

/// Numbers that make a rule decide.
#[derive(Clone, Debug, Default)]
pub(super) struct Shows {
    pub(super) empty: bool,
    pub(super) printable: Option<Rc<[u8]>>,
    pub(super) unprintable: Option<Rc<[u8]>>,
}

impl Shows {
    fn add(&mut self, number: &Rc<[u8]>, tier: usize) {
        let shows = match (&**number, tier) {
            ([], _) => {
                self.empty = true;
                return;
            }
            (_, tier) if tier <= PRINTABLE => &mut self.printable,
            _ => &mut self.unprintable,
        };
        shows.get_or_insert_with(|| Rc::clone(number));
    }

    fn any(&self) -> Option<&[u8]> {
        let empty = self.empty.then_some(b"".as_slice());
        self.printable.as_deref().or(empty).or(self.unprintable.as_deref())
    }
}

/// A number that two rules match.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) number: Rc<[u8]>,
    tier: usize,
}

/// Which rules of a list decide, and what they take from others.
#[derive(Debug, Default)]
pub(super) struct Firing {
    deciding: Vec<Shows>,
    matching: Vec<Shows>,
    /// For a rule that matches, and one before it that decides: a number, the empty one only if there is no other that prints.
    pub(super) pairs: BTreeMap<(usize, usize), Pair>,
    /// There are more pairs than that.
    has_more_pairs: bool,
}

impl Firing {
    fn new(rules: usize) -> Firing {
        Firing {
            deciding: vec![Shows::default(); rules],
            matching: vec![Shows::default(); rules],
            pairs: BTreeMap::new(),
            has_more_pairs: false,
        }
    }

    /// Takes in a number that `rules` match, in order.
    fn add(&mut self, rules: &[usize], number: &Rc<[u8]>, tier: usize) {
        for rule in rules {
            if let Some(matching) = self.matching.get_mut(*rule) {
                matching.add(number, tier);
            }
        }
        let Some((first, others)) = rules.split_first() else {
            return;
        };
        if let Some(shows) = self.deciding.get_mut(*first) {
            shows.add(number, tier);
        }
        for other in others {
            let pair = (*other, *first);
            let room = self.pairs.len() < MAX_PAIRS;
            match self.pairs.entry(pair) {
                Entry::Occupied(mut known) if known.get().number.is_empty() && tier <= PRINTABLE => {
                    known.insert(Pair {
                        number: Rc::clone(number),
                        tier,
                    });
                }
                Entry::Vacant(free) if room => {
                    free.insert(Pair {
                        number: Rc::clone(number),
                        tier,
                    });
                }
                Entry::Vacant(_) => self.has_more_pairs = true,
                Entry::Occupied(_) => {}
            }
        }
    }

    fn dialled(subject: &Subject<'_>, list: List, way: &Way, seen: &[Seen<Arrival>]) -> Firing {
        let mut firing = Firing::new(subject.list(list).count);
        // Of a set of rules the first number of each sort tells all there is.
        let mut known = HashSet::new();
        for Seen { outcome, number, tier } in seen {
            let set = set(subject, list, outcome);
            if known.insert((set, number.is_empty(), *tier <= PRINTABLE)) {
                firing.add(&matched(subject, list, way, set), number, *tier);
            }
        }
        firing
    }

    /// The rules that decide numbers which `rule` matches too, each with such a number.
    pub(super) fn before(&self, rule: usize) -> impl Iterator<Item = (usize, &[u8])> {
        let pairs = self.pairs.range((rule, 0)..(rule + 1, 0));
        pairs.map(|((_, first), pair)| (*first, &*pair.number))
    }
}

/// The set of all rules of `list` that match a number; none for one that goes around the list.
fn set(subject: &Subject<'_>, list: List, arrival: &Arrival) -> Option<u32> {
    if !list.rewrites() {
        return Some(arrival.matched);
    }
    let decision = arrival.decisions.get(subject.before(list).count())?;
    decision.as_ref().map(|decision| decision.matched)
}

/// The rules of a set, in order.
fn matched(subject: &Subject<'_>, list: List, way: &Way, set: Option<u32>) -> Vec<usize> {
    let Some(set) = set else {
        return Vec::new();
    };
    if !list.rewrites() {
        let entries = &subject.list(list).entries;
        let matched = way.sink.patterns(set).iter();
        return matched
            .filter_map(|at| entries.get(*at as usize).map(|entry| entry.rule))
            .collect();
    }
    way.route.rules(subject.before(list).count(), set)
}

/// A list of rules met by all numbers as they stand.
pub(super) struct Alone {
    pub(super) firing: Firing,
    /// All sets of rules that match some printable number.
    sets: Vec<Vec<usize>>,
    /// The first rule that takes all printable numbers that come to the list, or would if no dial plan came before.
    catch_all: Option<usize>,
    cut: Option<Bound>,
}

impl Alone {
    fn of(subject: &Subject<'_>, list: List) -> Alone {
        let rules = subject.list(list);
        let allowance = Allowance::new(subject.limits());
        let classes = Rc::new(Classes::new(&subject.options.alphabet.widened(), rules.byte_sets()));
        let route = Route::new(std::iter::empty(), Plus::IsNothing, &classes, &allowance);
        let mut way = Way::new(route, rules.sets(&classes, &allowance));
        let surveyed = search::survey(&mut way, &classes, &mut Budget::new(subject.limits()));
        let mut firing = Firing::new(rules.count);
        let mut sets = Vec::new();
        let mut everywhere: Option<Vec<usize>> = None;
        let plus_counts = !list.rewrites() || subject.before(list).next().is_some();
        for Seen { outcome, number, tier } in &surveyed.seen {
            let entries = way.sink.patterns(outcome.matched).iter();
            let mut matched: Vec<usize> = entries
                .filter_map(|at| rules.entries.get(*at as usize).map(|entry| entry.rule))
                .collect();
            matched.dedup();
            firing.add(&matched, number, *tier);
            if *tier <= PRINTABLE && !number.is_empty() {
                if plus_counts || !outcome.plus {
                    match &mut everywhere {
                        None => everywhere = Some(matched.clone()),
                        Some(rules) => rules.retain(|rule| matched.binary_search(rule).is_ok()),
                    }
                }
                sets.push(matched);
            }
        }
        let catch_all = everywhere.filter(|_| surveyed.cut.is_none());
        Alone {
            firing,
            sets,
            catch_all: catch_all.and_then(|rules| rules.first().copied()),
            cut: surveyed.cut,
        }
    }
}

/// A list of rules and which of them fire.
pub(super) struct ListFiring<'s> {
    pub(super) subject: &'s Subject<'s>,
    pub(super) list: List,
    complete: bool,
    pub(super) alone: Alone,
    pub(super) dialled: Firing,
}

/// How far a rule is from ever deciding.
pub(super) enum Reach {
    /// It decides some printable number, or that is not known.
    Fires,
    /// It decides none, but for the numbers that show so.
    Never(Never, Shows),
    /// Its regex matches only the empty number, or ones that do not print.
    Only(Shows),
}

impl ListFiring<'_> {
    pub(super) fn reach(&self, rule: usize) -> Reach {
        let alone = &self.alone.firing;
        let (Some(matching), Some(could), Some(does)) = (
            alone.matching.get(rule),
            alone.deciding.get(rule),
            self.dialled.deciding.get(rule),
        ) else {
            return Reach::Fires;
        };
        if self.alone.cut.is_some() || self.is_foreign(rule) {
            return Reach::Fires;
        }
        if matching.any().is_none() {
            return Reach::Never(Never::Nothing, Shows::default());
        }
        if could.any().is_none() {
            return Reach::Never(Never::Shadowed, Shows::default());
        }
        if !self.complete || !self.knows_all(rule) || does.printable.is_some() {
            return Reach::Fires;
        }
        let would = match (&could.printable, &matching.printable) {
            (None, None) if does.any().is_some() => return Reach::Only(does.clone()),
            (None, Some(_)) => return Reach::Never(Never::Shadowed, does.clone()),
            _ => could.any().unwrap_or_default().to_vec(),
        };
        let never = match self.dialled.before(rule).next() {
            None => Never::Unreached(would),
            Some(_) => Never::Either(would),
        };
        Reach::Never(never, does.clone())
    }

    fn is_foreign(&self, rule: usize) -> bool {
        self.subject.list(self.list).is_foreign(rule)
    }

    /// True for a rule that no rule which only `re` runs stands before: it decides where it matches first among the native ones.
    pub(super) fn is_certain(&self, rule: usize) -> bool {
        rule < self.subject.list(self.list).certain()
    }

    /// True when no rule that only `re` runs could bring `rule` a number that was not seen.
    fn knows_all(&self, rule: usize) -> bool {
        let mut before = self.subject.before(self.list);
        !before.any(Rules::has_foreign) && (!self.list.rewrites() || self.is_certain(rule))
    }

    pub(super) fn visible(&self) -> impl Iterator<Item = usize> {
        let (subject, list) = (self.subject, self.list);
        (0..subject.list(list).count).filter(move |rule| !subject.is_hidden(list, *rule))
    }

    fn catch_all(&self, findings: &mut Findings) {
        let (subject, list) = (self.subject, self.list);
        let Some(rule) = self.alone.catch_all else {
            return;
        };
        let behind = subject.list(list).count.saturating_sub(rule + 1);
        if behind == 0 || subject.is_hidden(list, rule) {
            return;
        }
        let path = subject.path(list, rule);
        let rules = if behind == 1 { "the rule" } else { "all rules" };
        let sentence = format!(
            "{} matches every printable number that comes to it, the empty one aside, and so {rules} behind it get{} none of them.",
            self.title(rule),
            if behind == 1 { "s" } else { "" }
        );
        let finding = findings.add(subject.place(&path), Kind::CatchAllBeforeEnd, &path, sentence);
        finding.fix = Some("Put the rule last.".to_owned());
    }

    fn overlaps(&self, findings: &mut Findings) {
        let (subject, list) = (self.subject, self.list);
        let silent = |rule: usize| {
            let fires = matches!(self.reach(rule), Reach::Fires);
            subject.is_hidden(list, rule) || self.alone.catch_all == Some(rule) || !fires
        };
        let silent: Vec<bool> = (0..subject.list(list).count).map(silent).collect();
        let speaks = |rule: usize| silent.get(rule) == Some(&false);
        // A class that stands behind one that only `re` runs may not take what it seems to.
        let certain = subject.list(list).certain();
        let pairs = self
            .dialled
            .pairs
            .iter()
            .map(|((other, first), pair)| (*first, *other, pair));
        let mut pairs: Vec<(usize, usize, &Pair)> = pairs
            .filter(|(first, other, pair)| {
                *first < certain && speaks(*first) && speaks(*other) && pair.tier <= PRINTABLE
            })
            .collect();
        pairs.sort_by_key(|(first, other, _)| (*first, *other));
        findings.report.more_overlaps += pairs.len().saturating_sub(subject.options.overlaps);
        for (first, other, Pair { number, .. }) in pairs.into_iter().take(subject.options.overlaps) {
            let (one, two) = (self.title(first), self.title(other));
            let witness = subject.witness(number);
            let seen = subject.comes(list, number);
            let mut sentence = format!(
                "{one} and {two} both match {}: {one} takes it, as it stands first.",
                shown_number(&seen)
            );
            if self.is_inside(first, other) {
                sentence.push_str(&format!(
                    " All printable numbers that {one} matches, {two} matches too."
                ));
            }
            let path = subject.path(list, first);
            let finding = findings.add(subject.place(&path), Kind::Overlap, &path, sentence);
            finding.related = vec![subject.related(list, other, None)];
            finding.witness = Some(witness);
        }
    }

    /// True when `other` matches all printable numbers that `rule` matches.
    fn is_inside(&self, rule: usize, other: usize) -> bool {
        let has = |set: &[usize], rule: usize| set.binary_search(&rule).is_ok();
        let mut sets = self.alone.sets.iter();
        self.alone.cut.is_none() && sets.all(|set| !has(set, rule) || has(set, other))
    }

    pub(super) fn title(&self, rule: usize) -> String {
        self.subject.title(self.list, rule)
    }
}

/// Adds a number that no class takes.
fn no_class(subject: &Subject<'_>, way: &Way, surveyed: &Surveyed<Arrival>, findings: &mut Findings) {
    if subject.rules.classifiers.has_foreign() {
        return;
    }
    let mut printable = surveyed.seen.iter().filter(|seen| seen.tier <= PRINTABLE);
    let unclassed =
        printable.find(|seen| !seen.number.is_empty() && way.sink.patterns(seen.outcome.matched).is_empty());
    if let Some(Seen { number, .. }) = unclassed {
        let witness = subject.witness(number);
        let sentence = format!(
            "Some numbers fall to no class, such as {}{}.",
            shown(number),
            becomes(number, &witness.e164)
        );
        let finding = findings.add((0, 0), Kind::NoClass, &Path::root(), sentence);
        finding.witness = Some(witness);
        finding.fix =
            Some("End the classifiers with one that matches all numbers, such as unknown with ^.*$.".to_owned());
    }
}

fn becomes(number: &[u8], e164: &[u8]) -> String {
    if number == e164 {
        String::new()
    } else {
        format!(", which becomes {}", shown_number(e164))
    }
}

/// What comes out of `list`.
fn stage(subject: &Subject<'_>, list: List, way: &Way, seen: &[Seen<Arrival>], findings: &mut Findings) {
    let stage = subject.before(list).count();
    let (mut no_plus, mut empty_root) = (BTreeMap::<usize, Shows>::new(), BTreeMap::<usize, Shows>::new());
    for Seen { outcome, number, tier } in seen {
        let decision = outcome.decisions.get(stage).and_then(Option::as_ref);
        let Some((decision, rule)) = decision.and_then(|decision| Some((decision, way.route.rule(stage, decision)?)))
        else {
            continue;
        };
        if decision.empty_root {
            empty_root.entry(rule).or_default().add(number, *tier);
        }
        // What the dial plan makes goes on to the converters.
        if list == List::Converters && !outcome.plus {
            no_plus.entry(rule).or_default().add(number, *tier);
        }
    }
    for (rule, shows) in no_plus {
        makes_no_plus(subject, list, (rule, &shows), findings);
    }
    for (rule, shows) in empty_root {
        keeps_nothing(subject, list, (rule, &shows), findings);
    }
}

/// What the dial plan makes that no converter takes.
fn around_converters(subject: &Subject<'_>, findings: &mut Findings) {
    let allowance = Allowance::new(subject.limits());
    let route = subject.route_from(List::DialPlan, &subject.classes, &allowance);
    let mut way = Way::new(route, Sets::new(&[], &subject.classes, &allowance));
    let surveyed = search::survey(&mut way, &subject.classes, &mut Budget::new(subject.limits()));
    findings.cut("what the dial plan makes", surveyed.cut);
    let mut no_plus = BTreeMap::<usize, Shows>::new();
    for Seen { outcome, number, tier } in &surveyed.seen {
        let decision = outcome.decisions.first().and_then(Option::as_ref);
        if let (Some(rule), false) = (decision.and_then(|decision| way.route.rule(0, decision)), outcome.plus) {
            no_plus.entry(rule).or_default().add(number, *tier);
        }
    }
    for (rule, shows) in no_plus {
        makes_no_plus(subject, List::DialPlan, (rule, &shows), findings);
    }
}

/// A number of which `list` makes something: nothing is lost where nothing is made of the empty number.
fn made_something<'s>(subject: &Subject<'_>, list: List, shows: &'s Shows) -> Option<&'s [u8]> {
    let number = shows.any()?;
    let loses_nothing = number.is_empty() && subject.made(list, number).is_empty();
    if loses_nothing {
        shows.unprintable.as_deref()
    } else {
        Some(number)
    }
}

fn makes_no_plus(subject: &Subject<'_>, list: List, (rule, shows): (usize, &Shows), findings: &mut Findings) {
    let Some(dialled) = made_something(subject, list, shows) else {
        return;
    };
    let sentence = format!(
        "{} makes {} of {}, which has no +.",
        subject.title(list, rule),
        shown_number(&subject.made(list, dialled)),
        shown_number(&subject.comes(list, dialled))
    );
    let fix = "Check its prefix: a number in E.164 begins with + and the country code.";
    let witness = subject.witness(dialled);
    tell(subject, list, (rule, Kind::NoPlus, sentence, witness, fix), findings);
}

fn keeps_nothing(subject: &Subject<'_>, list: List, (rule, shows): (usize, &Shows), findings: &mut Findings) {
    let Some(dialled) = made_something(subject, list, shows) else {
        return;
    };
    let sentence = format!(
        "{} keeps nothing of {}, which becomes {}.",
        subject.title(list, rule),
        shown_number(&subject.comes(list, dialled)),
        shown_number(&subject.made(list, dialled))
    );
    let fix = "If a number must follow, write \\d+ in place of \\d*.";
    let witness = subject.witness(dialled);
    tell(subject, list, (rule, Kind::EmptyRoot, sentence, witness, fix), findings);
}

fn tell(
    subject: &Subject<'_>,
    list: List,
    (rule, kind, sentence, witness, fix): (usize, Kind, String, Witness, &str),
    findings: &mut Findings,
) {
    if subject.is_hidden(list, rule) {
        return;
    }
    let path = subject.path(list, rule);
    let finding = findings.add(subject.place(&path), kind, &path, sentence);
    finding.witness = Some(witness);
    finding.fix = Some(fix.to_owned());
}
