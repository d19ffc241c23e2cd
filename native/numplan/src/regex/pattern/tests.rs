//! Tests of the properties of patterns: by trying all short subjects, and by their definitions.

use super::*;
use crate::test_support::{Tested, pattern, subjects};

#[test]
fn widths_and_empty_matches_are_those_that_occur() -> Tested {
    let regexes = [
        "",
        "1",
        "[12]",
        "12",
        "(1)(2)",
        "1|2",
        "1|22",
        "11|22",
        "(?:1|22)3",
        "1|",
        "1?",
        "1{2}",
        "1{1,2}",
        "1*",
        "1+",
        "(?:12){2}",
        "(?:1|22){2}",
        "1{0}",
        "(1?)2",
        "(1?2?){2}",
        "(1|2|3)(12|23)",
        "(?:1*){2}",
        "1(2(3))",
        "(?:1|2?)+",
        "1(?:2|)",
    ];
    let all = subjects(b"123", 6);
    for regex in regexes {
        let (node, oracle) = (
            pattern(regex)?.node,
            regex::bytes::Regex::new(&format!("^(?:{regex})\\z"))?,
        );
        let matching = all.iter().filter(|subject| oracle.is_match(subject));
        let lengths: HashSet<usize> = matching.map(|subject| subject.len()).collect();
        let width = lengths.iter().copied().next().filter(|_| lengths.len() == 1);
        assert_eq!(node.fixed_width(), width, "{regex}");
        assert_eq!(node.is_nullable(), lengths.contains(&0), "{regex}");
        for byte in *b"123" {
            let is_in = regex.contains(char::from(byte));
            // The digits of a count are in no set.
            assert!(!node.mentions(byte) || is_in, "{regex}");
            assert!(node.mentions(byte) || !is_in || regex.contains('{'), "{regex}");
        }
        assert_eq!(node.highest_group(), oracle.captures_len() - 1, "{regex}");
        assert!(
            !node.without_groups().any(&|node| matches!(node, Node::Group { .. })),
            "{regex}"
        );
    }
    Ok(())
}

#[test]
fn conditions_consume_nothing() -> Tested {
    for regex in ["^", "$", "\\z", "\\K", "(?=1)", "(?<!12)", "(?!1(2))", "^(?=1)$"] {
        let node = pattern(regex)?.node;
        assert_eq!((node.fixed_width(), node.is_nullable()), (Some(0), true), "{regex}");
        assert!(!node.mentions(b'1') && !node.has_nullable_loop(), "{regex}");
    }
    Ok(())
}

#[test]
fn a_group_in_negative_look_around_takes_part_in_no_match() -> Tested {
    for (regex, group) in [
        ("(?=(1))2", 1),
        ("(?!(1))2", 0),
        ("(1)(?!(2))3", 1),
        ("(1)(?=(2)3)", 2),
        ("(?<=(1))2", 1),
        ("(?<!(1))2", 0),
        ("(1)|(2(3))?", 3),
        ("((1)2)", 2),
    ] {
        assert_eq!(pattern(regex)?.node.highest_group(), group, "{regex}");
    }
    Ok(())
}

#[test]
fn a_loop_is_nullable_where_a_round_after_the_first_may_be_empty() -> Tested {
    for (regex, expected) in [
        ("(?:1?)*", true),
        ("(?:1*)+", true),
        ("(?:1?){2}", true),
        ("(?:1|){0,3}", true),
        ("(?:1?)?", false),
        ("(?:1?){1}", false),
        ("(?:1?){0}", false),
        ("(?:(?:1?)*)?", true),
        ("(?:(?:1?)*){0}", false),
        ("(?:1(?:2?)*)+", true),
        ("(?:12?)*", false),
        ("1(2|(?:3?)+)", true),
        ("1(2|3+)*", false),
        ("1*2+3?", false),
    ] {
        assert_eq!(pattern(regex)?.node.has_nullable_loop(), expected, "{regex}");
    }
    Ok(())
}

