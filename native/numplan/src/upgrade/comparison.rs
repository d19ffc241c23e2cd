//! Compares one regex as two dialects read it, for all subjects.

use super::roots::Roots;
use crate::dfa::determinize;
use crate::plan::rule::RuleCompiler;
use crate::plan::rules::{Alternative, RuleList};
use crate::proof::alphabet::{Alphabet, Classes};
use crate::proof::composition::Composition;
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::pipeline::{Pipeline, Plus};
use crate::proof::rules::Rules;
use crate::proof::search::{self, Allowance, Budget};
use crate::proof::stage::Detail;
use crate::regex::nfa::{self, Program};
use crate::regex::pattern::Pattern;
use std::rc::Rc;

/// A subject for which the dialects answer otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A shortest one, as readable as possible.
    pub subject: Vec<u8>,
    /// The answer of this release.
    pub here: Answer,
    /// The answer of the other one.
    pub there: Answer,
}

/// What a rule makes of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It does not match.
    NoMatch,
    /// It matches, and only that counts.
    Match,
    /// It matches and keeps this root.
    Root(Vec<u8>),
}

const BEYOND: &str = "more than a proof can follow";

/// A shortest subject for which two readings of a regex answer otherwise; `None` where there is
/// none.
///
/// # Errors
///
/// Why that is not known.
pub(super) fn compare(
    patterns: [&Pattern; 2],
    keeps_root: bool,
    budget: &mut Budget,
) -> Result<Option<Difference>, &'static str> {
    let [old, new] = patterns;
    if !keeps_root {
        return if old == new {
            Ok(None)
        } else {
            matches(patterns, None, budget)
        };
    }
    let rules = [native(old)?, native(new)?];
    if old == new {
        return Ok(None);
    }
    if let Some(difference) = matches(patterns, Some(&rules), budget)? {
        return Ok(Some(difference));
    }
    roots(&rules, budget)
}

/// The rule of `pattern` alone, which keeps its root.
fn native(pattern: &Pattern) -> Result<Rules, &'static str> {
    let alternatives = RuleCompiler::of_patterns().alternatives(pattern)?;
    Ok(Rules::from(RuleList::of_root(pattern.clone(), alternatives)))
}

/// A shortest subject that one reading matches and the other does not.
fn matches(
    patterns: [&Pattern; 2],
    rules: Option<&[Rules; 2]>,
    budget: &mut Budget,
) -> Result<Option<Difference>, &'static str> {
    budget.open().map_err(|_| BEYOND)?;
    let mut compiler = RuleCompiler::of_patterns();
    let programs = [
        compiler.match_program(&patterns[0].node)?,
        compiler.match_program(&patterns[1].node)?,
    ];
    let sets = programs
        .iter()
        .flat_map(|program: &Program| nfa::byte_sets(&program.instructions));
    let classes = Rc::new(Classes::new(&Alphabet::default(), sets));
    let allowance = Allowance::new(budget.limits());
    let mut machine = Composition {
        pipeline: Pipeline::new(std::iter::empty(), Plus::Ordinary, &classes, &allowance),
        acceptor: LazyDfa::new(&programs.each_ref(), &classes, &allowance),
    };
    let surveyed = search::survey(&mut machine, &classes, budget);
    for seen in &surveyed.seen {
        let matching = match machine.acceptor.patterns(seen.outcome.matched) {
            [0] => 0,
            [1] => 1,
            _ => continue,
        };
        let answer = |side: usize| match (side == matching, rules.and_then(|rules| rules.get(side))) {
            (false, _) => Answer::NoMatch,
            (true, None) => Answer::Match,
            (true, Some(rules)) => root(rules, &seen.number),
        };
        return Ok(Some(Difference {
            subject: seen.number.to_vec(),
            here: answer(0),
            there: answer(1),
        }));
    }
    surveyed.cut.map_or(Ok(None), |_| Err(BEYOND))
}

/// A shortest subject of which two readings, which match the same subjects, keep other roots.
fn roots(rules: &[Rules; 2], budget: &mut Budget) -> Result<Option<Difference>, &'static str> {
    budget.open().map_err(|_| BEYOND)?;
    let alphabet = Alphabet::default();
    // Roots that are one text shifted may be equal in classes and differ in bytes, so two members
    // of each larger class are tried.
    let classes = Classes::new(&alphabet, rules.iter().flat_map(Rules::byte_sets)).doubled(&alphabet);
    let classes = Rc::new(classes);
    let allowance = Allowance::new(budget.limits());
    let mut machine = Roots {
        machines: rules.each_ref().map(|rules| {
            let stages = [(rules, Detail::Results)].into_iter();
            Pipeline::new(stages, Plus::Ordinary, &classes, &allowance)
        }),
        allowance,
    };
    let surveyed = search::survey(&mut machine, &classes, budget);
    let subject = surveyed.seen.iter().find(|seen| seen.outcome.differs());
    match (subject, surveyed.cut) {
        (Some(seen), _) => Ok(Some(Difference {
            subject: seen.number.to_vec(),
            here: root(&rules[0], &seen.number),
            there: root(&rules[1], &seen.number),
        })),
        (None, Some(_)) => Err(BEYOND),
        (None, None) if surveyed.seen.iter().any(|seen| seen.outcome.is_lost()) => Err(BEYOND),
        (None, None) => Ok(None),
    }
}

/// What a rule makes of `subject`.
fn root(rules: &Rules, subject: &[u8]) -> Answer {
    let find = |alternative: &Alternative| alternative.root.as_ref().and_then(|root| root.find(subject));
    let matching = rules
        .alternatives
        .iter()
        .find(|alternative| determinize::matches(&alternative.program, subject));
    match matching.and_then(find).and_then(|span| subject.get(span)) {
        Some(root) => Answer::Root(root.to_vec()),
        None => Answer::NoMatch,
    }
}

#[cfg(test)]
mod tests;
