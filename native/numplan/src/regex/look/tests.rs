//! Tests of the conditions, by what they say.

use super::*;

#[test]
fn a_condition_holds_by_what_stands_before_and_behind() {
    for place in 0..8 {
        let [at_start, at_end, at_last_newline] = [1, 2, 4].map(|bit| place & bit != 0);
        let position = Position {
            at_start,
            at_end,
            at_last_newline,
        };
        assert_eq!(Look::Start.holds(position), at_start);
        assert_eq!(Look::End.holds(position), at_end);
        assert_eq!(Look::Dollar.holds(position), at_end || at_last_newline);
    }
}

#[test]
fn only_conditions_on_the_end_bound_what_follows() {
    let most = [Look::Start, Look::End, Look::Dollar].map(Look::most_behind);
    assert_eq!(most, [None, Some(0), Some(1)]);
}

#[test]
fn one_last_newline_does_not_count() {
    for (subject, length) in [
        ("", 0),
        ("1", 1),
        ("\n", 0),
        ("12\n", 2),
        ("12\n\n", 3),
        ("1\n2", 3),
        ("\n1", 2),
    ] {
        assert_eq!(length_without_last_newline(subject.as_bytes()), length, "{subject:?}");
    }
}
