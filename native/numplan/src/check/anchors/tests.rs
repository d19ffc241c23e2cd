//! Tests of which regexes count as anchored.

use super::*;
use crate::test_support::{Tested, pattern};

const START: &[Look] = &[Look::Start];
const END: &[Look] = &[Look::End, Look::Dollar];

#[test]
fn a_regex_is_anchored_where_all_that_it_matches_begins_or_ends_with_an_anchor() -> Tested {
    for (regex, start, end) in [
        ("^1$", true, true),
        ("1", false, false),
        ("^1", true, false),
        ("1\\z", false, true),
        ("1\\Z", false, true),
        ("(^1)", true, false),
        ("1^", false, false),
        ("$1", false, false),
        ("(?:^1)+", true, false),
        ("(?:^1)*", false, false),
        ("(?:^1)*2", false, false),
        ("(?:1$)+", false, true),
        ("2(?:1$)?", false, false),
        ("^1|^2", true, false),
        ("^1|2", false, false),
        ("1$|2", false, false),
        ("(?=2$)1", false, true),
        ("(?!2$)1", false, false),
        ("(?=23)1", false, false),
        ("(?!23)1", false, false),
        ("(?<=^1)2", true, false),
        ("(?<!^1)2", false, false),
        ("(?<=1)2", false, false),
        ("\\K^1", true, false),
        ("", false, false),
    ] {
        let node = pattern(regex)?.node;
        assert_eq!(
            [is_anchored(&node, START), is_anchored(&node, END)],
            [start, end],
            "{regex}"
        );
    }
    Ok(())
}

#[test]
fn branches_are_those_of_nested_alternations() -> Tested {
    for (regex, expected) in [
        ("1", 1),
        ("1|2", 2),
        ("(1|2)", 2),
        ("(1|(2|3))|4", 4),
        ("(12)", 1),
        ("1(2|3)", 1),
    ] {
        assert_eq!(branches(&pattern(regex)?.node).len(), expected, "{regex}");
    }
    Ok(())
}

#[test]
fn a_regex_is_odd_where_no_branch_is_anchored_or_not_all_are_anchored_alike() -> Tested {
    for (regex, expected) in [
        ("1", Some(Kind::Unanchored)),
        ("1|2", Some(Kind::Unanchored)),
        ("^1|2", Some(Kind::OneSidedAnchor)),
        ("^1|2$", Some(Kind::OneSidedAnchor)),
        ("(1|2$)", Some(Kind::OneSidedAnchor)),
        ("^1", None),
        ("1$|2$", None),
        ("^1$|^2$", None),
    ] {
        assert_eq!(
            anchored(&pattern(regex)?.node).map(|(kind, _)| kind),
            expected,
            "{regex}"
        );
    }
    Ok(())
}
