//! Where does a number's root begin and end? Machines that read a number with a guess, and say at its end whether the guess was right.
//!
//! [`crate::plan::root`] finds a root in a number that lies there in one piece. A search over all numbers has no such piece: it reads byte
//! by byte and must know of each byte at once whether the root holds it. So these machines guess, in every way there is, and follow
//! each guess until it fails or the number ends. Exactly one way is left at the end of a number that the rule matches.

use crate::dfa::word_map::WordMap;
use crate::plan::root::{Edge, Root};
use crate::proof::alphabet::Classes;
use crate::proof::lengths::Lengths;
use crate::proof::search::{Allowance, Bound};
use crate::regex::look::Look;
use crate::regex::nfa::{Instruction, Program};
use std::rc::Rc;
use std::sync::Arc;

/// The machine of one rule's root.
#[derive(Debug)]
pub(crate) enum Marks {
    Slice(Slice),
    Search(Box<Search>),
}

/// One way to go on: the next state, and whether the byte just read is part of the root.
pub(crate) type Step = (u32, bool);

impl Marks {
    /// The machine that guesses what `root` finds.
    pub(crate) fn new(root: &Root, classes: &Rc<Classes>, allowance: &Allowance) -> Marks {
        match root {
            Root::Slice { start, end, trim, .. } => Marks::Slice(Slice::new(*start, *end, *trim, classes)),
            Root::Search(program) => Marks::Search(Box::new(Search::new(program, classes, false, allowance))),
        }
    }

    /// As [`Marks::new`] for a root that is searched for, and with notes on how each root came about.
    pub(crate) fn with_notes(program: &Arc<Program>, classes: &Rc<Classes>, allowance: &Allowance) -> Marks {
        Marks::Search(Box::new(Search::new(program, classes, true, allowance)))
    }

    /// The states before the first byte.
    pub(crate) fn starts(&self) -> Vec<u32> {
        match self {
            Marks::Slice(slice) => slice.starts(),
            Marks::Search(_) => vec![0],
        }
    }

    /// All ways to go on from `state` over a byte of `class`.
    pub(crate) fn step(&mut self, state: u32, class: u8) -> Result<Rc<[Step]>, Bound> {
        match self {
            Marks::Slice(slice) => Ok(slice.step(state, class).into()),
            Marks::Search(search) => search.step(state, class),
        }
    }

    /// In how many bytes the number may end if the guess is right; `None` where that is not guessed.
    pub(crate) fn lengths(&self, state: u32) -> Option<Lengths> {
        match self {
            Marks::Slice(slice) => slice.lengths(state),
            Marks::Search(_) => None,
        }
    }

    /// Whether the guess was right, if the number ends here; says what is noted of it.
    pub(crate) fn end(&mut self, state: u32) -> Result<Option<u32>, Bound> {
        match self {
            Marks::Slice(slice) => Ok(slice.end(state).then_some(0)),
            Marks::Search(search) => search.end(state),
        }
    }

    /// A note of [`Marks::end`].
    pub(crate) fn note(&self, note: u32) -> Option<&Note> {
        match self {
            Marks::Slice(_) => None,
            Marks::Search(search) => search.notes.get(note as usize),
        }
    }
}

/// A root between two edges: what is guessed is how far off the end is, where an edge depends on it.
///
/// A state counts the bytes read, up to the last edge that counts from the start, and the bytes that are left, from the first edge that
/// counts from the end.
#[derive(Debug)]
pub(crate) struct Slice {
    start: Edge,
    end: Edge,
    trim: bool,
    newline: u8,
    /// The last edge from the start: from there on all positions are alike.
    far: u32,
    /// The farthest edge from the end, where there is one.
    reach: Option<u32>,
}

/// How much of the number is left, without a last newline where that does not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Exactly(u32),
    /// More than any edge asks for.
    Many,
    /// Nothing; and a newline was read last that does count, so one that does not must follow.
    NothingButNewline,
    /// Nothing, and the newline that does not count was read.
    Over,
}

