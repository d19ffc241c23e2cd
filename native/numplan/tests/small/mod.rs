//! Small regexes and configurations, and all short numbers, for properties that try everything.

mod subjects;

pub(crate) use subjects::subjects as numbers;

use crate::documents::{object, text};
use crate::trees::{Tree, tree};
use numplan::config::document::Document;
use numplan::config::json::Json;
use numplan::plan::Plan;
use numplan::plan::rule::{Judge, Runs};
use numplan::regex::dialect::Dialect;
use proptest::prelude::*;

/// The cases of each property: `PROPTEST_CASES`, or else a default.
pub(crate) fn cases() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

pub(crate) fn regex() -> impl Strategy<Value = String> {
    prop_oneof![3 => plain_regex(), 1 => native_tree().prop_map(|tree| tree.regex())]
}

/// A regex of any construct, that runs natively as a class and as a converter.
pub(crate) fn native_tree() -> impl Strategy<Value = Tree> {
    tree().prop_filter("only re runs it", |tree| {
        let regex = tree.regex();
        let json = object([
            ("classifiers".to_owned(), object([("c".to_owned(), text(&regex))])),
            (
                "e164_converters".to_owned(),
                rewrites_json(&[(regex, String::new(), String::new())]),
            ),
        ]);
        Document::read(&json).is_ok_and(|document| compile(&document).is_some())
    })
}

/// In the syntax that the `regex` crate has too.
pub(crate) fn plain_regex() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => Just("0".to_owned()),
        4 => Just("1".to_owned()),
        2 => Just("\\+".to_owned()),
        2 => Just("[01]".to_owned()),
        1 => Just("\\d".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just("[^0]".to_owned()),
    ];
    let inner = atom.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            1 => prop::collection::vec(inner.clone(), 2..3).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            3 => inner.clone().prop_map(|inner| format!("({inner})")),
            2 => (inner, "\\?|\\*|\\+|\\{2\\}|\\{1,2\\}|\\{0,2\\}|\\{2,\\}", any::<bool>())
                .prop_map(|(inner, count, lazy)| format!("(?:{inner}){count}{}", if lazy { "?" } else { "" })),
        ]
    });
    let branch = (
        prop::sample::select(vec!["^", "^", "^", ""]),
        inner,
        prop::sample::select(vec!["$", "$", "\\z", ""]),
    )
        .prop_map(|(front, inner, end)| format!("{front}{inner}{end}"));
    prop_oneof![
        5 => branch.clone(),
        2 => (branch.clone(), branch).prop_map(|(one, other)| format!("{one}|{other}")),
        1 => Just("^.*$".to_owned()),
        1 => Just(".*".to_owned()),
    ]
}

pub(crate) fn converter() -> impl Strategy<Value = String> {
    let select = |texts: &[&'static str]| prop::sample::select(texts.to_vec());
    let fronts = ["(?!0)", "(?=01)", "0(?![01])", "\\+?+", "(?>0|00)", "0\\b", "1*+"];
    let roots = [
        "(\\d*)",
        "(1\\d+)",
        "(?<=0)(1*)",
        "\\K\\d+",
        "\\K(\\d*)",
        "(\\d++)",
        "((?!0)\\d*)",
    ];
    let ends = ["$", "", "(?<!0)$", "(?!1)", "\\b", "(?=0?$)"];
    let look_around = (select(&fronts), select(&roots), select(&ends));
    prop_oneof![
        3 => plain_converter(),
        1 => look_around.prop_map(|(front, root, end)| format!("^{front}{root}{end}")),
        1 => native_tree().prop_map(|tree| tree.regex()),
    ]
}

/// In the syntax that the `regex` crate has too.
pub(crate) fn plain_converter() -> impl Strategy<Value = String> {
    let select = |texts: &[&'static str]| prop::sample::select(texts.to_vec());
    let fronts = ["", "0", "\\+?", "1?", "\\+?1?", "0{1,2}", "(?:0|11)", "(1)?", "00"];
    let roots = ["[01]", "\\d{2}", "\\d*", "1\\d+", ".*", "\\d{0,2}", ".+?", "0|1\\d", ""];
    let ends = ["$", "1?$", "", "\\z", "0$", "(1)?$", "(?:1|00)$"];
    prop_oneof![
        4 => (select(&fronts), select(&roots), select(&ends)).prop_map(|(front, root, end)| format!("^{front}({root}){end}")),
        1 => (select(&fronts), select(&roots), select(&ends))
            .prop_map(|(front, root, end)| format!("^{front}({root}){end}|^1({root})0?$")),
        3 => plain_regex(),
    ]
}

pub(crate) type RewriteText = (String, String, String);

pub(crate) fn rewrites_json(rules: &[RewriteText]) -> Json {
    object(rules.iter().map(|(regex, prefix, suffix)| {
        let affixes = [("prefix".to_owned(), text(prefix)), ("suffix".to_owned(), text(suffix))];
        (regex.clone(), object(affixes))
    }))
}

/// The plan, if all its rules are native.
pub(crate) fn compile(document: &Document) -> Option<Plan> {
    let plan = Plan::compile(document, Judge::Reader(Dialect::Pcre)).ok()?;
    plan.rules()
        .iter()
        .all(|rule| rule.runs == Runs::Native)
        .then_some(plan)
}

/// A plan whose one class says whether `regex` matches.
pub(crate) fn single(regex: &[u8]) -> Plan {
    let classifiers = Json::Object(vec![(b"c".to_vec(), Json::String(regex.to_vec()))]);
    let json = object([
        ("classifiers".to_owned(), classifiers),
        ("e164_converters".to_owned(), object([])),
        ("reconcile_regex".to_owned(), text("^$")),
    ]);
    let document = Document::read(&json).expect("a document");
    compile(&document).expect("a plan")
}
