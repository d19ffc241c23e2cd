//! Findings and the report that lists them.

use super::sentences::{self, Wording};
use super::witness::Witness;
use crate::config::problem::{Path, Problem};
use crate::proof::search::Bound;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The configuration is valid, but very probably does not do what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// Its name, the same in all languages.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A problem of the document, under the name of its reason.
    Problem(&'static str),
    /// No number makes the rule decide.
    NeverMatches,
    /// Only the empty number makes the rule decide.
    OnlyEmpty,
    /// Only numbers with line breaks or other bytes that do not print make the rule decide.
    OnlyUnprintable,
    /// The rule takes all numbers, and rules follow it.
    CatchAllBeforeEnd,
    /// Some numbers have no class.
    NoClass,
    /// The class takes `+` and a national number as well as `+`, country code and national number.
    NationalWithPlus,
    /// What the rule makes of a number changes when it is normalised again.
    NotIdempotent,
    /// The rule makes a number without `+`.
    NoPlus,
    /// The rule keeps another group of some numbers than of others, or less than it seems to.
    SurprisingRoot,
    /// Some branches of an alternation are anchored to an end of the number, others are not.
    OneSidedAnchor,
    /// The regex is anchored neither to the number's start nor to its end.
    Unanchored,
    /// The backslashes are doubled.
    DoubledBackslashes,
    /// Two rules match the same number, so their order decides.
    Overlap,
    /// The rule keeps nothing of some number.
    EmptyRoot,
    /// A `+` repeats the character before it.
    PlusQuantifier,
    /// Only OTP's `re` runs the regex.
    NotNative,
    /// Prefixes of a list add no number to it.
    RedundantPrefixes,
    /// Regions or types of a class by the world's plan add no number to it.
    NoSuchNumbers,
    /// Nodes of Kazoo do not know the class.
    NumplanOnly,
    /// JavaScript refuses the regex, or reads it in another way.
    JavascriptDiffers,
    /// Another release of OTP refuses the regex.
    OtpRefused,
    /// Another release of OTP accepts the regex, which this one refuses.
    OtpAccepted,
    /// The regex answers otherwise in another release of OTP.
    OtpDiffers,
    /// It is not known whether the regex answers alike in another release of OTP.
    OtpUnproven,
}

impl Kind {
    /// Its name in reports, the same in all languages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Problem(reason) => reason,
            Kind::NeverMatches => "never_matches",
            Kind::OnlyEmpty => "only_empty",
            Kind::OnlyUnprintable => "only_unprintable",
            Kind::CatchAllBeforeEnd => "catch_all_before_end",
            Kind::NoClass => "no_class",
            Kind::NationalWithPlus => "national_with_plus",
            Kind::NotIdempotent => "not_idempotent",
            Kind::NoPlus => "no_plus",
            Kind::SurprisingRoot => "surprising_root",
            Kind::OneSidedAnchor => "one_sided_anchor",
            Kind::Unanchored => "unanchored",
            Kind::DoubledBackslashes => "doubled_backslashes",
            Kind::Overlap => "overlap",
            Kind::EmptyRoot => "empty_root",
            Kind::PlusQuantifier => "plus_quantifier",
            Kind::NotNative => "not_native",
            Kind::RedundantPrefixes => "redundant_prefixes",
            Kind::NoSuchNumbers => "no_such_numbers",
            Kind::NumplanOnly => "numplan_only",
            Kind::JavascriptDiffers => "javascript_differs",
            Kind::OtpRefused => "otp_refused",
            Kind::OtpAccepted => "otp_accepted",
            Kind::OtpDiffers => "otp_differs",
            Kind::OtpUnproven => "otp_unproven",
        }
    }

    fn severity(self) -> Severity {
        match self {
            Kind::Problem(_) | Kind::OtpRefused => Severity::Error,
            Kind::Overlap
            | Kind::EmptyRoot
            | Kind::PlusQuantifier
            | Kind::NotNative
            | Kind::RedundantPrefixes
            | Kind::NoSuchNumbers
            | Kind::NumplanOnly
            | Kind::JavascriptDiffers
            | Kind::OtpAccepted
            | Kind::OtpUnproven => Severity::Info,
            _ => Severity::Warning,
        }
    }
}

