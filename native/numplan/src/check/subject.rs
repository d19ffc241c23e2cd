//! The subject of a check: a configuration that compiles, with what all checks ask of it.

use super::finding::{Finding, Findings, Kind, Rank, Related};
use super::sentences::{Wording, shown};
use super::witness::{self, Witness};
use crate::config::document::Document;
use crate::config::problem::Path;
use crate::plan::Plan;
use crate::plan::rules::CompiledRules;
use crate::proof::alphabet::{Alphabet, Classes};
use crate::proof::composition::Composition;
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::pipeline::{Pipeline, Plus};
use crate::proof::rules::{RuleSet, Rules};
use crate::proof::search::{Allowance, Limits};
use crate::proof::stage::{Detail, Filter};
use crate::regex::byte_set::ByteSet;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The options of a check.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bytes that numbers are made of.
    pub alphabet: Alphabet,
    /// The bounds of each proof.
    pub limits: Limits,
    /// The most overlaps that are reported of each list of rules.
    pub overlaps: usize,
    /// Another release of OTP: the check also reports the regexes that its `re` refuses, accepts or
    /// answers otherwise. `None`: none is compared.
    pub otp: Option<u32>,
}

impl Default for Options {
    /// All numbers, the default limits, 200 overlaps, no other release.
    fn default() -> Options {
        Options {
            alphabet: Alphabet::default(),
            limits: Limits::default(),
            overlaps: 200,
            otp: None,
        }
    }
}

/// The most witnesses that are remembered.
const MAX_WITNESSES: usize = 10_000;
/// The most bytes of a witness that is remembered.
const MAX_WITNESS: usize = 1_000;

/// A list of rules of a configuration, in the order in which a number meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    DialPlan,
    Converters,
    Classifiers,
    /// The reconcile regex alone, which is matched against the same numbers as the classifiers.
    Reconcile,
}

impl List {
    /// True for a list whose rules rewrite numbers.
    pub(super) fn rewrites(self) -> bool {
        matches!(self, List::DialPlan | List::Converters)
    }
}

/// A configuration with its plan, its rules and the options of the check.
pub(super) struct Subject<'d> {
    pub(super) document: &'d Document,
    pub(super) plan: &'d Plan,
    pub(super) options: &'d Options,
    pub(super) rules: RuleSet,
    /// Classes of bytes that no regex of the configuration distinguishes.
    pub(super) classes: Rc<Classes>,
    ranks: HashMap<Path, Rank>,
    /// Witnesses made so far: many findings share one.
    witnesses: RefCell<HashMap<Vec<u8>, Witness>>,
}

