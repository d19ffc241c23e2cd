//! Tests of the pairs of rules that match one number.

use super::*;

#[test]
fn a_number_that_several_rules_match_pairs_the_first_with_each_other_up_to_the_bound() {
    let number: Rc<[u8]> = b"1".as_slice().into();
    for (rules, pairs, has_more) in [
        (1, 0, false),
        (4, 3, false),
        (MAX_PAIRS + 1, MAX_PAIRS, false),
        (MAX_PAIRS + 2, MAX_PAIRS, true),
        (MAX_PAIRS + 100, MAX_PAIRS, true),
    ] {
        let mut coverage = Coverage::new(rules);
        let matching: Vec<usize> = (0..rules).collect();
        coverage.add(&matching, &number, 0);
        assert_eq!(
            (coverage.pairs.len(), coverage.has_more_pairs),
            (pairs, has_more),
            "{rules} rules"
        );
        assert!(coverage.pairs.keys().all(|(_, first)| *first == 0));
        assert_eq!(coverage.deciding[0].any(), Some(b"1".as_slice()));
        assert!(
            coverage
                .deciding
                .iter()
                .skip(1)
                .all(|examples| examples.any().is_none())
        );
        assert!(coverage.matching.iter().all(|examples| examples.any().is_some()));
        // A pair that is known takes no room.
        coverage.add(&matching, &number, 0);
        assert_eq!(
            (coverage.pairs.len(), coverage.has_more_pairs),
            (pairs, has_more),
            "{rules} rules"
        );
    }
}

#[test]
fn a_printable_number_shows_a_pair_better_than_the_empty_one() {
    let numbers = |text: &str| -> Rc<[u8]> { text.as_bytes().into() };
    let mut coverage = Coverage::new(2);
    for (number, tier, expected) in [
        ("", 0, ""),
        ("\n", PRINTABLE + 1, ""),
        ("12", PRINTABLE, "12"),
        ("1", 0, "12"),
    ] {
        coverage.add(&[0, 1], &numbers(number), tier);
        let shown = coverage.pairs.get(&(1, 0)).map(|pair| pair.number.to_vec());
        assert_eq!(shown, Some(expected.as_bytes().to_vec()), "{number:?}");
    }
}

#[test]
fn the_example_is_a_printable_number_if_there_is_one_else_the_empty_one() {
    let mut examples = Examples::default();
    assert_eq!(examples.any(), None);
    for (number, tier, expected) in [
        ("\n", PRINTABLE + 1, "\n"),
        ("", 0, ""),
        ("911", PRINTABLE, "911"),
        ("1", 0, "911"),
    ] {
        examples.add(&number.as_bytes().into(), tier);
        assert_eq!(examples.any(), Some(expected.as_bytes()), "{number:?}");
    }
}
