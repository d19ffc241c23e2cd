//! A configuration as it is written: its rules, in order, with the places where they are written.
//!
//! Order is the contract: rules come in the order of the document's keys (kazoo-semantics 3.2,
//! 3.5). Of a duplicate key, Kazoo visits every occurrence but reads the first value; classifiers
//! alone are read with the value of each occurrence.

use crate::config::json::Json;
use crate::config::problem::Path;
use crate::prefix::list::PrefixList;
use numplan_world::{NumberSet, Selection};
use std::sync::Arc;

/// The most rules of one document.
pub const MAX_RULES: usize = 100_000;

/// A configuration as written: what a plan is compiled from.
#[derive(Clone, Debug)]
pub struct Document {
    /// The classifiers, in order.
    pub classifiers: Vec<Classifier>,
    /// The converters, in order.
    pub converters: Vec<Rewrite>,
    /// The path and the regex of the numbers that are reconciled.
    pub reconcile_regex: (Path, Vec<u8>),
    /// The account's or device's own dial plan.
    pub dial_plan: Option<DialPlan>,
}

/// A named class of numbers.
#[derive(Clone, Debug)]
pub struct Classifier {
    /// Its name.
    pub name: Vec<u8>,
    /// The path of its rule: of its regex, or of its set of numbers.
    pub path: Path,
    /// Its regex; `^$` where none is given (kazoo-semantics 3.5). Empty for a set of numbers.
    pub regex: Vec<u8>,
    /// The set of numbers that decides in place of a regex.
    pub set: Option<Set>,
    /// The mask that numbers of the class are printed by.
    pub pretty_print: Option<Vec<u8>>,
    /// All its keys, `regex` and `friendly_name` filled in (kazoo-semantics 3.6, repaired form).
    pub object: Json,
}

/// A set of numbers that is a class.
#[derive(Clone, Debug)]
pub struct Set {
    /// The numbers.
    pub numbers: Numbers,
    /// The path and the text of the regex by which nodes of Kazoo, which know no sets, find the
    /// class. Numplan does not run it. `None` for a class that only Numplan knows.
    pub stand_in: Option<(Path, Vec<u8>)>,
}

/// The numbers of a set.
#[derive(Clone, Debug)]
pub enum Numbers {
    /// Those that begin with one of some prefixes.
    Prefixes(Arc<PrefixList>),
    /// Those of some regions and types, by the world's plan.
    World(Arc<WorldNumbers>),
}

/// A selection of the world's numbers.
#[derive(Clone, Debug)]
pub struct WorldNumbers {
    /// Which numbers are meant.
    pub selection: Selection,
    /// The numbers, by the metadata of this build.
    pub numbers: NumberSet,
}

/// What answers show of a set: not the numbers themselves, which may be many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Summary {
    /// The number of prefixes.
    Prefixes(usize),
    /// The regions and types.
    World(Selection),
}

impl Summary {
    /// The bytes that it holds beside itself.
    pub(crate) fn memory(&self) -> usize {
        let Summary::World(Selection { regions, types }) = self else {
            return 0;
        };
        let regions = regions.iter().flatten().map(|name| size_of::<String>() + name.len());
        regions.sum::<usize>() + types.as_ref().map_or(0, Vec::len)
    }
}

impl Numbers {
    /// What answers show of them.
    pub fn summary(&self) -> Summary {
        match self {
            Numbers::Prefixes(list) => Summary::Prefixes(list.given()),
            Numbers::World(world) => Summary::World(world.selection.clone()),
        }
    }
}

/// A rule that rewrites a number: a converter, or an entry of a dial plan.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The path of its regex.
    pub path: Path,
    /// Its regex.
    pub regex: Vec<u8>,
    /// The text before the root.
    pub prefix: Vec<u8>,
    /// The text behind it.
    pub suffix: Vec<u8>,
}

/// A dial plan in both of Kazoo's readings (kazoo-semantics 3.3, 3.4).
#[derive(Clone, Debug)]
pub struct DialPlan {
    /// As the converter reads it: keys, also `system`, are regexes; the first match decides.
    pub first_match: Vec<Rewrite>,
    /// As outbound calls read it: a sequence in which each rule that matches is applied to the
    /// result of the one before.
    pub full: Vec<Step>,
}

/// One step of a full dial plan.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its rule.
    pub rewrite: Rewrite,
    /// How many steps of its nested plan follow; they are skipped when it does not match.
    pub nested: usize,
}

impl Classifier {
    /// The path and the regex, also of one that stands in for a set of numbers.
    pub fn stated_regex(&self) -> Option<(&Path, &[u8])> {
        match &self.set {
            None => Some((&self.path, &self.regex)),
            Some(set) => set.stand_in.as_ref().map(|(path, regex)| (path, regex.as_slice())),
        }
    }

    /// Its list of prefixes, if it has one.
    pub fn list(&self) -> Option<&PrefixList> {
        match self.set.as_ref()?.numbers {
            Numbers::Prefixes(ref list) => Some(list),
            Numbers::World(_) => None,
        }
    }
}

impl Document {
    /// Every regex of the document with its path. A regex may occur several times.
    pub fn regexes(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        let classifiers = self.classifiers.iter().filter_map(Classifier::stated_regex);
        let dial_plan = self.dial_plan.iter().flat_map(|plan| {
            plan.first_match
                .iter()
                .chain(plan.full.iter().map(|step| &step.rewrite))
        });
        let rewrites = self
            .converters
            .iter()
            .chain(dial_plan)
            .map(|rewrite| (&rewrite.path, rewrite.regex.as_slice()));
        let (path, reconcile) = &self.reconcile_regex;
        classifiers.chain(rewrites).chain([(path, reconcile.as_slice())])
    }
}

/// Puts `value` under `key`: in the key's place where it has one, at the end otherwise.
pub(crate) fn set(members: &mut Vec<(Vec<u8>, Json)>, key: &[u8], value: Json) {
    match members.iter_mut().find(|(known, _)| known == key) {
        Some((_, place)) => *place = value,
        None => members.push((key.to_vec(), value)),
    }
}