/// Another rule that a finding involves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where its regex is written.
    pub path: Path,
    /// A number that shows how.
    pub witness: Option<Witness>,
    /// If a rule that only OTP's `re` runs may take the number, the witness holds where the whole
    /// plan gives it the witness's `e164` and the class of this rank; `None`: it holds anyway.
    pub holds_if: Option<usize>,
}

/// One oddity of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// How grave it is.
    pub severity: Severity,
    /// The regex that it is about; the root where it is not about one rule.
    pub path: Path,
    /// The finding in one or two English sentences.
    pub sentence: String,
    /// A shortest number that shows it, as readable as possible.
    pub witness: Option<Witness>,
    /// Other rules that it involves.
    pub related: Vec<Related>,
    /// What to do about it, in words.
    pub fix: Option<String>,
}

/// A proof that met a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What was to be proved.
    pub proof: &'static str,
    /// Why it was not.
    pub bound: Bound,
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Errors, then warnings, then the rest, each in the order of the document.
    pub findings: Vec<Finding>,
    /// How many overlaps are left out of `findings`.
    pub more_overlaps: usize,
    /// The rules that no proof reads: only OTP's `re` runs them, or their sets of numbers are too
    /// long.
    pub unread: Vec<Path>,
    /// Proofs that were cut short. With this and `unread` empty, what is not found does not exist.
    pub cut: Vec<Cut>,
}

impl Report {
    /// The report on a document that cannot be read: its `problems`, as errors.
    pub fn of_problems(problems: &[Problem]) -> Report {
        let mut findings = Findings::default();
        findings.problems(problems);
        findings.report()
    }
}

/// The rank of a finding in a report: of the document (0) or of a rule (1), and which.
pub(super) type Rank = (usize, usize);

/// The most bytes that all findings take together.
pub(crate) const MAX_REPORT: usize = 64 << 20;
/// The name of the proof that is cut when the report is full.
pub(crate) const ALL_FINDINGS: &str = "all other findings";

/// A report in the making.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<(Rank, Finding)>,
    /// The bytes that the findings before the last one take.
    size: usize,
    /// The last finding for which there was no room: callers fill it in, and it is dropped.
    dropped: Option<Finding>,
    pub(super) report: Report,
}

impl Finding {
    fn size(&self) -> usize {
        let related = self.related.iter().filter_map(|related| related.witness.as_ref());
        let witnesses = self.witness.iter().chain(related);
        let paths = self.related.iter().map(|related| &related.path).chain([&self.path]);
        size_of::<Finding>()
            + self.sentence.len()
            + self.fix.as_ref().map_or(0, String::len)
            + witnesses.map(Witness::size).sum::<usize>()
            + paths.map(|path| path.to_string().len()).sum::<usize>()
    }
}

impl Findings {
    /// Adds a finding, for the caller to complete. Where there is no room for more, the report says
    /// so once, and the finding is dropped.
    pub(super) fn add(&mut self, rank: Rank, kind: Kind, path: &Path, wording: Wording) -> &mut Finding {
        let finding = Finding {
            kind,
            severity: kind.severity(),
            path: path.clone(),
            sentence: wording.sentence,
            witness: None,
            related: Vec::new(),
            fix: wording.fix,
        };
        self.size += self.found.last().map_or(0, |(_, last)| last.size());
        if self.size > MAX_REPORT {
            self.size = MAX_REPORT;
            self.cut(ALL_FINDINGS, Some(Bound::Memory));
            return self.dropped.insert(finding);
        }
        let at = self.found.len();
        self.found.push((rank, finding));
        &mut self.found[at].1
    }

    /// Notes the bound that `proof` met, if it met one; each proof once.
    pub(super) fn cut(&mut self, proof: &'static str, bound: Option<Bound>) {
        let known = self.report.cut.iter().any(|cut| cut.proof == proof);
        if let (Some(bound), false) = (bound, known) {
            self.report.cut.push(Cut { proof, bound });
        }
    }

    pub(super) fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            let (rank, kind) = ((0, self.found.len()), Kind::Problem(problem.reason.name()));
            self.add(rank, kind, &problem.path, sentences::problem(problem));
        }
    }

    pub(super) fn report(mut self) -> Report {
        self.found
            .sort_by_key(|(rank, finding)| (finding.severity, *rank, finding.kind));
        self.report.findings = self.found.into_iter().map(|(_, finding)| finding).collect();
        self.report
    }
}

#[cfg(test)]
mod tests;
