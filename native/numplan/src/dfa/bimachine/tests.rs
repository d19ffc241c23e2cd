//! Tests of the tables, and of the two passes over them.

use super::*;
use crate::dfa::look_around;
use crate::regex::dialect::Dialect;
use crate::regex::parser::{Reading, read};
use crate::regex::simulation::Simulation;
use crate::test_support::{self, Tested, subjects};
use proptest::prelude::*;

/// The program of `regex`, if it is native and has no loop that may match nothing.
fn program(regex: &str) -> Option<Program> {
    match read(regex.as_bytes(), Dialect::Pcre) {
        Reading::Native(pattern) if !pattern.node.has_nullable_loop() => {
            look_around::compile(&pattern, true, 1_000).ok()
        }
        _ => None,
    }
}

/// Regexes whose branches, loops and conditions compete for the same bytes.
fn regex() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["a", "b", "[ab]", ".", r"\n", "^", "$", r"\z", "(?:)"]);
    leaf.prop_map(String::from).prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            inner.clone().prop_map(|body| format!("({body})")),
            (
                inner,
                prop::sample::select(vec!["?", "*", "+", "??", "*?", "+?", "{2}", "{1,3}", "{1,2}?"])
            )
                .prop_map(|(body, times)| format!("(?:{body}){times}")),
        ]
    })
}

proptest! {
    #[test]
    fn it_finds_the_group_that_a_simulation_finds(
        regex in regex(),
        subjects in prop::collection::vec("[ab\n]{0,9}", 20),
    ) {
        let Some(program) = program(&regex) else { return Ok(()) };
        let bimachine = Bimachine::build(&program).ok_or_else(|| TestCaseError::fail("too large"))?;
        let simulation = Simulation::new(&program).map_err(|_| TestCaseError::fail("too large"))?;
        for subject in subjects {
            let simulated = simulation.last_group(subject.as_bytes());
            prop_assert_eq!(simulation.is_match(subject.as_bytes()), simulated.is_some(), "{}", regex);
            prop_assert_eq!(bimachine.last_group(subject.as_bytes()), simulated, "{} on {:?}", regex, subject);
        }
    }
}

#[test]
fn a_long_number_is_searched_as_a_short_one() -> Tested {
    let program = program(r"^\D*(\d+)\D*$").ok_or("a native regex")?;
    let bimachine = Bimachine::build(&program).ok_or("small tables")?;
    for length in [1, SHORT - 2, SHORT - 1, SHORT, SHORT + 1, 10 * SHORT] {
        let number = format!("+{}-", "1".repeat(length));
        assert_eq!(bimachine.last_group(number.as_bytes()), Some((1, 1..length + 1)));
    }
    Ok(())
}

#[test]
fn a_pattern_whose_tables_would_be_large_has_none() -> Tested {
    let large = program("(a)[ab]{16}b").ok_or("a native regex")?;
    assert!(
        Bimachine::build(&large).is_none(),
        "a state for each choice of 17 bytes"
    );
    let small = program("(a)[ab]{16}b$").ok_or("a native regex")?;
    assert!(Bimachine::build(&small).is_some());
    Ok(())
}

