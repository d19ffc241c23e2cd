//! Does one thing so many times, for a tool that counts instructions: `instructions OPERATION
//! TIMES`.
//!
//! `scripts/instructions` runs this under callgrind and compares with the counts that are kept
//! beside it.

use numplan::bulk::lines;
use numplan::config::document::Document;
use numplan::config::json;
use numplan::config::preset::Preset;
use numplan::plan::Plan;
use numplan::plan::rule::Judge;
use numplan::regex::dialect::Dialect;
use std::error::Error;
use std::hint::black_box;

/// A number in each line, of the kinds that operators see.
const NUMBERS: &str = include_str!("../benches/numbers.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [operation, times] = arguments.as_slice() else {
        return Err("usage: instructions classify|normalize|classify_lines|normalize_lines|compile TIMES".into());
    };
    let times: usize = times.parse()?;
    let source = json::parse(Preset::DEFAULT.text().as_bytes(), &json::Limits::default())?;
    let document = Document::read(&source).map_err(|problems| format!("{problems:?}"))?;
    let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre)).map_err(|problems| format!("{problems:?}"))?;
    let numbers: Vec<&str> = NUMBERS.lines().collect();
    let mut normalized = Vec::with_capacity(1_024);
    for _ in 0..times {
        match operation.as_str() {
            "classify" => {
                for number in &numbers {
                    black_box(plan.classify(black_box(number.as_bytes())));
                }
            }
            "normalize" => {
                for number in &numbers {
                    normalized.clear();
                    plan.normalize_into(black_box(number.as_bytes()), &mut normalized);
                }
            }
            "classify_lines" => drop(black_box(lines::classify(&plan, black_box(NUMBERS.as_bytes())))),
            "normalize_lines" => drop(black_box(lines::normalize(&plan, black_box(NUMBERS.as_bytes())))),
            "compile" => drop(black_box(Plan::compile(
                black_box(&document),
                Judge::Reader(Dialect::Pcre),
            ))),
            other => return Err(format!("no such operation: {other}").into()),
        }
    }
    Ok(())
}
