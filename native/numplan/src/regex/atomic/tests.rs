//! Tests: which atomic groups can be written as look-ahead, and how much is copied for it.

use super::*;
use crate::dfa::determinize;
use crate::test_support::{Tested, pattern, program, subjects};

/// True where an atomic group with this body can be written without one.
fn is_written(body: &str) -> Tested<bool> {
    Ok(atomic(&pattern(body)?.node, &mut Copies::default()).is_some())
}

#[test]
fn a_group_is_written_where_its_preferred_way_can_be_guarded() -> Tested {
    let written = [
        "12",
        "1|12",
        "1|2|^3",
        "(?:1|12)3",
        "(?:1|12)3|4",
        "1?",
        "1*",
        "1*2",
        "[12]*3",
        "1*2+1",
        "1*(?:2|3)1",
        "1*(2)1",
        "[12]{0,8}1",
        "[12]{4,8}1",
        "[12]{4,12}1",
        "[12]??1",
        "1{3}2",
        "1*?",
        "(?:1|12)*",
        "(?:1|12)+",
        "(?:1|12)*?",
        "(?:12){2}",
        "1{2,5}",
        "(?:1|12)?",
        "(?:1|12)(?:3?|4*)",
        "1?(?:)",
        "1{2}?",
        "[12]*1?",
        "[12]*(?:1*|3)",
    ];
    for body in written {
        assert!(is_written(body)?, "{body}");
    }
    let left = [
        // A way that depends on what stands before it cannot be a guard.
        "^1|2",
        "(?<=1)2|3",
        // Too many ways, or without bound and not forced by what follows.
        "[12]{0,9}1",
        "[12]{4,13}1",
        "[12]*1",
        "[12]*1+",
        "1*2*1",
        "1*(?:2*1)",
        "1*(?:2|1)",
        "1*?2",
        "(?:1|2)*3",
        "(?:1|12)*3",
        // A body with a choice that must be repeated, or may be empty.
        "(?:1|12){2}",
        "(?:1|12){2,}",
        "(?:1|12){2}?",
        "(?:1?)*",
        "(?:1|2?){0,3}",
    ];
    for body in left {
        assert!(!is_written(body)?, "{body}");
    }
    Ok(())
}

/// Bodies, each with how many nodes are copied: those of guards, each time, and of what follows a
/// choice.
const COPIED: [(&str, usize); 11] = [
    ("12", 0),
    // The first is negated, and copied with its condition in front of the second.
    ("1|2", 1 + 2),
    ("1|2|3", 1 + 2 + 1 + 4),
    ("(?:12)|2|3", 3 + 4 + 1 + (4 + 2)),
    // Three nodes behind the choice for each of two ways; then the first way with them, twice.
    ("(?:1|12)345", 2 * 3 + 5 + 6),
    ("[12]?34", 2 * 2 + 5 + 6),
    // What is repeated is negated.
    ("1*", 1),
    ("1?", 1),
    // All rounds, or fewer and no more: the body is copied once for either, and negated.
    ("1{2,5}", 1 + 1),
    ("(?:12)+", 3),
    ("[12]*3", 1),
];

#[test]
fn the_nodes_that_are_copied_are_counted() -> Tested {
    for (body, copied) in COPIED {
        let node = pattern(body)?.node;
        let mut copies = Copies(1_000);
        assert!(atomic(&node, &mut copies).is_some(), "{body}");
        assert_eq!(1_000 - copies.0, copied, "{body}");
        assert!(atomic(&node, &mut Copies(copied)).is_some(), "{body}");
        assert!(
            copied == 0 || atomic(&node, &mut Copies(copied - 1)).is_none(),
            "{body}"
        );
    }
    Ok(())
}

#[test]
fn rewriting_looks_at_up_to_2_000_nodes_each_time_it_comes_to_them() -> Tested {
    // A sequence with its bytes; and inside a repetition once more, with the repetition itself.
    let bytes = |count: usize| Node::Concat(vec![Node::Set(ByteSet::of(b'1')); count]);
    assert!(atomic(&bytes(1_999), &mut Copies::default()).is_some());
    assert!(atomic(&bytes(2_000), &mut Copies::default()).is_none());
    let optional = |count: usize| Node::Repeat {
        body: Box::new(bytes(count)),
        min: 0,
        max: Some(1),
        lazy: false,
    };
    assert!(atomic(&optional(998), &mut Copies::default()).is_some());
    assert!(atomic(&optional(999), &mut Copies::default()).is_none());
    Ok(())
}

#[test]
fn each_kind_of_node_counts_once_and_what_is_inside() -> Tested {
    for (regex, nodes) in [
        ("", 1),
        ("1", 1),
        ("12", 3),
        ("^1$", 4),
        ("(1)", 2),
        ("1|23", 5),
        ("1*", 2),
        ("(?=12)3", 3 + 1 + 1 + 1),
        ("1\\K2", 4),
        ("((1|2)*)", 6),
    ] {
        assert_eq!(size(&pattern(regex)?.node), nodes, "{regex}");
    }
    Ok(())
}

#[test]
fn counted_repetitions_take_all_rounds_that_they_can() -> Tested {
    // Each regex with one of the `regex` crate that matches the same subjects.
    for (regex, oracle) in [
        ("^(?>1{2,5})2", "^1{2,5}2"),
        ("^(?>1{2,5})1", "^1{6}"),
        ("^(?>1{0,2})2", "^1{0,2}2"),
        ("^(?>(?:1|12){1})2", "^12"),
        ("^(?>(?:12|1){1})2", "^122"),
        ("^(?>(?:1|2){1})\\z", "^[12]\\z"),
    ] {
        let (program, oracle) = (program(regex, false)?, regex::bytes::Regex::new(oracle)?);
        for subject in subjects(b"12", 8) {
            assert_eq!(
                determinize::matches(&program, &subject),
                oracle.is_match(&subject),
                "{regex} on {subject:?}"
            );
        }
    }
    Ok(())
}
