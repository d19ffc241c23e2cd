//! Explanations come to the plan's answers, and say how.

mod testdata;

use numplan::config::document::Document;
use numplan::config::json::{self, Limits};
use numplan::explain::{self, Answers, Explained, Explanation, Found, Mask, Questions};
use numplan::plan::Plan;
use numplan::plan::clean::clean;
use numplan::plan::rule::{Judge, Runs};
use numplan::regex::dialect::Dialect;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::fs;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn document(text: &[u8]) -> Result<Document, Box<dyn std::error::Error>> {
    let json = json::parse(text, &Limits::default())?;
    Ok(Document::read(&json).map_err(|problems| format!("{problems:?}"))?)
}

fn explanation(document: &Document, number: &[u8]) -> Result<Explanation, String> {
    match explain::explain(document, Judge::Reader(Dialect::Pcre), number, &Answers::default()) {
        Ok(Explained::Done(explanation)) => Ok(*explanation),
        other => Err(format!("{other:?}")),
    }
}

/// Compares an explanation with the plan's answers.
fn compare(plan: &Plan, explanation: &Explanation, number: &[u8]) {
    let shown = String::from_utf8_lossy(number);
    assert_eq!(*explanation.e164, *plan.normalize(number), "{shown}");
    assert_eq!(explanation.class, plan.classify(number), "{shown}");
    assert_eq!(explanation.reconcile.matches, plan.is_reconcilable(number), "{shown}");
    assert_eq!(explanation.layout.printed, plan.pretty_print(number), "{shown}");
    if let Some(dial_plan) = plan.dial_plan().filter(|_| !explanation.plus) {
        let rewritten = dial_plan.first_match().apply(number);
        let dialled = rewritten.map_or(number.to_vec(), |rewritten| rewritten.to_vec());
        assert_eq!(
            explanation.dial_plan.as_ref().map(|rewriting| &rewriting.result),
            Some(&dialled)
        );
    }
    let printed: Vec<u8> = explanation
        .layout
        .steps
        .iter()
        .flat_map(|step| step.prints.clone())
        .collect();
    if explanation.layout.from != Mask::None {
        assert_eq!(printed, explanation.layout.printed, "{shown}");
    }
    if let Some(unclean) = &explanation.unclean {
        let class = plan
            .classify(&unclean.cleaned)
            .and_then(|class| plan.classes().get(class));
        assert_eq!(unclean.class.as_deref(), class.map(|class| class.name()), "{shown}");
        assert_eq!(*unclean.cleaned, *clean(number), "{shown}");
        assert_ne!(*plan.normalize(&unclean.cleaned), *plan.normalize(number), "{shown}");
    }
    assert!(
        explanation
            .text()
            .bytes()
            .all(|byte| byte == b'\n' || !byte.is_ascii_control())
    );
}

