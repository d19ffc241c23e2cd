//! Tests of the table, and of reading subjects and lines by it.

use super::*;
use crate::test_support::{Tested, program, subjects};
use std::collections::HashSet;

const ROOMY: usize = 64 << 20;

fn numbered(programs: &[Program]) -> Vec<(u32, &Program)> {
    (0..).zip(programs).collect()
}

fn automaton(regexes: &[&str]) -> Tested<Automaton> {
    let programs = regexes
        .iter()
        .map(|regex| program(regex, false))
        .collect::<Tested<Vec<_>>>()?;
    Automaton::build(&numbered(&programs), ROOMY).map_err(|_| "too large".into())
}

/// `automaton` in the form of a large one, which stores state numbers.
fn as_if_large(automaton: &Automaton) -> Tested<Automaton> {
    let Transitions::Rows(rows) = &automaton.transitions else {
        return Err("a small table holds rows".into());
    };
    let numbers = rows.iter().map(|row| u16::try_from(row >> automaton.row_bits));
    Ok(Automaton {
        transitions: Transitions::Numbers(numbers.collect::<Result<_, _>>()?),
        ..automaton.clone()
    })
}

/// Some lists of patterns over the bytes `1` and `2`, in the syntax that the `regex` crate
/// shares. The first list has states that no byte leaves in front of more bytes, the last has
/// none; in the others the start is one.
const LISTS: [&[&str]; 6] = [
    &["^1", "^2(?:12|21)*\\z"],
    &["^12?\\z", "1\\z", "2\\n\\z", "\\r\\z"],
    &["^\\r", "^1\\r\\z", "^1[^1]2"],
    &[""],
    &[],
    &["1[12][12]\\z", "2\\z"],
];

fn oracles(list: &[&str]) -> Tested<Vec<regex::bytes::Regex>> {
    let oracle = |regex: &&str| regex::bytes::RegexBuilder::new(regex).unicode(false).build();
    Ok(list.iter().map(oracle).collect::<Result<_, _>>()?)
}

fn first(oracles: &[regex::bytes::Regex], subject: &[u8]) -> Option<u32> {
    let first = oracles.iter().position(|oracle| oracle.is_match(subject));
    first.map(|first| first as u32)
}

#[test]
fn both_forms_of_a_table_answer_with_the_first_pattern_that_matches() -> Tested {
    for list in LISTS {
        let (oracles, small) = (oracles(list)?, automaton(list)?);
        for automaton in [&small, &as_if_large(&small)?] {
            for subject in subjects(b"12\r\n3", 5) {
                let answer = automaton.answer(automaton.read(automaton.start(), &subject));
                assert_eq!(answer, first(&oracles, &subject), "{list:?} on {subject:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_line_is_read_as_its_bytes_alone() -> Tested {
    for list in LISTS {
        let (oracles, small) = (oracles(list)?, automaton(list)?);
        for automaton in [&small, &as_if_large(&small)?] {
            for text in subjects(b"12\r\n", 6) {
                let (state, behind) = automaton.read_line(&text);
                let (line, rest) = match text.iter().position(|byte| *byte == b'\n') {
                    Some(end) => (&text[..end], &text[end + 1..]),
                    None => (text.as_slice(), b"".as_slice()),
                };
                let number = match line {
                    [number @ .., b'\r'] if line.len() < text.len() => number,
                    whole => whole,
                };
                assert_eq!(automaton.answer(state), first(&oracles, number), "{list:?} on {text:?}");
                assert_eq!(behind, rest, "{list:?} on {text:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_state_is_final_where_no_byte_leaves_it() -> Tested {
    for list in LISTS {
        let small = automaton(list)?;
        for automaton in [&small, &as_if_large(&small)?] {
            for state in automaton.all_states() {
                let stays = (0..=u8::MAX).all(|byte| automaton.step(state, byte) == state);
                assert_eq!(automaton.is_final(state), stays, "{list:?} in {state:?}");
            }
        }
    }
    Ok(())
}

/// Two prefixes lead to one state where no continuation tells them apart (Myhill and Nerode).
#[test]
fn its_size_is_that_of_the_smallest_table() -> Tested {
    // Each list with its classes of bytes: the newline, and those that its sets tell apart.
    let counts = [4, 5, 5, 2, 2, 4];
    let alphabet = b"12\r\n3";
    for (list, classes) in LISTS.into_iter().zip(counts) {
        let (oracles, automaton) = (oracles(list)?, automaton(list)?);
        let continuations = subjects(alphabet, 3);
        let future = |prefix: &[u8]| {
            let whole = continuations.iter().map(|end| [prefix, end.as_slice()].concat());
            whole.map(|subject| first(&oracles, &subject)).collect::<Vec<_>>()
        };
        let (mut states, mut left) = (HashSet::new(), HashSet::new());
        for prefix in subjects(alphabet, 3) {
            let here = future(&prefix);
            let mut next = alphabet
                .iter()
                .map(|byte| future(&[prefix.as_slice(), &[*byte]].concat()));
            if next.any(|next| next != here) {
                left.insert(here.clone());
            }
            states.insert(here);
        }
        assert_eq!(automaton.states(), states.len(), "{list:?}");
        let cells = left.len() * usize::next_power_of_two(classes);
        let around = size_of::<Automaton>() + 256 + 4 * states.len();
        assert_eq!(automaton.memory(), around + 4 * cells, "{list:?}");
        assert_eq!(as_if_large(&automaton)?.memory(), around + 2 * cells, "{list:?}");
    }
    Ok(())
}

#[test]
fn a_table_of_more_than_512_kib_holds_numbers_where_16_bits_suffice() {
    let (cells, row_bits) = (131_072, 1);
    let table = |cells: usize, last: u32| {
        let mut rows = vec![0; cells];
        rows[cells - 1] = last << row_bits;
        Transitions::new(rows, row_bits).memory()
    };
    assert_eq!(table(cells, 1), 4 * cells);
    assert_eq!(table(cells + 1, 65_535), 2 * (cells + 1));
    assert_eq!(table(cells + 1, 65_536), 4 * (cells + 1));
}
