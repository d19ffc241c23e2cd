//! Tests: which roots are slices, and that slices and searches find what the `regex` crate finds.

use super::*;
use crate::dfa::{determinize, look_around};
use crate::test_support::{Tested, pattern, subjects};

fn program(node: &Node, groups: usize, captures: bool) -> Tested<Program> {
    let node = node.clone();
    let program = look_around::compile(&Pattern { node, groups }, captures, 10_000);
    program.map_err(|_| "too large".into())
}

fn search(regex: &str) -> Tested<Search> {
    let pattern = pattern(regex)?;
    let program = program(&pattern.node, pattern.groups, true)?;
    Search::new(Arc::new(program)).map_err(|_| "too large".into())
}

/// Regexes, each with the number of alternatives that have slices; 0 where the root is searched for
/// in the whole.
const SHAPES: [(&str, usize); 44] = [
    // Fixed distances.
    ("^1(2+)$", 1),
    ("^12+$", 1),
    ("^(1[23]?)\\z", 1),
    ("^(?:1(2+))$", 1),
    ("^1(2*)33$", 1),
    ("^1(22)", 1),
    ("^(1)(2*)$", 1),
    ("^1*(22)$", 1),
    ("^1*(2(?:1|3)3)1$", 1),
    ("^1(2*)$|^2(1*)$", 2),
    ("^(?:12|21)(3*)$", 1),
    ("^12", 1),
    ("^(1)2*", 1),
    ("^((1)2)3*$", 1),
    // An optional part is an alternative for each width.
    ("^1?(2+)$", 2),
    ("^1??(2+)$", 2),
    ("^1{0,2}(2+)$", 3),
    ("^(?:1|22)(2+)$", 2),
    ("^(?:22|1|)(2+)$", 3),
    ("^1?2?3?(2+)$", 8),
    ("^1{0,7}(2+)$", 8),
    ("^1{2,9}(2+)$", 8),
    ("^(?:|1|12|1{3}|1{4}|1{5}|1{6}|1{7})(2+)$", 8),
    ("^(?:23){0,1}(2+)$", 2),
    ("^1?(2+)$|^3?(1+)$", 4),
    // More than eight widths, or parts whose widths do not distinguish them.
    ("^1{0,3}2{0,2}(2+)$", 0),
    ("^1{0,8}(2+)$", 0),
    ("^(?:|1|12|1{3}|1{4}|1{5}|1{6}|1{7}|1{8})(2+)$", 0),
    ("^1*(2+)$", 0),
    ("^(?:1|23){0,1}(2+)$", 0),
    ("^(?:1|2+)(2+)$", 0),
    ("^(1)?(2+)$", 0),
    ("^(?:(1)|23)(2+)$", 0),
    ("^(?:1(2*))?$", 0),
    ("^(1*)2*$", 0),
    // The match may end before the last newline, or not at the end, or begin anywhere.
    ("^([12\\n]+)$", 0),
    ("^1([^3]+)$", 0),
    ("^1(2+)", 0),
    ("1(2)$", 0),
    ("^1(2)|(3)", 0),
    ("12", 0),
    ("^1\\K2", 0),
    ("^1\\K(2)$", 1),
    ("^(1*)\\K$", 1),
];

#[test]
fn a_root_at_fixed_distances_is_a_slice_of_each_width() -> Tested {
    for (regex, slices) in SHAPES {
        let alternatives = alternatives(&pattern(regex)?);
        let found = alternatives.iter().filter(|(_, root)| root.is_some()).count();
        assert_eq!(found, slices, "{regex}");
        // What has no slices is one alternative, or those of the regex.
        let all = if slices == 0 { 1 } else { slices };
        assert_eq!(alternatives.len(), all, "{regex}");
    }
    Ok(())
}

#[test]
fn slices_and_searches_find_the_group_that_the_regex_crate_finds() -> Tested {
    let subjects = subjects(b"123\n", 5);
    for (regex, _) in SHAPES.iter().filter(|(regex, _)| !regex.contains("\\K")) {
        let whole = search(regex)?;
        let mut ways = Vec::new();
        for (node, root) in alternatives(&pattern(regex)?) {
            ways.push((program(&node, 0, false)?, root));
        }
        let oracle = regex::bytes::Regex::new(&regex.replace('$', "(?:\\n?\\z)"))?;
        // Where `$` holds before a last newline, that is not part of the match.
        for subject in &subjects {
            let captures = oracle.captures(subject);
            let expected = captures.and_then(|captures| {
                let group = (0..captures.len()).rev().find(|group| captures.get(*group).is_some())?;
                let mut span = captures.get(group)?.range();
                if group == 0 && regex.contains('$') && subject[span.clone()].ends_with(b"\n") {
                    span.end -= 1;
                }
                Some((group, span))
            });
            let shown = || format!("{regex} on {:?}", String::from_utf8_lossy(subject));
            assert_eq!(whole.last_group(subject), expected, "{}", shown());
            let first = ways.iter().find(|(program, _)| determinize::matches(program, subject));
            if let Some((_, Some(root))) = first {
                assert_eq!(root.find_group(subject), expected, "{}", shown());
                assert_eq!(root.find(subject), expected.map(|(_, span)| span), "{}", shown());
            } else {
                assert_eq!(first.is_some(), expected.is_some(), "{}", shown());
            }
        }
    }
    Ok(())
}

#[test]
fn a_search_by_tables_costs_two_look_ups_and_a_large_one_what_its_simulation_does() -> Tested {
    let (small, large) = (search("(1)2")?, search("(1)[12]{16}2")?);
    assert_eq!(small.cost(), 2);
    let simulation = Simulation::new(large.program()).map_err(|_| "too large")?;
    assert_eq!(large.cost(), simulation.cost());
    assert_eq!(large.memory(), large.program().memory() + simulation.memory());
    let bimachine = Bimachine::build(small.program()).ok_or("small tables")?;
    assert_eq!(small.memory(), small.program().memory() + bimachine.memory());
    let slice = alternatives(&pattern("^1(2+)$")?).pop().and_then(|(_, root)| root);
    let roots = [
        Some(Root::Search(Arc::new(small))),
        Some(Root::Search(Arc::new(large))),
        slice,
    ];
    let decides = roots.map(|root| root.map(|root| root.decides_as_fast()));
    assert_eq!(decides, [Some(true), Some(false), Some(false)]);
    Ok(())
}