#[test]
fn a_pattern_looks_behind_or_ahead_by_its_conditions() -> Tested {
    for (regex, behind, ahead) in [
        ("12", false, false),
        ("^1", true, false),
        ("1$", false, true),
        ("1\\z", false, true),
        ("1|2(?:3|^)*", true, false),
        ("(1(?:2|3$))", false, true),
        ("(?=1)2", false, true),
        ("(?!1)2", false, true),
        ("(?<=1)2", true, false),
        ("(?<!1)2", true, false),
        ("(?<=1)2(?=3)", true, true),
        // The bodies of conditions are not looked into.
        ("(?=1$)2", false, true),
        ("(?<=^1)2", true, false),
    ] {
        let node = pattern(regex)?.node;
        assert_eq!((node.looks_behind(), node.looks_ahead()), (behind, ahead), "{regex}");
    }
    Ok(())
}

fn set(bytes: &[u8]) -> Node {
    Node::Set(
        bytes
            .iter()
            .fold(ByteSet::EMPTY, |set, byte| set.union(&ByteSet::of(*byte))),
    )
}

fn repeat(body: Node, min: u32, max: Option<u32>) -> Node {
    let (body, lazy) = (Box::new(body), false);
    Node::Repeat { body, min, max, lazy }
}

#[test]
fn a_repetition_of_nothing_has_the_width_0_however_often() {
    for (min, max) in [(0, None), (1, None), (0, Some(3)), (2, Some(2))] {
        for body in [Node::Empty, Node::Keep, Node::Concat(vec![Node::Look(Look::End)])] {
            assert_eq!(repeat(body, min, max).fixed_width(), Some(0));
        }
    }
}

#[test]
fn a_repeated_set_meets_another_only_within_some_bytes() {
    let within = ByteSet::of_ranges(&[(1, 2)]);
    let meets = |parts: Vec<Node>| Node::Concat(parts).meets_only_within(&within);
    let many = |body| repeat(body, 0, None);
    // The bytes in common are among the first two in the first two of these.
    assert!(meets(vec![many(set(&[1, 5])), set(&[1, 6])]));
    assert!(meets(vec![set(&[1, 2, 6]), many(set(&[1, 2, 5]))]));
    assert!(!meets(vec![many(set(&[1, 5])), set(&[1, 5])]));
    assert!(!meets(vec![many(set(&[1, 5])), set(&[2, 6])]));
    assert!(!meets(vec![set(&[1, 5]), set(&[1, 6])]));
    assert!(!meets(vec![repeat(set(&[1, 5]), 2, Some(2)), set(&[1, 6])]));
    assert!(meets(vec![repeat(set(&[1, 5]), 1, Some(2)), set(&[1, 6])]));
    // A repetition of one of them alone meets itself, as may those inside other nodes.
    assert!(meets(vec![many(set(&[1]))]));
    assert!(meets(vec![
        Node::ahead(true, many(set(&[1, 5]))),
        Node::Alternate(vec![set(&[1, 6])])
    ]));
    let (index, body) = (1, Box::new(set(&[1, 6])));
    assert!(meets(vec![
        many(Node::Concat(vec![many(set(&[1, 5]))])),
        Node::Group { index, body }
    ]));
}

#[test]
fn too_many_sets_to_compare_count_as_meeting() {
    // Sets of which each two have the first byte and the last in common.
    let meets = |sets: usize| {
        let pairs = (10..=u8::MAX - 1).flat_map(|one| (one + 1..u8::MAX).map(move |other| [1, one, other, u8::MAX]));
        let sets = pairs.take(sets).map(|bytes| repeat(set(&bytes), 0, None));
        Node::Concat(sets.collect()).meets_only_within(&ByteSet::of(1))
    };
    assert!(!meets(1_000), "a million pairs");
    assert!(meets(1_001));
}