#[test]
fn every_configuration_on_every_number_of_the_corpus() -> Tested {
    let table = fs::read_to_string(testdata::path("corpus.tsv"))?;
    let cells = table.lines().skip(1).filter_map(|line| line.split('\t').nth(1));
    let mut numbers: BTreeSet<Vec<u8>> = cells.map(testdata::unescape).collect();
    numbers.extend([
        b"0".repeat(2_000),
        [b"+1".as_slice(), &b"5".repeat(300)].concat(),
        b"4158867900\n".repeat(20),
        b"(415) 886-7900".to_vec(),
        b"+44 20 7183 8750".to_vec(),
        b"tel:0044-20-7183-8750".to_vec(),
    ]);
    let mut asked = 0;
    for (_, text) in testdata::configurations()? {
        let Ok(document) = document(&text) else { continue };
        let Ok(plan) = Plan::compile(&document, Judge::Reader(Dialect::Pcre)) else {
            continue;
        };
        for number in &numbers {
            compare(&plan, &explanation(&document, number)?, number);
            asked += 1;
        }
    }
    assert!(asked > 10_000, "{asked}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, max_global_rejects: u32::MAX, ..ProptestConfig::default() })]

    #[test]
    fn random_rules_on_random_numbers(
        rules in prop::collection::vec(
            (
                "\\^?[01]{0,2}(\\((\\?=|\\?!|\\?<=|\\?<!)[01.]\\)|\\\\b|\\\\K)?\
                 (\\((0|1|\\\\d|\\?:1|\\?>1|\\?!1)?[01.]{0,2}(\\|[01])?\\)([?*+]\\+?)?){0,3}\\$?",
                "[+01]{0,2}",
                "[01]{0,1}",
            ),
            0..5,
        ),
        mask in "[-S#* \\\\1]{0,12}",
        numbers in prop::collection::vec(prop::collection::vec(prop::sample::select(b"0011+\n\xFF".to_vec()), 0..9), 12),
        repeated in 1..12_usize,
    ) {
        let quoted = |text: &str| String::from_utf8_lossy(&json::Json::String(text.into()).to_text().unwrap_or_default()).into_owned();
        let entries: Vec<String> = rules.iter().map(|(regex, prefix, suffix)| {
            format!("{}: {{\"prefix\": \"{prefix}\", \"suffix\": \"{suffix}\"}}", quoted(regex))
        }).collect();
        let classes: Vec<String> = rules.iter().rev().enumerate().map(|(place, (regex, prefix, _))| {
            let mask = if place % 2 == 0 { format!(", \"pretty_print\": {}", quoted(&mask)) } else { String::new() };
            format!("\"c{place}{prefix}\": {{\"regex\": {}{mask}}}", quoted(regex))
        }).collect();
        let (front, back) = entries.split_at(entries.len() / 2);
        let reconcile = rules.first().map_or("^$", |(regex, _, _)| regex);
        let text = format!(
            "{{\"classifiers\": {{{}}}, \"e164_converters\": {{{}}}, \"dial_plan\": {{{}}}, \"reconcile_regex\": {}}}",
            classes.join(","), back.join(","), front.join(","), quoted(reconcile)
        );
        let document = document(text.as_bytes()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let Ok(plan) = Plan::compile(&document, Judge::Reader(Dialect::Pcre)) else { return Ok(()) };
        prop_assume!(plan.rules().iter().all(|rule| rule.runs == Runs::Native));
        for number in numbers {
            for number in [number.repeat(repeated), number] {
                compare(&plan, &explanation(&document, &number).map_err(TestCaseError::fail)?, &number);
            }
        }
    }
}

/// kazoo-semantics 3.2: the last group that took part, the whole match where none did.
#[test]
fn the_root_and_its_group() -> Tested {
    let document = document(
        br##"{"e164_converters": {"^011(\\d*)$|^00(\\d*)$": {"prefix": "+"}, "^(1)?([2-9]\\d)(x)?$": {"suffix": "!"},
             "^[2-9]\\d{7,}$": {"prefix": "+", "suffix": "#"}, "9(\\d)?z": {}}}"##,
    )?;
    let change = |number: &[u8]| -> Result<_, String> {
        let rewriting = explanation(&document, number)?.converters.ok_or("it starts with +")?;
        let change = rewriting.change.ok_or("no rule matches")?;
        Ok((
            rewriting.tried.len(),
            change.group,
            change.start,
            change.root,
            rewriting.result,
        ))
    };
    assert_eq!(change(b"01144")?, (1, 1, 3, b"44".to_vec(), b"+44".to_vec()));
    assert_eq!(change(b"0044")?, (1, 2, 2, b"44".to_vec(), b"+44".to_vec()));
    assert_eq!(change(b"142")?, (2, 2, 1, b"42".to_vec(), b"42!".to_vec()));
    assert_eq!(change(b"42x")?, (2, 3, 2, b"x".to_vec(), b"x!".to_vec()));
    assert_eq!(
        change(b"21234567")?,
        (3, 0, 0, b"21234567".to_vec(), b"+21234567#".to_vec())
    );
    assert_eq!(change(b"a9z")?, (4, 0, 1, b"9z".to_vec(), b"9z".to_vec()));
    assert_eq!(change(b"a93z")?, (4, 1, 2, b"3".to_vec(), b"3".to_vec()));
    Ok(())
}

