//! Differences between two configurations: numbers that move to another class, become another
//! number, or are no longer reconciled.
//!
//! They are proofs over all numbers: both configurations read the same number side by side
//! ([`crate::proof::search`]), and every pair of answers has a shortest number that shows it.
//! Classes are compared by name: a renamed class is a move.

mod answers;
mod comparison;
mod product;
mod report;

pub use report::{Change, Diff, Missing, Options};

use crate::config::document::{Classifier, Document, Numbers, Rewrite};
use crate::config::problem::{Problem, Problems};
use crate::plan::Plan;
use crate::plan::rule::Judge;
use crate::prefix::digits::Digits;
use crate::proof::rules::{RuleSet, Rules};
use crate::proof::search::Bound;
use crate::upgrade;
use comparison::Comparison;
use numplan_world::NumberSet;

const ACCEPTED: &str = "whether the other release accepts all regexes";

/// The differences when `new` replaces `old`. Each is judged on its own, as by [`Plan::compile`]:
/// the judges may read in two dialects, to compare releases of OTP.
///
/// Cost: about ten milliseconds where the converters stay the same, else about a hundred; each of
/// the proofs is bounded by `options.limits`.
///
/// ```
/// use numplan::{Document, Dialect, Judge, Preset, diff};
///
/// let old = Document::read(&Preset::Kazoo318.text().parse()?)?;
/// let new = Document::read(&Preset::Kazoo320.text().parse()?)?;
/// let diff = diff::diff((&old, Judge::Reader(Dialect::Pcre)), (&new, Judge::Reader(Dialect::Pcre)), &diff::Options::default())?;
/// // 3.20 puts a + before eight digits and more.
/// assert!(diff.rewritten.iter().any(|change| change.old.e164 == b"20000000" && change.new.e164 == b"+20000000"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every refused regex of both.
pub fn diff(old: (&Document, Judge<'_>), new: (&Document, Judge<'_>), options: &Options) -> Result<Diff, Problems> {
    let compiled = (Plan::with_rules(old.0, old.1), Plan::with_rules(new.0, new.1));
    let ((old_plan, old_rules), (new_plan, new_rules)) = match compiled {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            let problems: Vec<Problem> = [old.err(), new.err()].into_iter().flatten().flatten().collect();
            return Err(problems.into());
        }
    };
    let same = Same::of(old, new);
    if same.rewriting && same.classifiers && same.reconcile {
        return Ok(Diff::default());
    }
    let sides = [RuleSet::new(old_rules, &old_plan), RuleSet::new(new_rules, &new_plan)];
    let mut comparison = Comparison::new([&old_plan, &new_plan], &sides, options);
    comparison.one_pass();
    comparison.lists([old.0, new.0]);
    if same.rewriting {
        comparison.shared_pipeline();
    } else {
        comparison.classes();
        comparison.texts();
    }
    if same.may_hide(&sides) {
        comparison.diff.missing.push(Missing::Unread);
    }
    // No `re` has judged the new one.
    let there = new.1.dialect();
    if there != old.1.dialect()
        && new
            .0
            .regexes()
            .any(|(_, regex)| upgrade::may_be_too_large(regex, there))
    {
        let (proof, bound) = (ACCEPTED, Bound::Size);
        comparison.diff.missing.push(Missing::Cut { proof, bound });
    }
    Ok(comparison.finish())
}

/// The numbers of a class that is a set of them.
#[derive(PartialEq)]
enum Members<'d> {
    Prefixes(&'d [Digits]),
    World(&'d NumberSet),
}

impl<'d> Members<'d> {
    fn of(class: &'d Classifier) -> Option<Members<'d>> {
        Some(match &class.set.as_ref()?.numbers {
            Numbers::Prefixes(list) => Members::Prefixes(list.prefixes()),
            Numbers::World(world) => Members::World(&world.numbers),
        })
    }
}

/// Which parts of two configurations have the same rules, and so the same answers.
struct Same {
    rewriting: bool,
    classifiers: bool,
    reconcile: bool,
}

impl Same {
    fn of((old, here): (&Document, Judge<'_>), (new, there): (&Document, Judge<'_>)) -> Same {
        // The same regex may mean something else in another dialect.
        if here.dialect() != there.dialect() {
            return Same {
                rewriting: false,
                classifiers: false,
                reconcile: false,
            };
        }
        fn texts(rules: &[Rewrite]) -> impl Iterator<Item = [&[u8]; 3]> {
            rules
                .iter()
                .map(|rule| [rule.regex.as_slice(), &rule.prefix, &rule.suffix])
        }
        fn classes(document: &Document) -> impl Iterator<Item = ([&[u8]; 2], Option<Members<'_>>)> {
            let classifiers = document.classifiers.iter();
            classifiers.map(|class| ([class.name.as_slice(), &class.regex], Members::of(class)))
        }
        let dial_plans = match (&old.dial_plan, &new.dial_plan) {
            (Some(old), Some(new)) => texts(&old.first_match).eq(texts(&new.first_match)),
            (old, new) => old.is_none() && new.is_none(),
        };
        Same {
            rewriting: dial_plans && texts(&old.converters).eq(texts(&new.converters)),
            classifiers: classes(old).eq(classes(new)),
            reconcile: old.reconcile_regex.1 == new.reconcile_regex.1,
        }
    }

    /// True where a rule that is not read may hide a difference.
    fn may_hide(&self, sides: &[RuleSet; 2]) -> bool {
        let foreign = |lists: fn(&RuleSet) -> bool| sides.iter().any(lists);
        foreign(|side| side.stages().any(Rules::has_foreign))
            || (!(self.rewriting && self.classifiers) && foreign(|side| side.classifiers.has_foreign()))
            || (!(self.rewriting && self.reconcile) && foreign(|side| side.reconcile.has_foreign()))
    }
}

#[cfg(test)]
mod tests;
