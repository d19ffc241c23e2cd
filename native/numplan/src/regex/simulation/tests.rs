//! Tests of what a simulation finds, against the `regex` crate, and of its size.

use super::*;
use crate::test_support::{Tested, program, subjects};

fn simulation(regex: &str) -> Tested<Simulation> {
    Simulation::new(&program(regex, true)?).map_err(|_| "too large".into())
}

#[test]
fn it_finds_the_last_group_that_the_regex_crate_finds() -> Tested {
    // Each regex with one of that crate, which has no `$` that holds before a last newline.
    let regexes = [
        ("(1)(2)?", "(1)(2)?"),
        ("^(1|12)(3?)(2*)\\z", "^(1|12)(3?)(2*)\\z"),
        ("(1)$\\n", "(1)\\n\\z"),
        ("(1)$(\\n)\\z", "(1)(\\n)\\z"),
        ("(1)$([^2])$", "(1)(\\n)\\z"),
        ("1$(2)", "[^\\s\\S]"),
        ("([13]+)([^1])\\z", "([13]+)([^1])\\z"),
        ("(?:(1)|(2)|(3))+\\z", "(?:(1)|(2)|(3))+\\z"),
        ("(1*?)(2+?)3", "(1*?)(2+?)3"),
    ];
    for (regex, oracle) in regexes {
        let simulation = simulation(regex)?;
        let oracle = regex::bytes::RegexBuilder::new(oracle).unicode(false).build()?;
        for subject in subjects(b"123\n", 5) {
            let captures = oracle.captures(&subject);
            let expected = captures.and_then(|captures| {
                let mut groups = (0..captures.len()).rev();
                groups.find_map(|group| Some((group, captures.get(group)?.range())))
            });
            assert_eq!(
                simulation.is_match(&subject),
                expected.is_some(),
                "{regex} on {subject:?}"
            );
            assert_eq!(simulation.last_group(&subject), expected, "{regex} on {subject:?}");
        }
    }
    Ok(())
}

#[test]
fn a_set_takes_memory_for_each_of_its_ranges() -> Tested {
    let memory = |set: &str| Tested::Ok(simulation(&format!("^(?s:{set}{{1000}})\\z"))?.memory());
    let one = memory("1")?;
    assert!((1_000 * size_of::<Transition>()..1_000_000).contains(&one), "{one}");
    assert_eq!(memory(".")?, one);
    assert_eq!(memory("[^1-9]")?, memory("[13]")?);
    assert!(memory("[13579]")? >= one + 1_000 * 4 * size_of::<Transition>());
    Ok(())
}

#[test]
fn it_costs_no_less_than_it_has_instructions() -> Tested {
    for regex in ["1", "(1)[12]{100}$", "^(?:1|2)*3"] {
        let instructions = program(regex, true)?.instructions.len();
        let cost = simulation(regex)?.cost();
        assert!((instructions..100 * instructions).contains(&cost), "{regex}: {cost}");
    }
    Ok(())
}
