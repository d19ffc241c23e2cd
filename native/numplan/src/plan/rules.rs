//! The compiled rules of a configuration: plans are built from them, and proofs walk over them.

use crate::config::document::{Classifier, Document, Rewrite};
use crate::config::problem::Path;
use crate::plan::root::Root;
use crate::plan::rule::{Compiled, CompiledSet, RuleCompiler, Runs};
use crate::regex::nfa::Program;
use crate::regex::pattern::Pattern;
use std::sync::Arc;

/// A native rule, or one alternative of its regex.
#[derive(Debug)]
pub(crate) struct Alternative {
    /// The rank of the rule in its list.
    pub(crate) rule: usize,
    pub(crate) program: Program,
    /// How its root is found; `None` for a rule that only matches.
    pub(crate) root: Option<Root>,
    pub(crate) prefix: Arc<[u8]>,
    pub(crate) suffix: Arc<[u8]>,
}

/// One list of rules, in order.
#[derive(Debug, Default)]
pub(crate) struct RuleList {
    /// The top-level alternatives of all native rules, each compiled on its own.
    pub(crate) alternatives: Vec<Alternative>,
    /// For each rule, where it runs.
    pub(crate) runs: Vec<Runs>,
    /// For each rule its syntax tree; `None` where the regex holds what only `re` reads, and for a
    /// set of numbers.
    pub(crate) patterns: Vec<Option<Pattern>>,
    /// The ranks of the lists of prefixes that plans look up in an index, and whose alternatives,
    /// if they have any, are for proofs alone.
    pub(crate) indexed: Vec<usize>,
    /// The ranks of the sets of numbers that are too large for proofs.
    pub(crate) too_large: Vec<usize>,
}

impl RuleList {
    pub(super) fn of_rewrites(rules: &[Rewrite], compiler: &mut RuleCompiler<'_>) -> RuleList {
        let mut list = RuleList::default();
        for rule in rules {
            list.add_rewrite(
                compiler.rewriting(&rule.regex, &rule.path),
                [&rule.prefix, &rule.suffix],
            );
        }
        list
    }

    /// The list of one native rule, which keeps the root alone.
    pub(crate) fn of_root(pattern: Pattern, alternatives: Vec<(Program, Root)>) -> RuleList {
        let mut list = RuleList::default();
        list.add_rewrite(Compiled::Native(pattern, alternatives), [b"", b""]);
        list
    }

    fn add_rewrite(&mut self, compiled: Compiled<Vec<(Program, Root)>>, texts: [&[u8]; 2]) {
        let [prefix, suffix] = texts.map(Arc::<[u8]>::from);
        self.add(compiled, |rule, alternatives| {
            let alternatives = alternatives.into_iter().map(|(program, root)| Alternative {
                rule,
                program,
                root: Some(root),
                prefix: Arc::clone(&prefix),
                suffix: Arc::clone(&suffix),
            });
            alternatives.collect()
        });
    }

    pub(super) fn of_regexes<'r>(
        regexes: impl IntoIterator<Item = (&'r Path, &'r [u8])>,
        compiler: &mut RuleCompiler<'_>,
    ) -> RuleList {
        let mut list = RuleList::default();
        for (path, regex) in regexes {
            list.add_regex(path, regex, compiler);
        }
        list
    }

    pub(super) fn of_classifiers(classifiers: &[Classifier], compiler: &mut RuleCompiler<'_>) -> RuleList {
        let mut list = RuleList::default();
        for classifier in classifiers {
            match &classifier.set {
                None => list.add_regex(&classifier.path, &classifier.regex, compiler),
                Some(set) => {
                    // The regex is not run here; one that `re` refuses would stop a node of Kazoo.
                    if let Some((path, regex)) = &set.stand_in {
                        compiler.validate(regex, path);
                    }
                    if let Some(compiled) = compiler.set(&set.numbers, &classifier.path) {
                        list.add_set(compiled);
                    }
                }
            }
        }
        list
    }

    fn add_regex(&mut self, path: &Path, regex: &[u8], compiler: &mut RuleCompiler<'_>) {
        self.add(compiler.matching(regex, path), |rule, program| {
            vec![matching(rule, program)]
        });
    }

    fn add_set(&mut self, set: CompiledSet) {
        let rule = self.runs.len();
        if set.is_indexed {
            self.indexed.push(rule);
        }
        if set.is_too_large {
            self.too_large.push(rule);
        }
        self.alternatives
            .extend(set.program.map(|program| matching(rule, program)));
        self.runs.push(Runs::Native);
        self.patterns.push(None);
    }

    /// Adds a rule. A refused one gets no rank: its configuration has no plan.
    fn add<T>(&mut self, compiled: Compiled<T>, alternatives: impl FnOnce(usize, T) -> Vec<Alternative>) {
        match compiled {
            Compiled::Refused => {}
            Compiled::Native(pattern, native) => {
                self.alternatives.extend(alternatives(self.runs.len(), native));
                self.runs.push(Runs::Native);
                self.patterns.push(Some(pattern));
            }
            Compiled::Re(pattern, what) => {
                self.runs.push(Runs::Re(what));
                self.patterns.push(pattern);
            }
        }
    }

    /// The ranks of the rules that only OTP's `re` runs.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = usize> {
        let runs = self.runs.iter().enumerate();
        runs.filter(|(_, runs)| matches!(runs, Runs::Re(_)))
            .map(|(rank, _)| rank)
    }
}

/// The alternative of a rule that only matches.
fn matching(rule: usize, program: Program) -> Alternative {
    Alternative {
        rule,
        program,
        root: None,
        prefix: Arc::default(),
        suffix: Arc::default(),
    }
}

/// All rules of a configuration, each read and compiled once.
#[derive(Debug)]
pub(crate) struct CompiledRules {
    pub(crate) classifiers: RuleList,
    pub(crate) converters: RuleList,
    /// The reconcile regex alone.
    pub(crate) reconcile: RuleList,
    /// The dial plan as the converter reads it.
    pub(crate) dial_plan: Option<RuleList>,
    /// The steps of the full dial plan, each a list of one rule.
    pub(super) steps: Vec<RuleList>,
}

impl CompiledRules {
    pub(super) fn new(document: &Document, compiler: &mut RuleCompiler<'_>) -> CompiledRules {
        let (path, reconcile) = &document.reconcile_regex;
        let dial_plan = document.dial_plan.as_ref();
        let steps = dial_plan.into_iter().flat_map(|dial_plan| &dial_plan.full);
        CompiledRules {
            classifiers: RuleList::of_classifiers(&document.classifiers, compiler),
            converters: RuleList::of_rewrites(&document.converters, compiler),
            reconcile: RuleList::of_regexes([(path, reconcile.as_slice())], compiler),
            dial_plan: dial_plan.map(|dial_plan| RuleList::of_rewrites(&dial_plan.first_match, compiler)),
            steps: steps
                .map(|step| RuleList::of_rewrites(std::slice::from_ref(&step.rewrite), compiler))
                .collect(),
        }
    }
}
