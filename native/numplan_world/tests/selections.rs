//! Sets of numbers by region and type, against what Python's `phonenumbers` answers for the numbers
//! of scripts/world_vectors.py: the regions that a number is valid for, and its type.
#![expect(clippy::expect_used, reason = "a test ends so")]

mod types;

use numplan_world::{NumberType, Selection, World};
use types::rows;

fn selection(regions: Option<&[&str]>, types: Option<&[NumberType]>) -> Selection {
    Selection {
        regions: regions.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        types: types.map(<[NumberType]>::to_vec),
    }
}

/// Each region and each type alone, and mixtures of them.
fn selections(world: &World<'_>) -> Vec<Selection> {
    let mut all = vec![selection(None, None)];
    let kinds = NumberType::ALL.iter().filter(|kind| **kind != NumberType::Unknown);
    for kind in kinds {
        all.push(selection(None, Some(&[*kind])));
        all.push(selection(Some(&["JM"]), Some(&[*kind])));
        all.push(selection(Some(&["US", "GB", "001"]), Some(&[*kind, NumberType::Voip])));
    }
    for region in world.regions() {
        all.push(selection(Some(&[region.name()]), None));
        all.push(selection(
            Some(&[region.name(), "GG"]),
            Some(&[NumberType::TollFree, NumberType::Mobile]),
        ));
    }
    all.push(selection(Some(&["001"]), None));
    all
}

#[test]
fn a_set_has_the_numbers_of_its_regions_and_types() {
    let world = World::builtin().expect("the data is whole");
    let rows = rows();
    let mut found = 0;
    for selection in selections(world) {
        let numbers = world.numbers(&selection);
        for row in &rows {
            let of_region = selection
                .regions
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| row.regions.contains(name)));
            let of_type = selection
                .types
                .as_ref()
                .is_none_or(|kinds| kinds.iter().any(|kind| kind.name() == row.kind));
            let expected = of_region && of_type && row.kind != "UNKNOWN";
            assert_eq!(
                numbers.has(row.e164.as_bytes()),
                expected,
                "{}, among {selection}",
                row.e164
            );
            found += usize::from(expected);
        }
    }
    assert!(rows.len() > 15_000 && found > 50_000, "{found} of {} rows", rows.len());
}

#[test]
fn a_set_has_what_a_selection_has() {
    let world = World::builtin().expect("the data is whole");
    let rows = rows();
    for selection in selections(world).iter().step_by(7) {
        let numbers = world.numbers(selection);
        for row in &rows {
            let looked_up = world.lookup(row.e164.as_bytes());
            let has = looked_up.is_some_and(|number| selection.has(number));
            assert_eq!(numbers.has(row.e164.as_bytes()), has, "{}, among {selection}", row.e164);
        }
    }
}

#[test]
fn only_numbers_in_e164_form_are_in_a_set() {
    let world = World::builtin().expect("the data is whole");
    let numbers = world.numbers(&Selection::default());
    assert!(numbers.has(b"+442079460000"));
    for text in [
        "",
        "+",
        "442079460000",
        "+44207946000",
        "+4420794600000000",
        "+4402079460000",
        "+442079460000\n",
        "++442079460000",
        "+44 2079460000",
        " +442079460000",
        "+999123456",
        "112",
        "+112",
    ] {
        assert!(!numbers.has(text.as_bytes()), "{text:?}");
    }
}

#[test]
fn regions_and_types_without_numbers_are_named() {
    let world = World::builtin().expect("the data is whole");
    // Numbers of North America do not say whether they are mobile, and Jersey has no pagers.
    let mobile = selection(Some(&["US", "GB", "CA"]), Some(&[NumberType::Mobile]));
    assert_eq!(mobile.regions_without_numbers(world), ["US", "CA"]);
    assert!(mobile.types_without_numbers(world).is_empty());
    let none = selection(Some(&["US"]), Some(&[NumberType::Mobile, NumberType::FixedLine]));
    assert!(world.numbers(&none).is_empty());
    assert_eq!(
        none.types_without_numbers(world),
        [NumberType::Mobile, NumberType::FixedLine]
    );
    assert!(world.numbers(&selection(Some(&["ZZ"]), None)).is_empty());
}