#[test]
fn patterns_of_up_to_15_groups_have_tables_that_find_the_last_one() -> Tested {
    let letters = "abcdefghijklmnop";
    for groups in 2..=letters.len() {
        let branches: Vec<String> = letters
            .chars()
            .take(groups)
            .map(|letter| format!("({letter})"))
            .collect();
        let each = branches.join("|");
        // The first group takes part always in the last of these regexes, and never alone.
        let first = branches.first().map_or("", String::as_str);
        let others = branches.get(1..).unwrap_or_default().join("|");
        for regex in [
            format!("^(?:{each})*\\z"),
            format!("x(?:{each})+"),
            format!("^{first}(?:{others})*\\z"),
        ] {
            let bimachine = Bimachine::build(&program(&regex).ok_or("a native regex")?);
            assert_eq!(bimachine.is_some(), groups <= 15, "{regex}");
            let (Some(bimachine), oracle) = (bimachine, regex::bytes::Regex::new(&regex)?) else {
                continue;
            };
            for text in subjects(letters.as_bytes(), 2) {
                for subject in [[b"x", text.as_slice(), b"x"].concat(), text] {
                    let captures = oracle.captures(&subject);
                    let last = captures.and_then(|captures| {
                        let mut groups = (0..captures.len()).rev();
                        groups.find_map(|group| Some((group, captures.get(group)?.range())))
                    });
                    assert_eq!(bimachine.last_group(&subject), last, "{regex} on {subject:?}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn groups_below_one_that_takes_part_in_every_match_are_not_saved() -> Tested {
    let regexes = [
        "(a)",
        "(a)(b)?",
        "(a)|(b)",
        "(?:(a)|b)(c)",
        "(a)*(b)+",
        "((a)|(b)|c)",
        "(a(b)){2}(c)?",
        "a|bc",
    ];
    for regex in regexes {
        let program = program(regex).ok_or("a native regex")?;
        let oracle = regex::bytes::Regex::new(regex)?;
        let subjects = subjects(b"abc", 5);
        let matches: Vec<_> = subjects.iter().filter_map(|subject| oracle.captures(subject)).collect();
        let of_all = |group: &usize| matches.iter().all(|captures| captures.get(*group).is_some());
        let highest = (0..oracle.captures_len()).rev().find(of_all);
        assert_eq!(Some(highest_group_of_all_matches(&program)), highest, "{regex}");
    }
    Ok(())
}

/// Behind `n` bytes `a` there are `n + 3` states: at the end, before a last newline, before each
/// of these bytes, and where none leads to a match. A row is as long as there are entries: `n`
/// and the two at which a match begins, and one for each byte behind which nothing can match.
#[test]
fn each_table_has_up_to_65_536_cells() -> Tested {
    let build = |regex: &str| Ok::<_, &str>(Bimachine::build(&program(regex).ok_or("a native regex")?));
    let tables = |states: usize, stride: usize| size_of::<Bimachine>() + 256 + (4 + 8) * states * stride;
    let small = build("^(a)$")?.ok_or("small tables")?;
    assert_eq!(small.memory(), tables(4, 3));
    let largest = build("^(a{253}|c^)$")?.ok_or("tables that just fit")?;
    assert_eq!(largest.memory(), tables(256, 256));
    let number = "a".repeat(253);
    assert_eq!(largest.last_group(number.as_bytes()), Some((1, 0..253)));
    assert_eq!(largest.last_group(b"c"), None);
    for larger in ["^(a{253}|c^|d^)$", "^(a{254})$"] {
        assert!(build(larger)?.is_none(), "{larger}");
    }
    Ok(())
}

/// At each of 200 positions each of 200 states is followed through all branches.
#[test]
fn tables_that_are_much_work_are_not_made() -> Tested {
    for (branches, is_made) in [(20, true), (100, false)] {
        let regex = format!("^(?:{}){{200}}$", vec!["a"; branches].join("|"));
        let program = test_support::program(&regex, true)?;
        assert_eq!(Bimachine::build(&program).is_some(), is_made, "{branches} branches");
    }
    Ok(())
}

#[test]
fn a_match_that_is_cut_where_it_begins_is_whole() -> Tested {
    let spans = [
        ("\\K12", 1..3),
        ("\\K\\K12", 1..3),
        ("1\\K2", 2..3),
        ("12\\K", 3..3),
        ("(?:\\K1|\\K\\K1)\\K2", 2..3),
    ];
    for (regex, span) in spans {
        let bimachine = Bimachine::build(&program(regex).ok_or("a native regex")?).ok_or("small tables")?;
        assert_eq!(bimachine.last_group(b"3123"), Some((0, span)), "{regex}");
    }
    Ok(())
}
