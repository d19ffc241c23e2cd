//! Findings on classes that are sets of numbers, which the set itself shows.

use super::finding::{Findings, Kind};
use super::sentences::{self, shown};
use super::subject::{List, Subject, ranks};
use crate::config::document::{Document, Numbers};
use numplan_world::{Selection, World};

/// Finds prefixes, regions and types that could be left out of a set, since they add no number to
/// it, and classes that nodes of Kazoo do not know.
pub(super) fn check(document: &Document, findings: &mut Findings) {
    let ranks = ranks(document);
    let mut world = None;
    for class in &document.classifiers {
        let Some(set) = &class.set else { continue };
        let rank = ranks.get(&class.path).copied().unwrap_or_default();
        let title = shown(&class.name);
        let adds_nothing = match &set.numbers {
            Numbers::Prefixes(list) => list.redundant().map(|redundant| {
                let wording = sentences::redundant_prefixes(&title, list.given(), redundant);
                (Kind::RedundantPrefixes, wording)
            }),
            Numbers::World(of_class) => {
                let world = world.get_or_insert_with(World::open_builtin);
                let world = world.as_ref().ok();
                let without = world.map(|world| without_numbers(&of_class.selection, world));
                let without = without.filter(|names| !names.is_empty());
                without.map(|names| (Kind::NoSuchNumbers, sentences::no_such_numbers(&title, &names)))
            }
        };
        if let Some((kind, wording)) = adds_nothing {
            findings.add(rank, kind, &class.path, wording);
        }
        if set.stand_in.is_none() {
            findings.add(rank, Kind::NumplanOnly, &class.path, sentences::numplan_only(&title));
        }
    }
}

/// The regions and types of a selection that could be left out.
fn without_numbers<'s>(selection: &'s Selection, world: &World<'_>) -> Vec<&'s str> {
    let types = selection.types_without_numbers(world);
    let mut names = selection.regions_without_numbers(world);
    names.extend(types.into_iter().map(|kind| kind.name()));
    names
}

/// Notes the sets that no proof reads.
pub(super) fn not_read(subject: &Subject<'_>, findings: &mut Findings) {
    let classes = (0..).zip(&subject.document.classifiers);
    for (rank, class) in classes {
        if class.set.is_some() && subject.list(List::Classifiers).is_foreign(rank) {
            findings.report.unread.push(class.path.clone());
        }
    }
}
