//! All ways of a number through machines, breadth first: what can come out, each outcome with a shortest number.
//!
//! A `Machine` may go several ways over a byte: it guesses, and a guess that fails has no end. So an outcome that is found has a number,
//! and one that is not found has none, unless a bound was met; then the survey says so.

use crate::dfa::word_map::WordMap;
use crate::proof::alphabet::{Classes, PRINTABLE, TIERS};
use std::cell::Cell;
use std::fmt;
use std::hash::Hash;
use std::rc::Rc;

/// How much a survey may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many places it may come by, in all.
    pub places: usize,
    /// How many moves it may look at, in all.
    pub moves: usize,
    /// How many bytes the states of its machines may take together.
    pub memory: usize,
}

impl Default for Limits {
    /// 400,000 places, 5 million moves, 32 MiB: some seconds.
    fn default() -> Limits {
        Limits {
            places: 400_000,
            moves: 5_000_000,
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
    /// Two results of one number are too far apart to be compared.
    Distance,
    /// The captures of a rule cannot be followed.
    Captures,
}

impl Bound {
    /// Its name, the same in all languages.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Places => "places",
            Bound::Moves => "moves",
            Bound::Memory => "memory",
            Bound::Distance => "distance",
            Bound::Captures => "captures",
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Bound::Places => "there are too many cases to tell apart",
            Bound::Moves => "it takes too many steps",
            Bound::Memory => "it takes too much memory",
            Bound::Distance => "two results are too far apart to be compared",
            Bound::Captures => "the captures of a rule cannot be followed",
        })
    }
}

/// For each move that a survey may look at, its machines may do so much, on the whole.
const WORK_A_MOVE: usize = 8;

/// What several machines may still take together: memory, and work. A survey sees only their moves, and not how much they do for one.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    memory: Rc<Cell<usize>>,
    work: Rc<Cell<usize>>,
}

impl Allowance {
    /// All of `limits`.
    pub(crate) fn new(limits: &Limits) -> Allowance {
        Allowance {
            memory: Rc::new(Cell::new(limits.memory)),
            work: Rc::new(Cell::new(limits.moves.saturating_mul(WORK_A_MOVE))),
        }
    }

    /// The same for a machine that takes another one's place: all of the memory, and the work that is left.
    pub(crate) fn renewed(&self, limits: &Limits) -> Allowance {
        Allowance {
            memory: Rc::new(Cell::new(limits.memory)),
            work: Rc::clone(&self.work),
        }
    }

    /// Takes `bytes`, if they are left.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), Bound> {
        let left = self.memory.get().checked_sub(bytes).ok_or(Bound::Memory)?;
        self.memory.set(left);
        Ok(())
    }

    /// Takes the work of looking at so many things, if it is left.
    pub(crate) fn work(&self, things: usize) -> Result<(), Bound> {
        let left = self.work.get().checked_sub(things).ok_or(Bound::Moves)?;
        self.work.set(left);
        Ok(())
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
    pub(crate) number: Rc<[u8]>,
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

/// What is left of the limits for several surveys together.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    /// So many surveys may still meet a bound.
    strikes: u8,
}

impl Budget {
    /// All of `limits`.
    pub(crate) fn new(limits: &Limits) -> Budget {
        Budget {
            limits: *limits,
            strikes: 3,
        }
    }

    /// Says so where nothing is left: what is built for a further survey would be built for nothing.
    pub(crate) fn open(&self) -> Result<(), Bound> {
        if self.strikes == 0 { Err(Bound::Moves) } else { Ok(()) }
    }

    fn settle<T>(&mut self, moves: usize, result: Result<T, Bound>) -> Result<T, Bound> {
        self.limits.moves = moves;
        self.strikes = self.strikes.saturating_sub(u8::from(result.is_err()));
        result
    }
}

/// Surveys all numbers of the alphabet that `classes` were made for.
pub(crate) fn survey<M: Machine>(machine: &mut M, classes: &Classes, budget: &mut Budget) -> Surveyed<M::Outcome> {
    let mut search = Search::new(machine, classes, &budget.limits);
    let result = budget.open().and_then(|()| search.tiers(0..TIERS, |_, _| false));
    let (moves, seen) = (search.moves, search.seen);
    Surveyed {
        seen,
        cut: budget.settle(moves, result).err(),
    }
}

/// A shortest printable number, in the lowest tier that has one, with an outcome that is `wanted`; `None` if there is none.
pub(crate) fn first_printable<M: Machine>(
    machine: &mut M,
    classes: &Classes,
    budget: &mut Budget,
    wanted: impl Fn(&M, &M::Outcome) -> bool,
) -> Result<Option<Rc<[u8]>>, Bound> {
    let mut search = Search::new(machine, classes, &budget.limits);
    let result = budget.open().and_then(|()| search.tiers(0..=PRINTABLE, wanted));
    let (moves, mut seen) = (search.moves, search.seen);
    let found = budget.settle(moves, result)?;
    Ok(seen.pop().filter(|_| found).map(|seen| seen.number))
}

/// How a place is reached.
#[derive(Clone, Copy)]
struct Reached {
    /// In so many bytes.
    depth: u32,
    /// From this place, by a byte of `class`.
    from: u32,
    class: u8,
    /// The place was reached in an earlier tier, and no sooner in this one: so only the tier's own bytes lead on to something new.
    explored: bool,
}