impl<'d> Subject<'d> {
    pub(super) fn new(
        document: &'d Document,
        plan: &'d Plan,
        rules: CompiledRules,
        options: &'d Options,
    ) -> Subject<'d> {
        let rules = RuleSet::new(rules, plan);
        let sets = rules.byte_sets().chain(rules.reconcile.byte_sets());
        let classes = Rc::new(Classes::new(&options.alphabet, sets));
        Subject {
            ranks: ranks(document),
            witnesses: RefCell::default(),
            document,
            plan,
            options,
            rules,
            classes,
        }
    }

    /// Classes of bytes that neither the regexes nor `more` distinguish.
    pub(super) fn classes_with(&self, more: impl Iterator<Item = ByteSet>) -> Rc<Classes> {
        Rc::new(Classes::new(&self.options.alphabet, self.rules.byte_sets().chain(more)))
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// The lists that the configuration has, in the order in which a number meets them.
    pub(super) fn lists(&self) -> Vec<List> {
        let dial_plan = self.rules.dial_plan.is_some().then_some(List::DialPlan);
        dial_plan
            .into_iter()
            .chain([List::Converters, List::Classifiers])
            .collect()
    }

    pub(super) fn list(&self, list: List) -> &Rules {
        match (list, &self.rules.dial_plan) {
            (List::DialPlan, Some(rules)) => rules,
            (List::Classifiers, _) => &self.rules.classifiers,
            (List::Reconcile, _) => &self.rules.reconcile,
            _ => &self.rules.converters,
        }
    }

    /// The lists that a number meets before `list`.
    pub(super) fn before(&self, list: List) -> impl Iterator<Item = &Rules> {
        let stages: Vec<&Rules> = match list {
            List::DialPlan => Vec::new(),
            List::Converters => self.rules.dial_plan.iter().collect(),
            List::Classifiers | List::Reconcile => self.rules.stages().collect(),
        };
        stages.into_iter()
    }

    /// What happens to numbers with `+` on the way to `list`.
    fn plus(list: List) -> Plus {
        if list.rewrites() { Plus::LeftOut } else { Plus::Bypasses }
    }

    /// The product of the transducers of all lists before `list` with the DFA of `list`.
    pub(super) fn composed_to(&self, list: List) -> Composition {
        let allowance = Allowance::new(self.limits());
        let stages = self.before(list).map(|rules| (rules, Detail::Results));
        Composition {
            pipeline: Pipeline::new(stages, Subject::plus(list), &self.classes, &allowance),
            acceptor: self.list(list).dfa(&self.classes, &allowance),
        }
    }

    /// The machine of the numbers that go through `list`, with the rule that decides there.
    pub(super) fn composed_through(&self, list: List) -> Composition {
        let allowance = Allowance::new(self.limits());
        let stages = self.before(list).map(|rules| (rules, Detail::Results));
        let stages = stages.chain([(self.list(list), Detail::Rules)]);
        let pipeline = Pipeline::new(stages, Subject::plus(list), &self.classes, &allowance);
        self.composed(pipeline, &allowance)
    }

    /// `pipeline` with an acceptor that matches nothing.
    pub(super) fn composed(&self, pipeline: Pipeline, allowance: &Allowance) -> Composition {
        let acceptor = LazyDfa::new(&[], &self.classes, allowance);
        Composition { pipeline, acceptor }
    }

    /// The pipeline of the numbers whose last deciding rule is in `list`.
    pub(super) fn pipeline_from(&self, list: List, classes: &Rc<Classes>, allowance: &Allowance) -> Pipeline {
        let (dial_plan, converters, filter) = match list {
            List::DialPlan => (Detail::Rules, Detail::Results, Filter::NoRule),
            _ => (Detail::Results, Detail::Rules, Filter::AnyRule),
        };
        let before = self.rules.dial_plan.iter().map(|rules| (rules, dial_plan));
        let stages = before.chain([(&self.rules.converters, converters)]);
        let mut pipeline = Pipeline::new(stages, Plus::LeftOut, classes, allowance);
        pipeline.filter_last(filter);
        pipeline
    }

    /// The path, name and regex of a rule. The name of a rule other than a classifier is its regex.
    fn texts(&self, list: List, rule: usize) -> Option<(&'d Path, &'d [u8], &'d [u8])> {
        let document = self.document;
        let rewrites = match list {
            List::Reconcile => {
                let (path, regex) = &document.reconcile_regex;
                return Some((path, b"reconcile_regex", regex));
            }
            List::Classifiers => {
                let classifier = document.classifiers.get(rule)?;
                return Some((&classifier.path, &classifier.name, &classifier.regex));
            }
            List::Converters => &document.converters,
            List::DialPlan => &document.dial_plan.as_ref()?.first_match,
        };
        let rewrite = rewrites.get(rule)?;
        Some((&rewrite.path, &rewrite.regex, &rewrite.regex))
    }

    pub(super) fn path(&self, list: List, rule: usize) -> Path {
        self.texts(list, rule)
            .map(|(path, ..)| path.clone())
            .unwrap_or_default()
    }

    /// A rule's name in sentences.
    pub(super) fn title(&self, list: List, rule: usize) -> String {
        let name = shown(self.texts(list, rule).map(|(_, name, _)| name).unwrap_or_default());
        match list {
            List::Classifiers | List::Reconcile => name,
            List::Converters => format!("converter {name}"),
            List::DialPlan => format!("dial plan entry {name}"),
        }
    }

    pub(super) fn regex(&self, list: List, rule: usize) -> &'d [u8] {
        self.texts(list, rule).map(|(.., regex)| regex).unwrap_or_default()
    }

    /// True for the key of the dial plan's list of system plans, which Kazoo tries as a regex too.
    pub(super) fn is_hidden(&self, list: List, rule: usize) -> bool {
        list == List::DialPlan && self.regex(list, rule) == b"system"
    }

    pub(super) fn rank(&self, path: &Path) -> Rank {
        self.ranks.get(path).copied().unwrap_or((0, 0))
    }

    /// Adds a finding about a rule, for the caller to complete.
    pub(super) fn add<'f>(
        &self,
        findings: &'f mut Findings,
        (list, rule): (List, usize),
        kind: Kind,
        wording: Wording,
    ) -> &'f mut Finding {
        let path = self.path(list, rule);
        findings.add(self.rank(&path), kind, &path, wording)
    }

    pub(super) fn witness(&self, number: &[u8]) -> Witness {
        let mut known = self.witnesses.borrow_mut();
        if let Some(witness) = known.get(number) {
            return witness.clone();
        }
        let witness = Witness::of(self.plan, number);
        if known.len() < MAX_WITNESSES && witness.size() < MAX_WITNESS {
            known.insert(number.to_vec(), witness.clone());
        }
        witness
    }

    /// What `number` has become when it comes to `list`, which no foreign rule prevents.
    pub(super) fn comes(&self, list: List, number: &[u8]) -> Vec<u8> {
        match list {
            List::DialPlan => number.to_vec(),
            List::Converters => witness::dialled(self.plan, number),
            List::Classifiers | List::Reconcile => self.plan.normalize(number).into_owned(),
        }
    }

    /// What `list` makes of `number`, which one of its native rules decides.
    pub(super) fn made(&self, list: List, number: &[u8]) -> Vec<u8> {
        match list {
            List::DialPlan => witness::dialled(self.plan, number),
            _ => self.plan.normalize(number).into_owned(),
        }
    }

    /// True where `number` comes to `list` unchanged: for certain where the list rewrites, and as
    /// far as the native rules say for the classifiers.
    pub(super) fn comes_as_dialled(&self, list: List, number: &[u8]) -> bool {
        let certain = || !self.before(list).any(Rules::has_foreign);
        let goes_through = || number.first() != Some(&b'+') && certain();
        (!list.rewrites() || goes_through()) && self.comes(list, number) == number
    }

    /// A rule that a finding involves, with a number that proves it.
    pub(super) fn related(&self, list: List, rule: usize, number: Option<&[u8]>) -> Related {
        Related {
            path: self.path(list, rule),
            witness: number.map(|number| self.witness(number)),
            holds_if: None,
        }
    }
}

/// The ranks of the rules of `document`, in its order and after the document itself.
pub(super) fn ranks(document: &Document) -> HashMap<Path, Rank> {
    let mut ranks = HashMap::new();
    let classifiers = document.classifiers.iter().flat_map(|class| {
        let regex = class.stated_regex().map(|(path, _)| path);
        [Some(&class.path), regex].into_iter().flatten()
    });
    let others = document.regexes().map(|(path, _)| path);
    for (at, path) in classifiers.chain(others).enumerate() {
        ranks.entry(path.clone()).or_insert((1, at));
    }
    ranks
}
