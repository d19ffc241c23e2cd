//! A configuration as the checks see it.

use super::Options;
use super::finding::{Place, Related};
use super::witness::{self, Witness};
use crate::config::document::Document;
use crate::config::problem::Path;
use crate::plan::Plan;
use crate::plan::rule::{Judge, RuleCompiler};
use crate::proof::alphabet::Classes;
use crate::proof::lazy_dfa::Sets;
use crate::proof::pipeline::{Detail, Plus, Route, RuleSet, Rules, Way};
use crate::proof::search::{Allowance, Limits};
use crate::regex::byte_set::ByteSet;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// So many witnesses are remembered, of at most so many bytes.
const MAX_WITNESSES: usize = 10_000;
const MAX_WITNESS: usize = 1_000;

/// A list of rules of a configuration, in the order in which a number meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    DialPlan,
    Converters,
    Classifiers,
    /// The reconcile regex alone, which numbers meet as the classifiers do.
    Reconcile,
}

impl List {
    /// True for a list whose rules rewrite numbers.
    pub(super) fn rewrites(self) -> bool {
        matches!(self, List::DialPlan | List::Converters)
    }
}

/// A configuration that compiles, and how it is looked at.
pub(super) struct Subject<'d> {
    pub(super) document: &'d Document,
    pub(super) plan: &'d Plan,
    pub(super) judge: Judge<'d>,
    pub(super) options: &'d Options,
    pub(super) rules: RuleSet,
    reconcile: Rules,
    /// Bytes that no regex of the configuration tells apart.
    pub(super) classes: Rc<Classes>,
    places: HashMap<Path, Place>,
    /// Witnesses that were made: many findings have the same.
    witnesses: RefCell<HashMap<Vec<u8>, Witness>>,
}

