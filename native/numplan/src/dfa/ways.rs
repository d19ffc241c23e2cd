//! A test: all ways in which a pattern can be run give the answers of a backtracking search.

#[path = "../../tests/backtracking/mod.rs"]
mod backtracking;
#[path = "../../tests/trees/mod.rs"]
mod trees;

use crate::dfa::automaton::Automaton;
use crate::dfa::bimachine::Bimachine;
use crate::dfa::{determinize, look_around};
use crate::regex::dialect::Dialect;
use crate::regex::nfa::Program;
use crate::regex::parser::{Reading, read};
use crate::regex::pattern::{Node, Pattern};
use crate::regex::simulation::Simulation;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::ops::Range;
use trees::{Tree, tree};

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The subjects on which each list of patterns is tried.
const SUBJECTS: usize = 250;
/// The patterns of a list.
const PATTERNS: usize = 3;
const MAX_INSTRUCTIONS: usize = 20_000;
const MEMORY: usize = 8 << 20;

/// A pattern, and the ways to run it.
struct Ways {
    tree: Tree,
    program: Program,
    simulation: Simulation,
    /// The ways to find its root; none where only `re` does.
    root: Option<(Option<Bimachine>, Simulation)>,
}

impl Ways {
    /// `None` for a pattern that is left to `re`.
    fn of(tree: Tree) -> Tested<Option<Ways>> {
        let Reading::Native(pattern) = read(tree.regex().as_bytes(), Dialect::Pcre) else {
            return Ok(None);
        };
        let Ok(program) = look_around::compile(&pattern, false, MAX_INSTRUCTIONS) else {
            return Ok(None);
        };
        Ok(Some(Ways {
            tree,
            simulation: Simulation::new(&program).map_err(|_| "too large")?,
            program,
            root: roots(&pattern)?,
        }))
    }

    /// The last group that took part, by each way.
    fn check(&self, subject: &[u8]) -> Tested<bool> {
        let expected = last_group(&self.tree, subject);
        let shown = || format!("{} on {:?}", self.tree.regex(), String::from_utf8_lossy(subject));
        let is_match = expected.is_some();
        assert_eq!(self.simulation.is_match(subject), is_match, "simulated: {}", shown());
        assert_eq!(determinize::matches(&self.program, subject), is_match, "{}", shown());
        if let Some((bimachine, simulation)) = &self.root {
            assert_eq!(simulation.last_group(subject), expected, "Pike VM: {}", shown());
            assert_eq!(simulation.is_match(subject), is_match, "lazy DFA: {}", shown());
            if let Some(bimachine) = bimachine {
                assert_eq!(bimachine.last_group(subject), expected, "bimachine: {}", shown());
            }
        }
        Ok(is_match)
    }
}

fn roots(pattern: &Pattern) -> Tested<Option<(Option<Bimachine>, Simulation)>> {
    let has_captures = |node: &Node| matches!(node, Node::Around(_)) && node.highest_group() > 0;
    if pattern.node.has_nullable_loop() || pattern.node.any(&has_captures) {
        return Ok(None);
    }
    let Ok(program) = look_around::compile(pattern, true, MAX_INSTRUCTIONS) else {
        return Ok(None);
    };
    let simulation = Simulation::new(&program).map_err(|_| "too large")?;
    Ok(Some((Bimachine::build(&program), simulation)))
}

fn last_group(tree: &Tree, subject: &[u8]) -> Option<(usize, Range<usize>)> {
    let spans = backtracking::search(tree, subject)?;
    let mut spans = spans.into_iter().enumerate().rev();
    spans.find_map(|(group, span)| span.map(|(start, end)| (group, start..end)))
}

/// `SUBJECTS` random subjects, drawn by the generator of Knuth's MMIX.
fn subjects(state: &mut u64) -> Vec<Vec<u8>> {
    let mut below = |most: u64| {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % most
    };
    let bytes = b"00112+a\n";
    let mut subject = || {
        let length = below(10);
        (0..length).map(|_| bytes[below(bytes.len() as u64) as usize]).collect()
    };
    (0..SUBJECTS).map(|_| subject()).collect()
}

fn number(variable: &str, default: u64) -> u64 {
    let wanted = std::env::var(variable).ok();
    wanted.and_then(|wanted| wanted.parse().ok()).unwrap_or(default)
}

/// Tries lists of patterns on at least `count` subjects, and returns how many matches there were.
fn compare(count: u64, seed: u64) -> Tested<u64> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let (mut state, mut tried, mut matches, mut lists) = (seed, 0, 0, 0);
    while tried < count {
        let mut list = Vec::new();
        while list.len() < PATTERNS {
            let tree = tree().new_tree(&mut runner).map_err(|reason| reason.to_string())?;
            list.extend(Ways::of(tree.current())?);
        }
        let programs: Vec<(u32, &Program)> = (0..).zip(list.iter().map(|one| &one.program)).collect();
        let automaton = Automaton::build(&programs, MEMORY).map_err(|_| "too large")?;
        for subject in subjects(&mut state) {
            let found = list
                .iter()
                .map(|one| one.check(&subject))
                .collect::<Tested<Vec<bool>>>()?;
            let first = found.iter().position(|found| *found);
            let answer = automaton.answer(automaton.read(automaton.start(), &subject));
            let regexes = || list.iter().map(|one| one.tree.regex()).collect::<Vec<String>>();
            assert_eq!(
                answer.map(|answer| answer as usize),
                first,
                "{:?} on {subject:?}",
                regexes()
            );
            matches += found.iter().filter(|found| **found).count() as u64;
        }
        tried += (PATTERNS * SUBJECTS) as u64;
        lists += 1;
    }
    println!("{lists} lists of {PATTERNS} patterns, {tried} subjects, {matches} matches; SEED={seed}");
    Ok(matches)
}

#[test]
fn every_way_finds_what_a_backtracking_search_finds() -> Tested {
    assert!(compare(30_000, 18)? > 1_500);
    Ok(())
}

/// `SUBJECTS=10000000 SEED=1 cargo test -p numplan --release --lib ways -- --ignored --nocapture`
#[test]
#[ignore = "long: SUBJECTS and SEED choose how many subjects and which"]
fn every_way_finds_what_a_backtracking_search_finds_on_many_subjects() -> Tested {
    let count = number("SUBJECTS", 1_000_000);
    assert!(compare(count, number("SEED", 1))? > count / 20);
    Ok(())
}
