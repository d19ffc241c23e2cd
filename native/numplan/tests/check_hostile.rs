//! Configurations of many rules that are made to take long: a check of them ends, and says what it did not prove.

use numplan::check::{self, Options, Report};
use numplan::document::Document;
use numplan::json::{self, Limits};
use numplan::rule::Judge;
use numplan::survey;
use std::collections::HashMap;
use std::time::{Duration, Instant};

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Far more than any of this takes, and far less than it would take without bounds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Four letters that are other ones for each number.
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
    let report = check::check(document, &[], Judge::Re(&refused), options);
    (report, began.elapsed())
}

#[test]
fn what_is_made_to_take_long_is_cut_short() -> Tested {
    let tails = |at: usize| format!("^(.*){}$", letters(at));
    let all = r#""all": "^.*$""#;
    let long = "1".repeat(10_000);
    let hostile = [
        ("long prefixes", document(None, &rules(100, &long, tails), all)?),
        (
            "groups",
            document(None, &rules(1_000, "+", |at| format!("^(a)?(.*){}$", letters(at))), all)?,
        ),
        (
            "codes",
            document(
                None,
                "",
                &classes(2_000, |at| format!("^\\\\+?1?(\\\\d+){}$", letters(at))),
            )?,
        ),
        (
            "loose ends",
            document(None, &rules(500, "+", tails), &classes(500, letters))?,
        ),
    ];
    // A tenth of the usual limit.
    let options = Options {
        limits: survey::Limits {
            moves: 500_000,
            ..survey::Limits::default()
        },
        ..Options::default()
    };
    for (name, document) in &hostile {
        let (report, took) = checked(document, &options);
        assert!(!report.cut.is_empty(), "{name}");
        assert!(took < PATIENCE, "{name}: {took:?}");
    }
    Ok(())
}
