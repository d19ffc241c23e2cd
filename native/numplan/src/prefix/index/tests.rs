use super::{LINE, PrefixIndex};
use crate::prefix::digits::Digits;
use crate::prefix::list::{PrefixList, prefix};
use proptest::prelude::*;

fn list(prefixes: &[String]) -> PrefixList {
    PrefixList::new(
        prefixes
            .iter()
            .filter_map(|text| prefix(text.as_bytes()).ok())
            .collect(),
    )
}

/// The first list with a prefix of `number`, by trying all.
fn tried(lists: &[Vec<String>], number: &str) -> Option<u32> {
    let begins = |list: &Vec<String>| list.iter().any(|prefix| number.starts_with(prefix.as_str()));
    lists.iter().position(begins).map(|rank| rank as u32)
}

fn compare(lists: &[Vec<String>], numbers: &[String]) -> Result<(), TestCaseError> {
    let read: Vec<PrefixList> = lists.iter().map(|prefixes| list(prefixes)).collect();
    let ranked: Vec<(u32, &PrefixList)> = (0..).zip(&read).collect();
    let index = PrefixIndex::new(&ranked);
    for number in numbers {
        let found = index.first(Digits::leading(number.as_bytes().iter()));
        prop_assert_eq!(found, tried(lists, number), "{} in {:?}", number, lists);
    }
    Ok(())
}

#[test]
fn an_empty_index_has_nothing() {
    assert_eq!(PrefixIndex::new(&[]).first(Digits::leading(b"1".iter())), None);
}

/// Numbers just before, at and behind each prefix, and their begins.
fn near(prefixes: &[String]) -> Vec<String> {
    let near = prefixes.iter().flat_map(|prefix| {
        let next = prefix.parse::<u64>().unwrap_or_default();
        let width = prefix.len();
        let begin: String = prefix.chars().take(width - 1).collect();
        let neighbours = [next.saturating_sub(1), next + 1].map(|value| format!("{value:0width$}"));
        [prefix.clone(), format!("{prefix}0"), format!("{prefix}99"), begin]
            .into_iter()
            .chain(neighbours)
    });
    near.collect()
}

/// Many prefixes in one place, some far away: slots that are nodes, of nodes.
#[test]
fn finds_prefixes_in_clusters() -> Result<(), TestCaseError> {
    let dense = (0..800).map(|at| format!("4490{at:05}"));
    let denser = (0..8 * LINE).map(|at| format!("4490012{at:08}"));
    let far = ["1".to_owned(), "99".to_owned(), "998877665544332".to_owned()];
    let one: Vec<String> = dense.clone().chain(far.clone()).collect();
    let all: Vec<String> = dense.chain(denser).chain(far).collect();
    compare(std::slice::from_ref(&one), &near(&all))?;
    let (even, odd): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|prefix| prefix.ends_with('2'));
    compare(&[even, odd, vec!["44".to_owned(), "4490".to_owned()]], &near(&all))
}

proptest! {
    #[test]
    fn the_first_list_decides(
        lists in prop::collection::vec(prop::collection::vec("[0-2]{1,6}", 0..60), 1..5),
        numbers in prop::collection::vec("[0-2]{0,8}", 50),
    ) {
        compare(&lists, &numbers)?;
        let all: Vec<String> = lists.concat();
        compare(&lists, &near(&all))?;
    }

    #[test]
    fn prefixes_of_all_lengths_are_found(
        prefixes in prop::collection::vec("[0-9]{1,15}", 1..200),
        numbers in prop::collection::vec("[0-9]{0,17}", 20),
    ) {
        compare(std::slice::from_ref(&prefixes), &numbers)?;
        compare(std::slice::from_ref(&prefixes), &near(&prefixes))?;
    }
}
