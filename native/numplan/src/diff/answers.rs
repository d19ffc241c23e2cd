//! What each side answers for a number, as far as its native rules alone say it for certain.

use crate::proof::rules::RuleSet;
use crate::regex::nfa::Program;

/// The number of a class's name, equal on both sides for equal names; `None` for no class.
pub(super) type Name = Option<usize>;

/// What is known about the two results of a number in E.164.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Texts {
    /// The results are equal, or this outcome does not show that they differ.
    NotShown,
    Different,
    /// Of some number's two results, as they are built byte by byte, one gets more than 64 bytes
    /// longer than the other, so they are not compared.
    Lost,
}

/// The class of a number and whether it is reconciled; `None` for an answer that is not certain.
pub(super) type Answer = (Option<Name>, Option<bool>);

/// The outcome of a number: the answers of the old side and of the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Outcome {
    pub(super) answers: [Answer; 2],
    pub(super) texts: Texts,
}

/// The patterns of one side: its classifiers, and the reconcile regex behind them.
pub(super) fn patterns(rules: &RuleSet) -> impl Iterator<Item = &Program> {
    let alternatives = rules.classifiers.alternatives.iter();
    alternatives
        .chain(&rules.reconcile.alternatives)
        .map(|alternative| &alternative.program)
}

/// Turns the patterns that match on one side into that side's answers.
pub(super) struct Answerer {
    /// For each native classifier its rank and its name.
    classifiers: Vec<(usize, Name)>,
    /// The rank below which classes are certain.
    certain: usize,
    /// True when a number that no native classifier matches has no class for certain.
    certain_if_none: bool,
    /// True when the reconcile regex is native.
    certain_reconciled: bool,
    /// The number of [`patterns`].
    pub(super) patterns: u32,
}

impl Answerer {
    /// The answerer of a side whose classes have these `names`, in order.
    pub(super) fn new(rules: &RuleSet, names: &[usize]) -> Answerer {
        let alternatives = rules.classifiers.alternatives.iter();
        Answerer {
            classifiers: alternatives
                .map(|alternative| (alternative.rule, names.get(alternative.rule).copied()))
                .collect(),
            certain: rules.classifiers.certain(),
            certain_if_none: !rules.classifiers.has_foreign(),
            certain_reconciled: !rules.reconcile.has_foreign(),
            patterns: patterns(rules).count() as u32,
        }
    }

    /// The answer for a number that these patterns match; they are given in order.
    pub(super) fn answer(&self, mut matched: impl DoubleEndedIterator<Item = u32> + Clone) -> Answer {
        let last = matched.clone().next_back();
        let class = match matched.next().and_then(|first| self.classifiers.get(first as usize)) {
            Some((rank, name)) if *rank < self.certain => Some(*name),
            None if self.certain_if_none => Some(None),
            _ => None,
        };
        let reconcile = self.classifiers.len() as u32;
        (class, self.certain_reconciled.then(|| last == Some(reconcile)))
    }
}
