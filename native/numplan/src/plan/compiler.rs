//! The compiler of plans: from a document to its automata.

use crate::config::document::{self, Classifier, Document};
use crate::config::problem::{Path, Problem, Problems, Reason};
use crate::dfa::matcher::{Matcher, Primed};
use crate::plan::dial_plan::{self, DialPlan};
use crate::plan::hint;
use crate::plan::rewrites::Rewrites;
use crate::plan::rule::{Judge, RuleCompiler, Runs};
use crate::plan::rules::{Alternative, CompiledRules, RuleList};
use crate::plan::{Class, ForeignClass, MEMORY_LIMIT, Plan, Reconcile, Rule};
use crate::prefix::index::PrefixIndex;
use crate::prefix::list::PrefixList;
use crate::regex::simulation::TooLarge;
use std::sync::Arc;

/// The most transitions of a one-pass automaton; a plan that needs more reads numbers twice.
const ONE_PASS_LIMIT: usize = 4 << 20;

impl Plan {
    /// Compiles `document`. Cost: milliseconds; bounded by [`MEMORY_LIMIT`] for each automaton.
    ///
    /// # Errors
    ///
    /// Every refused regex, in the order of the document.
    pub fn compile(document: &Document, judge: Judge<'_>) -> Result<Plan, Problems> {
        Plan::compile_with(document, RuleCompiler::new(judge)).map(|(plan, _)| plan)
    }

    /// As [`Plan::compile`], with the rules that the plan was built from, for proofs.
    pub(crate) fn with_rules(document: &Document, judge: Judge<'_>) -> Result<(Plan, CompiledRules), Problems> {
        Plan::compile_with(document, RuleCompiler::for_proofs(judge))
    }

    fn compile_with(document: &Document, mut compiler: RuleCompiler<'_>) -> Result<(Plan, CompiledRules), Problems> {
        let rules = CompiledRules::new(document, &mut compiler);
        if !compiler.problems.is_empty() {
            return Err(unique(compiler.problems).into());
        }
        match build(document, &rules) {
            Ok(plan) => Ok((plan, rules)),
            Err(TooLarge) => {
                let reason = Reason::NeedsRe("more than an automaton may hold");
                Err(vec![Problem::new(&Path::root(), reason)].into())
            }
        }
    }
}

fn build(document: &Document, rules: &CompiledRules) -> Result<Plan, TooLarge> {
    let class_matcher = matcher(&rules.classifiers)?;
    let class_index = index(document, &rules.classifiers);
    let converters = Rewrites::new(&document.converters, &rules.converters, MEMORY_LIMIT)?;
    let reconcile = match rules.reconcile.runs.first() {
        Some(Runs::Re(_)) => Reconcile::Foreign(document.reconcile_regex.1.clone()),
        Some(Runs::Native) | None => Reconcile::Native(matcher(&rules.reconcile)?),
    };
    let dial_plan = document.dial_plan.as_ref().zip(rules.dial_plan.as_ref());
    let dial_plan = dial_plan.map(|(dial_plan, list)| build_dial_plan(dial_plan, list, &rules.steps));
    let dial_plan = dial_plan.transpose()?;
    let one_pass = match (&dial_plan, class_matcher.automaton(), &class_index) {
        (None, Some(classes), None) => converters.one_pass(classes, ONE_PASS_LIMIT),
        _ => None,
    };
    Ok(Plan {
        cost: converters.cost()
            + class_matcher.cost()
            + usize::from(class_index.is_some())
            + reconcile.cost()
            + dial_plan.as_ref().map_or(0, DialPlan::cost),
        one_pass,
        classes: document.classifiers.iter().map(class).collect(),
        primed: primed(&converters, &class_matcher),
        class_matcher,
        class_index,
        class_foreign: foreign_classes(document, &rules.classifiers),
        first_too_large: rules.classifiers.too_large.first().copied(),
        converters,
        reconcile,
        dial_plan,
        rules: listed(document, rules),
        warnings: warnings(document),
    })
}

/// The matcher of rules that only match: it answers with their ranks.
fn matcher(list: &RuleList) -> Result<Matcher, TooLarge> {
    let in_automaton = |one: &&Alternative| list.indexed.binary_search(&one.rule).is_err();
    let programs = list.alternatives.iter().filter(in_automaton);
    let programs = programs.map(|one| (one.rule as u32, &one.program));
    Matcher::build(&programs.collect::<Vec<_>>(), MEMORY_LIMIT)
}

