//! Findings on rules that never decide, that take everything, or that compete for a number.

use super::coverage::ListCoverage;
use super::finding::{Findings, Kind};
use super::subject::{List, Subject};
use super::{never, outputs, sentences};
use crate::proof::search::{self, Budget};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let reconcile = Some(List::Reconcile).filter(|list| !subject.list(*list).is_foreign(0));
    for list in subject.lists().into_iter().chain(reconcile) {
        let mut machine = if list.rewrites() {
            subject.composed_through(list)
        } else {
            subject.composed_to(list)
        };
        let surveyed = search::survey(&mut machine, &subject.classes, &mut Budget::new(subject.limits()));
        findings.cut(proof(list), surveyed.cut);
        let coverage = ListCoverage::of(subject, list, &machine, &surveyed, findings);
        never::check(&coverage, findings);
        catch_all(&coverage, findings);
        overlaps(&coverage, findings);
        outputs::check(subject, list, &machine, &surveyed.seen, findings);
    }
    if subject.rules.dial_plan.is_some() {
        outputs::check_untaken(subject, findings);
    }
}

fn proof(list: List) -> &'static str {
    match list {
        List::DialPlan => "which dial plan entries decide",
        List::Converters => "which converters decide",
        List::Classifiers => "which classifiers decide",
        List::Reconcile => "whether some number is reconcilable",
    }
}

fn catch_all(coverage: &ListCoverage<'_>, findings: &mut Findings) {
    let (subject, list) = (coverage.subject, coverage.list);
    let Some(rule) = coverage.alone.catch_all else {
        return;
    };
    let behind = subject.list(list).count.saturating_sub(rule + 1);
    if behind > 0 && !subject.is_hidden(list, rule) {
        let wording = sentences::catch_all_before_end(&coverage.title(rule), behind);
        subject.add(findings, (list, rule), Kind::CatchAllBeforeEnd, wording);
    }
}

fn overlaps(coverage: &ListCoverage<'_>, findings: &mut Findings) {
    let (subject, list) = (coverage.subject, coverage.list);
    let pairs = coverage.overlaps();
    findings.report.more_overlaps += pairs.len().saturating_sub(subject.options.overlaps);
    for (first, other, pair) in pairs.into_iter().take(subject.options.overlaps) {
        let (one, two) = (coverage.title(first), coverage.title(other));
        let met = subject.comes(list, &pair.number);
        let wording = sentences::overlap(&one, &two, &met, coverage.is_inside(first, other));
        let finding = subject.add(findings, (list, first), Kind::Overlap, wording);
        finding.related = vec![subject.related(list, other, None)];
        finding.witness = Some(subject.witness(&pair.number));
    }
}

#[cfg(test)]
mod tests;
