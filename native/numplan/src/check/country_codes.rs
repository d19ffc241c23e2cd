//! Findings on classifiers in which the country code may be left out behind a `+`.
//!
//! `^\+?1?(\d{10})$` is meant for numbers with and without their country code. But it takes `+` and
//! a national number too, and that is another country's number. So the proof is: for some number x
//! without `+`, both `+x` and `+Cx` have the class, where C is the code.

use super::finding::{Findings, Kind};
use super::sentences;
use super::subject::{List, Subject};
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::search::{self, Allowance, Bound, Budget, Machine};
use crate::regex::pattern::{Node, Pattern};
use std::rc::Rc;

/// The most digits of a country code.
const MAX_CODE: usize = 3;
/// The most codes of one classifier that are tried: as many as there are of up to three digits.
const MAX_CODES: usize = 1_110;

/// Adds the classifiers that take `+` and a national number.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let list = List::Classifiers;
    let rules = &subject.rules.classifiers;
    let mut budget = Budget::new(subject.limits());
    let mut dfa = rules.dfa(&subject.classes, &Allowance::new(subject.limits()));
    for (at, alternative) in rules.alternatives.iter().enumerate() {
        let rule = alternative.rule;
        let Some(pattern) = rules.pattern(rule) else {
            continue;
        };
        for code in optional_codes(pattern).into_iter().filter(|_| rule < rules.certain()) {
            match national(subject, &mut dfa, (at as u32, &code), &mut budget) {
                Err(bound) => findings.cut("where a country code may be left out", Some(bound)),
                Ok(None) => {}
                Ok(Some(national)) => {
                    let without = [b"+".as_slice(), &national].concat();
                    let with = [b"+".as_slice(), &code, &national].concat();
                    let wording = sentences::national_with_plus(&subject.title(list, rule), &without, &with, &code);
                    let finding = subject.add(findings, (list, rule), Kind::NationalWithPlus, wording);
                    finding.witness = Some(subject.witness(&without));
                    finding.related = vec![subject.related(list, rule, Some(&with))];
                    break;
                }
            }
        }
    }
}

/// The optional digits right behind the first `+` of each branch of `pattern`.
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

/// Adds the parts of `node` in order, with concatenations and groups taken apart.
fn flatten<'n>(node: &'n Node, parts: &mut Vec<&'n Node>) {
    match node {
        Node::Concat(all) => all.iter().for_each(|part| flatten(part, parts)),
        Node::Group { body, .. } => flatten(body, parts),
        node => parts.push(node),
    }
}

/// True for a literal `+`, also an optional one.
fn is_plus(node: &Node) -> bool {
    match node {
        Node::Repeat { body, max: Some(1), .. } => texts(body).is_some_and(|texts| texts == [b"+"]),
        node => texts(node).is_some_and(|texts| texts == [b"+"]),
    }
}

/// All texts that `node` matches, if they are few and short.
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

/// A number x such that the alternative decides both `+x` and `+` `code` x.
fn national(
    subject: &Subject<'_>,
    dfa: &mut LazyDfa,
    (alternative, code): (u32, &[u8]),
    budget: &mut Budget,
) -> Result<Option<Rc<[u8]>>, Bound> {
    let classes = &subject.classes;
    let plus = classes.of(b'+');
    let without = dfa.step(dfa.start(), plus)?;
    let code: Vec<u8> = code.iter().map(|byte| classes.of(*byte)).collect();
    let with = dfa.read(without, &code)?;
    let mut product = WithAndWithout {
        dfa,
        alternative,
        plus,
        start: [without, with],
    };
    search::first_printable(&mut product, classes, budget, |_, ()| true)
}

/// The product of two runs of one DFA over x: one began with `+`, the other with `+` and the code.
struct WithAndWithout<'d> {
    dfa: &'d mut LazyDfa,
    alternative: u32,
    plus: u8,
    start: [u32; 2],
}

impl Machine for WithAndWithout<'_> {
    /// The states of both runs; `None` before the first byte.
    type State = Option<[u32; 2]>;
    type Outcome = ();

    fn start(&self) -> Self::State {
        None
    }

    fn step(&mut self, state: Self::State, class: u8, next: &mut Vec<Self::State>) -> Result<(), Bound> {
        if state.is_none() && class == self.plus {
            return Ok(());
        }
        let [without, with] = state.unwrap_or(self.start);
        next.push(Some([self.dfa.step(without, class)?, self.dfa.step(with, class)?]));
        Ok(())
    }

    fn end(&mut self, state: Self::State, outcomes: &mut Vec<()>) -> Result<(), Bound> {
        if let Some([without, with]) = state {
            let [without, with] = [self.dfa.matched(without)?, self.dfa.matched(with)?];
            if [without, with]
                .iter()
                .all(|set| self.dfa.first(*set) == Some(self.alternative))
            {
                outcomes.push(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
