//! Regexes made to take long or much memory: compiling them ends, and what is too much runs in `re`.

use numplan::config::document::Document;
use numplan::config::json::Json;
use numplan::plan::Plan;
use numplan::plan::rule::{Judge, Runs};
use numplan::regex::dialect::Dialect;
use std::collections::HashMap;
use std::time::{Duration, Instant};

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Far more than any of this takes, and far less than it would take without bounds.
const PATIENCE: Duration = Duration::from_secs(30);

/// More memory than any of this takes, and far less than it would take without bounds.
const ENOUGH: usize = 512 << 20;

/// Texts of three letters, each once.
fn texts(count: usize) -> Vec<String> {
    let letter = |number: usize| char::from(b'a' + (number % 26) as u8);
    let text = |at: usize| [letter(at), letter(at / 26), letter(at / 676)].iter().collect();
    (0..count).map(text).collect()
}

fn each(count: usize, part: impl Fn(&str) -> String) -> String {
    texts(count).iter().map(|text| part(text)).collect()
}

/// The most memory that this process has had so far, in bytes.
fn peak_memory() -> Tested<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<usize>()? << 10)
}

fn compiled(regexes: &[&str]) -> Tested<Plan> {
    let text = |text: &str| Json::String(text.as_bytes().to_vec());
    let member = |key: &str, value: Json| (key.as_bytes().to_vec(), value);
    let classes = (0..)
        .zip(regexes)
        .map(|(at, regex)| member(&format!("c{at}"), text(regex)));
    let document = Json::Object(vec![
        member("classifiers", Json::Object(classes.collect())),
        member("e164_converters", Json::Object(Vec::new())),
        member("reconcile_regex", text("^$")),
    ]);
    let document = Document::read(&document).map_err(|problems| format!("{problems:?}"))?;
    let plan = Plan::compile(&document, Judge::Re(Dialect::Pcre, &HashMap::new()));
    Ok(plan.map_err(|problems| format!("{problems:?}"))?)
}

#[test]
fn what_takes_too_much_is_left_to_re() -> Tested {
    let odd: String = (0..127u8).map(|at| format!("\\x{:02x}", 2 * at + 1)).collect();
    let hostile = [
        (
            "the DFAs of many conditions",
            each(3_000, |text| format!("(?=[ab]*a[ab]{{7}}{text})")),
        ),
        (
            "many look-aheads at once",
            format!("^{}.{{20000}}", each(3_000, |text| format!("(?!.*{text})"))),
        ),
        (
            "many long look-aheads at once",
            format!("^{}.{{20000}}", each(600, |text| format!("(?=.{{5000}}{text})"))),
        ),
        (
            "many look-behinds behind a long part",
            format!(".{{60000}}{}", each(3_000, |text| format!("(?<={text})"))),
        ),
        (
            "long repetitions of sets of many ranges",
            format!("1[{odd}]{{65535}}[{odd}]{{65535}}$"),
        ),
    ];
    for (name, regex) in hostile {
        let began = Instant::now();
        let plan = compiled(&[&regex])?;
        let took = began.elapsed();
        assert!(took < PATIENCE, "{name}: {took:?}");
        assert!(peak_memory()? < ENOUGH, "{name}: {} MiB", peak_memory()? >> 20);
        let runs = plan.rules().first().map(|rule| rule.runs);
        assert_eq!(runs, Some(Runs::Re("more than an automaton may hold")), "{name}");
    }
    Ok(())
}

#[test]
fn what_is_only_long_runs_natively() -> Tested {
    let native = [
        r"^\d{60000}\b$".to_owned(),
        format!("^{}.*$", each(100, |text| format!("(?!{text})"))),
        format!("^(?:{})$", texts(2_000).join("|")),
    ];
    for regex in native {
        let plan = compiled(&[&regex])?;
        assert!(plan.rules().iter().all(|rule| rule.runs == Runs::Native), "{regex:.40}");
    }
    Ok(())
}

#[test]
fn rules_whose_automata_are_small_are_a_small_automaton_together() -> Tested {
    let regexes = [
        r"^(?:0?+(?i:x)?(\d{2,4}+)$|(?:0(?!0))?([^+]\d*){1,2})",
        r"^(?:9(?=\d{3}))?([2-9]\d\d[2-9]\d{6})?(?:\n|$)|^(?i:x)?(\S+)$|\b9*?(\d*)\z",
        r"(\d+)\D*$|0*(\d{0,15})(?=\d)(?:\d(?=\d))\b",
        r"1?(\d{0,15})(?:\d{0,15})(?=#|$)|(?:0(?!0))?(?<![1-9])(\d{3}-?\d{4})(?m:$)",
        r"\D*([2-9]\d\d[2-9]\d{6})(?:-| )?([^+]\d*)(?!\d)|(?>0+)((?!911)\d{3,})(?!\d)",
    ];
    let began = Instant::now();
    let plan = compiled(&regexes)?;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(plan.rules().iter().all(|rule| rule.runs == Runs::Native));
    assert_eq!(
        plan.cost(),
        2,
        "one automaton for the classes, one for the reconcile regex"
    );
    Ok(())
}
