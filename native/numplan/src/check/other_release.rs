//! Findings on regexes that another release of OTP refuses, accepts or reads otherwise.

use super::finding::{Findings, Kind};
use super::sentences::{Wording, number, shown};
use super::subject::{List, Options, ranks};
use super::witness::{Witness, dialled};
use crate::config::document::{Document, Rewrite};
use crate::config::problem::Path;
use crate::plan::Plan;
use crate::plan::rule::{self, Judge};
use crate::proof::search::Budget;
use crate::regex::dialect::Dialect;
use crate::upgrade::{self, Answer, Answers, Asked, Construct, Difference, Mended, Verdict};
use std::collections::HashSet;

/// Adds what the release of `options` would make of the regexes of `document`; nothing where its
/// `re` has the dialect of `judge`. `plan` is there where the document compiles.
pub(super) fn check(
    document: &Document,
    plan: Option<&Plan>,
    judge: Judge<'_>,
    options: &Options,
    findings: &mut Findings,
) {
    let Some((release, there)) = options
        .otp
        .and_then(|release| Some((release, Dialect::of_otp(release)?)))
    else {
        return;
    };
    if there == judge.dialect() {
        return;
    }
    let ranks = ranks(document);
    let mut budget = Budget::new(&options.limits);
    let mut seen = HashSet::new();
    for (list, title, path, regex) in rules(document) {
        // A dial plan is listed in both readings.
        if !seen.insert(path) {
            continue;
        }
        let asked = Asked {
            regex,
            keeps_root: list.rewrites(),
            is_refused: rule::is_refused_by_re(regex, judge),
        };
        let verdict = upgrade::verdict(asked, judge.dialect(), there, &mut budget);
        let Some((kind, wording)) = finding(&verdict, title, release) else {
            continue;
        };
        let rank = ranks.get(path).copied().unwrap_or_default();
        let finding = findings.add(rank, kind, path, wording);
        if let Verdict::Differs { difference, .. } = &verdict {
            finding.witness = plan.and_then(|plan| arriving(plan, list, &difference.subject));
        }
    }
}

type Listed<'d> = (List, &'d [u8], &'d Path, &'d [u8]);

/// The rules of `document`, each with its list, its name in sentences, and its regex.
fn rules(document: &Document) -> impl Iterator<Item = Listed<'_>> {
    let classifiers = document.classifiers.iter().filter_map(|class| {
        let (path, regex) = class.stated_regex()?;
        Some((List::Classifiers, class.name.as_slice(), path, regex))
    });
    let (path, reconcile) = &document.reconcile_regex;
    let reconcile = (
        List::Reconcile,
        b"reconcile_regex".as_slice(),
        path,
        reconcile.as_slice(),
    );
    let dial_plan = document.dial_plan.iter().flat_map(|dial_plan| {
        let steps = dial_plan.full.iter().map(|step| &step.rewrite);
        dial_plan.first_match.iter().chain(steps)
    });
    classifiers
        .chain(document.converters.iter().map(|rule| rewrite(List::Converters, rule)))
        .chain(dial_plan.map(|rule| rewrite(List::DialPlan, rule)))
        .chain([reconcile])
}

fn rewrite(list: List, rule: &Rewrite) -> Listed<'_> {
    (list, &rule.regex, &rule.path, &rule.regex)
}

/// `subject` as a number with the plan's answers, if it comes to the list as it was dialled.
fn arriving(plan: &Plan, list: List, subject: &[u8]) -> Option<Witness> {
    let witness = Witness::of(plan, subject);
    let bypasses = subject.first() == Some(&b'+');
    let arrives = match list {
        List::DialPlan => !bypasses,
        List::Converters => !bypasses && dialled(plan, subject) == subject,
        List::Classifiers | List::Reconcile => witness.e164 == subject,
    };
    (arrives && !witness.needs_re).then_some(witness)
}

/// The finding of a verdict on the rule called `title`, in words.
fn finding(verdict: &Verdict, title: &[u8], release: u32) -> Option<(Kind, Wording)> {
    let (kind, sentence, fix) = match verdict {
        Verdict::Alike => return None,
        Verdict::Refused {
            reason,
            offset,
            construct,
            mended,
        } => (
            Kind::OtpRefused,
            format!("OTP {release} refuses the regex: {reason} at offset {offset}."),
            fix(*construct, mended.as_ref(), release),
        ),
        Verdict::Accepted => (
            Kind::OtpAccepted,
            format!("OTP {release} accepts the regex, which this release refuses."),
            None,
        ),
        Verdict::Differs {
            difference,
            construct,
            mended,
        } => (
            Kind::OtpDiffers,
            differs(difference, title, release),
            fix(*construct, mended.as_ref(), release),
        ),
        Verdict::Unproven(what) => (
            Kind::OtpUnproven,
            format!("The regex holds {what}: it is not proved that OTP {release} answers alike."),
            Some(format!("Try the regex with re of OTP {release}.")),
        ),
    };
    Some((kind, Wording { sentence, fix }))
}

fn differs(difference: &Difference, title: &[u8], release: u32) -> String {
    let title = shown(title);
    let subject = number(&difference.subject);
    let answer = |answer: &Answer| match answer {
        Answer::NoMatch => format!("does not match {subject}"),
        Answer::Match => format!("matches {subject}"),
        Answer::Root(root) if root.is_empty() => format!("matches {subject} and keeps nothing of it"),
        Answer::Root(root) => format!("keeps {} of {subject}", shown(root)),
    };
    let (here, there) = (answer(&difference.here), answer(&difference.there));
    format!("{title} {here}; in OTP {release} it {there}.")
}

fn fix(construct: Option<Construct>, mended: Option<&Mended>, release: u32) -> Option<String> {
    let advice = construct.map(|construct| {
        let (what, fix) = (construct.what.words(), construct.what.fix());
        format!("At offset {} is {what}. {fix}", construct.offset)
    });
    let mended = mended.map(|mended| {
        let regex = shown(&mended.regex);
        match mended.answers {
            Answers::AsHere => format!("{regex} answers in both as the regex does now."),
            Answers::AsThere => format!("{regex} answers in both as the regex will in OTP {release}."),
        }
    });
    let parts: Vec<String> = advice.into_iter().chain(mended).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests;
