//! What a check finds in configurations whose oddities are known: small ones that show one thing
//! each, and those of real operators.

use numplan::check::{self, Finding, Options, Report, Witness};
use numplan::config::document::Document;
use numplan::config::json::{self, Json, Limits};
use numplan::plan::Plan;
use numplan::plan::refusal::Refusal;
use numplan::plan::rule::Judge;
use numplan::regex::dialect::Dialect;
use numplan::regex::parser::{self, Reading};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn testdata(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(path)
}

fn read(path: &PathBuf) -> Tested<Json> {
    Ok(json::parse(&fs::read(path)?, &Limits::default())?)
}

fn text(json: &Json, key: &str) -> Option<String> {
    match json.get(key.as_bytes()) {
        Some(Json::String(text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}

fn list<'j>(json: &'j Json, key: &str) -> &'j [Json] {
    match json.get(key.as_bytes()) {
        Some(Json::Array(items)) => items,
        _ => &[],
    }
}

/// What `re:compile/1` would refuse, as far as the reader of this crate knows.
fn refused(document: &Document) -> HashMap<Vec<u8>, Refusal> {
    let regexes = document.regexes();
    let refused = regexes.filter_map(|(_, regex)| match parser::read(regex, Dialect::Pcre) {
        Reading::Invalid(error) => {
            let reason = error.reason.to_owned();
            Some((
                regex.to_vec(),
                Refusal {
                    reason,
                    offset: error.offset,
                },
            ))
        }
        _ => None,
    });
    refused.collect()
}

fn checked(configuration: &Json) -> Tested<Report> {
    let (document, problems) = Document::survey(configuration);
    let Some(document) = document else {
        return Ok(Report::of_problems(&problems));
    };
    let refused = refused(&document);
    let report = check::check(
        &document,
        &problems,
        Judge::Re(Dialect::Pcre, &refused),
        &Options::default(),
    );
    assert_eq!(report.cut, [], "a proof was cut short");
    if let Ok(plan) = Plan::compile(&document, Judge::Re(Dialect::Pcre, &refused)) {
        for finding in &report.findings {
            let related = finding.related.iter().filter_map(|related| related.witness.as_ref());
            for witness in finding.witness.iter().chain(related) {
                assert_eq!(*witness, Witness::of(&plan, &witness.number));
            }
        }
    }
    Ok(report)
}

/// A finding as the files write it: kind and path, then the number and the related rules with their
/// numbers where the file has them.
fn line(finding: &Finding, expected: Option<&Json>) -> String {
    let mut line = format!("{} {}", finding.kind.name(), finding.path);
    let number = |witness: &Option<Witness>| {
        let number = witness
            .as_ref()
            .map(|witness| String::from_utf8_lossy(&witness.number).into_owned());
        format!(" {}", number.unwrap_or_default())
    };
    if expected.is_some_and(|expected| expected.get(b"number").is_some()) {
        line.push_str(&number(&finding.witness));
    }
    for (related, expected) in finding
        .related
        .iter()
        .zip(expected.map_or(&[] as &[Json], |json| list(json, "related")))
    {
        line.push_str(&format!(" | {}", related.path));
        if matches!(expected, Json::Array(parts) if parts.len() > 1) {
            line.push_str(&number(&related.witness));
        }
    }
    line
}

fn expected_line(expected: &Json) -> String {
    let mut line = format!(
        "{} {}",
        text(expected, "kind").unwrap_or_default(),
        text(expected, "path").unwrap_or_default()
    );
    if let Some(number) = text(expected, "number") {
        line.push_str(&format!(" {number}"));
    }
    for related in list(expected, "related") {
        let Json::Array(parts) = related else { continue };
        let parts = parts.iter().filter_map(|part| match part {
            Json::String(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        });
        line.push_str(&format!(" | {}", parts.collect::<Vec<String>>().join(" ")));
    }
    line
}

/// Compares all findings with the expected ones, and adds to `wrong` those missing or unexpected.
fn compare(name: &str, report: &Report, expected: &[&Json], wrong: &mut Vec<String>) {
    let mut left: Vec<&Json> = expected.to_vec();
    for finding in &report.findings {
        let fits = |json: &&Json| {
            let kind = text(json, "kind").as_deref() == Some(finding.kind.name());
            kind && expected_line(json) == line(finding, Some(json))
        };
        match left.iter().position(fits) {
            Some(at) => drop(left.remove(at)),
            None => wrong.push(format!(
                "{name}: unexpected {}: {}",
                line(finding, None),
                finding.sentence
            )),
        }
    }
    wrong.extend(
        left.into_iter()
            .map(|json| format!("{name}: missing {}", expected_line(json))),
    );
}

#[test]
fn finds_the_known_oddities_of_small_configurations() -> Tested {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for entry in fs::read_dir(testdata("check"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let Json::Array(cases) = read(&path)? else {
            return Err(format!("{} is no list", path.display()).into());
        };
        for case in &cases {
            let name = format!("{}: {}", path.display(), text(case, "name").unwrap_or_default());
            let report = checked(case.get(b"configuration").ok_or("no configuration")?)?;
            compare(
                &name,
                &report,
                &list(case, "findings").iter().collect::<Vec<&Json>>(),
                &mut wrong,
            );
            asked += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked >= 60, "{asked} configurations");
    Ok(())
}

/// The expected findings of an operator's configuration, listed one by one or as named groups.
fn operators_findings<'j>(expected: &'j Json, file: &str) -> Tested<Vec<&'j Json>> {
    let groups = expected.get(b"groups").ok_or("no groups")?;
    let files = expected.get(b"files").ok_or("no files")?;
    let Some(Json::Array(parts)) = files.get(file.as_bytes()) else {
        return Err(format!("nothing is expected of {file}").into());
    };
    let findings = parts.iter().map(|part| match part {
        Json::String(group) => match groups.get(group) {
            Some(Json::Array(findings)) => Ok(findings.iter().collect()),
            _ => Err("no such group"),
        },
        finding => Ok(vec![finding]),
    });
    Ok(findings.collect::<Result<Vec<Vec<&Json>>, &str>>()?.concat())
}

#[test]
fn finds_the_known_oddities_of_operators_configurations() -> Tested {
    let expected = read(&testdata("check/configs/findings.json"))?;
    let mut wrong = Vec::new();
    let mut asked = 0;
    for entry in fs::read_dir(testdata("configs"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let file = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let findings = operators_findings(&expected, file)?;
            compare(file, &checked(&read(&path)?)?, &findings, &mut wrong);
            asked += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 60, "{asked} configurations");
    Ok(())
}