struct Search<'m, M: Machine> {
    machine: &'m mut M,
    classes: &'m Classes,
    limits: &'m Limits,
    moves: usize,
    /// How many bytes the numbers of outcomes may still take.
    bytes: usize,
    places: Vec<M::Place>,
    reached: Vec<Reached>,
    known: WordMap<M::Place, u32>,
    /// The places that a number of each length leads to, in order. A place that is reached sooner later on stands twice.
    levels: Vec<Vec<u32>>,
    seen: Vec<Seen<M::Outcome>>,
    outcomes: WordMap<(M::Outcome, bool), ()>,
}

impl<'m, M: Machine> Search<'m, M> {
    fn new(machine: &'m mut M, classes: &'m Classes, limits: &'m Limits) -> Search<'m, M> {
        let start = machine.start();
        let mut known = WordMap::default();
        known.insert(start, 0);
        Search {
            machine,
            classes,
            limits,
            moves: limits.moves,
            bytes: limits.memory,
            places: vec![start],
            reached: vec![Reached {
                depth: 0,
                from: 0,
                class: 0,
                explored: false,
            }],
            known,
            levels: vec![vec![0]],
            seen: Vec::new(),
            outcomes: WordMap::default(),
        }
    }

    /// True when it stopped at an outcome that is `enough`, which is the last one seen.
    fn tiers(
        &mut self,
        tiers: impl IntoIterator<Item = usize>,
        enough: impl Fn(&M, &M::Outcome) -> bool,
    ) -> Result<bool, Bound> {
        let mut before: Vec<u8> = Vec::new();
        for tier in tiers {
            let order = self.classes.order(tier).to_vec();
            let new: Vec<u8> = order.iter().filter(|class| !before.contains(class)).copied().collect();
            if !new.is_empty() && self.tier(tier, (&order, &new), &enough)? {
                return Ok(true);
            }
            before = order;
        }
        Ok(false)
    }

    /// Goes on from what the tiers before have reached, in the order of the numbers' lengths.
    fn tier(
        &mut self,
        tier: usize,
        (order, new): (&[u8], &[u8]),
        enough: &impl Fn(&M, &M::Outcome) -> bool,
    ) -> Result<bool, Bound> {
        let mut next = Vec::new();
        let mut depth = 0;
        while depth < self.levels.len() {
            let mut at = 0;
            while let Some(place) = self.levels.get(depth).and_then(|level| level.get(at)).copied() {
                at += 1;
                let reached = self.reached[place as usize];
                if reached.depth != depth as u32 {
                    continue;
                }
                if !reached.explored && self.end(place, tier, enough)? {
                    return Ok(true);
                }
                let classes = if reached.explored { new } else { order };
                self.reached[place as usize].explored = true;
                for class in classes {
                    self.machine.step(self.places[place as usize], *class, &mut next)?;
                    self.moves = self.moves.checked_sub(1 + next.len()).ok_or(Bound::Moves)?;
                    for to in next.drain(..) {
                        self.reach(to, place, *class, depth as u32 + 1);
                    }
                }
                if self.places.len() > self.limits.places {
                    return Err(Bound::Places);
                }
            }
            depth += 1;
        }
        Ok(false)
    }

    fn reach(&mut self, to: M::Place, from: u32, class: u8, depth: u32) {
        let reached = Reached {
            depth,
            from,
            class,
            explored: false,
        };
        let next = self.places.len() as u32;
        let place = *self.known.entry(to).or_insert(next);
        if place == next {
            self.places.push(to);
            self.reached.push(reached);
        } else if self.reached[place as usize].depth > depth {
            self.reached[place as usize] = reached;
        } else {
            return;
        }
        let depth = depth as usize;
        if self.levels.len() <= depth {
            self.levels.push(Vec::new());
        }
        self.levels[depth].push(place);
    }

    /// True when an outcome here is `enough`.
    fn end(&mut self, place: u32, tier: usize, enough: &impl Fn(&M, &M::Outcome) -> bool) -> Result<bool, Bound> {
        let mut outcomes = Vec::new();
        self.machine.end(self.places[place as usize], &mut outcomes)?;
        for outcome in outcomes {
            let key = (outcome, place == 0);
            if self.outcomes.contains_key(&key) {
                continue;
            }
            let number = self.number(place)?;
            self.seen.push(Seen {
                outcome: key.0.clone(),
                number,
                tier,
            });
            if enough(self.machine, &key.0) {
                return Ok(true);
            }
            self.outcomes.insert(key, ());
            if self.seen.len() > MAX_OUTCOMES {
                return Err(Bound::Places);
            }
        }
        Ok(false)
    }

    /// The number that leads to a place.
    fn number(&mut self, mut place: u32) -> Result<Rc<[u8]>, Bound> {
        let mut number = Vec::new();
        while place != 0 {
            let reached = self.reached[place as usize];
            number.push(self.classes.byte(reached.class));
            place = reached.from;
        }
        number.reverse();
        self.bytes = self.bytes.checked_sub(number.len()).ok_or(Bound::Memory)?;
        Ok(number.into())
    }
}

/// More outcomes than this are not told apart.
const MAX_OUTCOMES: usize = 200_000;
