//! The corpus that the tests of Rust, Erlang and Elixir share: what Kazoo answers, and what OTP's
//! `re` does.

mod testdata;

use numplan::config::document::Document;
use numplan::config::json::{self, Limits};
use numplan::config::preset::Preset;
use numplan::plan::rule::Judge;
use numplan::plan::{Dialled, Plan};
use numplan::regex::dialect::Dialect;
use std::collections::HashMap;
use std::fs;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn compile(text: &[u8]) -> Result<Plan, Box<dyn std::error::Error>> {
    let json = json::parse(text, &Limits::default())?;
    let document = Document::read(&json).map_err(|problems| format!("{problems:?}"))?;
    Ok(Plan::compile(&document, Judge::Reader(Dialect::Pcre)).map_err(|problems| format!("{problems:?}"))?)
}

fn class<'p>(plan: &'p Plan, number: &[u8]) -> &'p str {
    let class = plan.classify(number).and_then(|class| plan.classes().get(class));
    class
        .and_then(|class| std::str::from_utf8(class.name()).ok())
        .unwrap_or("undefined")
}

#[test]
fn vectors() -> Tested {
    let presets = [
        ("3.18", Preset::Kazoo318),
        ("3.20-3.22,4.0,seed-commit", Preset::Kazoo320),
        ("4.1", Preset::Kazoo41),
        ("4.2+,master", Preset::Kazoo42),
    ];
    let table = fs::read_to_string(testdata::path("kazoo-vectors.tsv"))?;
    let mut lines = table.lines();
    let columns: Vec<&str> = lines.next().ok_or("no header")?.split('\t').collect();
    let mut asked = 0;
    for (version, preset) in presets {
        let plan = compile(preset.text().as_bytes())?;
        let at = columns
            .iter()
            .position(|column| *column == format!("e164[{version}]"))
            .ok_or("no column")?;
        for line in lines.clone() {
            let cells: Vec<&str> = line.split('\t').collect();
            let number = cells[0].as_bytes();
            let reconcilable = if plan.is_reconcilable(number) { "R" } else { "-" };
            let answers = [
                String::from_utf8_lossy(&plan.normalize(number)).into_owned(),
                class(&plan, number).to_owned(),
                reconcilable.to_owned(),
                String::from_utf8(plan.pretty_print(number))?,
            ];
            assert_eq!(answers.as_slice(), &cells[at..at + 4], "{} in {version}", cells[0]);
            asked += 1;
        }
    }
    assert_eq!(asked, 29 * 4);
    Ok(())
}

#[test]
fn corpus() -> Tested {
    let mut plans: HashMap<String, Plan> = HashMap::new();
    for (name, text) in testdata::configurations()? {
        if let Ok(plan) = compile(&text) {
            plans.insert(name, plan);
        }
    }
    let table = fs::read_to_string(testdata::path("corpus.tsv"))?;
    let mut asked = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let plan = plans
            .get(cells[0])
            .ok_or_else(|| format!("{} does not compile", cells[0]))?;
        let number = testdata::unescape(cells[1]);
        let full = match plan.dial_plan().map(|dial_plan| dial_plan.apply_full(&number)) {
            None => number.clone(),
            Some(Dialled::Done(number)) => number,
            Some(Dialled::Re { .. }) => return Err("a rule that runs in re".into()),
        };
        let first_match = plan
            .dial_plan()
            .and_then(|dial_plan| dial_plan.first_match().apply(&number));
        let answers = [
            cells[0].to_owned(),
            cells[1].to_owned(),
            escape(&plan.normalize(&number)),
            class(plan, &number).to_owned(),
            plan.is_reconcilable(&number).to_string(),
            escape(&plan.pretty_print(&number)),
            escape(&first_match.map_or_else(|| number.clone(), |rewritten| rewritten.to_vec())),
            escape(&full),
        ];
        assert_eq!(answers.as_slice(), cells.as_slice());
        asked += 1;
    }
    assert!(asked > 10_000, "{asked} lines");
    Ok(())
}

fn escape(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| match byte {
        b' '..=b'~' if *byte != b'\\' => text + &char::from(*byte).to_string(),
        _ => text + &format!("\\x{byte:02X}"),
    })
}
