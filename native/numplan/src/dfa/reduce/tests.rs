//! Tests: a reduced program matches the same subjects, and is never larger.

use super::*;
use crate::dfa::determinize;
use crate::test_support::{Tested, program, subjects};

/// Regexes, each with one of the `regex` crate that matches the same subjects.
const REGEXES: [(&str, &str); 12] = [
    ("^(?:1|1|1|1|1)(?:2|2|2|2|2)", "^12"),
    ("^(?:12|12|12|12)*$", "^(?:12)*\\n?\\z"),
    ("1[12]{2}$", "1[12]{2}\\n?\\z"),
    ("^(?:1?2?1?2?1?)*1\\z", "^[12]*1\\z"),
    ("1", "1"),
    ("^1", "^1"),
    ("^[^1]$", "^[^1]\\n?\\z"),
    ("(?:|1)(?:|2)(?:|1)(?:|2)", ""),
    ("2$1", "[^\\s\\S]"),
    ("^$", "^\\n?\\z"),
    ("1$\\n", "1\\n\\z"),
    ("[12]\\z", "[12]\\z"),
];

fn matches_alike(program: &Program, oracle: &str) -> Tested<bool> {
    let oracle = regex::bytes::RegexBuilder::new(oracle).unicode(false).build()?;
    let subjects = subjects(b"123\n", 5);
    Ok(subjects
        .iter()
        .all(|subject| determinize::matches(program, subject) == oracle.is_match(subject)))
}

#[test]
fn the_program_of_an_automaton_matches_the_same_subjects() -> Tested {
    for (regex, oracle) in REGEXES {
        let program = program(regex, false)?;
        let automaton = Automaton::build(&[(0, &program)], 1 << 20).map_err(|_| "too large")?;
        let walk = of_automaton(&automaton, 2);
        // No program is needed for what matches nothing.
        assert_eq!(walk.is_none(), oracle == "[^\\s\\S]", "{regex}");
        if let Some(walk) = walk {
            assert!(matches_alike(&walk, oracle)?, "{regex}");
            assert_eq!(walk.slots, 2);
        }
    }
    Ok(())
}

#[test]
fn a_reduced_program_matches_the_same_subjects_and_is_never_larger() -> Tested {
    let mut smaller = Vec::new();
    for (regex, oracle) in REGEXES {
        let program = program(regex, false)?;
        let before = program.instructions.len();
        let reduced = reduced(program);
        assert!(matches_alike(&reduced, oracle)?, "{regex}");
        assert!(reduced.instructions.len() <= before, "{regex}");
        if reduced.instructions.len() < before {
            smaller.push(regex);
        }
    }
    assert!(
        smaller.starts_with(&["^(?:1|1|1|1|1)(?:2|2|2|2|2)", "^(?:12|12|12|12)*$"]),
        "{smaller:?}"
    );
    assert!(!smaller.contains(&"1[12]{2}$"), "{smaller:?}");
    Ok(())
}

/// Its minimal DFA has a state for each choice of 14 bytes.
#[test]
fn a_program_whose_automaton_takes_more_than_a_mebibyte_stays_as_it_is() -> Tested {
    let large = program("(?:1|1|1|1)[12]{14}$", false)?;
    let instructions = large.instructions.len();
    assert_eq!(reduced(large).instructions.len(), instructions);
    Ok(())
}
