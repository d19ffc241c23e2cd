//! A survey is a breadth-first search over the states of a `Machine`. It finds every outcome that
//! some number has, each with a shortest number.
//!
//! Numbers that lead to the same state have the same outcomes, whatever bytes follow, and there are
//! finitely many states. So an outcome that is not found when no state is left occurs for no
//! number. A survey that stops at a bound earlier says so in `Surveyed::cut`.

use crate::dfa::word_map::WordMap;
use crate::proof::alphabet::{Classes, PRINTABLE, TIERS};
use std::cell::Cell;
use std::fmt;
use std::hash::Hash;
use std::rc::Rc;

/// The bounds of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most states that it may reach.
    pub places: usize,
    /// The most transitions that it may follow.
    pub moves: usize,
    /// The most bytes that the tables of its machines may take together.
    pub memory: usize,
}

impl Default for Limits {
    /// 400,000 states, 5 million transitions, 32 MiB: some seconds.
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
    /// Too many states.
    Places,
    /// Too many transitions.
    Moves,
    /// Too much memory.
    Memory,
    /// Of some number's two results, as they are built byte by byte, one gets more than 64 bytes
    /// longer than the other, so they are not compared.
    Distance,
    /// The captures of a rule cannot be followed.
    Captures,
    /// A regex is near the size at which `re` refuses it.
    Size,
}

impl Bound {
    /// Its name in reports, the same in all languages.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Places => "places",
            Bound::Moves => "moves",
            Bound::Memory => "memory",
            Bound::Distance => "distance",
            Bound::Captures => "captures",
            Bound::Size => "size",
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
            Bound::Size => "one is nearly as large as re allows",
        })
    }
}

/// The work that machines may do for each transition, on average.
const WORK_A_MOVE: usize = 8;

/// The memory and work that several machines together may still take. A survey counts their
/// transitions, but not the work of each.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    memory: Rc<Cell<usize>>,
    work: Rc<Cell<usize>>,
}

impl Allowance {
    pub(crate) fn new(limits: &Limits) -> Allowance {
        Allowance {
            memory: Rc::new(Cell::new(limits.memory)),
            work: Rc::new(Cell::new(limits.moves.saturating_mul(WORK_A_MOVE))),
        }
    }

    /// The allowance of a machine that replaces another: all of the memory, the work that is left.
    pub(crate) fn renewed(&self, limits: &Limits) -> Allowance {
        Allowance {
            memory: Rc::new(Cell::new(limits.memory)),
            work: Rc::clone(&self.work),
        }
    }

    /// Takes `bytes` of memory, or fails where too few are left.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), Bound> {
        let left = self.memory.get().checked_sub(bytes).ok_or(Bound::Memory)?;
        self.memory.set(left);
        Ok(())
    }

    /// Takes the work of looking at `things` things, or fails where too little is left.
    pub(crate) fn work(&self, things: usize) -> Result<(), Bound> {
        let left = self.work.get().checked_sub(things).ok_or(Bound::Moves)?;
        self.work.set(left);
        Ok(())
    }
}

/// The most states that one byte may lead to from one state.
const MAX_WAYS: usize = 50_000;

/// An error where one byte leads to too many states: its guesses are too many.
pub(crate) fn few_enough(ways: usize) -> Result<(), Bound> {
    if ways > MAX_WAYS { Err(Bound::Places) } else { Ok(()) }
}

/// A nondeterministic automaton with outcomes. It may guess: a wrong guess ends without an outcome.
pub(crate) trait Machine {
    type State: Copy + Eq + Hash;
    /// The machine's answer at the end of a number.
    type Outcome: Clone + Eq + Hash;

    /// The state before the first byte.
    fn start(&self) -> Self::State;

    /// Adds all states that a byte of `class` leads to.
    fn step(&mut self, state: Self::State, class: u8, next: &mut Vec<Self::State>) -> Result<(), Bound>;

    /// Adds all outcomes of a number that ends in `state`.
    fn end(&mut self, state: Self::State, outcomes: &mut Vec<Self::Outcome>) -> Result<(), Bound>;
}

/// An outcome and a number that has it.
#[derive(Clone, Debug)]
pub(crate) struct Seen<O> {
    pub(crate) outcome: O,
    /// A shortest number within the lowest tier that has one.
    pub(crate) number: Rc<[u8]>,
    pub(crate) tier: usize,
}

/// The outcomes that a survey found: lower tiers first, then shorter numbers. An outcome of the
/// empty number is listed again where another number has it too.
#[derive(Clone, Debug)]
pub(crate) struct Surveyed<O> {
    pub(crate) seen: Vec<Seen<O>>,
    /// The bound that was met, if outcomes may be missing.
    pub(crate) cut: Option<Bound>,
}

/// The limits that several surveys share, less what they have used.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    /// How many more surveys may meet a bound.
    strikes: u8,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Budget {
        Budget {
            limits: *limits,
            strikes: 3,
        }
    }

    /// What is left.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// An error where nothing is left, so that nothing is built for a survey that would not start.
    pub(crate) fn open(&self) -> Result<(), Bound> {
        if self.strikes == 0 { Err(Bound::Moves) } else { Ok(()) }
    }

    fn settle<T>(&mut self, moves: usize, result: Result<T, Bound>) -> Result<T, Bound> {
        self.limits.moves = moves;
        self.strikes = self.strikes.saturating_sub(u8::from(result.is_err()));
        result
    }
}

