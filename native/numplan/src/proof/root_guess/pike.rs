//! Guesses a root that must be searched for, by a Pike VM whose slots hold no positions.
//!
//! What is guessed is where the root begins, where it ends, and whether a newline is the last byte.
//! The two guessed positions are called marks. A slot says only whether it was set, and whether at
//! its mark, so there are finitely many states.

use super::slice::Transition;
use crate::dfa::word_map::WordMap;
use crate::proof::alphabet::Classes;
use crate::proof::search::{Allowance, Bound};
use crate::regex::look::{Look, Position};
use crate::regex::nfa::{Instruction, Program};
use std::rc::Rc;
use std::sync::Arc;

/// Which groups took part in a root that was searched for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Note {
    /// The group that is the root; 0 is the whole match.
    pub(crate) root: usize,
    /// The lower groups that took part and are not empty, the whole match as group 0; true where
    /// such a group is not the root's span.
    pub(crate) others: Vec<(usize, bool)>,
    /// The root's group was repeated, so that only its last round is kept.
    pub(crate) repeated: bool,
}

/// The bits of a slot that hold one of the next three values.
const MARK: u8 = 3;
/// The slot was never set.
const UNSET: u8 = 0;
/// The slot was set at a position other than its mark.
const ELSEWHERE: u8 = 1;
/// The slot was set at its mark: the root's start for the start of a group, its end for an end.
const MARKED: u8 = 2;
/// A flag of a slot for the start of a group: it had been set before.
const REPEATED: u8 = 4;
/// A flag of a slot for the start of a group: no byte was read since.
const FRESH: u8 = 8;
/// A flag of a slot for the end of a group: the group is empty.
const EMPTY: u8 = 16;

/// The machine of a root that is searched for.
#[derive(Debug)]
pub(crate) struct PikeGuess {
    program: Arc<Program>,
    classes: Rc<Classes>,
    has_dollar: bool,
    /// True where [`Note`]s are wanted: without them there are fewer states.
    noting: bool,
    states: Vec<Frontier>,
    known: WordMap<Frontier, u32>,
    steps: WordMap<(u32, u8), Rc<[Transition]>>,
    ends: WordMap<u32, Option<u32>>,
    notes: Vec<Note>,
    known_notes: WordMap<Note, u32>,
    allowance: Allowance,
}

type Slots = Box<[u8]>;

/// The threads after a byte, the preferred ones first, and the best match so far.
type Advanced = (Vec<(u32, Slots)>, Option<Slots>);

/// The guess where the root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Before,
    Inside,
    Behind,
}

/// What may follow the byte just read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Next {
    Anything,
    /// The end: the guess is that this newline is the last byte.
    TheEnd,
    /// A byte: the guess is that this newline is not the last one.
    NotTheEnd,
}

/// A state: the threads before their epsilon closure, the preferred ones first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Frontier {
    at_start: bool,
    phase: Phase,
    next: Next,
    threads: Box<[(u32, Slots)]>,
    found: Option<Slots>,
}

/// What the epsilon closure at a position depends on.
#[derive(Clone, Copy)]
struct Boundary {
    byte: Option<u8>,
    position: Position,
    begins: bool,
    ends: bool,
}

impl PikeGuess {
    pub(super) fn new(program: &Arc<Program>, classes: &Rc<Classes>, noting: bool, allowance: &Allowance) -> PikeGuess {
        let mut instructions = program.instructions.iter();
        let has_dollar =
            instructions.any(|instruction| matches!(instruction, Instruction::Look { look: Look::Dollar, .. }));
        let mut guess = PikeGuess {
            program: Arc::clone(program),
            classes: Rc::clone(classes),
            has_dollar,
            noting,
            states: Vec::new(),
            known: WordMap::default(),
            steps: WordMap::default(),
            ends: WordMap::default(),
            notes: Vec::new(),
            known_notes: WordMap::default(),
            allowance: allowance.clone(),
        };
        guess.add(Frontier {
            at_start: true,
            phase: Phase::Before,
            next: Next::Anything,
            threads: Box::default(),
            found: None,
        });
        guess
    }

    fn add(&mut self, frontier: Frontier) -> u32 {
        let number = self.states.len() as u32;
        self.states.push(frontier.clone());
        self.known.insert(frontier, number);
        number
    }