/// The index of the lists of prefixes that are no part of the automaton.
fn index(document: &Document, list: &RuleList) -> Option<PrefixIndex> {
    let lists = list.indexed.iter().filter_map(|rank| {
        let list = document.classifiers.get(*rank)?.list()?;
        Some((*rank as u32, list))
    });
    let lists: Vec<(u32, &PrefixList)> = lists.collect();
    (!lists.is_empty()).then(|| PrefixIndex::new(&lists))
}

fn build_dial_plan(dial_plan: &document::DialPlan, list: &RuleList, steps: &[RuleList]) -> Result<DialPlan, TooLarge> {
    let steps = dial_plan.full.iter().zip(steps).map(|(step, list)| {
        Ok(dial_plan::Step {
            rewrite: Rewrites::new(std::slice::from_ref(&step.rewrite), list, MEMORY_LIMIT)?,
            nested: step.nested,
        })
    });
    Ok(DialPlan {
        first_match: Rewrites::new(&dial_plan.first_match, list, MEMORY_LIMIT)?,
        steps: steps.collect::<Result<_, TooLarge>>()?,
    })
}

fn class(classifier: &Classifier) -> Class {
    Class {
        name: classifier.name.clone(),
        pretty_print: classifier.pretty_print.clone(),
        object: classifier.object.clone(),
    }
}

fn foreign_classes(document: &Document, list: &RuleList) -> Vec<ForeignClass> {
    let classes = list.foreign().filter_map(|class| {
        let regex = document.classifiers.get(class)?.regex.clone();
        Some(ForeignClass { class, regex })
    });
    classes.collect()
}

/// The plan's description of its rules, list by list.
fn listed(document: &Document, rules: &CompiledRules) -> Vec<Rule> {
    let classifiers = document.classifiers.iter();
    let classifiers = classifiers.map(|rule| {
        (
            &rule.path,
            &rule.regex,
            rule.set.as_ref().map(|set| set.numbers.summary()),
        )
    });
    let converters = document.converters.iter().map(|rule| (&rule.path, &rule.regex, None));
    let (path, reconcile) = &document.reconcile_regex;
    let dial_plan = document.dial_plan.iter().flat_map(|dial_plan| &dial_plan.first_match);
    let dial_plan = dial_plan.map(|rule| (&rule.path, &rule.regex, None));
    let texts = classifiers
        .chain(converters)
        .chain([(path, reconcile, None)])
        .chain(dial_plan);
    let lists = [&rules.classifiers, &rules.converters, &rules.reconcile];
    let runs = lists.into_iter().chain(&rules.dial_plan).flat_map(|list| &list.runs);
    let listed = texts.zip(runs).map(|((path, regex, set), runs)| Rule {
        path: path.clone(),
        regex: regex.clone(),
        set,
        runs: *runs,
    });
    listed.collect()
}

/// For each converter entry, the states of the class automata behind its prefix.
fn primed(converters: &Rewrites, classes: &Matcher) -> Vec<Option<Primed>> {
    let mut last: Option<(&Arc<[u8]>, Option<Primed>)> = None;
    let primed = converters.prefixes().map(|prefix| {
        let known = last.as_ref().filter(|(known, _)| Arc::ptr_eq(known, prefix));
        let states = known.map_or_else(|| classes.prime(prefix), |(_, states)| states.clone());
        last = Some((prefix, states.clone()));
        states
    });
    primed.collect()
}

/// Each problem once: a dial plan is read in two ways.
fn unique(problems: Vec<Problem>) -> Vec<Problem> {
    let mut seen = std::collections::BTreeSet::new();
    problems
        .into_iter()
        .filter(|problem| seen.insert(problem.to_string()))
        .collect()
}

fn warnings(document: &Document) -> Vec<Problem> {
    let doubled = document.regexes().filter_map(|(path, regex)| {
        let halved = hint::halved_backslashes(regex)?;
        Some(Problem {
            path: path.clone(),
            reason: Reason::DoubledBackslashes,
            offset: regex.iter().position(|byte| *byte == b'\\'),
            hint: Some(format!(
                "they match a literal backslash: did you mean {}",
                String::from_utf8_lossy(&halved)
            )),
        })
    });
    unique(doubled.collect())
}

#[cfg(test)]
mod tests;
