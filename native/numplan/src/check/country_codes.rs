//! Classifiers in which the country code may be left out behind a `+`.
//!
//! `^\+?1?(\d{10})$` is meant for numbers with and without their country code. But it takes `+` and a national number too, and that is
//! another country's number. So: for some number x without `+`, both `+x` and `+Cx` fall to the class, where C is what may be left out.

use super::finding::{Findings, Kind};
use super::subject::{List, Subject, shown};
use crate::plan::rule;
use crate::proof::lazy_dfa::Sets;
use crate::proof::search::{self, Allowance, Bound, Budget, Machine};
use crate::regex::pattern::{Node, Pattern};
use std::rc::Rc;

/// A country code has so many digits at most.
const MAX_CODE: usize = 3;
/// So many codes of one classifier are looked at: all that there are.
const MAX_CODES: usize = 1_110;

/// Adds the classifiers that take `+` and a national number.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let list = List::Classifiers;
    let rules = &subject.rules.classifiers;
    let mut budget = Budget::new(subject.limits());
    let mut sets = rules.sets(&subject.classes, &Allowance::new(subject.limits()));
    for (place, entry) in rules.entries.iter().enumerate() {
        let rule = entry.rule;
        let path = subject.path(list, rule);
        let Some(pattern) = rule::native_pattern(subject.regex(list, rule), subject.judge) else {
            continue;
        };
        for code in optional_codes(&pattern).into_iter().filter(|_| rule < rules.certain()) {
            match national(subject, &mut sets, (place as u32, &code), &mut budget) {
                Err(bound) => findings.cut("where a country code may be left out", Some(bound)),
                Ok(None) => {}
                Ok(Some(national)) => {
                    let without = [b"+".as_slice(), &national].concat();
                    let with = [b"+".as_slice(), &code, &national].concat();
                    let sentence = format!(
                        "{} takes {} as well as {}: behind a + the country code {} may be left out, so numbers of other countries fall to it.",
                        subject.title(list, rule),
                        shown(&without),
                        shown(&with),
                        shown(&code)
                    );
                    let finding = findings.add(subject.place(&path), Kind::NationalWithPlus, &path, sentence);
                    finding.witness = Some(subject.witness(&without));
                    finding.related = vec![subject.related(list, rule, Some(&with))];
                    finding.fix = Some(format!(
                        "Let the code be left out together with the +: (?:\\+?{})? in place of \\+?{0}?.",
                        shown(&code)
                    ));
                    break;
                }
            }
        }
    }
}

/// The codes that `pattern` lets be left out where a `+` has just been.
fn optional_codes(pattern: &Pattern) -> Vec<Vec<u8>> {
    let branches = match &pattern.node {
        Node::Alternate(branches) => branches.as_slice(),
        node => std::slice::from_ref(node),
    };
    let mut codes = Vec::new();
    for branch in branches {
        let mut parts = Vec::new();
        flatten(branch, &mut parts);
        let begin = parts.iter().position(|part| is_plus(part));
        let code = begin.and_then(|plus| match parts.get(plus + 1) {
            Some(Node::Repeat {
                body,
                min: 0,
                max: Some(1),
                ..
            }) => texts(body),
            _ => None,
        });
        codes.extend(code.unwrap_or_default());
    }
    codes.retain(|code: &Vec<u8>| (1..=MAX_CODE).contains(&code.len()) && code.iter().all(u8::is_ascii_digit));
    codes.truncate(MAX_CODES);
    codes
}

/// The parts of `node` in a row, without the groups around them.
fn flatten<'n>(node: &'n Node, parts: &mut Vec<&'n Node>) {
    match node {
        Node::Concat(all) => all.iter().for_each(|part| flatten(part, parts)),
        Node::Group { body, .. } => flatten(body, parts),
        node => parts.push(node),
    }
}

/// True for `+`, also one that may be left out.
fn is_plus(node: &Node) -> bool {
    match node {
        Node::Repeat { body, max: Some(1), .. } => texts(body).is_some_and(|texts| texts == [b"+"]),
        node => texts(node).is_some_and(|texts| texts == [b"+"]),
    }
}

/// All that `node` matches, if that is a few short texts.
fn texts(node: &Node) -> Option<Vec<Vec<u8>>> {
    match node {
        Node::Empty => Some(vec![Vec::new()]),
        Node::Set(set) if set.iter().count() <= MAX_CODES => Some(set.iter().map(|byte| vec![byte]).collect()),
        Node::Group { body, .. } => texts(body),
        Node::Alternate(branches) => {
            let all: Option<Vec<Vec<Vec<u8>>>> = branches.iter().take(MAX_CODES + 1).map(texts).collect();
            all.map(|all| all.concat()).filter(|all| all.len() <= MAX_CODES)
        }
        Node::Concat(parts) if parts.len() <= MAX_CODE => parts.iter().try_fold(vec![Vec::new()], |fronts, part| {
            let rests = texts(part)?;
            let all = fronts
                .iter()
                .flat_map(|front: &Vec<u8>| rests.iter().map(|rest| [front.as_slice(), rest].concat()));
            let all: Vec<Vec<u8>> = all.collect();
            (all.len() <= MAX_CODES).then_some(all)
        }),
        _ => None,
    }
}

/// A number x such that `+x` and `+` `code` x both fall to the class of `entry`.
fn national(
    subject: &Subject<'_>,
    sets: &mut Sets,
    (entry, code): (u32, &[u8]),
    budget: &mut Budget,
) -> Result<Option<Rc<[u8]>>, Bound> {
    let classes = &subject.classes;
    let plus = classes.of(b'+');
    let without = sets.step(sets.start(), plus)?;
    let code: Vec<u8> = code.iter().map(|byte| classes.of(*byte)).collect();
    let with = sets.read(without, &code)?;
    let mut both = Both {
        sets,
        entry,
        plus,
        start: (without, with),
    };
    search::first_printable(&mut both, classes, budget, |_, ()| true)
}

/// Reads x behind `+` and behind `+C` at once.
struct Both<'s> {
    sets: &'s mut Sets,
    entry: u32,
    plus: u8,
    start: (u32, u32),
}

/// Where both stand; `None` before the first byte.
type BothPlace = Option<(u32, u32)>;

impl Machine for Both<'_> {
    type Place = BothPlace;
    type Outcome = ();

    fn start(&self) -> BothPlace {
        None
    }

    fn step(&mut self, place: BothPlace, class: u8, next: &mut Vec<BothPlace>) -> Result<(), Bound> {
        if place.is_none() && class == self.plus {
            return Ok(());
        }
        let (one, other) = place.unwrap_or(self.start);
        next.push(Some((self.sets.step(one, class)?, self.sets.step(other, class)?)));
        Ok(())
    }

    fn end(&mut self, place: BothPlace, outcomes: &mut Vec<()>) -> Result<(), Bound> {
        if let Some((one, other)) = place {
            let (one, other) = (self.sets.matched(one)?, self.sets.matched(other)?);
            if self.sets.first(one) == Some(self.entry) && self.sets.first(other) == Some(self.entry) {
                outcomes.push(());
            }
        }
        Ok(())
    }
}
