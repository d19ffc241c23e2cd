//! All ways of a number through machines, breadth first: what can come out, each outcome with a shortest number.
//!
//! A [`Machine`] may go several ways over a byte: it guesses, and a guess that fails has no end. So an outcome that is found has a number,
//! and one that is not found has none, unless a bound was met; then the survey says so.

use crate::alphabet::{Classes, PRINTABLE, TIERS};
use crate::automaton::WordMap;
use std::fmt;
use std::hash::Hash;

/// How much a survey may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many places it may come by, in each tier of its alphabet.
    pub places: usize,
    /// How many moves it may look at, in all.
    pub moves: usize,
    /// How many bytes the states of each of its machines may take.
    pub memory: usize,
}

impl Default for Limits {
    /// 400,000 places, 10 million moves, 32 MiB: some seconds.
    fn default() -> Limits {
        Limits {
            places: 400_000,
            moves: 10_000_000,
            memory: 32 << 20,
        }
    }
}

/// The bound that a survey met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bound {
    /// Too many places.
    Places,
    /// Too many moves.
    Moves,
    /// Too much memory.
    Memory,
}

impl Bound {
    /// Its name, the same in all languages.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Places => "places",
            Bound::Moves => "moves",
            Bound::Memory => "memory",
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Bound::Places => "there are too many cases to tell apart",
            Bound::Moves => "it takes too many steps",
            Bound::Memory => "it takes too much memory",
        })
    }
}

/// Something that reads numbers.
pub(crate) trait Machine {
    /// Where it stands.
    type Place: Copy + Eq + Hash;
    /// What it says at the end of a number.
    type Outcome: Clone + Eq + Hash;

    /// Where it stands before the first byte.
    fn start(&self) -> Self::Place;

    /// Adds all places that a byte of `class` leads to.
    fn step(&mut self, place: Self::Place, class: u8, next: &mut Vec<Self::Place>) -> Result<(), Bound>;

    /// Adds all that it says if the number ends here; nothing where a guess has failed.
    fn end(&mut self, place: Self::Place, outcomes: &mut Vec<Self::Outcome>) -> Result<(), Bound>;
}

/// An outcome with its number.
#[derive(Clone, Debug)]
pub(crate) struct Seen<O> {
    pub(crate) outcome: O,
    /// A shortest number within the lowest tier that has one.
    pub(crate) number: Vec<u8>,
    pub(crate) tier: usize,
}

/// What a survey has found, tier by tier, and shorter numbers first. The empty number is told apart: its outcomes come again if another
/// number has them too.
#[derive(Clone, Debug)]
pub(crate) struct Surveyed<O> {
    pub(crate) seen: Vec<Seen<O>>,
    /// The bound that it met, if outcomes may be missing.
    pub(crate) cut: Option<Bound>,
}

/// Surveys all numbers of the alphabet that `classes` were made for.
pub(crate) fn survey<M: Machine>(machine: &mut M, classes: &Classes, limits: &Limits) -> Surveyed<M::Outcome> {
    let mut search = Search::new(limits);
    let cut = search.tiers(machine, classes, limits, 0..TIERS, |_, _| false).err();
    Surveyed { seen: search.seen, cut }
}

/// A shortest printable number, in the lowest tier that has one, with an outcome that is `wanted`; `None` if there is none.
pub(crate) fn first_printable<M: Machine>(
    machine: &mut M,
    classes: &Classes,
    limits: &Limits,
    wanted: impl Fn(&M, &M::Outcome) -> bool,
) -> Result<Option<Vec<u8>>, Bound> {
    let mut search = Search::new(limits);
    let found = search.tiers(machine, classes, limits, 0..=PRINTABLE, wanted)?;
    Ok(search.seen.pop().filter(|_| found).map(|seen| seen.number))
}

struct Search<O> {
    seen: Vec<Seen<O>>,
    known: WordMap<(O, bool), ()>,
    moves: usize,
    outcomes: Vec<O>,
}

impl<O: Clone + Eq + Hash> Search<O> {
    fn new(limits: &Limits) -> Search<O> {
        Search {
            seen: Vec::new(),
            known: WordMap::default(),
            moves: limits.moves,
            outcomes: Vec::new(),
        }
    }

    /// True when it stopped at an outcome that is `enough`, which is the last one seen.
    fn tiers<M: Machine<Outcome = O>>(
        &mut self,
        machine: &mut M,
        classes: &Classes,
        limits: &Limits,
        tiers: impl IntoIterator<Item = usize>,
        enough: impl Fn(&M, &O) -> bool,
    ) -> Result<bool, Bound> {
        for tier in tiers {
            let before = tier.checked_sub(1).map_or(0, |tier| classes.order(tier).len());
            if classes.order(tier).len() > before && self.tier(machine, classes, limits, tier, &enough)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn tier<M: Machine<Outcome = O>>(
        &mut self,
        machine: &mut M,
        classes: &Classes,
        limits: &Limits,
        tier: usize,
        enough: &impl Fn(&M, &O) -> bool,
    ) -> Result<bool, Bound> {
        let start = machine.start();
        let mut places = vec![start];
        // Of each place, the one before it and the byte between.
        let mut parents: Vec<(u32, u8)> = vec![(0, 0)];
        let mut known: WordMap<M::Place, ()> = WordMap::default();
        known.insert(start, ());
        let mut next = Vec::new();
        let mut at = 0;
        while let Some(place) = places.get(at).copied() {
            let seen = self.seen.len();
            self.end(machine, place, &parents, at, classes, tier)?;
            if let Some(found) = self.seen[seen..].iter().position(|seen| enough(machine, &seen.outcome)) {
                self.seen.truncate(seen + found + 1);
                return Ok(true);
            }
            for class in classes.order(tier) {
                machine.step(place, *class, &mut next)?;
                self.moves = self.moves.checked_sub(1 + next.len()).ok_or(Bound::Moves)?;
                for place in next.drain(..) {
                    if known.insert(place, ()).is_none() {
                        places.push(place);
                        parents.push((at as u32, *class));
                    }
                }
            }
            if places.len() > limits.places {
                return Err(Bound::Places);
            }
            at += 1;
        }
        Ok(false)
    }

    fn end<M: Machine<Outcome = O>>(
        &mut self,
        machine: &mut M,
        place: M::Place,
        parents: &[(u32, u8)],
        at: usize,
        classes: &Classes,
        tier: usize,
    ) -> Result<(), Bound> {
        machine.end(place, &mut self.outcomes)?;
        for outcome in self.outcomes.drain(..) {
            let key = (outcome, at == 0);
            if self.known.contains_key(&key) {
                continue;
            }
            self.known.insert(key.clone(), ());
            self.seen.push(Seen {
                outcome: key.0,
                number: number(parents, at, classes),
                tier,
            });
            if self.seen.len() > MAX_OUTCOMES {
                return Err(Bound::Places);
            }
        }
        Ok(())
    }
}

/// More outcomes than this are not told apart.
const MAX_OUTCOMES: usize = 200_000;

/// The number that leads to the place `at`. A place is never its own parent but for the first one.
fn number(parents: &[(u32, u8)], mut at: usize, classes: &Classes) -> Vec<u8> {
    let mut number = Vec::new();
    while at != 0 {
        let Some((parent, class)) = parents.get(at) else {
            break;
        };
        number.push(classes.byte(*class));
        at = *parent as usize;
    }
    number.reverse();
    number
}
