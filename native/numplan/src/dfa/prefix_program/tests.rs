use super::of;
use crate::dfa::determinize::matches;
use crate::prefix::list::{PrefixList, prefix};
use crate::regex::nfa::ProgramTooLarge;
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
fn equal_continuations_are_one() -> Result<(), ProgramTooLarge> {
    // Both areas have the same thousand numbers behind them: a node for each digit is enough.
    let dense: Vec<String> = (0..1000)
        .flat_map(|at| [format!("1{at:03}"), format!("2{at:03}")])
        .collect();
    assert_eq!(of(&list(&dense), 100)?.instructions.len(), 1 + 4 + 2);
    assert_eq!(of(&list(&dense), 6).err(), Some(ProgramTooLarge));
    Ok(())
}

proptest! {
    #[test]
    fn matches_what_begins_with_a_prefix(
        prefixes in prop::collection::vec("[0-2]{1,5}", 0..30),
        number in "\\+?[0-2a\n]{0,7}",
    ) {
        let expected = prefixes.iter().any(|prefix| number.starts_with(&format!("+{prefix}")));
        let program = of(&list(&prefixes), 10_000);
        prop_assert_eq!(program.map(|program| matches(&program, number.as_bytes())).ok(), Some(expected));
    }
}
