//! What is odd about a configuration: which rule can never fire and why, which two compete for a number, which number no rule takes.
//!
//! The answers are proofs over all numbers there are ([`crate::proof::search`]), not samples: a finding comes with a number that shows it, and
//! "never" means never. Where a proof meets a bound, the report says which one was cut short, and nothing is claimed of it.
//!
//! Rules that only OTP's `re` runs are not read. What is found then holds whatever they do, and what they could falsify is not claimed.

mod anchors;
mod country_codes;
mod finding;
mod idempotence;
mod never;
mod reachability;
mod regex_text;
mod roots;
mod subject;
mod witness;

pub(crate) use finding::MAX_TOLD;
pub use finding::{Cut, Finding, Kind, Related, Report, Severity};
pub use witness::Witness;

use crate::config::document::Document;
use crate::config::problem::Problem;
use crate::plan::Plan;
use crate::plan::rule::Judge;
use crate::proof::alphabet::Alphabet;
use crate::proof::search::Limits;
use finding::Findings;
use subject::Subject;

/// How a configuration is looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bytes that numbers are made of.
    pub alphabet: Alphabet,
    /// How much each proof may take.
    pub limits: Limits,
    /// So many pairs of rules that overlap are reported at most in each list of rules.
    pub overlaps: usize,
}

impl Default for Options {
    /// All numbers, the usual limits, 200 pairs.
    fn default() -> Options {
        Options {
            alphabet: Alphabet::default(),
            limits: Limits::default(),
            overlaps: 200,
        }
    }
}

/// What is odd about `document`: errors first, then warnings, then what is merely worth knowing, each in the order of the document.
///
/// `problems` are those that [`Document::survey`] told of; with one of them, or a refused regex, the configuration does not compile, and
/// only what can be read off the regexes themselves is said beside. Cost: milliseconds for usual configurations, a second or so for a
/// thousand rules; bounded by `options.limits` for each proof, beside what compiling takes.
///
/// ```
/// use numplan::{Document, Judge, Preset, check};
///
/// let document = Document::read(&Preset::DEFAULT.text().parse()?)?;
/// let report = check::check(&document, &[], Judge::Reader, &check::Options::default());
/// let never = report.findings.iter().find(|finding| finding.kind == check::Kind::NeverMatches);
/// assert_eq!(never.map(|finding| finding.path.to_string()).as_deref(), Some("classifiers.international.regex"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(document: &Document, problems: &[Problem], judge: Judge<'_>, options: &Options) -> Report {
    let mut findings = Findings::default();
    findings.problems(problems);
    let plan = match Plan::compile(document, judge) {
        Ok(plan) => Some(plan),
        Err(refused) => {
            findings.problems(&refused);
            None
        }
    };
    regex_text::check(document, judge, &mut findings);
    if let (Some(plan), true) = (plan, problems.is_empty()) {
        let subject = Subject::new(document, &plan, judge, options);
        findings.not_native(&plan, &subject);
        reachability::check(&subject, &mut findings);
        idempotence::check(&subject, &mut findings);
        roots::check(&subject, &mut findings);
        anchors::check(&subject, &mut findings);
        country_codes::check(&subject, &mut findings);
    }
    findings.report()
}
