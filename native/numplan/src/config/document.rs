//! Reading a configuration document: its shape, its rules in order, and what is wrong with it.
//!
//! Order is the contract: rules come in the order of the document's keys (kazoo-facts 3.2, 3.5). Where a key stands
//! twice, Kazoo reads the first value under it, but walks over both; classifiers are walked with their own values.

use crate::config::json::Json;
use crate::config::problem::{Path, Problem, Problems};
use crate::config::reader;

/// At most this many rules are read from one document.
pub const MAX_RULES: usize = 100_000;

/// A configuration as written: what a plan is compiled from.
#[derive(Clone, Debug)]
pub struct Document {
    /// In order.
    pub classifiers: Vec<Classifier>,
    /// In order.
    pub converters: Vec<Rewrite>,
    /// Which numbers are reconciled, and where that is written.
    pub reconcile_regex: (Path, Vec<u8>),
    /// The account's or device's own dial plan.
    pub dial_plan: Option<DialPlan>,
}

/// A named class of numbers.
#[derive(Clone, Debug)]
pub struct Classifier {
    /// Its name.
    pub name: Vec<u8>,
    /// Where its regex is written.
    pub path: Path,
    /// Its regex; `^$` where none is given (kazoo-facts 3.5).
    pub regex: Vec<u8>,
    /// How numbers of the class are printed.
    pub pretty_print: Option<Vec<u8>>,
    /// All its keys, with `regex` and `friendly_name` in place (kazoo-facts 3.6, the repaired form).
    pub object: Json,
}

/// A rule that rewrites a number: a converter, or an entry of a dial plan.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// Where its regex is written.
    pub path: Path,
    /// Its regex.
    pub regex: Vec<u8>,
    /// What is put before the root.
    pub prefix: Vec<u8>,
    /// What is put behind it.
    pub suffix: Vec<u8>,
}

/// A dial plan in both of Kazoo's readings (kazoo-facts 3.3, 3.4).
#[derive(Clone, Debug)]
pub struct DialPlan {
    /// As the converter reads it: keys are regexes, in order, `system` among them; the first match decides.
    pub first_match: Vec<Rewrite>,
    /// As outbound calls read it: a chain in which each match works on what the one before made.
    pub full: Vec<Step>,
}

/// One step of a full dial plan.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub rewrite: Rewrite,
    /// How many of the steps behind it belong to its nested plan, and are skipped when it does not match.
    pub nested: usize,
}

impl Document {
    /// Reads `json`: a `number_manager` document, such a document inside a `default` key as Kazoo stores it, a bare
    /// `classifiers` object, or an API reply that carries one under `data`. What a document leaves out is taken from
    /// the default preset, as Kazoo takes its code defaults.
    ///
    /// # Errors
    ///
    /// All problems with the document's shape, in the order of the document. Regexes are not looked at here.
    pub fn read(json: &Json) -> Result<Document, Problems> {
        match Document::survey(json) {
            (Some(document), problems) if problems.is_empty() => Ok(document),
            (_, problems) => Err(problems.into()),
        }
    }

    /// As [`Document::read`], but gives what can be read of a document with problems too, so that the problems of its regexes
    /// can be told at the same time.
    pub fn survey(json: &Json) -> (Option<Document>, Vec<Problem>) {
        reader::read(json)
    }

    /// Every regex of the document, with where it is written. The same regex may come several times.
    pub fn regexes(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        let classifiers = self
            .classifiers
            .iter()
            .map(|classifier| (&classifier.path, classifier.regex.as_slice()));
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
