//! Oddities of a configuration, such as rules that never decide and numbers without a class.
//!
//! They are proofs over all numbers ([`crate::proof::search`]), not samples: "never" means never,
//! and a number shows each finding. The report lists the proofs that met a bound.
//!
//! Rules that only OTP's `re` runs are not read, nor are very large sets of numbers. Findings hold
//! whatever those match.

mod anchors;
mod country_codes;
mod coverage;
mod finding;
mod idempotence;
mod never;
mod other_release;
mod outputs;
mod reachability;
mod regex_text;
mod roots;
mod sentences;
mod sets;
mod subject;
mod witness;

pub(crate) use finding::{ALL_FINDINGS, MAX_REPORT};
pub use finding::{Cut, Finding, Kind, Related, Report, Severity};
pub use subject::Options;
pub use witness::Witness;

use crate::config::document::Document;
use crate::config::problem::Problem;
use crate::plan::Plan;
use crate::plan::rule::Judge;
use finding::Findings;
use subject::Subject;

/// The report on `document`: errors, then warnings, then notes, each in the document's order.
///
/// `problems` are those that [`Document::survey`] reported. With one of them, or a refused regex,
/// the configuration does not compile; the report then has these and what the text of the regexes
/// shows. Cost: milliseconds for usual configurations, about a second for a thousand rules; bounded
/// by `options.limits` for each proof, beside the cost of [`Plan::compile`].
///
/// ```
/// use numplan::{Document, Dialect, Judge, Preset, check};
///
/// let document = Document::read(&Preset::DEFAULT.text().parse()?)?;
/// let report = check::check(&document, &[], Judge::Reader(Dialect::Pcre), &check::Options::default());
/// let never = report.findings.iter().find(|finding| finding.kind == check::Kind::NeverMatches);
/// assert_eq!(never.map(|finding| finding.path.to_string()).as_deref(), Some("classifiers.international.regex"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(document: &Document, problems: &[Problem], judge: Judge<'_>, options: &Options) -> Report {
    let mut findings = Findings::default();
    findings.problems(problems);
    let compiled = Plan::with_rules(document, judge);
    if let Err(refused) = &compiled {
        findings.problems(refused);
    }
    regex_text::check(document, judge, &mut findings);
    sets::check(document, &mut findings);
    let plan = compiled.as_ref().ok().map(|(plan, _)| plan);
    other_release::check(document, plan, judge, options, &mut findings);
    if let (Ok((plan, rules)), true) = (compiled, problems.is_empty()) {
        let subject = Subject::new(document, &plan, rules, options);
        regex_text::not_native(&subject, &mut findings);
        sets::not_read(&subject, &mut findings);
        reachability::check(&subject, &mut findings);
        idempotence::check(&subject, &mut findings);
        roots::check(&subject, &mut findings);
        anchors::check(&subject, &mut findings);
        country_codes::check(&subject, &mut findings);
    }
    findings.report()
}
