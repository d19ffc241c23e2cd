//! Tests of where groups stand in each other.

use super::*;
use crate::test_support::{Tested, pattern};

#[test]
fn a_group_is_inside_those_whose_brackets_enclose_it() -> Tested {
    let node = pattern("(1)(?:(2(3)?)|4(5))*(6)")?.node;
    for inner in 1..=5 {
        for outer in 1..=5 {
            assert_eq!(
                is_inside(&node, inner, outer),
                (inner, outer) == (3, 2),
                "{inner} in {outer}"
            );
        }
        assert_eq!(is_repeated(&node, inner), (2..=4).contains(&inner), "{inner}");
        assert!(holds(&node, inner));
    }
    assert!(!holds(&node, 6) && !is_inside(&node, 6, 1));
    Ok(())
}

#[test]
fn a_group_is_loose_under_a_repetition_or_an_alternation_below_the_branches() -> Tested {
    for (regex, expected) in [
        ("1(2)3", false),
        ("(1)|2", false),
        ("1|2(3)", false),
        ("(?=1)(2)", false),
        ("(1)?2", true),
        ("(?:(1)2)*", true),
        ("3(?:(1)|2)", true),
        ("4|3(?:(1)|2)", true),
    ] {
        let pattern = pattern(regex)?;
        assert_eq!(is_loose(&pattern.node, 1), expected, "{regex}");
        assert_eq!(is_suspect(&pattern), expected, "{regex}");
    }
    for (regex, expected) in [("1", false), ("1?", false), ("(1)(2)", true)] {
        assert_eq!(is_suspect(&pattern(regex)?), expected, "{regex}");
    }
    Ok(())
}
