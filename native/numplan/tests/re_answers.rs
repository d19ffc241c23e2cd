//! What OTP's `re` answers for generated regexes, recorded by `test/support/re_answers.exs`.

#![expect(clippy::panic_in_result_fn, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod testdata;

use numplan::{Dialect, Document, Json, Judge, Plan, Runs};
use std::collections::{BTreeMap, HashMap};
use std::fs;

type Tested = Result<(), Box<dyn std::error::Error>>;

/// The plan of one regex, as a classifier and as a converter that puts the root in brackets.
fn plan(regex: &[u8], dialect: Dialect) -> Result<Plan, Box<dyn std::error::Error>> {
    let text = |text: &[u8]| Json::String(text.to_vec());
    let member = |key: &str, value| (key.as_bytes().to_vec(), value);
    let converter = Json::Object(vec![member("prefix", text(b"<")), member("suffix", text(b">"))]);
    let document = Json::Object(vec![
        member("classifiers", Json::Object(vec![member("class", text(regex))])),
        member("e164_converters", Json::Object(vec![(regex.to_vec(), converter)])),
        member("reconcile_regex", text(b"^$")),
    ]);
    let document = Document::read(&document).map_err(|problems| format!("{problems:?}"))?;
    Ok(Plan::compile(&document, Judge::Re(dialect, &HashMap::new())).map_err(|problems| format!("{problems:?}"))?)
}

/// The root that an answer gives: `None` where `re` does not match.
fn root<'s>(answer: &str, subject: &'s [u8]) -> Result<Option<&'s [u8]>, Box<dyn std::error::Error>> {
    let digit = |digit: char| digit.to_digit(36).map(|digit| digit as usize);
    let digits: Option<Vec<usize>> = answer.chars().map(digit).collect();
    match digits.as_deref() {
        Some([start, length]) => Ok(Some(subject.get(*start..*start + *length).ok_or("a span outside")?)),
        _ if answer == "." => Ok(None),
        _ => Err(format!("not an answer: {answer}").into()),
    }
}

fn compare(release: &str, dialect: Dialect) -> Tested {
    let table = fs::read_to_string(testdata::path(&format!("re/{release}.tsv")))?;
    let mut sets: Vec<Vec<Vec<u8>>> = Vec::new();
    let (mut asked, mut native, mut regexes) = (0, 0, 0);
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for line in table.lines() {
        let (regex, set, answers) = match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["subjects", set] => {
                sets.push(set.split(',').map(testdata::unescape).collect());
                continue;
            }
            ["regex", set, regex, answers] => (testdata::unescape(regex), set.parse::<usize>()?, *answers),
            _ => return Err(format!("not a line: {line}").into()),
        };
        regexes += 1;
        let plan = plan(&regex, dialect)?;
        let runs: Vec<Runs> = plan.rules().iter().map(|rule| rule.runs).collect();
        let [classifier, converter, ..] = runs.as_slice() else {
            return Err("no rules".into());
        };
        match (classifier, converter) {
            (Runs::Native, Runs::Native) => native += 1,
            (Runs::Re(why), _) | (_, Runs::Re(why)) => *left.entry(why).or_default() += 1,
        }
        let mut rest = answers;
        for subject in sets.get(set).ok_or("no such set")? {
            let length = if rest.starts_with(['.', '!']) { 1 } else { 2 };
            let (answer, behind) = rest.split_at_checked(length).ok_or("too few answers")?;
            rest = behind;
            if answer == "!" {
                continue;
            }
            let root = root(answer, subject)?;
            let shown = || {
                format!(
                    "{:?} on {:?}",
                    String::from_utf8_lossy(&regex),
                    String::from_utf8_lossy(subject)
                )
            };
            if *classifier == Runs::Native {
                assert_eq!(plan.classify_e164(subject).is_some(), root.is_some(), "{}", shown());
                asked += 1;
            }
            if *converter == Runs::Native && subject.first() != Some(&b'+') {
                let expected = root.map_or_else(|| subject.clone(), |root| [b"<", root, b">"].concat());
                assert_eq!(*plan.normalize(subject), *expected, "{}", shown());
                asked += 1;
            }
        }
    }
    println!("{release}: {regexes} regexes, {native} native, {asked} answers; left to re: {left:#?}");
    assert!(
        asked > 0 && native * 4 >= regexes * 3,
        "{native} of {regexes} run natively"
    );
    Ok(())
}

#[test]
fn the_engine_answers_as_re_of_otp_25() -> Tested {
    compare("25", Dialect::Pcre)
}

#[test]
fn the_engine_answers_as_re_of_otp_29() -> Tested {
    compare("29", Dialect::Pcre2)
}
