//! Removes look-around from a program: the product of the program with a DFA for each condition.
//!
//! Whether a look-behind holds at a position depends on the bytes before it alone, so its DFA reads
//! along from the start of the subject, and its state there is the answer. A look-ahead depends on
//! bytes that are not read yet, so it is a *debt*: its DFA reads along from the position on, and
//! the match counts only if that DFA accepts in the end, or for a negative look-ahead does not.
//!
//! An instruction of the product is an instruction of the old program together with the states of
//! these DFAs. Where it consumes a byte, there is one such instruction for each combination of
//! states that the DFAs may be in behind that byte. What is left has no look-around, and any
//! automaton runs it.
//!
//! A match may have debts left. Then the program reads on behind it, without moving the end of the
//! match, until all are paid. With look-behind the program begins at the start of the subject,
//! since its DFAs do, and reads up to where the match begins.

use crate::dfa::automaton::{Automaton, State};
use crate::dfa::byte_classes::ByteClasses;
use crate::dfa::reduce::reduced;
use crate::dfa::word_map::WordMap;
use crate::regex::byte_set::ByteSet;
use crate::regex::look::Look;
use crate::regex::nfa::{self, Draft, Instruction, Program, ProgramTooLarge};
use crate::regex::pattern::{Around, Node, Pattern};

/// The most bytes that building the DFAs of all conditions of a pattern touches.
const MEMORY_LIMIT: usize = 16 << 20;
/// The most states of DFAs that the instructions of a product hold together.
const MAX_STATES: usize = 1 << 20;
/// The most states of DFAs that building a product goes on from.
const MAX_STEPS: usize = 1 << 24;

/// Compiles `pattern` into at most `limit` instructions. Without `captures` nothing is saved.
pub(crate) fn compile(pattern: &Pattern, captures: bool, limit: usize) -> Result<Program, ProgramTooLarge> {
    let mut room = Room {
        memory: MEMORY_LIMIT,
        states: MAX_STATES,
        steps: MAX_STEPS,
    };
    compile_within(pattern, captures, limit, &mut room)
}

/// What compiling a pattern, and the conditions inside conditions, may still use.
struct Room {
    memory: usize,
    states: usize,
    steps: usize,
}

fn compile_within(
    pattern: &Pattern,
    captures: bool,
    limit: usize,
    room: &mut Room,
) -> Result<Program, ProgramTooLarge> {
    let draft = nfa::compile(pattern, captures, limit)?;
    if draft.conditions.is_empty() {
        return Ok(draft.program);
    }
    let program = Product::new(&draft, limit, room)?.build()?;
    Ok(if captures { program } else { reduced(program) })
}

/// The DFA of a condition.
struct Condition {
    ahead: bool,
    negative: bool,
    automaton: Automaton,
}

impl Condition {
    fn new(around: &Around, limit: usize, room: &mut Room) -> Result<Condition, ProgramTooLarge> {
        let body = around.body.without_groups();
        let parts = if around.ahead {
            vec![Node::Look(Look::Start), body]
        } else {
            vec![body, Node::Look(Look::End)]
        };
        let pattern = Pattern {
            node: Node::Concat(parts),
            groups: 0,
        };
        let program = compile_within(&pattern, false, limit, room)?;
        let automaton = Automaton::build_within(&[(0, &program)], &mut room.memory).map_err(|_| ProgramTooLarge)?;
        Ok(Condition {
            ahead: around.ahead,
            negative: around.negative,
            automaton,
        })
    }

    /// True when the condition holds where its DFA ends in `state`.
    fn holds(&self, state: State) -> bool {
        self.automaton.answer(state).is_some() != self.negative
    }

    /// Whether the condition holds in `state`, whatever follows; `None` while bytes that follow may
    /// change it.
    fn settled(&self, state: State) -> Option<bool> {
        self.automaton.is_final(state).then(|| self.holds(state))
    }
}

