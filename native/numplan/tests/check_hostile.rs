//! Configurations made to take long: checking them ends, and says what was not proved.

use numplan::check::{self, Options, Report};
use numplan::config::document::Document;
use numplan::config::json::{self, Limits};
use numplan::diff;
use numplan::plan::rule::Judge;
use numplan::proof::search;
use numplan::regex::dialect::Dialect;
use std::collections::HashMap;
use std::time::{Duration, Instant};

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Far more than any of this takes, and far less than it would take without bounds.
const PATIENCE: Duration = Duration::from_secs(120);

/// More memory than any of this takes, and far less than it would take without bounds.
const ENOUGH: usize = 1 << 30;

/// Four letters, different for each number.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    for _ in 0..4 {
        text.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    text
}

fn rules(count: usize, prefix: &str, regex: impl Fn(usize) -> String) -> String {
    let rules = (0..count).map(|at| format!(r#""{}": {{"prefix": "{prefix}"}}"#, regex(at)));
    rules.collect::<Vec<String>>().join(", ")
}

fn classes(count: usize, regex: impl Fn(usize) -> String) -> String {
    let classes = (0..count).map(|at| format!(r#""c{at}": "{}""#, regex(at)));
    classes.collect::<Vec<String>>().join(", ")
}

fn document(dial_plan: Option<&str>, converters: &str, classifiers: &str) -> Tested<Document> {
    let dial_plan = dial_plan.map_or(String::new(), |rules| format!(r#""dial_plan": {{{rules}}}, "#));
    let text = format!(
        r#"{{{dial_plan}"reconcile_regex": "^$", "e164_converters": {{{converters}}}, "classifiers": {{{classifiers}}}}}"#
    );
    let source = json::parse(text.as_bytes(), &Limits::default())?;
    Document::read(&source).map_err(|problems| format!("{:?}", problems.first()).into())
}

fn checked(document: &Document, options: &Options) -> (Report, Duration) {
    let began = Instant::now();
    let refused = HashMap::new();
    let report = check::check(document, &[], Judge::Re(Dialect::Pcre, &refused), options);
    (report, began.elapsed())
}

fn differs(old: &Document, new: &Document, options: &Options) -> Duration {
    let began = Instant::now();
    let refused = HashMap::new();
    let options = diff::Options {
        limits: options.limits,
        ..diff::Options::default()
    };
    let diff = diff::diff(
        (old, Judge::Re(Dialect::Pcre, &refused)),
        (new, Judge::Re(Dialect::Pcre, &refused)),
        &options,
    );
    assert!(diff.is_ok_and(|diff| !diff.missing.is_empty()));
    began.elapsed()
}

/// The most memory that this process has had so far, in bytes.
fn peak_memory() -> Tested<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<usize>()? << 10)
}

#[test]
fn cuts_hostile_configurations_short() -> Tested {
    let tails = |at: usize| format!("^(.*){}$", letters(at));
    let all = r#""all": "^.*$""#;
    let long = "1".repeat(10_000);
    let hostile = [
        ("long prefixes", document(None, &rules(50, &long, tails), all)?),
        (
            "groups",
            document(None, &rules(300, "+", |at| format!("^(a)?(.*){}$", letters(at))), all)?,
        ),
        (
            "codes",
            document(
                None,
                "",
                &classes(1_000, |at| format!("^\\\\+?1?(\\\\d+){}$", letters(at))),
            )?,
        ),
        (
            "loose ends",
            document(None, &rules(100, "+", tails), &classes(100, letters))?,
        ),
        (
            "every way through two stages",
            document(Some(&rules(200, "", tails)), &rules(200, "+", tails), all)?,
        ),
        (
            "long prefixes in two stages",
            document(
                Some(&rules(200, &"1".repeat(60), tails)),
                &rules(200, &"+1".repeat(30), tails),
                &classes(200, |at| format!("1*{}$", letters(at))),
            )?,
        ),
        (
            "a long number for each of many outcomes",
            document(
                None,
                "",
                &classes(12, |at| {
                    let bit = 1 << at;
                    format!("^(?:a{{{}}})*a{{{bit},{}}}$", 2 * bit, 2 * bit - 1)
                }),
            )?,
        ),
    ];
    // A tenth of the usual limits.
    let options = Options {
        limits: search::Limits {
            moves: 500_000,
            memory: 4 << 20,
            ..search::Limits::default()
        },
        ..Options::default()
    };
    for (at, (name, document)) in hostile.iter().enumerate() {
        let (report, took) = checked(document, &options);
        assert!(!report.cut.is_empty(), "{name}");
        assert!(took < PATIENCE, "{name}: {took:?}");
        let took = differs(document, &hostile[(at + 1) % hostile.len()].1, &options);
        assert!(took < PATIENCE, "{name}, diff: {took:?}");
        assert!(peak_memory()? < ENOUGH, "{name}: {} MiB", peak_memory()? >> 20);
    }
    Ok(())
}
