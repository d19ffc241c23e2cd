//! Tests of how a list is split, and of what its parts answer together.

use super::*;
use crate::test_support::{Tested, program};

/// The fewest bytes within which the automaton of one pattern is built.
fn need(program: &Program) -> usize {
    let all = 1 << 30;
    let mut room = all;
    let built = Automaton::build_within(&[(0, program)], &mut room);
    built.map_or(usize::MAX, |_| all - room)
}

fn build(programs: &[Program], limit: usize) -> Tested<Matcher> {
    let patterns: Vec<(u32, &Program)> = (0..).zip(programs).collect();
    let mut parts = Vec::new();
    add_parts(&patterns, limit, &mut parts).map_err(|_| "too large")?;
    Ok(Matcher { parts })
}

/// For each part, whether it is an automaton.
fn automata(matcher: &Matcher) -> Vec<bool> {
    let is_automaton = |part: &Part| matches!(part, Part::Automaton(_));
    matcher.parts.iter().map(is_automaton).collect()
}

#[test]
fn each_half_of_a_split_list_has_half_of_the_limit() -> Tested {
    // An automaton of either has a state for each choice of seven classes of bytes, one of both for
    // each pair of such choices.
    let programs = [program("[12][1-4]{6}$", false)?, program("[13][1-4]{6}$", false)?];
    let limit = programs.iter().map(need).max().unwrap_or_default();
    assert_eq!(automata(&build(&programs, 2 * limit)?), [true, true]);
    assert_eq!(automata(&build(&programs, 2 * limit - 2)?), [false, false]);
    assert_eq!(automata(&build(&programs, limit)?), [false, false]);
    let three = [
        program("[12][1-4]{6}$", false)?,
        program("^1", false)?,
        program("^2", false)?,
    ];
    assert_eq!(automata(&build(&three, need(&three[0]) + 100)?), [false, true]);
    Ok(())
}

#[test]
fn a_split_list_answers_with_the_first_pattern_that_matches() -> Tested {
    let regexes = ["[12][123]{4}\\z", "^2", "[13][123]{4}\\z", "^[13]"];
    let programs = regexes
        .iter()
        .map(|regex| program(regex, false))
        .collect::<Tested<Vec<Program>>>()?;
    let oracles = regexes.iter().map(|regex| regex::bytes::Regex::new(regex));
    let oracles = oracles.collect::<Result<Vec<_>, _>>()?;
    let most = programs.iter().map(need).max().unwrap_or_default();
    let (whole, split, simulated) = (
        build(&programs, 1 << 30)?,
        build(&programs, 4 * most)?,
        build(&programs, 4_000)?,
    );
    assert_eq!(automata(&whole), [true]);
    assert!(whole.automaton().is_some());
    assert!(automata(&split).len() > 1 && automata(&split).iter().all(|automaton| *automaton));
    assert!(automata(&simulated).contains(&false));
    for number in 0..3_usize.pow(8) {
        let digits = (0..8).map(|place| b'1' + (number / 3_usize.pow(place) % 3) as u8);
        let subject: Vec<u8> = digits.take(number % 9).collect();
        let expected = oracles.iter().position(|oracle| oracle.is_match(&subject));
        for matcher in [&whole, &split, &simulated] {
            assert_eq!(
                matcher.first(&subject).map(|first| first as usize),
                expected,
                "{subject:?}"
            );
            let (start, rest) = subject.split_at(subject.len() / 3);
            let (middle, end) = rest.split_at(rest.len() / 2);
            let primed = matcher.prime(start);
            assert_eq!(primed.is_some(), automata(matcher).iter().all(|automaton| *automaton));
            if let Some(primed) = primed {
                let first = matcher.first_after(&primed, middle, end);
                assert_eq!(first.map(|first| first as usize), expected, "{subject:?}");
            }
        }
    }
    for part in [&split, &simulated] {
        assert!(part.automaton().is_none());
    }
    Ok(())
}

#[test]
fn its_size_and_its_cost_are_those_of_its_parts() -> Tested {
    let programs = [
        program("^12$", false)?,
        program("1[12]{30}$", false)?,
        program("^3(?:4|5)$", false)?,
    ];
    let automata = [&programs[0], &programs[2]].map(|program| Automaton::build(&[(0, program)], 1 << 20));
    let [Ok(one), Ok(other)] = automata else {
        return Err("small automata".into());
    };
    let simulation = Arc::new(Simulation::new(&programs[1]).map_err(|_| "too large")?);
    let size = [
        one.states() + other.states(),
        one.memory() + other.memory() + simulation.memory(),
    ];
    let cost = 1 + 1 + simulation.cost();
    let parts = vec![
        Part::Automaton(one),
        Part::Simulation { number: 1, simulation },
        Part::Automaton(other),
        Part::Any(3),
    ];
    let matcher = Matcher { parts };
    assert_eq!(matcher.size(), size);
    assert_eq!(matcher.cost(), cost);
    assert_eq!(
        [Matcher::default().first(b"1"), Matcher::any(3).first(b"1")],
        [None, Some(3)]
    );
    Ok(())
}

#[test]
fn a_list_of_patterns_of_64_instructions_on_average_may_take_512_bytes_more_for_each() -> Tested {
    let of_length = |instructions: usize| {
        let program = program(&"1".repeat(instructions - 1), false)?;
        assert_eq!(program.instructions.len(), instructions);
        Tested::Ok(program)
    };
    let (short, long, shorter) = (of_length(64)?, of_length(65)?, of_length(63)?);
    let room = |programs: &[&Program]| room_for_many(&programs.iter().map(|one| (0, *one)).collect::<Vec<_>>());
    assert_eq!(room(&[&short]), 512 * 64);
    assert_eq!(room(&[&long]), 0);
    assert_eq!(room(&[&long, &shorter]), 512 * 128);
    assert_eq!(room(&[&long, &short]), 0);
    assert_eq!(room(&vec![&short; 6_144]), 192 << 20);
    assert_eq!(room(&vec![&short; 6_145]), 192 << 20);
    assert_eq!(room(&vec![&short; 6_143]), (192 << 20) - 512 * 64);
    Ok(())
}

#[test]
fn many_short_patterns_are_one_automaton_beyond_the_limit() -> Tested {
    let many = (100..400).map(|number| program(&format!("^{number}"), false));
    let many = many.collect::<Tested<Vec<Program>>>()?;
    let patterns: Vec<(u32, &Program)> = (0..).zip(&many).collect();
    let matcher = Matcher::build(&patterns, 1_000).map_err(|_| "too large")?;
    assert_eq!(automata(&matcher), [true]);
    assert!(automata(&build(&many, 1_000)?).len() > 1);
    // The limit itself counts too.
    let large = program("1[12]{10}$", false)?;
    let limit = need(&large) - 512 * large.instructions.len();
    for (limit, is_automaton) in [(limit, true), (limit - 1, false)] {
        let matcher = Matcher::build(&[(0, &large)], limit).map_err(|_| "too large")?;
        assert_eq!(automata(&matcher), [is_automaton]);
    }
    Ok(())
}