/// A state of the product: an instruction of the old program, and the states of the DFAs.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    /// The instruction; [`SEARCH`] before a match begins.
    at: u32,
    /// Nothing was read. False where that makes no difference.
    at_start: bool,
    /// The state of each look-behind; none where no look-behind follows.
    behind: Vec<State>,
    /// The look-aheads that are not settled yet, in order, each with its state.
    debts: Vec<(usize, State)>,
}

/// In place of an instruction: the loop that reads up to the start of the match.
const SEARCH: u32 = u32::MAX;

struct Product<'d> {
    old: &'d Program,
    conditions: Vec<Condition>,
    /// For each instruction that is a condition its number.
    condition_at: WordMap<u32, usize>,
    /// The numbers of the look-behinds.
    behinds: Vec<usize>,
    /// For each instruction, whether what was read before makes a difference to it or a later one.
    looks_behind: Vec<bool>,
    /// The bytes that no DFA distinguishes.
    classes: Vec<ByteSet>,
    known: WordMap<Place, u32>,
    pending: Vec<(Place, u32)>,
    instructions: Vec<Instruction>,
    limit: usize,
    room: &'d mut Room,
}

impl<'d> Product<'d> {
    fn new(draft: &'d Draft, limit: usize, room: &'d mut Room) -> Result<Product<'d>, ProgramTooLarge> {
        let mut numbers: WordMap<&Around, usize> = WordMap::default();
        let mut conditions = Vec::new();
        let mut condition_at = WordMap::default();
        for (at, around) in &draft.conditions {
            let number = match numbers.get(around) {
                Some(number) => *number,
                None => {
                    conditions.push(Condition::new(around, limit, room)?);
                    numbers.insert(around, conditions.len() - 1);
                    conditions.len() - 1
                }
            };
            condition_at.insert(*at, number);
        }
        let classes = ByteClasses::by_key(|byte| {
            let of = |condition: &Condition| condition.automaton.classes().of(byte);
            conditions.iter().map(of).collect::<Vec<u8>>()
        });
        let mut sets = vec![ByteSet::EMPTY; classes.representatives().len()];
        for byte in 0..=u8::MAX {
            if let Some(set) = sets.get_mut(usize::from(classes.of(byte))) {
                set.insert(byte);
            }
        }
        let behinds: Vec<usize> = (0..conditions.len())
            .filter(|number| conditions.get(*number).is_some_and(|condition| !condition.ahead))
            .collect();
        Ok(Product {
            looks_behind: looks_behind(&draft.program, &condition_at, &behinds),
            old: &draft.program,
            conditions,
            condition_at,
            behinds,
            classes: sets,
            known: WordMap::default(),
            pending: Vec::new(),
            instructions: Vec::new(),
            limit,
            room,
        })
    }

    fn build(mut self) -> Result<Program, ProgramTooLarge> {
        let behind = self.behinds.iter().filter_map(|number| self.conditions.get(*number));
        let mut start = Place {
            at: SEARCH,
            at_start: true,
            behind: behind.map(|condition| condition.automaton.start()).collect(),
            debts: Vec::new(),
        };
        let first = if self.behinds.is_empty() {
            start.at = self.old.start;
            self.place(start)?
        } else {
            let next = self.place(start)?;
            self.push(Instruction::Look {
                look: Look::Start,
                next,
            })?
        };
        while let Some((place, number)) = self.pending.pop() {
            let instruction = self.instruction(place)?;
            if let Some(slot) = self.instructions.get_mut(number as usize) {
                *slot = instruction;
            }
        }
        // What follows an instruction mostly stands before it, as in other programs.
        let last = self.instructions.len() as u32 - 1;
        let instructions = self.instructions.iter().rev().map(|one| one.renumbered(|at| last - at));
        Ok(Program {
            instructions: instructions.collect(),
            start: last - first,
            slots: self.old.slots,
        })
    }

    fn push(&mut self, instruction: Instruction) -> Result<u32, ProgramTooLarge> {
        if self.instructions.len() >= self.limit {
            return Err(ProgramTooLarge);
        }
        self.instructions.push(instruction);
        Ok(self.instructions.len() as u32 - 1)
    }

    /// The index of the new instruction for `place`. One that is asked for first is made later, by
    /// [`Product::build`].
    fn place(&mut self, place: Place) -> Result<u32, ProgramTooLarge> {
        let Some(mut place) = self.past_conditions(place) else {
            return self.push(Instruction::DEAD);
        };
        if place.at != SEARCH && !self.looks_behind.get(place.at as usize).is_some_and(|looks| *looks) {
            place.at_start = false;
            place.behind.clear();
        }
        if let Some(known) = self.known.get(&place) {
            return Ok(*known);
        }
        let states = place.behind.len() + place.debts.len();
        self.room.states = self.room.states.checked_sub(states).ok_or(ProgramTooLarge)?;
        let number = self.push(Instruction::DEAD)?;
        self.known.insert(place.clone(), number);
        self.pending.push((place, number));
        Ok(number)
    }

    /// The place behind the conditions that stand at `place`; `None` where one of them does not
    /// hold.
    fn past_conditions(&self, mut place: Place) -> Option<Place> {
        loop {
            let instruction = self.old.instructions.get(place.at as usize);
            match (self.condition_at.get(&place.at), instruction) {
                (Some(number), Some(Instruction::Split { preferred, .. })) => {
                    place.at = *preferred;
                    self.assume(&mut place, *number)?;
                }
                (
                    None,
                    Some(Instruction::Look {
                        look: Look::Start,
                        next,
                    }),
                ) if !self.behinds.is_empty() => {
                    if !place.at_start {
                        return None;
                    }
                    place.at = *next;
                }
                _ => return Some(place),
            }
        }
    }

    /// Lets a path go on behind condition `number`: a look-behind must hold, and a look-ahead
    /// becomes a debt. `None` where it does not hold.
    fn assume(&self, place: &mut Place, number: usize) -> Option<()> {
        let condition = self.conditions.get(number)?;
        if condition.ahead {
            self.owe(&mut place.debts, number, condition.automaton.start())
        } else {
            let at = self.behinds.binary_search(&number).ok()?;
            condition.holds(*place.behind.get(at)?).then_some(())
        }
    }

    /// Adds the debt of a look-ahead whose DFA is in `state`, unless it is settled there; `None`
    /// where the look-ahead cannot hold any more.
    fn owe(&self, debts: &mut Vec<(usize, State)>, number: usize, state: State) -> Option<()> {
        match self.conditions.get(number)?.settled(state) {
            Some(false) => None,
            Some(true) => Some(()),
            None => {
                if let Err(at) = debts.binary_search(&(number, state)) {
                    debts.insert(at, (number, state));
                }
                Some(())
            }
        }
    }

    /// The new instruction for `place`, behind whose conditions it stands.
    fn instruction(&mut self, place: Place) -> Result<Instruction, ProgramTooLarge> {
        let to = |at: u32| Place { at, ..place.clone() };
        let Some(instruction) = self.old.instructions.get(place.at as usize) else {
            let begin = self.place(to(self.old.start))?;
            let other = self.read(&place, ByteSet::ALL, SEARCH)?;
            return Ok(Instruction::Split {
                preferred: begin,
                other,
            });
        };
        Ok(match *instruction {
            Instruction::Byte { set, next } => {
                let reads = self.reads(&place, set, next)?;
                self.one_of(reads)?
            }
            Instruction::Split { preferred, other } => Instruction::Split {
                preferred: self.place(to(preferred))?,
                other: self.place(to(other))?,
            },
            Instruction::Look { look, next } => Instruction::Look {
                look,
                next: self.place(to(next))?,
            },
            Instruction::Save { slot, next } => Instruction::Save {
                slot,
                next: self.place(to(next))?,
            },
            Instruction::Match if place.debts.is_empty() => Instruction::Match,
            Instruction::Match => {
                let mut ways = self.reads(&place, ByteSet::ALL, place.at)?;
                if self.are_paid_at_end(&place.debts) {
                    let next = self.push(Instruction::Match)?;
                    ways.push(Instruction::Look { look: Look::End, next });
                }
                self.one_of(ways)?
            }
        })
    }

    fn are_paid_at_end(&self, debts: &[(usize, State)]) -> bool {
        debts.iter().all(|(number, state)| {
            let condition = self.conditions.get(*number);
            condition.is_some_and(|condition| condition.holds(*state))
        })
    }

    /// The index of an instruction that reads a byte of `set` and goes on at `next`.
    fn read(&mut self, place: &Place, set: ByteSet, next: u32) -> Result<u32, ProgramTooLarge> {
        let reads = self.reads(place, set, next)?;
        let instruction = self.one_of(reads)?;
        self.push(instruction)
    }

    /// The instructions that read a byte of `set` and go on at `next`: one for each combination of
    /// states that the DFAs may be in behind that byte.
    fn reads(&mut self, place: &Place, set: ByteSet, next: u32) -> Result<Vec<Instruction>, ProgramTooLarge> {
        let mut ways: Vec<(Place, ByteSet)> = Vec::new();
        let steps = self.classes.len() * (place.behind.len() + place.debts.len());
        self.room.steps = self.room.steps.checked_sub(steps).ok_or(ProgramTooLarge)?;
        for class in &self.classes {
            let bytes = class.intersection(&set);
            let Some(byte) = class.iter().next().filter(|_| !bytes.is_empty()) else {
                continue;
            };
            let Some(place) = self.after(place, byte, next) else {
                continue;
            };
            match ways.iter_mut().find(|(known, _)| *known == place) {
                Some((_, bytes_of)) => *bytes_of = bytes_of.union(&bytes),
                None => ways.push((place, bytes)),
            }
        }
        let reads = ways.into_iter().map(|(place, set)| {
            let next = self.place(place)?;
            Ok(Instruction::Byte { set, next })
        });
        reads.collect()
    }

    /// The place at `next` behind `byte`; `None` where a debt cannot be paid.
    fn after(&self, place: &Place, byte: u8, next: u32) -> Option<Place> {
        let mut debts = Vec::with_capacity(place.debts.len());
        for (number, state) in &place.debts {
            let state = self.conditions.get(*number)?.automaton.step(*state, byte);
            self.owe(&mut debts, *number, state)?;
        }
        let behind = self.behinds.iter().zip(&place.behind).filter_map(|(number, state)| {
            let condition = self.conditions.get(*number)?;
            Some(condition.automaton.step(*state, byte))
        });
        Some(Place {
            at: next,
            at_start: false,
            behind: behind.collect(),
            debts,
        })
    }

    /// An instruction from which a path goes on at each of `ways`. Their order is no preference,
    /// since at most one of them can go on.
    fn one_of(&mut self, ways: Vec<Instruction>) -> Result<Instruction, ProgramTooLarge> {
        let mut ways = ways.into_iter();
        let Some(mut all) = ways.next() else {
            return Ok(Instruction::DEAD);
        };
        for way in ways {
            all = Instruction::Split {
                preferred: self.push(way)?,
                other: self.push(all)?,
            };
        }
        Ok(all)
    }
}

/// For each instruction, whether a look-behind or `^` is there or can be reached.
fn looks_behind(program: &Program, condition_at: &WordMap<u32, usize>, behinds: &[usize]) -> Vec<bool> {
    let mut looks = vec![false; program.instructions.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for (at, instruction) in program.instructions.iter().enumerate() {
            let reaches = |next: u32| looks.get(next as usize) == Some(&true);
            let is_behind = condition_at
                .get(&(at as u32))
                .is_some_and(|number| behinds.binary_search(number).is_ok());
            let found = is_behind
                || match *instruction {
                    Instruction::Look { look: Look::Start, .. } => true,
                    Instruction::Split { preferred, other } => reaches(preferred) || reaches(other),
                    Instruction::Byte { next, .. }
                    | Instruction::Look { next, .. }
                    | Instruction::Save { next, .. } => reaches(next),
                    Instruction::Match => false,
                };
            if let Some(slot) = looks.get_mut(at) {
                changed |= *slot != found;
                *slot = found;
            }
        }
    }
    looks
}

#[cfg(test)]
mod tests;