    pub(super) fn step(&mut self, state: u32, class: u8) -> Result<Rc<[Transition]>, Bound> {
        if let Some(known) = self.steps.get(&(state, class)) {
            return Ok(Rc::clone(known));
        }
        let mut steps = Vec::new();
        if let Some(frontier) = self.states.get(state as usize).cloned() {
            for (next, in_root) in self.ways(&frontier, self.classes.byte(class))? {
                let number = match self.known.get(&next) {
                    Some(known) => *known,
                    None => self.charge(&next).map(|()| self.add(next))?,
                };
                steps.push((number, in_root));
            }
        }
        let steps: Rc<[Transition]> = steps.into();
        self.steps.insert((state, class), Rc::clone(&steps));
        Ok(steps)
    }

    fn charge(&self, frontier: &Frontier) -> Result<(), Bound> {
        let thread = size_of::<(u32, Slots)>() + self.program.slots + 16;
        let size = 2 * (size_of::<Frontier>() + thread * (frontier.threads.len() + 1)) + 64;
        self.allowance.take(size + 24 * self.classes.count())
    }

    fn ways(&self, frontier: &Frontier, byte: u8) -> Result<Vec<(Frontier, bool)>, Bound> {
        if frontier.next == Next::TheEnd {
            return Ok(Vec::new());
        }
        // Whether the root begins here, and whether it ends here.
        let marks: &[(bool, bool)] = match frontier.phase {
            Phase::Before => &[(false, false), (true, false), (true, true)],
            Phase::Inside => &[(false, false), (false, true)],
            Phase::Behind => &[(false, false)],
        };
        let nexts: &[Next] = if self.has_dollar && byte == b'\n' {
            &[Next::NotTheEnd, Next::TheEnd]
        } else {
            &[Next::Anything]
        };
        let mut ways = Vec::new();
        for (begins, ends) in marks {
            for next in nexts {
                let boundary = Boundary {
                    byte: Some(byte),
                    position: Position {
                        at_start: frontier.at_start,
                        at_end: false,
                        at_last_newline: *next == Next::TheEnd,
                    },
                    begins: *begins,
                    ends: *ends,
                };
                let (threads, found) = self.advance(frontier, boundary)?;
                let phase = after_marks(frontier.phase, *begins, *ends);
                let way = Frontier {
                    at_start: false,
                    phase,
                    next: *next,
                    threads: threads.into(),
                    found,
                };
                if way.may_come_true() {
                    ways.push((way, phase == Phase::Inside));
                }
            }
        }
        Ok(ways)
    }

    pub(super) fn note(&self, note: u32) -> Option<&Note> {
        self.notes.get(note as usize)
    }

    pub(super) fn end(&mut self, state: u32) -> Result<Option<u32>, Bound> {
        if let Some(known) = self.ends.get(&state) {
            return Ok(*known);
        }
        let note = match self.found(state)?.and_then(|slots| self.note_of(&slots)) {
            None => None,
            Some(note) => Some(self.number(note)?),
        };
        self.ends.insert(state, note);
        Ok(note)
    }

    /// The slots of the match if the number ends in `state`; `None` where nothing matches, or where
    /// `state` guesses that more bytes follow.
    fn found(&self, state: u32) -> Result<Option<Slots>, Bound> {
        let Some(frontier) = self.states.get(state as usize) else {
            return Ok(None);
        };
        if frontier.next == Next::NotTheEnd {
            return Ok(None);
        }
        let boundary = Boundary {
            byte: None,
            position: Position {
                at_start: frontier.at_start,
                at_end: true,
                at_last_newline: false,
            },
            begins: frontier.phase == Phase::Before,
            ends: frontier.phase != Phase::Behind,
        };
        let (_, found) = self.advance(frontier, boundary)?;
        Ok(found)
    }

    /// The note on a match, if its root is the guessed one.
    fn note_of(&self, slots: &Slots) -> Option<Note> {
        let (spans, _) = slots.as_chunks::<2>();
        let set = |[start, end]: &[u8; 2]| start & MARK != UNSET && end & MARK != UNSET;
        let root = spans.iter().rposition(set)?;
        let [start, end] = *spans.get(root)?;
        if start & MARK != MARKED || end & MARK != MARKED {
            return None;
        }
        let others = if self.noting { spans } else { &[] };
        let others = others.iter().enumerate().take(root);
        let others = others.filter(|(_, span)| set(span) && span[1] & EMPTY == 0);
        Some(Note {
            root: if self.noting { root } else { 0 },
            others: others
                .map(|(group, [start, end])| (group, start & MARK != MARKED || end & MARK != MARKED))
                .collect(),
            repeated: start & REPEATED != 0,
        })
    }

