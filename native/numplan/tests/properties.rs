//! Properties of generated patterns and subjects; the `regex` crate gives expected values where its
//! dialect is the same.

mod backtracking;
mod trees;

use numplan::config::document::Document;
use numplan::config::json::{self, Json, Limits};
use numplan::plan::Plan;
use numplan::plan::rule::{Judge, Runs};
use numplan::regex::dialect::Dialect;
use numplan::regex::parser::{self, Reading};
use proptest::prelude::*;
use std::collections::HashMap;
use trees::{Tree, tree};

/// Patterns that mean the same to OTP's `re` and to the `regex` crate, except `$`, written `\z`
/// there.
fn shared_syntax() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        3 => "[0-3+a]".prop_map(|byte| if byte == "+" { "\\+".to_owned() } else { byte }),
        2 => Just("\\d".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just("[0-2a]".to_owned()),
        1 => Just("[^0a]".to_owned()),
        1 => Just("^".to_owned()),
        1 => Just("\\z".to_owned()),
    ];
    atom.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            2 => inner.clone().prop_map(|inner| format!("({inner})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one})|({other})")),
            3 => (inner, "[?*+]|\\{[0-2]\\}|\\{[01],[23]\\}|\\{1,\\}", any::<bool>()).prop_map(|(inner, count, lazy)| {
                format!("(?:{inner}){count}{}", if lazy { "?" } else { "" })
            }),
        ]
    })
}

fn subjects() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(b"0123+a\n".to_vec()), 0..12),
        prop::collection::vec(any::<u8>(), 0..12),
    ]
}

/// Converters as operators write them, and some that they would not.
fn converter() -> impl Strategy<Value = String> {
    let fronts = [
        "",
        "0",
        "\\+?",
        "1?",
        "\\+?1?",
        "1{0,2}",
        "0{1,3}?",
        "(?:0|11)",
        "(?:00|1)?",
        "(1)?",
        "(?:1|)",
    ];
    let roots = [
        "[0-3]", "\\d{2}", "\\d*", "[12]\\d+", ".*", "\\d{0,3}", ".+?", "0|1\\d", "",
    ];
    let ends = ["$", "1?$", "", "\\z", "2$", "\n$", "(?:1|23)$"];
    let select = |texts: &[&'static str]| prop::sample::select(texts.to_vec());
    prop_oneof![
        4 => (select(&fronts), select(&roots), select(&ends)).prop_map(|(front, root, end)| format!("^{front}({root}){end}")),
        1 => (select(&fronts), select(&roots), select(&ends))
            .prop_map(|(front, root, end)| format!("^{front}({root}){end}|^2({root})3?$")),
        1 => shared_syntax(),
    ]
}

fn members(members: impl Iterator<Item = (String, Json)>) -> Json {
    Json::Object(members.map(|(key, value)| (key.into_bytes(), value)).collect())
}

fn text(text: &str) -> Json {
    Json::String(text.as_bytes().to_vec())
}

fn object(members: Vec<(&str, Json)>) -> Json {
    Json::Object(
        members
            .into_iter()
            .map(|(key, value)| (key.as_bytes().to_vec(), value))
            .collect(),
    )
}

/// Each pattern as a class, and as a converter that puts brackets around the root.
fn plan(patterns: &[String]) -> Option<Plan> {
    let names: Vec<String> = (0..patterns.len()).map(|place| format!("c{place}")).collect();
    let classes = names
        .iter()
        .zip(patterns)
        .map(|(name, pattern)| (name.as_str(), text(pattern)));
    let brackets = || object(vec![("prefix", text("<")), ("suffix", text(">"))]);
    let converters = patterns.iter().map(|pattern| (pattern.as_str(), brackets()));
    let json = object(vec![
        ("classifiers", object(classes.collect())),
        ("e164_converters", object(converters.collect())),
        ("reconcile_regex", text(patterns.first().map_or("^$", String::as_str))),
    ]);
    let document = Document::read(&json).ok()?;
    Plan::compile(&document, Judge::Re(Dialect::Pcre, &HashMap::new())).ok()
}

fn root(regex: &regex::bytes::Regex, subject: &[u8]) -> Option<Vec<u8>> {
    let captures = regex.captures(subject)?;
    let last = (0..captures.len()).rev().find_map(|group| captures.get(group))?;
    Some(last.as_bytes().to_vec())
}

fn oracle(pattern: &str) -> Option<regex::bytes::Regex> {
    regex::bytes::RegexBuilder::new(pattern).unicode(false).build().ok()
}

fn is_native(tree: &Tree) -> bool {
    matches!(parser::read(tree.regex().as_bytes(), Dialect::Pcre), Reading::Native(_))
}

/// What a backtracking search keeps of `subject`: the last group that took part.
fn kept<'s>(tree: &Tree, subject: &'s [u8]) -> Option<&'s [u8]> {
    let spans = backtracking::search(tree, subject)?;
    let (start, end) = spans.iter().rev().find_map(|span| *span)?;
    subject.get(start..end)
}