/// kazoo-semantics 3.8.
#[test]
fn the_steps_of_a_pretty_print() -> Tested {
    let steps = |mask: &str, number: &str| -> Result<_, Box<dyn std::error::Error>> {
        let text = format!(
            r#"{{"classifiers": {{"a": {{"regex": "", "pretty_print": "{mask}"}}}}, "e164_converters": {{}}}}"#
        );
        let layout = explanation(&document(text.as_bytes())?, number.as_bytes())?.layout;
        let steps: Vec<_> = layout
            .steps
            .iter()
            .map(|step| {
                let [symbol, takes, prints] =
                    [&step.symbol, &step.takes, &step.prints].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                format!("{symbol} {:?} {takes} {prints}", step.does)
            })
            .collect();
        Ok((
            steps.join(", "),
            String::from_utf8(layout.dropped)?,
            String::from_utf8(layout.printed)?,
        ))
    };
    assert_eq!(
        steps(r"S\\S#*\\", "1234")?,
        (
            r"S Skip 1 , \S Literal  S, # Emit 2 2, * Rest 34 34, \ Literal  \".to_owned(),
            String::new(),
            r"S234\".to_owned()
        )
    );
    assert_eq!(steps("S#", "1234")?.1, "34");
    assert_eq!(steps(r"#\\*\\#", "12")?.2, "1*#");
    assert_eq!(steps("SS(###)", "00123")?.2, "(123)");
    let (exhausted, _, printed) = steps("#S#*-", "7")?;
    assert_eq!(
        (exhausted.as_str(), printed.as_str()),
        ("# Emit 7 7, S Skip  , # Emit  , * Rest  , - Literal  -", "7-")
    );
    Ok(())
}

