//! Tests: what a plan costs, how it reads numbers, and what it says about its rules.

use super::*;
use crate::config::json::Json;
use crate::plan::refusal::Refusal;
use crate::regex::dialect::Dialect;
use std::collections::HashMap;

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

const READER: Judge<'static> = Judge::Reader(Dialect::Pcre);

/// `json` with `'` in place of `"`.
fn document(json: &str) -> Tested<Document> {
    let json: Json = json.replace('\'', "\"").parse()?;
    Ok(Document::read(&json)?)
}

fn plan(json: &str) -> Tested<Plan> {
    Ok(Plan::compile(&document(json)?, READER)?)
}

/// A regex whose root is searched for by tables, and one for which they would be large.
const BY_TABLES: &str = "(1)2";
const SIMULATED: &str = "^(?:(1{400})|2{3})*3$";

#[test]
fn a_plan_costs_a_look_up_for_each_automaton_and_what_the_searches_cost() -> Tested {
    let simulated = plan(&format!(
        "{{'classifiers': {{}}, 'e164_converters': {{'{SIMULATED}': {{}}}}}}"
    ))?;
    // It is far from the few look-ups of what follows.
    assert!(simulated.cost() > 1_000);
    let costs = [
        // No class, no converter: the reconcile regex alone.
        ("{'classifiers': {}, 'e164_converters': {}}", 1),
        ("{'classifiers': {'c': '^1'}, 'e164_converters': {}}", 2),
        (
            "{'classifiers': {'c': '^1'}, 'e164_converters': {'^1(2+)$': {}, '^2(1+)$': {}}}",
            3,
        ),
        // A list of one search decides by itself; in a longer one the most that a search takes is
        // added.
        ("{'classifiers': {'c': '^1'}, 'e164_converters': {'(1)2': {}}}", 2 + 2),
        (
            "{'classifiers': {'c': '^1'}, 'e164_converters': {'(1)2': {}, '^2(1+)$': {}}}",
            2 + 1 + 2,
        ),
        (
            "{'classifiers': {'c': '^1'}, 'e164_converters': {'(1)2': {}, '(2)1': {}}}",
            2 + 1 + 2,
        ),
        // A dial plan is read in two ways: by first match, and as a step for each rule.
        (
            "{'classifiers': {'c': '^1'}, 'e164_converters': {}, 'dial_plan': {'(1)2': {}, '^2(1+)$': {}}}",
            2 + (1 + 2) + 2 + 1,
        ),
        (
            "{'classifiers': {'c': '^1'}, 'e164_converters': {'(2)1': {}}, 'dial_plan': {'^2(1+)$': {}}}",
            2 + 2 + 1 + 1,
        ),
    ];
    for (json, cost) in costs {
        assert_eq!(plan(json)?.cost(), cost, "{json}");
    }
    Ok(())
}

#[test]
fn usual_rules_have_one_pass_and_the_others_states_behind_each_prefix() -> Tested {
    let usual = plan("{'classifiers': {'c': '^1'}, 'e164_converters': {'^1?(2+)$': {'prefix': '1'}}}")?;
    assert!(usual.one_pass().is_some());
    assert!(matches!(usual.primed.as_slice(), [Some(_), Some(_)]));
    let converters = format!("'{BY_TABLES}': {{'prefix': '1'}}, '^2(1+)$': {{'prefix': '2'}}, '^3': {{'prefix': '1'}}");
    let searched = plan(&format!(
        "{{'classifiers': {{'c': '^1', 'd': '^2'}}, 'e164_converters': {{{converters}}}}}"
    ))?;
    assert!(searched.one_pass().is_none());
    assert!(matches!(searched.primed.as_slice(), [Some(_), Some(_), Some(_)]));
    for (number, class) in [("12", 0), ("211", 1), ("3", 0)] {
        assert_eq!(searched.classify(number.as_bytes()), Some(class), "{number}");
    }
    // Rules that share a prefix share its states; a class that is simulated has none.
    let added = searched.added().collect::<Vec<_>>();
    assert_eq!(added, [b"1".as_slice(), b"", b"2", b"", b"1", b""]);
    let simulated = plan("{'classifiers': {'c': '1[12]{40}$'}, 'e164_converters': {'^1?(2+)$': {'prefix': '1'}}}")?;
    assert!(simulated.one_pass().is_none());
    assert!(matches!(simulated.primed.as_slice(), [None, None]));
    Ok(())
}

#[test]
fn a_rewritten_number_is_the_prefix_the_root_and_the_suffix() -> Tested {
    let plan =
        plan("{'classifiers': {}, 'e164_converters': {'^1(2+)3?$': {'prefix': '+', 'suffix': '00'}, '^4': {}}}")?;
    for (number, e164) in [
        ("1223", "+2200"),
        ("12", "+200"),
        ("45", "4"),
        ("3", "3"),
        ("+12", "+12"),
    ] {
        assert_eq!(*plan.normalize(number.as_bytes()), *e164.as_bytes(), "{number}");
        let mut text = b"9".to_vec();
        plan.normalize_into(number.as_bytes(), &mut text);
        assert_eq!(text, [b"9", e164.as_bytes()].concat(), "{number}");
    }
    let rewritten = plan.converters().apply(b"122").ok_or("a rule that matches")?;
    assert_eq!(rewritten.pieces(), [b"+".as_slice(), b"22", b"00"]);
    assert_eq!(
        (rewritten.rule, rewritten.to_vec().as_slice()),
        (0, b"+2200".as_slice())
    );
    Ok(())
}

