//! Tests of when two readings keep the same root.

use super::*;
use crate::proof::search::Limits;
use crate::test_support::{Tested, pattern};

fn compared(old: &str, new: &str) -> Tested<Result<Option<Difference>, &'static str>> {
    let patterns = [&pattern(old)?, &pattern(new)?];
    Ok(compare(patterns, true, &mut Budget::new(&Limits::default())))
}

#[test]
fn readings_that_match_the_same_and_keep_the_same_answer_alike() -> Tested {
    for (old, new) in [
        ("(1|2)3", "([12])3"),
        ("^1(2*)$", "^1((?:2)*)$"),
        ("^(?:1|2)3?$", "^[12]3{0,1}$"),
    ] {
        assert_eq!(compared(old, new)?, Ok(None), "{old} and {new}");
    }
    Ok(())
}

#[test]
fn a_root_that_differs_is_shown_by_a_shortest_subject() -> Tested {
    for (old, new, subject, here, there) in [
        ("^(1)2*$", "^(1)(2*)$", "1", "1", ""),
        ("^1(2)3$", "^(1)23$", "123", "2", "1"),
    ] {
        let found = compared(old, new)??.ok_or("no difference")?;
        assert_eq!(found.subject, subject.as_bytes(), "{old} and {new}");
        let root = |root: &str| Answer::Root(root.as_bytes().to_vec());
        assert_eq!((found.here, found.there), (root(here), root(there)), "{old} and {new}");
    }
    Ok(())
}

#[test]
fn roots_that_are_far_apart_are_not_compared() -> Tested {
    let far = 2 * usize::from(crate::proof::divergence::MAX_LAG);
    let [old, new] = [format!("^(1{{{far}}})1{{{far}}}$"), format!("^1{{{far}}}(1{{{far}}})$")];
    assert_eq!(compared(&old, &new)?, Err(BEYOND));
    Ok(())
}