#[test]
fn where_the_mask_comes_from() -> Tested {
    let document =
        document(br##"{"classifiers": {"own": {"regex": "^\\+1", "pretty_print": "#"}, "none": "^\\+2"}}"##)?;
    let layout = |number: &[u8]| explanation(&document, number).map(|explanation| explanation.layout);
    assert_eq!(
        (layout(b"+15")?.from, layout(b"+15")?.printed),
        (Mask::Class, b"+".to_vec())
    );
    assert_eq!(
        (layout(b"+25")?.from, layout(b"+25")?.printed),
        (Mask::None, b"+25".to_vec())
    );
    assert_eq!(layout(b"x")?.from, Mask::None);
    let document = self::document(br#"{"classifiers": {}}"#)?;
    let layout = explanation(&document, b"+1")?.layout;
    assert_eq!(
        (layout.from, layout.mask.as_slice()),
        (Mask::Nanp, b"SS(###) ### - ####".as_slice())
    );
    Ok(())
}

const FOREIGN: &[u8] = br##"{
    "dial_plan": {"(*PRUNE)^9(?!1)(.*)$": {}, "^8(.*)$": {"prefix": "7"}, "(*PRUNE)^(?=0)": {}},
    "e164_converters": {"^(\\d)\\1": {"prefix": "+"}, "(*PRUNE)^(?!5)(\\d)(\\d)$": {"suffix": "#"}},
    "classifiers": {"native": "^1", "verb": "(*PRUNE)^(?=\\+1)", "twice": "(.)\\1"},
    "reconcile_regex": "(*PRUNE)(?<!1)2"
}"##;

/// Explains with the `answers` of an `re`, and returns the questions that were asked.
fn asked(number: &[u8], answers: &[(&str, &str, Option<Found>)]) -> Result<(Vec<Questions>, Explanation), String> {
    let document = document(FOREIGN).map_err(|error| error.to_string())?;
    let (mut known, mut questions) = (Answers::default(), Vec::new());
    loop {
        match explain::explain(&document, Judge::Re(Dialect::Pcre, &HashMap::new()), number, &known) {
            Ok(Explained::Done(explanation)) => return Ok((questions, *explanation)),
            Ok(Explained::Asks(more)) => {
                for regex in &more.regexes {
                    let (regex, subject, found) = answers
                        .iter()
                        .find(|(known, subject, _)| known.as_bytes() == regex && subject.as_bytes() == more.subject)
                        .ok_or_else(|| format!("{more:?}"))?;
                    known.add(regex.as_bytes(), subject.as_bytes(), *found);
                }
                questions.push(more);
            }
            Err(problems) => return Err(format!("{problems:?}")),
        }
    }
}

#[test]
fn what_only_re_can_run_is_asked_for_once_and_in_order() -> Tested {
    let found = |group, start, length| Some(Found { group, start, length });
    let (questions, explanation) = asked(
        b"922",
        &[
            ("(*PRUNE)^9(?!1)(.*)$", "922", found(1, 1, 2)),
            ("(*PRUNE)^(?=0)", "922", None),
            (r"^(\d)\1", "22", found(1, 0, 1)),
            (r"(*PRUNE)^(?!5)(\d)(\d)$", "22", found(2, 1, 1)),
            (r"(*PRUNE)^(?=\+1)", "+2", None),
            (r"(.)\1", "+2", None),
            ("(*PRUNE)(?<!1)2", "+2", found(0, 1, 1)),
        ],
    )?;
    let subjects: Vec<&[u8]> = questions.iter().map(|questions| questions.subject.as_slice()).collect();
    assert_eq!(subjects, [b"922".as_slice(), b"22", b"+2"]);
    assert_eq!(explanation.e164, b"+2");
    assert_eq!(explanation.class, None);
    assert!(explanation.reconcile.matches);
    assert_eq!(explanation.reconcile.runs, Runs::Re("a verb"));
    assert!(explanation.text().contains("(run by OTP's re: a verb)"));
    Ok(())
}

#[test]
fn re_is_not_asked_behind_a_native_rule_that_matches() -> Tested {
    let (questions, explanation) = asked(
        b"81",
        &[
            ("(*PRUNE)^9(?!1)(.*)$", "81", None),
            (r"^(\d)\1", "71", None),
            (
                r"(*PRUNE)^(?!5)(\d)(\d)$",
                "71",
                Some(Found {
                    group: 2,
                    start: 1,
                    length: 1,
                }),
            ),
            (r"(*PRUNE)^(?=\+1)", "1#", None),
            (r"(.)\1", "1#", None),
            ("(*PRUNE)(?<!1)2", "1#", None),
        ],
    )?;
    assert_eq!(questions[0].regexes, [b"(*PRUNE)^9(?!1)(.*)$"]);
    assert_eq!(explanation.class, Some(0));
    let change = explanation
        .converters
        .and_then(|rewriting| rewriting.change)
        .ok_or("no rule matches")?;
    assert_eq!((change.group, change.root), (2, b"1".to_vec()));
    Ok(())
}

#[test]
fn a_span_beyond_the_number_is_empty() -> Tested {
    let beyond = Some(Found {
        group: 1,
        start: usize::MAX,
        length: usize::MAX,
    });
    let (_, explanation) = asked(
        b"9",
        &[
            ("(*PRUNE)^9(?!1)(.*)$", "9", beyond),
            ("(*PRUNE)^(?=0)", "9", None),
            (r"^(\d)\1", "", None),
            (r"(*PRUNE)^(?!5)(\d)(\d)$", "", None),
            (r"(*PRUNE)^(?=\+1)", "", None),
            (r"(.)\1", "", None),
            ("(*PRUNE)(?<!1)2", "", None),
        ],
    )?;
    assert_eq!(explanation.e164, b"");
    Ok(())
}

#[test]
fn the_text_of_a_decision() -> Tested {
    let document = document(
        br#"{"dial_plan": {"^(\\d{3})$": {"prefix": "1", "suffix": "9"}, "^x": {}},
             "e164_converters": {"^0": {}, "^1(\\d+)$": {"prefix": "+1"}},
             "classifiers": {"a": "^0", "us": {"regex": "^\\+1", "pretty_print": "S# *"}, "any": "", "plus": "^\\+"},
             "reconcile_regex": "^\\+1"}"#,
    )?;
    let expected = r#"555
It does not start with +, so the dial plan is tried; the first rule that matches 555 decides:
  yes   ^(\d{3})$
That rule is dial_plan["^(\d{3})$"].
Group 1, the last that took part in the match, is the root: 555.
1 goes before it and 9 behind it: 15559.
Then the converters are tried; the first rule that matches 15559 decides:
  no    ^0
  yes   ^1(\d+)$
That rule is e164_converters["^1(\d+)$"].
Group 1, the last that took part in the match, is the root: 5559.
+1 goes before it: +15559.
The classifiers are tried, in order; the first that matches +15559 names the class:
  no    a     ^0
  yes   us    ^\+1
  (yes) any   ""
  (yes) plus  ^\+
The class is us, the first that matches.
any, plus match too and stand later: the order decides.
It is reconcilable: the reconcile regex matches +15559:
  yes   ^\+1
It is laid out by the mask of its class, "S# *":
  S     skips +
  #     prints 1
  " "   literal " "
  *     prints all that is left, 5559
It is printed as "1 5559".
"#;
    assert_eq!(explanation(&document, b"555")?.text(), expected);
    let text = explanation(&document, b"+2\x1b[31m\n\xff\xe2\x80\xae")?.text();
    assert!(text.starts_with(r"+2\x1B[31m\x0A\xFF\xE2\x80\xAE"), "{text}");
    assert!(text.contains("It starts with +, so it is taken as it is.\n"));
    Ok(())
}

