//! What a check has found.

use super::subject::Subject;
use super::witness::Witness;
use crate::config::problem::{Path, Problem, Reason};
use crate::plan::Plan;
use crate::plan::rule::Runs;
use crate::proof::search::Bound;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// It very probably does not do what was meant.
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
    /// A fault of the document, under the name of its reason.
    Problem(&'static str),
    /// No number makes the rule decide.
    NeverMatches,
    /// Only the empty number makes the rule decide.
    OnlyEmpty,
    /// Only numbers with line breaks or other bytes that do not print make the rule decide.
    OnlyUnprintable,
    /// The rule takes all numbers, and rules stand behind it.
    CatchAllBeforeEnd,
    /// Some numbers fall to no class.
    NoClass,
    /// `+` before a national number falls to the class, as the same number with its country code does.
    NationalWithPlus,
    /// What the rule makes of a number is made into another one if it is normalised again.
    NotIdempotent,
    /// A number comes out without `+`.
    NoPlus,
    /// The part of the number that is kept is not the one that is kept of others.
    SurprisingRoot,
    /// The branches of an alternation are tied to the number's ends differently.
    OneSidedAnchor,
    /// The regex is not tied to the number's start, nor to its end.
    Unanchored,
    /// The backslashes are doubled.
    DoubledBackslashes,
    /// Two rules match the same number, and the order decides.
    Overlap,
    /// Nothing of a number is kept.
    EmptyRoot,
    /// A `+` repeats the character before it.
    PlusQuantifier,
    /// Only OTP's `re` runs the regex.
    NotNative,
    /// JavaScript refuses the regex, or reads it in another way.
    JavascriptDiffers,
}

impl Kind {
    /// Its name, the same in all languages.
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
            Kind::JavascriptDiffers => "javascript_differs",
        }
    }

    fn severity(self) -> Severity {
        match self {
            Kind::Problem(_) => Severity::Error,
            Kind::Overlap | Kind::EmptyRoot | Kind::PlusQuantifier | Kind::NotNative | Kind::JavascriptDiffers => {
                Severity::Info
            }
            _ => Severity::Warning,
        }
    }
}

/// Another rule that has to do with a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where its regex is written.
    pub path: Path,
    /// A number that shows it.
    pub witness: Option<Witness>,
    /// The witness shows it only if the whole plan makes the witness' `e164` of the number, and puts it into the class at this place:
    /// a rule that only OTP's `re` runs may take it. `None` where that is certain.
    pub holds_if: Option<usize>,
}

/// One thing that is odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// How grave it is.
    pub severity: Severity,
    /// Where it is; the document itself for what is no one rule's.
    pub path: Path,
    /// It in words.
    pub sentence: String,
    /// A shortest number that shows it, of the most readable ones.
    pub witness: Option<Witness>,
    /// Other rules that have to do with it.
    pub related: Vec<Related>,
    /// What to do about it.
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

/// What a check says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Errors, then warnings, then the rest, each in the order of the document.
    pub findings: Vec<Finding>,
    /// So many overlaps are left out.
    pub more_overlaps: usize,
    /// The rules that were not read, as only OTP's `re` runs them.
    pub unread: Vec<Path>,
    /// What was not proved. Where this is empty, what is not found is not there.
    pub cut: Vec<Cut>,
}

impl Report {
    /// What is to be said of a document that is none: `problems`, as errors.
    pub fn of_problems(problems: &[Problem]) -> Report {
        let mut findings = Findings::default();
        findings.problems(problems);
        findings.report()
    }
}

/// Where a finding belongs in the document: the list of rules, and the place in it.
pub(super) type Place = (usize, usize);

/// More bytes than this are not told, in all findings together.
pub(crate) const MAX_TOLD: usize = 64 << 20;

/// Findings as they are made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<(Place, Finding)>,
    /// How many bytes the findings before the last one take.
    told: usize,
    /// The last of those for which there is no room.
    untold: Option<Finding>,
    pub(super) report: Report,
}

impl Finding {
    fn size(&self) -> usize {
        let witnesses = self
            .witness
            .iter()
            .chain(self.related.iter().filter_map(|related| related.witness.as_ref()));
        let paths = self.related.iter().map(|related| &related.path).chain([&self.path]);
        size_of::<Finding>()
            + self.sentence.len()
            + self.fix.as_ref().map_or(0, String::len)
            + witnesses.map(Witness::size).sum::<usize>()
            + paths.map(|path| path.to_string().len()).sum::<usize>()
    }
}

impl Findings {
    /// Adds a finding, which stands at `place`. Where there is no room for more, that is said once, and the finding is not told.
    pub(super) fn add(&mut self, place: Place, kind: Kind, path: &Path, sentence: String) -> &mut Finding {
        let finding = Finding {
            kind,
            severity: kind.severity(),
            path: path.clone(),
            sentence,
            witness: None,
            related: Vec::new(),
            fix: None,
        };
        self.told += self.found.last().map_or(0, |(_, last)| last.size());
        if self.told > MAX_TOLD {
            self.told = MAX_TOLD;
            self.cut("what else there is to tell", Some(Bound::Memory));
            return self.untold.insert(finding);
        }
        let at = self.found.len();
        self.found.push((place, finding));
        &mut self.found[at].1
    }

    /// Says that `proof` met a bound.
    pub(super) fn cut(&mut self, proof: &'static str, bound: Option<Bound>) {
        let known = self.report.cut.iter().any(|cut| cut.proof == proof);
        if let (Some(bound), false) = (bound, known) {
            self.report.cut.push(Cut { proof, bound });
        }
    }

    /// Adds faults of the document.
    pub(super) fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            let kind = Kind::Problem(problem.reason.name());
            let offset = problem.offset.map(|offset| format!(" at offset {offset}"));
            let sentence = match &problem.reason {
                Reason::InvalidRegex(_) => format!(
                    "The regex is refused: {}{}.",
                    problem.reason,
                    offset.unwrap_or_default()
                ),
                reason => format!("The configuration is refused: {reason}{}.", offset.unwrap_or_default()),
            };
            let place = (0, self.found.len());
            self.add(place, kind, &problem.path, sentence).fix = problem.hint.clone();
        }
    }

    /// Tells of the rules that only `re` runs.
    pub(super) fn not_native(&mut self, plan: &Plan, subject: &Subject<'_>) {
        for rule in plan.rules() {
            if let Runs::Re(what) = rule.runs {
                let sentence = format!(
                    "The regex holds {what}: OTP's re runs it on each number, which is slower, and this check does not see through it."
                );
                self.add(subject.place(&rule.path), Kind::NotNative, &rule.path, sentence);
                self.report.unread.push(rule.path.clone());
            }
        }
    }

    /// All findings, in order.
    pub(super) fn report(mut self) -> Report {
        self.found
            .sort_by_key(|(place, finding)| (finding.severity, *place, finding.kind));
        self.report.findings = self.found.into_iter().map(|(_, finding)| finding).collect();
        self.report
    }
}