#[test]
fn rules_are_listed_in_order_with_where_they_run() -> Tested {
    let json = "{'classifiers': {'a': '^1', 'b': '(1)\\\\1'}, 'e164_converters': {'(2)\\\\1': {'prefix': 'p', 'suffix': 's'}, '^3': {}}, 'reconcile_regex': '(4)\\\\1', 'dial_plan': {'^5': {}, '(6)\\\\1': {}}}";
    let plan = Plan::compile(&document(json)?, Judge::Re(Dialect::Pcre, &HashMap::new()))?;
    let rules: Vec<(&str, bool)> = plan
        .rules()
        .iter()
        .map(|rule| {
            (
                std::str::from_utf8(&rule.regex).unwrap_or_default(),
                rule.runs == Runs::Native,
            )
        })
        .collect();
    let expected = [
        ("^1", true),
        ("(1)\\1", false),
        ("(2)\\1", false),
        ("^3", true),
        ("(4)\\1", false),
        ("^5", true),
        ("(6)\\1", false),
    ];
    assert_eq!(rules, expected);
    let foreign: Vec<(usize, &[u8])> = plan
        .foreign_classes()
        .iter()
        .map(|one| (one.class, one.regex.as_slice()))
        .collect();
    assert_eq!(foreign, [(1, b"(1)\\1".as_slice())]);
    assert_eq!(plan.foreign_reconcile(), Some(b"(4)\\1".as_slice()));
    let foreign = plan.converters().foreign().iter();
    let foreign: Vec<_> = foreign
        .map(|one| {
            (
                one.rule,
                one.regex.as_slice(),
                one.prefix.as_slice(),
                one.suffix.as_slice(),
            )
        })
        .collect();
    assert_eq!(foreign, [(0, b"(2)\\1".as_slice(), b"p".as_slice(), b"s".as_slice())]);
    let dial_plan = plan.dial_plan().ok_or("a dial plan")?;
    assert_eq!(
        dial_plan
            .first_match()
            .foreign()
            .iter()
            .map(|one| one.rule)
            .collect::<Vec<_>>(),
        [1]
    );
    Ok(())
}

#[test]
fn a_refused_regex_is_reported_once_with_its_offset_and_how_to_mend_it() -> Tested {
    // A dial plan is read in two ways.
    let json = "{'classifiers': {'a': '^1', 'b': '^+2'}, 'e164_converters': {}, 'dial_plan': {'1+)': {}}}";
    let problems = Plan::compile(&document(json)?, READER).err().ok_or("two problems")?;
    let shown: Vec<(String, Option<usize>, bool)> = problems
        .iter()
        .map(|problem| (problem.path.to_string(), problem.offset, problem.hint.is_some()))
        .collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown.iter().all(|(.., has_hint)| *has_hint), "{shown:?}");
    assert_eq!(
        shown.iter().map(|(_, offset, _)| *offset).collect::<Vec<_>>(),
        [Some(1), Some(2)]
    );
    Ok(())
}

#[test]
fn what_re_refuses_is_refused_and_nothing_else() -> Tested {
    let refusal = Refusal {
        reason: "no".to_owned(),
        offset: 1,
    };
    let refused = HashMap::from([(b"^1".to_vec(), refusal)]);
    let by_re = |regex: &str| {
        let json = format!("{{'classifiers': {{'c': '{regex}'}}, 'e164_converters': {{}}}}");
        let problems = Plan::compile(&document(&json)?, Judge::Re(Dialect::Pcre, &refused)).err();
        Tested::Ok(problems.map(|problems| problems.iter().map(|problem| problem.offset).collect::<Vec<_>>()))
    };
    assert_eq!(by_re("^1")?, Some(vec![Some(1)]));
    // That the parser cannot read it is no reason.
    for regex in ["^2", "^+2", "(1)\\\\1"] {
        assert_eq!(by_re(regex)?, None, "{regex}");
    }
    Ok(())
}

#[test]
fn doubled_backslashes_are_warned_of_where_they_stand() -> Tested {
    let json = "{'classifiers': {'a': '^1\\\\\\\\d+$', 'b': '^1\\\\d'}, 'e164_converters': {}, 'dial_plan': {'\\\\\\\\+(2)': {}}}";
    let plan = plan(json)?;
    let offsets: Vec<Option<usize>> = plan.warnings().iter().map(|problem| problem.offset).collect();
    assert_eq!(offsets, [Some(2), Some(0)]);
    assert!(
        plan.warnings()
            .iter()
            .all(|problem| problem.reason == Reason::DoubledBackslashes)
    );
    Ok(())
}
