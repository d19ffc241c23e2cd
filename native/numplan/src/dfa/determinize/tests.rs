//! Tests of the states, under both merge policies, against the `regex` crate.

use super::*;
use crate::test_support::{Tested, program, subjects};

/// Regexes, each with one of the `regex` crate that matches the same subjects: that crate has no
/// `$` that holds before a last newline.
const PATTERNS: [(&str, &str); 14] = [
    ("^1", "^1"),
    ("\\n", "\\n"),
    ("2$", "2\\n?\\z"),
    ("1$|\\n", "1\\z|\\n"),
    ("1$\\n", "1\\n\\z"),
    ("1$\\n\\z", "1\\n\\z"),
    ("1$\\n$", "1\\n\\z"),
    ("1$2", "[^\\s\\S]"),
    ("1$[^2]$", "1\\n\\z"),
    ("^(?:12|1)*\\z", "^(?:12|1)*\\z"),
    ("2\\z", "2\\z"),
    ("^$", "^\\n?\\z"),
    ("1[12]", "1[12]"),
    ("\\n1*$", "\\n1*\\n?\\z"),
];

/// Calls `check` with the construction, its state behind each subject, what has matched if the
/// subject ends there, and the numbers of the patterns that the `regex` crate finds to match.
fn for_each_state<M: Merge>(check: impl Fn(&Determinizer<M>, &Subset<M>, M, Vec<u32>)) -> Tested {
    // Each pattern with the three behind it, by numbers that are no ranks.
    for at in 0..PATTERNS.len() {
        let chosen: Vec<(&str, &str)> = PATTERNS.iter().cycle().skip(at).take(4).copied().collect();
        let numbers = [3, 4, 7, 20];
        let programs = chosen
            .iter()
            .map(|(regex, _)| program(regex, false))
            .collect::<Tested<Vec<_>>>()?;
        let patterns: Vec<(u32, &Program)> = numbers.into_iter().zip(&programs).collect();
        let oracles = chosen.iter().map(|(_, regex)| regex::bytes::Regex::new(regex));
        let oracles = oracles.collect::<Result<Vec<_>, _>>()?;
        let (mut determinizer, start) = Determinizer::<M>::new(&patterns);
        for subject in subjects(b"12\n", 5) {
            let mut state = start.clone();
            for byte in &subject {
                state = determinizer.step(&state, *byte).0;
            }
            let matching = numbers
                .into_iter()
                .zip(&oracles)
                .filter(|(_, oracle)| oracle.is_match(&subject));
            let matching: Vec<u32> = matching.map(|(number, _)| number).collect();
            let matched = determinizer.matched_at_end(&state);
            check(&determinizer, &state, matched, matching);
        }
    }
    Ok(())
}

#[test]
fn a_state_keeps_the_first_pattern_that_matches() -> Tested {
    for_each_state::<First>(|_, _, matched, matching| {
        assert_eq!(matched.0.checked_sub(1), matching.first().copied());
    })
}

#[test]
fn a_state_keeps_all_patterns_that_match() -> Tested {
    for_each_state::<All>(|_, _, matched, matching| assert_eq!(matched.0, matching))
}

#[test]
fn a_state_holds_nothing_that_would_not_change_the_first_match() -> Tested {
    for_each_state::<First>(|determinizer, state, _, _| {
        let (settled, if_end) = (state.settled.0, state.if_end.0);
        assert_eq!(
            [state.settled.len(), state.if_end.len()],
            [settled, if_end].map(|first| first.min(1) as usize)
        );
        let may_change = |number: u32| settled == 0 || number < settled;
        assert!(if_end == 0 || may_change(if_end), "{state:?}");
        let mut owners = state.positions.iter().map(|at| determinizer.owner(*at) + 1);
        assert!(owners.all(may_change), "{state:?}");
        assert!(state.positions.is_sorted_by(|one, other| one < other), "{state:?}");
    })
}

#[test]
fn a_state_holds_nothing_that_would_not_change_the_set_of_matches() -> Tested {
    for_each_state::<All>(|determinizer, state, _, _| {
        assert_eq!(state.settled.len(), state.settled.0.len());
        for number in &state.settled.0 {
            assert!(!state.if_end.0.contains(number), "{state:?}");
            assert!(
                state.positions.iter().all(|at| determinizer.owner(*at) != *number),
                "{state:?}"
            );
        }
        for list in [&state.settled.0, &state.if_end.0, &state.positions.to_vec()] {
            assert!(list.is_sorted_by(|one, other| one < other), "{state:?}");
        }
    })
}

#[test]
fn each_position_belongs_to_its_pattern() -> Tested {
    let programs = [program("^1", false)?, program("^2", false)?];
    let (determinizer, start) = Determinizer::<First>::new(&[(3, &programs[0]), (7, &programs[1])]);
    let mut owners: Vec<u32> = start.positions.iter().map(|at| determinizer.owner(*at)).collect();
    owners.sort_unstable();
    assert_eq!(owners, [3, 7]);
    let instructions = programs.iter().map(|program| program.instructions.len());
    assert_eq!(determinizer.instructions().len(), instructions.sum::<usize>());
    Ok(())
}

#[test]
fn a_step_counts_the_instructions_the_positions_and_the_matches_that_it_looks_at() -> Tested {
    let programs = [program("^1(?:2|3|4)", false)?, program("1", false)?];
    let (mut determinizer, start) = Determinizer::<All>::new(&[(0, &programs[0]), (1, &programs[1])]);
    // Two splits, three bytes and the match of `1` are looked at. Four positions follow, one of
    // which is the `1` that may stand further on, and one match.
    let (state, looked_at) = determinizer.step(&start, b'1');
    assert_eq!(looked_at, 6 + 4 + 1);
    // The match of the first pattern is looked at; the other is kept.
    let (_, looked_at) = determinizer.step(&state, b'2');
    assert_eq!(looked_at, 1 + 1 + 2);
    Ok(())
}