impl Slice {
    fn new(start: Edge, end: Edge, trim: bool, classes: &Classes) -> Slice {
        let from_start = |edge| match edge {
            Edge::FromStart(distance) => distance as u32,
            Edge::FromEnd(_) => 0,
        };
        let from_end = |edge| match edge {
            Edge::FromStart(_) => None,
            Edge::FromEnd(distance) => Some(distance as u32),
        };
        Slice {
            start,
            end,
            trim,
            newline: classes.of(b'\n'),
            far: from_start(start).max(from_start(end)),
            reach: from_end(start).max(from_end(end)),
        }
    }

    fn starts(&self) -> Vec<u32> {
        match self.reach {
            None => vec![self.state(0, Left::Many)],
            Some(reach) => {
                let exactly = (0..=reach).map(|left| self.state(0, Left::Exactly(left)));
                exactly.chain([self.state(0, Left::Many)]).collect()
            }
        }
    }

    fn state(&self, read: u32, left: Left) -> u32 {
        let reach = self.reach.unwrap_or(0);
        let left = match left {
            Left::Exactly(left) => left,
            Left::Many => reach + 1,
            Left::NothingButNewline => reach + 2,
            Left::Over => reach + 3,
        };
        // A survey ends long before it has read as many bytes as would not fit, with as many guesses for each.
        read.min(self.far).saturating_mul(reach + 4).saturating_add(left)
    }

    fn parts(&self, state: u32) -> (u32, Left) {
        let reach = self.reach.unwrap_or(0);
        let left = match state % (reach + 4) {
            left if left <= reach => Left::Exactly(left),
            left if left == reach + 1 => Left::Many,
            left if left == reach + 2 => Left::NothingButNewline,
            _ => Left::Over,
        };
        (state / (reach + 4), left)
    }

    fn step(&self, state: u32, class: u8) -> Vec<Step> {
        let (read, left) = self.parts(state);
        let Some(reach) = self.reach else {
            return vec![(self.state(read + 1, Left::Many), self.holds(read, u32::MAX))];
        };
        let newline = self.trim && class == self.newline;
        let go = |before: u32| {
            let after = match before - 1 {
                0 if newline => Left::NothingButNewline,
                after => Left::Exactly(after),
            };
            (self.state(read + 1, after), self.holds(read, before))
        };
        match left {
            Left::Over => Vec::new(),
            Left::Exactly(0) | Left::NothingButNewline if newline => vec![(self.state(read + 1, Left::Over), false)],
            Left::Exactly(0) | Left::NothingButNewline => Vec::new(),
            Left::Exactly(left) => vec![go(left)],
            Left::Many => vec![
                (self.state(read + 1, Left::Many), self.holds(read, u32::MAX)),
                go(reach + 1),
            ],
        }
    }

    fn lengths(&self, state: u32) -> Option<Lengths> {
        let reach = self.reach?;
        let newline = |left: u32| {
            let longer = if self.trim { left + 1 } else { left };
            Lengths::exactly(left).or(Lengths::exactly(longer))
        };
        Some(match self.parts(state).1 {
            Left::Exactly(left) => newline(left),
            Left::Many => Lengths::at_least(reach + 1),
            Left::NothingButNewline => Lengths::exactly(1),
            Left::Over => Lengths::exactly(0),
        })
    }

    /// True when the root holds the byte that `read` bytes stand before, and before which `left` are left.
    fn holds(&self, read: u32, left: u32) -> bool {
        let begun = match self.start {
            Edge::FromStart(distance) => read >= distance as u32,
            Edge::FromEnd(distance) => left <= distance as u32,
        };
        let ended = match self.end {
            Edge::FromStart(distance) => read >= distance as u32,
            Edge::FromEnd(distance) => left <= distance as u32,
        };
        begun && !ended
    }

    fn end(&self, state: u32) -> bool {
        let (read, left) = self.parts(state);
        read == self.far && (self.reach.is_none() || matches!(left, Left::Exactly(0) | Left::Over))
    }
}