/// The cases of each property: `PROPTEST_CASES`, or else a default.
fn cases() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|cases| cases.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_global_rejects: u32::MAX, max_local_rejects: u32::MAX, ..ProptestConfig::default() })]

    #[test]
    fn the_first_pattern_that_matches_decides(
        patterns in prop::collection::vec(shared_syntax(), 1..5),
        subjects in prop::collection::vec(subjects(), 8),
    ) {
        let regexes: Option<Vec<_>> = patterns.iter().map(|pattern| oracle(pattern)).collect();
        let (Some(regexes), Some(plan)) = (regexes, plan(&patterns)) else { return Ok(()) };
        let native = |place: usize| plan.rules().get(place).is_some_and(|rule| rule.runs == Runs::Native);
        prop_assume!((0..patterns.len()).all(native));
        for subject in &subjects {
            let first = regexes.iter().position(|regex| regex.is_match(subject));
            prop_assert_eq!(plan.classify_e164(subject), first, "{:?} on {:?}", patterns, subject);
            prop_assert_eq!(plan.is_reconcilable_e164(subject), first == Some(0));
        }
    }

    #[test]
    fn the_root_is_the_last_group_that_took_part(
        pattern in prop_oneof![shared_syntax(), converter().prop_map(|regex| regex.replace('$', "\\z"))],
        subjects in prop::collection::vec(subjects(), 8),
    ) {
        let (Some(regex), Some(plan)) = (oracle(&pattern), plan(std::slice::from_ref(&pattern))) else { return Ok(()) };
        prop_assume!(plan.rules().iter().all(|rule| rule.runs == Runs::Native));
        for subject in &subjects {
            let rewritten = plan.converters().apply(subject).map(|rewritten| rewritten.to_vec());
            let expected = root(&regex, subject).map(|root| [b"<", root.as_slice(), b">"].concat());
            prop_assert_eq!(rewritten, expected, "{} on {:?}", pattern, subject);
        }
    }

    #[test]
    fn a_backtracking_search_finds_the_same(
        trees in prop::collection::vec(tree().prop_filter("only re runs it", is_native), 1..4),
        subjects in prop::collection::vec(prop::collection::vec(prop::sample::select(b"00112+a\n".to_vec()), 0..9), 24),
    ) {
        let patterns: Vec<String> = trees.iter().map(Tree::regex).collect();
        let Some(plan) = plan(&patterns) else { return Ok(()) };
        for subject in &subjects {
            let roots: Vec<Option<&[u8]>> = trees.iter().map(|tree| kept(tree, subject)).collect();
            let first = roots.iter().position(Option::is_some);
            prop_assert_eq!(plan.classify_e164(subject), first, "{:?} on {:?}", patterns, subject);
            if plan.rules().iter().all(|rule| rule.runs == Runs::Native) {
                let rewritten = plan.converters().apply(subject).map(|rewritten| rewritten.to_vec());
                let expected = first.and_then(|first| roots[first]).map(|root| [b"<", root, b">"].concat());
                prop_assert_eq!(rewritten, expected, "{:?} on {:?}", patterns, subject);
            }
        }
    }

    #[test]
    fn one_pass_answers_as_normalising_and_then_classifying_does(
        classes in prop::collection::vec(prop_oneof![3 => shared_syntax(), 1 => tree().prop_map(|tree| tree.regex())], 1..4),
        converters in prop::collection::vec((prop_oneof![3 => converter(), 1 => tree().prop_map(|tree| tree.regex())], "[+01]{0,2}", "[0a]{0,1}"), 0..4),
        subjects in prop::collection::vec(subjects(), 16),
    ) {
        let classes = classes.iter().enumerate().map(|(place, regex)| (format!("c{place}"), text(regex)));
        let converters = converters.iter().map(|(regex, prefix, suffix)| {
            (regex.clone(), object(vec![("prefix", text(prefix)), ("suffix", text(suffix))]))
        });
        let json = object(vec![
            ("classifiers", members(classes)),
            ("e164_converters", members(converters)),
            ("reconcile_regex", text("^$")),
        ]);
        let document = Document::read(&json).map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
        let Ok(plan) = Plan::compile(&document, Judge::Re(Dialect::Pcre, &HashMap::new())) else { return Ok(()) };
        prop_assume!(plan.rules().iter().all(|rule| rule.runs == Runs::Native));
        for subject in &subjects {
            prop_assert_eq!(plan.classify(subject), plan.classify_e164(&plan.normalize(subject)), "{:?}", subject);
        }
    }

    #[test]
    fn any_text_is_read_as_a_pattern_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..24), wild in "[-0-9+*?()\\[\\]{}|\\\\^$.,:<>!=a-z]{0,24}") {
        for text in [bytes.as_slice(), wild.as_bytes()] {
            if let Reading::Invalid(error) = parser::read(text, Dialect::Pcre) {
                prop_assert!(error.offset <= text.len());
            }
        }
    }

    #[test]
    fn any_text_is_read_as_json_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40), wild in "[-0-9{}\\[\\]:,\" eE.truefalsnd\\\\]{0,40}") {
        for text in [bytes.as_slice(), wild.as_bytes()] {
            let serde: Result<serde_json::Value, _> = serde_json::from_slice(text);
            let ours = json::parse(text, &Limits::default());
            prop_assert_eq!(ours.is_ok(), serde.is_ok(), "{:?}", String::from_utf8_lossy(text));
            if let Ok(json) = ours {
                let written = json.to_text().map_err(|error| TestCaseError::fail(error.to_string()))?;
                prop_assert_eq!(json::parse(&written, &Limits::default()), Ok(json));
            }
        }
    }

    #[test]
    fn any_json_is_read_as_a_document_or_refused(wild in "[{}\\[\\]:,\"a^1]{0,30}") {
        let keys = ["classifiers", "e164_converters", "reconcile_regex", "dial_plan", "dialplans", "data", "default"];
        for key in keys {
            let text = format!("{{\"{key}\": {wild}}}");
            if let Ok(json) = json::parse(text.as_bytes(), &Limits::default()) {
                let (document, problems) = Document::survey(&json);
                prop_assert!(document.is_some() || !problems.is_empty());
            }
        }
    }

    #[test]
    fn normalising_twice_changes_nothing_more_for_the_presets(number in "[0-9+]{0,16}") {
        let json = json::parse(numplan::config::preset::Preset::DEFAULT.text().as_bytes(), &Limits::default());
        let document = json.ok().and_then(|json| Document::read(&json).ok());
        let plan = document.and_then(|document| Plan::compile(&document, Judge::Reader(Dialect::Pcre)).ok());
        let plan = plan.ok_or_else(|| TestCaseError::fail("the preset does not compile"))?;
        let once = plan.normalize(number.as_bytes()).into_owned();
        prop_assert_eq!(plan.normalize(&once).into_owned(), once);
    }
}