#[test]
fn long_texts_and_long_lists_are_cut_and_say_so() -> Tested {
    let classes: Vec<String> = (0..300)
        .map(|place| format!("\"c{place}\": \"^{}\"", place % 2))
        .collect();
    let mask = "#".repeat(5_000);
    let text = format!(
        "{{\"e164_converters\": {{}}, \"classifiers\": {{\"x\": {{\"regex\": \"^1\", \"pretty_print\": \"{mask}\"}}, {}}}}}",
        classes.join(",")
    );
    let explanation = explanation(&document(text.as_bytes())?, "1".repeat(100_000).as_bytes())?;
    assert_eq!(
        (explanation.layout.steps.len(), explanation.layout.more_steps),
        (1_000, 4_000)
    );
    assert_eq!(explanation.layout.dropped.len(), 95_000);
    let text = explanation.text();
    for words in [
        "100 more do not match, which are not shown",
        "101 more match, which are not shown",
        "c1, c3, c5, c7, c9 and 145 more match too",
        "4900 more symbols, which are not shown",
        "... (100000 bytes)",
        "... (95000 bytes) is left over and dropped.",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let listed = |mark: &str| text.lines().filter(|line| line.starts_with(mark)).count();
    assert_eq!((listed("  no "), listed("  yes "), listed("  (yes) ")), (50 + 1, 1, 49));
    assert!(text.len() < 20_000, "{}", text.len());
    Ok(())
}

#[test]
fn a_refused_regex_is_a_problem() -> Tested {
    let document = document(br#"{"reconcile_regex": "("}"#)?;
    let problems = explain::explain(&document, Judge::Reader(Dialect::Pcre), b"1", &Answers::default());
    assert!(matches!(problems, Err(problems) if problems.len() == 1));
    Ok(())
}
