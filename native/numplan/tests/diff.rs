//! What changes between configurations whose difference is known.

use numplan::check::Witness;
use numplan::config::document::{Classifier, Document};
use numplan::config::json::{self, Json, Limits};
use numplan::config::preset::Preset;
use numplan::diff::{self, Change, Diff, Missing, Options};
use numplan::plan::Plan;
use numplan::plan::rule::Judge;
use numplan::proof::search::Bound;
use numplan::regex::dialect::Dialect;
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn document(json: &Json) -> Tested<Document> {
    Ok(Document::read(json).map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?)
}

fn plan(document: &Document) -> Tested<Plan> {
    let plan = Plan::compile(document, Judge::Reader(Dialect::Pcre));
    Ok(plan.map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?)
}

fn compared(old: &Document, new: &Document) -> Tested<Diff> {
    let re = HashMap::new();
    let diff = diff::diff(
        (old, Judge::Re(Dialect::Pcre, &re)),
        (new, Judge::Re(Dialect::Pcre, &re)),
        &Options::default(),
    );
    Ok(diff.map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default())?)
}

fn text(bytes: &[u8]) -> Json {
    Json::String(bytes.to_vec())
}

fn name(class: &Option<Vec<u8>>) -> Json {
    class.as_deref().map_or(Json::Null, text)
}

/// The difference as the file writes it.
fn written(diff: &Diff) -> [Json; 4] {
    let number = |change: &Option<Change>| match change {
        Some(change) => text(&change.old.number),
        None => Json::Null,
    };
    let moves = diff.moves.iter().map(|change| {
        let Change { old, new } = change;
        Json::Array(vec![name(&old.class), name(&new.class), text(&old.number)])
    });
    let rewritten = diff
        .rewritten
        .iter()
        .map(|change| Json::Array(vec![name(&change.old.class), text(&change.old.number)]));
    [
        Json::Array(moves.collect()),
        Json::Array(rewritten.collect()),
        number(&diff.gained),
        number(&diff.lost),
    ]
}

#[test]
fn finds_the_numbers_that_small_changes_move() -> Tested {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/check/diff/cases.json");
    let Json::Array(cases) = json::parse(&fs::read(path)?, &Limits::default())? else {
        return Err("no list".into());
    };
    for case in &cases {
        let side = |key: &[u8]| document(case.get(key).ok_or("a side is missing")?);
        let (old, new) = (side(b"old")?, side(b"new")?);
        let diff = compared(&old, &new)?;
        let expected = [b"moves".as_slice(), b"rewritten", b"gained", b"lost"].map(|key| case.get(key).cloned());
        assert_eq!(written(&diff).map(Some), expected, "{:?}", case.get(b"name"));
        assert_eq!(diff.missing, []);
        let (old, new) = (plan(&old)?, plan(&new)?);
        for change in diff
            .moves
            .iter()
            .chain(&diff.rewritten)
            .chain(&diff.gained)
            .chain(&diff.lost)
        {
            let number = &change.old.number;
            assert_eq!(
                (&change.old, &change.new),
                (&Witness::of(&old, number), &Witness::of(&new, number))
            );
        }
    }
    assert!(cases.len() > 15);
    Ok(())
}

fn preset(preset: Preset) -> Tested<Document> {
    document(&json::parse(preset.text().as_bytes(), &Limits::default())?)
}

#[test]
fn a_preset_does_not_differ_from_itself() -> Tested {
    for name in Preset::ALL {
        let document = preset(name)?;
        assert!(compared(&document, &document)?.is_none());
        // Nor from one with a class more that takes nothing, which is proved by following both.
        let mut other = document.clone();
        let more = document.classifiers.first().ok_or("no classifiers")?;
        other.classifiers.push(Classifier {
            regex: b"5^".to_vec(),
            ..more.clone()
        });
        assert!(compared(&document, &other)?.is_none());
    }
    Ok(())
}