/// What a root that was searched for came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Note {
    /// The group that is the root; 0 is the whole match.
    pub(crate) root: usize,
    /// The lower groups that took part with some text, the whole match as group 0, and whether that text is other than the root.
    pub(crate) others: Vec<(usize, bool)>,
    /// The root's group went round more than once, and what it had held is lost.
    pub(crate) again: bool,
}

/// A slot that was never set.
const UNSET: u8 = 0;
/// A slot that was set where no mark is.
const ELSEWHERE: u8 = 1;
/// A slot that was set at the mark: the root's start for the start of a group, its end for the end of one.
const MARKED: u8 = 2;
const PLACE: u8 = 3;
/// For the start of a group: it had been set before.
const AGAIN: u8 = 4;
/// For the start of a group: nothing was read since.
const FRESH: u8 = 8;
/// For the end of a group: it holds nothing.
const EMPTY: u8 = 16;

/// A root by the rules of [`crate::regex::pike_vm`], which see. Both marks are guessed, and whether a newline is the last byte.
///
/// A state holds the threads in their order, before the empty moves are made: these depend on what comes next.
#[derive(Debug)]
pub(crate) struct Search {
    program: Arc<Program>,
    classes: Rc<Classes>,
    has_dollar: bool,
    noting: bool,
    states: Vec<Frontier>,
    known: WordMap<Frontier, u32>,
    steps: WordMap<(u32, u8), Rc<[Step]>>,
    ends: WordMap<u32, Option<u32>>,
    notes: Vec<Note>,
    known_notes: WordMap<Note, u32>,
    allowance: Allowance,
}

type Slots = Box<[u8]>;

/// The threads behind a byte, in order, and the best match so far.
type Advanced = (Vec<(u32, Slots)>, Option<Slots>);

