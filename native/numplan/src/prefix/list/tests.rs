use super::{NoPrefix, PrefixList, prefix};
use proptest::prelude::*;

fn list(prefixes: &[String]) -> PrefixList {
    PrefixList::new(
        prefixes
            .iter()
            .filter_map(|text| prefix(text.as_bytes()).ok())
            .collect(),
    )
}

#[test]
fn says_what_is_wrong_and_where() {
    let offset = |text: &str| prefix(text.as_bytes()).map_err(|error| (error, error.offset()));
    assert_eq!(offset(""), Err((NoPrefix::Empty, 0)));
    assert_eq!(offset("+"), Err((NoPrefix::Empty, 0)));
    assert_eq!(offset("+19x"), Err((NoPrefix::NotADigit(3), 3)));
    assert_eq!(offset("++19"), Err((NoPrefix::NotADigit(1), 1)));
    assert_eq!(offset("1234567890123456"), Err((NoPrefix::TooLong, 15)));
    assert!(prefix(b"+123456789012345").is_ok());
}

#[test]
fn keeps_what_adds_numbers_and_counts_the_rest() {
    let given = ["19", "1900", "+19", "44", "4490", "4"].map(String::from);
    let list = list(&given);
    assert_eq!(format!("{:?}", list.prefixes()), "[+19, +4]");
    assert_eq!(list.given(), 6);
    let (count, first) = list.redundant().unwrap_or_else(|| unreachable!());
    assert_eq!(
        (count, first.prefix.as_str(), first.covered_by.as_str()),
        (4, "+19", "+19")
    );
}

proptest! {
    #[test]
    fn finds_a_prefix_where_a_number_begins_with_one(
        given in prop::collection::vec("[0-2]{1,5}", 0..40),
        number in "\\+?[0-2a]{0,7}",
    ) {
        let expected = given.iter().any(|prefix| number.starts_with(&format!("+{prefix}")));
        let found = list(&given).find(number.as_bytes());
        prop_assert_eq!(found.is_some(), expected);
        if let Some(prefix) = found {
            prop_assert!(number.starts_with(&prefix));
            let bare = prefix.trim_start_matches('+').to_owned();
            prop_assert!(given.contains(&bare));
        }
    }
}