impl<'d> Subject<'d> {
    pub(super) fn new(document: &'d Document, plan: &'d Plan, judge: Judge<'d>, options: &'d Options) -> Subject<'d> {
        let rules = RuleSet::read(document, plan, judge);
        let mut reconcile = Rules::default();
        reconcile.add_regex(&document.reconcile_regex.1, &mut RuleCompiler::new(judge));
        let sets = rules.byte_sets().chain(reconcile.byte_sets());
        let classes = Rc::new(Classes::new(&options.alphabet, sets));
        Subject {
            places: places(document),
            witnesses: RefCell::default(),
            document,
            plan,
            judge,
            options,
            rules,
            reconcile,
            classes,
        }
    }

    /// Classes of bytes that tell the members of `more` apart too.
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

    /// The rules of `list`.
    pub(super) fn list(&self, list: List) -> &Rules {
        match (list, &self.rules.dial_plan) {
            (List::DialPlan, Some(rules)) => rules,
            (List::Classifiers, _) => &self.rules.classifiers,
            (List::Reconcile, _) => &self.reconcile,
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

    /// Which numbers come to `list`: those with `+` go around the stages.
    pub(super) fn plus(&self, list: List) -> Plus {
        if list.rewrites() {
            Plus::IsLeftOut
        } else {
            Plus::GoesAround
        }
    }

    /// The way of a number to `list`, and how its rules match there.
    pub(super) fn way_to(&self, list: List) -> Way {
        let allowance = Allowance::new(self.limits());
        let stages = self.before(list).map(|rules| (rules, Detail::Results));
        let route = Route::new(stages, self.plus(list), &self.classes, &allowance);
        Way::new(route, self.list(list).sets(&self.classes, &allowance))
    }

    /// The way of a number through `list`, with the rule that decides there.
    pub(super) fn way_through(&self, list: List) -> Way {
        let allowance = Allowance::new(self.limits());
        let stages = self.before(list).map(|rules| (rules, Detail::Results));
        let stages = stages.chain([(self.list(list), Detail::Rules)]);
        let route = Route::new(stages, self.plus(list), &self.classes, &allowance);
        Way::new(route, Sets::new(&[], &self.classes, &allowance))
    }

    /// The route through all stages of the numbers that a rule of `list` decides and none behind it.
    pub(super) fn route_from(&self, list: List, classes: &Rc<Classes>, allowance: &Allowance) -> Route {
        let stages = |dial_plan, converters| {
            let before = self.rules.dial_plan.iter().map(move |rules| (rules, dial_plan));
            before.chain([(&self.rules.converters, converters)])
        };
        if list == List::DialPlan {
            let stages = stages(Detail::Rules, Detail::Results);
            let mut route = Route::new(stages, Plus::IsLeftOut, classes, allowance);
            route.narrow_to_none();
            return route;
        }
        let stages = stages(Detail::Results, Detail::Rules);
        let mut route = Route::new(stages, Plus::IsLeftOut, classes, allowance);
        route.narrow_to_any();
        route
    }

    /// The route through all stages, of which only the results are told.
    pub(super) fn route_through_all(&self, classes: &Rc<Classes>, allowance: &Allowance) -> Route {
        let stages = self.rules.stages().map(|rules| (rules, Detail::Results));
        Route::new(stages, Plus::GoesAround, classes, allowance)
    }

    /// A classifier's path, name and regex, or those of another rule, whose regex is its name.
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

    /// Where the regex of a rule is written.
    pub(super) fn path(&self, list: List, rule: usize) -> Path {
        self.texts(list, rule)
            .map(|(path, ..)| path.clone())
            .unwrap_or_default()
    }

    /// What a sentence calls a rule.
    pub(super) fn title(&self, list: List, rule: usize) -> String {
        let name = shown(self.texts(list, rule).map(|(_, name, _)| name).unwrap_or_default());
        match list {
            List::Classifiers | List::Reconcile => name,
            List::Converters => format!("converter {name}"),
            List::DialPlan => format!("dial plan entry {name}"),
        }
    }

    /// The regex of a rule.
    pub(super) fn regex(&self, list: List, rule: usize) -> &'d [u8] {
        self.texts(list, rule).map(|(.., regex)| regex).unwrap_or_default()
    }

    /// True for a rule that its writer did not mean as one: Kazoo tries the dial plan's list of system plans as a regex too.
    pub(super) fn is_hidden(&self, list: List, rule: usize) -> bool {
        list == List::DialPlan && self.regex(list, rule) == b"system"
    }

    /// Where a rule stands in the document.
    pub(super) fn place(&self, path: &Path) -> Place {
        self.places.get(path).copied().unwrap_or((0, 0))
    }

    /// What becomes of `number`.
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

    /// What `list` gets to read of `number`, one that comes to it for certain.
    pub(super) fn comes(&self, list: List, number: &[u8]) -> Vec<u8> {
        match list {
            List::DialPlan => number.to_vec(),
            List::Converters => witness::dialled(self.plan, number),
            List::Classifiers | List::Reconcile => self.plan.normalize(number).into_owned(),
        }
    }

    /// What `list` makes of `number`, of which that is certain.
    pub(super) fn made(&self, list: List, number: &[u8]) -> Vec<u8> {
        match list {
            List::DialPlan => witness::dialled(self.plan, number),
            _ => self.plan.normalize(number).into_owned(),
        }
    }

    /// True where `list` reads `number` as it was dialled: of a list of classes only as far as the native rules say.
    pub(super) fn comes_as_dialled(&self, list: List, number: &[u8]) -> bool {
        let certain = || !self.before(list).any(Rules::has_foreign);
        let goes_through = || number.first() != Some(&b'+') && certain();
        (!list.rewrites() || goes_through()) && self.comes(list, number) == number
    }

    /// A rule and a number that shows what it has to do with a finding, for certain.
    pub(super) fn related(&self, list: List, rule: usize, number: Option<&[u8]>) -> Related {
        Related {
            path: self.path(list, rule),
            witness: number.map(|number| self.witness(number)),
            holds_if: None,
        }
    }
}

/// Where the rules stand; the document itself stands before all.
pub(super) fn places(document: &Document) -> HashMap<Path, Place> {
    let mut places = HashMap::new();
    for (at, (path, _)) in document.regexes().enumerate() {
        places.entry(path.clone()).or_insert((1, at));
    }
    places
}

/// A sentence shows so many bytes of a text.
const MOST_SHOWN: usize = 200;

/// Text for people: bytes that do not print as `\xHH`, and no more than fits in a sentence.
pub(super) fn shown(text: &[u8]) -> String {
    let (shown, rest) = text.split_at(text.len().min(MOST_SHOWN));
    let shown = printed(shown);
    if rest.is_empty() { shown } else { shown + "…" }
}

fn printed(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => text.iter().fold(String::new(), |mut shown, byte| {
            match byte {
                b' '..=b'~' => shown.push(char::from(*byte)),
                _ => shown.push_str(&format!("\\x{byte:02X}")),
            }
            shown
        }),
    }
}

/// A number for people; the empty one is said in words.
pub(super) fn number(number: &[u8]) -> String {
    if number.is_empty() {
        "the empty number".to_owned()
    } else {
        shown(number)
    }
}