/// Where the root is, as guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Before,
    Inside,
    Behind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Next {
    Anything,
    /// A newline was taken for the last byte.
    TheEnd,
    /// A newline was taken for one that is not the last byte.
    NotTheEnd,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Frontier {
    at_start: bool,
    phase: Phase,
    next: Next,
    threads: Box<[(u32, Slots)]>,
    found: Option<Slots>,
}

/// What is known of a position when its empty moves are made.
#[derive(Clone, Copy)]
struct Position {
    byte: Option<u8>,
    at_start: bool,
    at_dollar: bool,
    begins: bool,
    ends: bool,
}

impl Search {
    fn new(program: &Arc<Program>, classes: &Rc<Classes>, noting: bool, allowance: &Allowance) -> Search {
        let mut instructions = program.instructions.iter();
        let has_dollar =
            instructions.any(|instruction| matches!(instruction, Instruction::Look { look: Look::Dollar, .. }));
        let mut search = Search {
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
        search.add(Frontier {
            at_start: true,
            phase: Phase::Before,
            next: Next::Anything,
            threads: Box::default(),
            found: None,
        });
        search
    }

    fn add(&mut self, frontier: Frontier) -> u32 {
        let number = self.states.len() as u32;
        self.states.push(frontier.clone());
        self.known.insert(frontier, number);
        number
    }

    fn step(&mut self, state: u32, class: u8) -> Result<Rc<[Step]>, Bound> {
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
        let steps: Rc<[Step]> = steps.into();
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
                let position = Position {
                    byte: Some(byte),
                    at_start: frontier.at_start,
                    at_dollar: *next == Next::TheEnd,
                    begins: *begins,
                    ends: *ends,
                };
                let (threads, found) = self.advance(frontier, position)?;
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

    fn end(&mut self, state: u32) -> Result<Option<u32>, Bound> {
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

    /// What was found, if the number ends here.
    fn found(&self, state: u32) -> Result<Option<Slots>, Bound> {
        let Some(frontier) = self.states.get(state as usize) else {
            return Ok(None);
        };
        if frontier.next == Next::NotTheEnd {
            return Ok(None);
        }
        let position = Position {
            byte: None,
            at_start: frontier.at_start,
            at_dollar: true,
            begins: frontier.phase == Phase::Before,
            ends: frontier.phase != Phase::Behind,
        };
        let (_, found) = self.advance(frontier, position)?;
        Ok(found)
    }

    /// What is noted of a root, where it is the one that was guessed.
    fn note_of(&self, slots: &Slots) -> Option<Note> {
        let (spans, _) = slots.as_chunks::<2>();
        let set = |[start, end]: &[u8; 2]| start & PLACE != UNSET && end & PLACE != UNSET;
        let root = spans.iter().rposition(set)?;
        let [start, end] = *spans.get(root)?;
        if start & PLACE != MARKED || end & PLACE != MARKED {
            return None;
        }
        let others = if self.noting { spans } else { &[] };
        let others = others.iter().enumerate().take(root);
        let others = others.filter(|(_, span)| set(span) && span[1] & EMPTY == 0);
        Some(Note {
            root: if self.noting { root } else { 0 },
            others: others
                .map(|(group, [start, end])| (group, start & PLACE != MARKED || end & PLACE != MARKED))
                .collect(),
            again: start & AGAIN != 0,
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

    /// Makes the empty moves of all threads at a position, then reads its byte.
    fn advance(&self, frontier: &Frontier, position: Position) -> Result<Advanced, Bound> {
        self.allowance.work(self.program.instructions.len())?;
        let mut order = Vec::new();
        let mut member = vec![false; self.program.instructions.len()];
        for (at, slots) in &frontier.threads {
            self.follow(*at, slots.clone(), position, &mut member, &mut order);
        }
        if frontier.found.is_none() {
            let unset = vec![UNSET; self.program.slots].into();
            self.follow(self.program.start, unset, position, &mut member, &mut order);
        }
        let mut threads = Vec::new();
        for (at, slots) in order {
            match &self.program.instructions[at as usize] {
                Instruction::Match => return Ok((threads, Some(slots))),
                Instruction::Byte { set, next } if position.byte.is_some_and(|byte| set.contains(byte)) => {
                    threads.push((*next, aged(slots)));
                }
                _ => {}
            }
        }
        Ok((threads, frontier.found.clone()))
    }

    fn follow(&self, start: u32, slots: Slots, position: Position, member: &mut [bool], order: &mut Vec<(u32, Slots)>) {
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
                    let holds = match look {
                        Look::Start => position.at_start,
                        Look::End => position.byte.is_none(),
                        Look::Dollar => position.at_dollar,
                    };
                    if holds {
                        pending.push((*next, slots));
                    }
                }
                Instruction::Save { slot, next } => {
                    self.save(*slot as usize, position, &mut slots);
                    pending.push((*next, slots));
                }
                Instruction::Byte { .. } | Instruction::Match => order.push((at, slots)),
            }
        }
    }

    fn save(&self, slot: usize, position: Position, slots: &mut Slots) {
        let starts = slot.is_multiple_of(2);
        let marked = if starts { position.begins } else { position.ends };
        let mut value = if marked { MARKED } else { ELSEWHERE };
        let before = slots.get(slot).copied().unwrap_or(UNSET);
        if self.noting && starts {
            value |= FRESH | if before == UNSET { 0 } else { AGAIN };
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

/// The slots after a byte.
fn aged(mut slots: Slots) -> Slots {
    for slot in &mut slots {
        *slot &= !FRESH;
    }
    slots
}

impl Frontier {
    /// False when no thread, and no match so far, has a group that agrees with the marks that were set.
    fn may_come_true(&self) -> bool {
        let agrees = |slots: &Slots| {
            let (spans, _) = slots.as_chunks::<2>();
            spans.iter().any(|[start, end]| match self.phase {
                Phase::Before => true,
                Phase::Inside => start & PLACE == MARKED,
                Phase::Behind => start & PLACE == MARKED && end & PLACE == MARKED,
            })
        };
        match self.phase {
            Phase::Before => self.found.is_none() || !self.threads.is_empty(),
            _ => self.found.iter().any(agrees) || self.threads.iter().any(|(_, slots)| agrees(slots)),
        }
    }
}
