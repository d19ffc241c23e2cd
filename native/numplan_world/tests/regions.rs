//! What is asked of regions and calling codes, against Python's `phonenumbers`
//! (scripts/world_vectors.py).
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends so")]

use numplan_world::{NumberType, World};
use std::collections::BTreeSet;

const REGIONS: &str = include_str!("../../../testdata/world/regions.tsv");

#[test]
fn regions_are_those_of_python() {
    let world = World::builtin().expect("the data is whole");
    let mut names = BTreeSet::new();
    for row in REGIONS.lines().filter(|row| !row.starts_with("001")) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [name, code, prefix, portable, examples @ ..] = cells.as_slice() else {
            panic!("{row}")
        };
        let region = world.region(name).unwrap_or_else(|| panic!("there is no {name}"));
        assert_eq!(region.name(), *name);
        assert_eq!(region.calling_code().to_string(), *code, "{name}");
        assert_eq!(region.national_prefix().unwrap_or_default(), *prefix, "{name}");
        assert_eq!(region.is_portable(), *portable == "1", "{name}");
        let example = |kind| {
            world
                .example(name, kind)
                .map(|number| number.to_string())
                .unwrap_or_default()
        };
        let ours: Vec<String> = region
            .number_types()
            .map(|kind| format!("{kind}={}", example(kind)))
            .collect();
        assert_eq!(ours, examples, "{name}");
        names.insert(*name);
    }
    assert!(names.len() > 240, "{} regions", names.len());
    assert_eq!(
        world.regions().map(|region| region.name()).collect::<BTreeSet<_>>(),
        names
    );
}

#[test]
fn codes_of_no_country_are_those_of_python() {
    let world = World::builtin().expect("the data is whole");
    let mut codes = Vec::new();
    for row in REGIONS.lines().filter(|row| row.starts_with("001")) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [_, code, example] = cells.as_slice() else {
            panic!("{row}")
        };
        let code: u16 = code.parse().expect("a number");
        let ours = world.global_example(code).map(|number| number.to_string());
        assert_eq!(ours.as_deref(), Some(*example));
        codes.push(code);
    }
    let ours: Vec<u16> = world
        .calling_codes()
        .filter(|code| code.is_global())
        .map(|code| code.number())
        .collect();
    assert_eq!(ours, codes);
    assert!(world.global_example(44).is_none() && world.example("001", NumberType::TollFree).is_none());
}

#[test]
fn what_is_no_region_is_none() {
    let world = World::builtin().expect("the data is whole");
    for name in ["", "U", "us", "USA", "ZZ", "001", "U\u{308}", "\u{1f1fa}"] {
        assert!(world.region(name).is_none(), "{name}");
    }
    for code in [0, 2, 999, 1000, u16::MAX] {
        assert!(world.calling_code(code).is_none(), "{code}");
    }
}