    fn number(&mut self, note: Note) -> Result<u32, Bound> {
        if let Some(known) = self.known_notes.get(&note) {
            return Ok(*known);
        }
        let size = size_of::<Note>() + size_of_val(note.others.as_slice());
        self.allowance.take(2 * size)?;
        let number = self.notes.len() as u32;
        self.notes.push(note.clone());
        self.known_notes.insert(note, number);
        Ok(number)
    }

    /// Takes the epsilon closure of all threads at a position, then reads its byte.
    fn advance(&self, frontier: &Frontier, boundary: Boundary) -> Result<Advanced, Bound> {
        self.allowance.work(self.program.instructions.len())?;
        let mut order = Vec::new();
        let mut member = vec![false; self.program.instructions.len()];
        for (at, slots) in &frontier.threads {
            self.follow(*at, slots.clone(), boundary, &mut member, &mut order);
        }
        if frontier.found.is_none() {
            let unset = vec![UNSET; self.program.slots].into();
            self.follow(self.program.start, unset, boundary, &mut member, &mut order);
        }
        let mut threads = Vec::new();
        for (at, mut slots) in order {
            match &self.program.instructions[at as usize] {
                Instruction::Match => return Ok((threads, Some(slots))),
                Instruction::Byte { set, next } if boundary.byte.is_some_and(|byte| set.contains(byte)) => {
                    slots.iter_mut().for_each(|slot| *slot &= !FRESH);
                    threads.push((*next, slots));
                }
                _ => {}
            }
        }
        Ok((threads, frontier.found.clone()))
    }

    fn follow(&self, start: u32, slots: Slots, boundary: Boundary, member: &mut [bool], order: &mut Vec<(u32, Slots)>) {
        let mut pending = vec![(start, slots)];
        while let Some((at, mut slots)) = pending.pop() {
            if std::mem::replace(&mut member[at as usize], true) {
                continue;
            }
            match &self.program.instructions[at as usize] {
                Instruction::Split { preferred, other } => {
                    pending.push((*other, slots.clone()));
                    pending.push((*preferred, slots));
                }
                Instruction::Look { look, next } => {
                    if look.holds(boundary.position) {
                        pending.push((*next, slots));
                    }
                }
                Instruction::Save { slot, next } => {
                    self.save(*slot as usize, boundary, &mut slots);
                    pending.push((*next, slots));
                }
                Instruction::Byte { .. } | Instruction::Match => order.push((at, slots)),
            }
        }
    }

    fn save(&self, slot: usize, boundary: Boundary, slots: &mut Slots) {
        let starts = slot.is_multiple_of(2);
        let marked = if starts { boundary.begins } else { boundary.ends };
        let mut value = if marked { MARKED } else { ELSEWHERE };
        let before = slots.get(slot).copied().unwrap_or(UNSET);
        if self.noting && starts {
            value |= FRESH | if before == UNSET { 0 } else { REPEATED };
        }
        if self.noting && !starts && slots.get(slot - 1).is_some_and(|start| start & FRESH != 0) {
            value |= EMPTY;
        }
        if let Some(slot) = slots.get_mut(slot) {
            *slot = value;
        }
    }
}

fn after_marks(phase: Phase, begins: bool, ends: bool) -> Phase {
    match (phase, begins, ends) {
        (Phase::Before, true, false) => Phase::Inside,
        (Phase::Before, true, true) | (Phase::Inside, _, true) => Phase::Behind,
        (phase, ..) => phase,
    }
}

impl Frontier {
    /// False when the guess is wrong: no thread, and no match so far, has a group at the marks.
    fn may_come_true(&self) -> bool {
        let agrees = |slots: &Slots| {
            let (spans, _) = slots.as_chunks::<2>();
            spans.iter().any(|[start, end]| match self.phase {
                Phase::Before => true,
                Phase::Inside => start & MARK == MARKED,
                Phase::Behind => start & MARK == MARKED && end & MARK == MARKED,
            })
        };
        match self.phase {
            Phase::Before => self.found.is_none() || !self.threads.is_empty(),
            _ => self.found.iter().any(agrees) || self.threads.iter().any(|(_, slots)| agrees(slots)),
        }
    }
}

#[cfg(test)]
mod tests;
