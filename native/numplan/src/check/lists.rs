//! Findings on lists of prefixes that the list itself shows.

use super::finding::{Findings, Kind};
use super::sentences::{self, shown};
use super::subject::{List, Subject, ranks};
use crate::config::document::Document;

/// Adds prefixes that add no number, and classes that nodes of Kazoo do not know.
pub(super) fn check(document: &Document, findings: &mut Findings) {
    let ranks = ranks(document);
    for class in &document.classifiers {
        let Some(prefixes) = &class.prefixes else { continue };
        let rank = ranks.get(&class.path).copied().unwrap_or_default();
        let title = shown(&class.name);
        if let Some(redundant) = prefixes.list.redundant() {
            let wording = sentences::redundant_prefixes(&title, prefixes.list.given(), redundant);
            findings.add(rank, Kind::RedundantPrefixes, &class.path, wording);
        }
        if prefixes.stand_in.is_none() {
            findings.add(rank, Kind::NumplanOnly, &class.path, sentences::numplan_only(&title));
        }
    }
}

/// Notes the lists that no proof reads.
pub(super) fn not_read(subject: &Subject<'_>, findings: &mut Findings) {
    let classes = (0..).zip(&subject.document.classifiers);
    for (rank, class) in classes {
        if class.prefixes.is_some() && subject.list(List::Classifiers).is_foreign(rank) {
            findings.report.unread.push(class.path.clone());
        }
    }
}