/// From 4.1 to 4.2, `+` and ten digits are no longer national, and 00 needs five digits behind it
/// (kazoo-semantics 3.1).
#[test]
fn from_kazoo_4_1_to_4_2() -> Tested {
    let diff = compared(&preset(Preset::Kazoo41)?, &preset(Preset::Kazoo42)?)?;
    assert_eq!(diff.missing, []);
    let moved = |old: &str, new: &str| {
        let names = (Some(old.as_bytes().to_vec()), Some(new.as_bytes().to_vec()));
        let mut moves = diff.moves.iter();
        moves.find(|change| (&change.old.class, &change.new.class) == (&names.0, &names.1))
    };
    assert_eq!(
        moved("did_us", "international").map(|change| change.old.number.as_slice()),
        Some(b"+2002000000".as_slice())
    );
    assert_eq!(
        moved("unknown", "international").map(|change| change.old.number.len()),
        Some(8)
    );
    assert_eq!(
        moved("unknown", "emergency").map(|change| change.old.number.as_slice()),
        Some(b"711".as_slice())
    );
    let kept = diff.rewritten.first().ok_or("00 is kept")?;
    assert_eq!(
        (
            kept.old.number.as_slice(),
            kept.old.e164.as_slice(),
            kept.new.e164.as_slice()
        ),
        (b"00".as_slice(), b"+".as_slice(), b"00".as_slice())
    );
    Ok(())
}

#[test]
fn rules_that_only_re_runs_are_left_out() -> Tested {
    let side = |text: &str| document(&json::parse(text.as_bytes(), &Limits::default())?);
    let old = side(
        r#"{"reconcile_regex":"^1","e164_converters":{},"classifiers":{"a":"^1$","verb":"(*PRUNE)2","b":"^3$"}}"#,
    )?;
    let new = side(
        r#"{"reconcile_regex":"^1","e164_converters":{},"classifiers":{"c":"^1$","verb":"(*PRUNE)2","d":"^3$"}}"#,
    )?;
    let diff = compared(&old, &new)?;
    assert_eq!(
        diff.moves.len(),
        1,
        "what stands behind the rule that re runs is not certain"
    );
    assert_eq!(diff.missing, [Missing::Unread]);
    Ok(())
}

#[test]
fn a_reconcile_regex_that_only_re_runs_moves_and_hides_no_number() -> Tested {
    let side = |[one, other]: [&str; 2]| {
        let classes = format!(r#"{{"a":"^{one}$","b":"^{other}$","z":"^(.*)$"}}"#);
        let text =
            format!(r#"{{"reconcile_regex":"(*PRUNE)^\\+(?!1)\\d+$","e164_converters":{{}},"classifiers":{classes}}}"#);
        document(&json::parse(text.as_bytes(), &Limits::default())?)
    };
    let (old, new) = (side(["1", "2"])?, side(["2", "1"])?);
    assert!(compared(&old, &old)?.is_none());
    let diff = compared(&old, &new)?;
    let numbers = diff.moves.iter().map(|change| change.old.number.as_slice());
    assert_eq!(numbers.collect::<Vec<&[u8]>>(), [b"1", b"2"]);
    assert_eq!(diff.missing, [], "the same regex reads the same numbers");
    Ok(())
}

#[test]
fn a_regex_near_the_limit_of_size_may_be_refused_by_another_release() -> Tested {
    let classes = r#"{"a":"^(?:[13579]){1,1400}$"}"#;
    let text = format!(r#"{{"reconcile_regex":"^1","e164_converters":{{}},"classifiers":{classes}}}"#);
    let same = document(&json::parse(text.as_bytes(), &Limits::default())?)?;
    assert!(compared(&same, &same)?.is_none());
    let here = (&same, Judge::Reader(Dialect::Pcre));
    let there = (&same, Judge::Reader(Dialect::Pcre2));
    let diff = diff::diff(here, there, &Options::default()).map_err(|_| "refused")?;
    let cut = Missing::Cut {
        proof: "whether the other release accepts all regexes",
        bound: Bound::Size,
    };
    assert_eq!(diff.missing, [cut]);
    Ok(())
}