/// The outcomes of all numbers over the alphabet of `classes`.
pub(crate) fn survey<M: Machine>(machine: &mut M, classes: &Classes, budget: &mut Budget) -> Surveyed<M::Outcome> {
    let mut search = BreadthFirst::new(machine, classes, &budget.limits);
    let result = budget.open().and_then(|()| search.tiers(0..TIERS, |_, _| false));
    let (moves, seen) = (search.moves, search.seen);
    Surveyed {
        seen,
        cut: budget.settle(moves, result).err(),
    }
}

/// A shortest printable number, in the lowest tier with one, that has a `wanted` outcome.
pub(crate) fn first_printable<M: Machine>(
    machine: &mut M,
    classes: &Classes,
    budget: &mut Budget,
    wanted: impl Fn(&M, &M::Outcome) -> bool,
) -> Result<Option<Rc<[u8]>>, Bound> {
    let mut search = BreadthFirst::new(machine, classes, &budget.limits);
    let result = budget.open().and_then(|()| search.tiers(0..=PRINTABLE, wanted));
    let (moves, mut seen) = (search.moves, search.seen);
    let found = budget.settle(moves, result)?;
    Ok(seen.pop().filter(|_| found).map(|seen| seen.number))
}

/// The most outcomes of a survey.
const MAX_OUTCOMES: usize = 200_000;

/// How a state was reached.
#[derive(Clone, Copy, Default)]
struct Reached {
    /// The length of the number that leads to the state.
    depth: u32,
    /// The state before the number's last byte, which is of `class`.
    from: u32,
    class: u8,
    /// True when the state was expanded before, and has not been reached sooner since: only the
    /// bytes that this tier adds lead on to something new.
    explored: bool,
}

/// A search in progress. States are numbered in the order in which they are found.
struct BreadthFirst<'m, M: Machine> {
    machine: &'m mut M,
    classes: &'m Classes,
    limits: &'m Limits,
    moves: usize,
    /// The bytes that the witnesses of outcomes may still take.
    bytes: usize,
    states: Vec<M::State>,
    reached: Vec<Reached>,
    known: WordMap<M::State, u32>,
    /// For each length of a number, the states that it leads to, in order. A state that a later
    /// tier reaches sooner is listed twice.
    levels: Vec<Vec<u32>>,
    seen: Vec<Seen<M::Outcome>>,
    outcomes: WordMap<(M::Outcome, bool), ()>,
}

impl<'m, M: Machine> BreadthFirst<'m, M> {
    fn new(machine: &'m mut M, classes: &'m Classes, limits: &'m Limits) -> BreadthFirst<'m, M> {
        let start = machine.start();
        let mut known = WordMap::default();
        known.insert(start, 0);
        BreadthFirst {
            machine,
            classes,
            limits,
            moves: limits.moves,
            bytes: limits.memory,
            states: vec![start],
            reached: vec![Reached::default()],
            known,
            levels: vec![vec![0]],
            seen: Vec::new(),
            outcomes: WordMap::default(),
        }
    }

    /// Searches the tiers; true if it stopped at an outcome that is `enough`, the last one seen.
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

    /// Searches one tier: goes on, level by level, from the states that the tiers before have
    /// reached.
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
            while let Some(state) = self.levels.get(depth).and_then(|level| level.get(at)).copied() {
                at += 1;
                let reached = self.reached[state as usize];
                if reached.depth != depth as u32 {
                    continue;
                }
                if !reached.explored && self.end(state, tier, enough)? {
                    return Ok(true);
                }
                let classes = if reached.explored { new } else { order };
                self.reached[state as usize].explored = true;
                for class in classes {
                    self.machine.step(self.states[state as usize], *class, &mut next)?;
                    self.moves = self.moves.checked_sub(1 + next.len()).ok_or(Bound::Moves)?;
                    for to in next.drain(..) {
                        self.reach(to, state, *class, depth as u32 + 1);
                    }
                }
                if self.states.len() > self.limits.places {
                    return Err(Bound::Places);
                }
            }
            depth += 1;
        }
        Ok(false)
    }

    fn reach(&mut self, to: M::State, from: u32, class: u8, depth: u32) {
        let reached = Reached {
            depth,
            from,
            class,
            explored: false,
        };
        let next = self.states.len() as u32;
        let state = *self.known.entry(to).or_insert(next);
        if state == next {
            self.states.push(to);
            self.reached.push(reached);
        } else if self.reached[state as usize].depth > depth {
            self.reached[state as usize] = reached;
        } else {
            return;
        }
        let depth = depth as usize;
        if self.levels.len() <= depth {
            self.levels.push(Vec::new());
        }
        self.levels[depth].push(state);
    }

    /// Notes the outcomes of a state that are new; true when one of them is `enough`.
    fn end(&mut self, state: u32, tier: usize, enough: &impl Fn(&M, &M::Outcome) -> bool) -> Result<bool, Bound> {
        let mut outcomes = Vec::new();
        self.machine.end(self.states[state as usize], &mut outcomes)?;
        for outcome in outcomes {
            let key = (outcome, state == 0);
            if self.outcomes.contains_key(&key) {
                continue;
            }
            let number = self.number(state)?;
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

    fn number(&mut self, mut state: u32) -> Result<Rc<[u8]>, Bound> {
        let mut number = Vec::new();
        while state != 0 {
            let reached = self.reached[state as usize];
            number.push(self.classes.byte(reached.class));
            state = reached.from;
        }
        number.reverse();
        self.bytes = self.bytes.checked_sub(number.len()).ok_or(Bound::Memory)?;
        Ok(number.into())
    }
}
