//! The compiler of plans: from a document to its automata.

use crate::config::document::{self, Classifier, Document, Rewrite};
use crate::config::problem::{Path, Problem, Problems, Reason};
use crate::dfa::matcher::{Matcher, Primed};
use crate::plan::dial_plan::{self, DialPlan};
use crate::plan::hint;
use crate::plan::rewrites::Rewrites;
use crate::plan::rule::{Compiled, Judge, RuleCompiler, Runs};
use crate::plan::{Class, ForeignClass, MEMORY_LIMIT, Plan, Reconcile, Rule};
use std::sync::Arc;

/// The most transitions of an automaton that reads a number once; a plan that needs more reads numbers twice.
const FUSED_LIMIT: usize = 4 << 20;

/// The plan of `document`, or every refused regex of it.
pub(super) fn compile(document: &Document, judge: Judge<'_>) -> Result<Plan, Problems> {
    let compiler = Compiler {
        rules: RuleCompiler::new(judge),
        listed: Vec::new(),
    };
    compiler.plan(document)
}

struct Compiler<'j> {
    rules: RuleCompiler<'j>,
    /// What the plan says of its rules, in the order of the document.
    listed: Vec<Rule>,
}

impl Compiler<'_> {
    fn plan(mut self, document: &Document) -> Result<Plan, Problems> {
        let (class_matcher, class_foreign) = self.classes(document);
        let converters = self.rewrites(&document.converters);
        let reconcile = self.reconcile(document);
        let dial_plan = document.dial_plan.as_ref().map(|dial_plan| self.dial_plan(dial_plan));
        if !self.rules.problems.is_empty() {
            return Err(unique(self.rules.problems).into());
        }
        let classes = document.classifiers.iter().map(|classifier| Class {
            name: classifier.name.clone(),
            pretty_print: classifier.pretty_print.clone(),
            object: classifier.object.clone(),
        });
        let fused = match (&dial_plan, class_matcher.automaton()) {
            (None, Some(classes)) => converters.fuse(classes, FUSED_LIMIT),
            _ => None,
        };
        Ok(Plan {
            cost: converters.cost()
                + class_matcher.cost()
                + reconcile.cost()
                + dial_plan.as_ref().map_or(0, DialPlan::cost),
            fused,
            classes: classes.collect(),
            primed: primed(&converters, &class_matcher),
            class_matcher,
            class_foreign,
            converters,
            reconcile,
            dial_plan,
            rules: self.listed,
            warnings: warnings(document),
        })
    }

    fn list(&mut self, path: &Path, regex: &[u8], runs: Runs) {
        self.listed.push(Rule {
            path: path.clone(),
            regex: regex.to_vec(),
            runs,
        });
    }

    fn classes(&mut self, document: &Document) -> (Matcher, Vec<ForeignClass>) {
        let mut programs = Vec::new();
        let mut foreign = Vec::new();
        for (class, Classifier { path, regex, .. }) in document.classifiers.iter().enumerate() {
            match self.rules.matching(regex, path) {
                Compiled::Refused => {}
                Compiled::Native(program) => {
                    programs.push((class as u32, program));
                    self.list(path, regex, Runs::Native);
                }
                Compiled::Re(what) => {
                    let regex = regex.clone();
                    self.list(path, &regex, Runs::Re(what));
                    foreign.push(ForeignClass { class, regex });
                }
            }
        }
        let matcher = if self.rules.problems.is_empty() {
            Matcher::build(&programs, MEMORY_LIMIT)
        } else {
            Matcher::default()
        };
        (matcher, foreign)
    }

    fn rewrites(&mut self, rules: &[Rewrite]) -> Rewrites {
        let before = self.rules.problems.len();
        let rewrites = Rewrites::compile(rules, &mut self.rules, MEMORY_LIMIT);
        if self.rules.problems.len() == before {
            for (rule, runs) in rules.iter().zip(rewrites.runs()) {
                self.list(&rule.path, &rule.regex, *runs);
            }
        }
        rewrites
    }

    fn reconcile(&mut self, document: &Document) -> Reconcile {
        let (path, regex) = &document.reconcile_regex;
        match self.rules.matching(regex, path) {
            Compiled::Refused => Reconcile::Native(Matcher::default()),
            Compiled::Native(program) => {
                self.list(path, regex, Runs::Native);
                Reconcile::Native(Matcher::build(&[(0, program)], MEMORY_LIMIT))
            }
            Compiled::Re(what) => {
                self.list(path, regex, Runs::Re(what));
                Reconcile::Foreign(regex.clone())
            }
        }
    }

    fn dial_plan(&mut self, dial_plan: &document::DialPlan) -> DialPlan {
        let first_match = self.rewrites(&dial_plan.first_match);
        let steps = dial_plan.full.iter().map(|step| dial_plan::Step {
            rewrite: Rewrites::compile(std::slice::from_ref(&step.rewrite), &mut self.rules, MEMORY_LIMIT),
            nested: step.nested,
        });
        DialPlan {
            first_match,
            steps: steps.collect(),
        }
    }
}

/// Where the classes stand behind the prefix of each entry.
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

/// A dial plan is read twice; what is wrong with it is said once.
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
