//! A bimachine: finds the root of a match, its highest group that took part, by two table look-ups
//! a byte.
//!
//! PCRE follows the first path, in its order of preference, that leads to a match. Which branch
//! that is depends on bytes not read yet, so a simulation follows all branches at once. A bimachine
//! reads the number twice instead:
//!
//! 1. Backwards, with a DFA whose states are the instructions that lead to a match from a position
//!    on. Its state at each position is kept, and with it the first position where a match begins.
//! 2. Forwards from there, along one path: at each branch the preferred one that leads to a match,
//!    by the state that was kept. The positions of groups are saved on the way.
//!
//! Both tables are made beforehand, and a search changes nothing that it shares with others. A
//! pattern for which they would be large has no bimachine.

use crate::dfa::byte_classes::ByteClasses;
use crate::dfa::word_map::WordMap;
use crate::regex::byte_set::ByteSet;
use crate::regex::look::Position;
use crate::regex::nfa::{self, Instruction, Program};
use std::ops::Range;

/// The most cells of each table.
const MAX_CELLS: usize = 1 << 16;
/// The most instructions that building looks at.
const MAX_WORK: usize = 1 << 22;
/// The most capture slots: as many as a move has bits for.
const MAX_SLOTS: usize = u32::BITS as usize;
/// The capture slots that most patterns need. A search with no more of them clears less memory.
const FEW_SLOTS: usize = 8;
/// Numbers with fewer bytes are searched without an allocation.
const SHORT: usize = 32;

const UNSET: usize = usize::MAX;

/// A transition of the second pass, for an entry and the state of the first pass at a position. An
/// entry is an instruction at which the second pass may stand before it reads a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    /// The entry behind the byte, [`MATCH`] or [`DEAD`].
    next: u32,
    /// The slots that are saved on the way, as bits. The lowest bit is the first slot of the group
    /// [`Bimachine::lowest`].
    saves: u32,
}

/// The path ends, and the pattern has matched.
const MATCH: u32 = u32::MAX;
/// No path leads to a match.
const DEAD: u32 = u32::MAX - 1;
/// The entry at the first position, where `^` holds.
const AT_START: usize = 0;
/// The entry of a match that begins elsewhere.
const BEHIND_START: usize = 1;

/// The tables of a pattern.
#[derive(Clone, Debug)]
pub(crate) struct Bimachine {
    classes: ByteClasses,
    /// The transitions of the first pass: each state has a row, which holds for each class of bytes
    /// the state in front of such a byte, as the index where its row begins. The first state is
    /// that at the end of the number.
    backward: Box<[u32]>,
    /// The transitions of the second pass: each state of the first has a row, with one for each
    /// entry.
    moves: Box<[Move]>,
    /// The highest group that takes part in every match. A lower one is never the root, so it is
    /// not saved.
    lowest: usize,
    /// More slots are saved than [`FEW_SLOTS`].
    many_groups: bool,
    /// A match can begin at the first position alone.
    anchored: bool,
}

impl Bimachine {
    /// The bimachine of `program`; `None` where it would be large.
    pub(crate) fn build(program: &Program) -> Option<Bimachine> {
        if program.slots > MAX_SLOTS {
            return None;
        }
        Builder::new(program).build()
    }

    /// The number of the last group that took part in the leftmost match, and its span; 0 is the
    /// whole match. `None` when the pattern does not match. Cost: two look-ups a byte, and an
    /// allocation where `subject` is long.
    #[inline]
    pub(crate) fn last_group(&self, subject: &[u8]) -> Option<(usize, Range<usize>)> {
        if subject.len() < SHORT {
            self.search(subject, &mut [0; SHORT])
        } else {
            self.search(subject, &mut vec![0; subject.len() + 1])
        }
    }

    /// The search, with room in `rows` for each position of `subject`.
    #[inline]
    fn search(&self, subject: &[u8], rows: &mut [u32]) -> Option<(usize, Range<usize>)> {
        let rows = rows.get_mut(..=subject.len())?;
        let (begin, entry) = if self.anchored {
            self.first_pass::<true>(subject, rows)?
        } else {
            self.first_pass::<false>(subject, rows)?
        };
        let rows = rows.get(begin..)?;
        let (group, span) = if self.many_groups {
            self.second_pass(rows, entry, [UNSET; MAX_SLOTS])?
        } else {
            self.second_pass(rows, entry, [UNSET; FEW_SLOTS])?
        };
        Some((self.lowest + group, begin + span.start..begin + span.end))
    }

    /// Follows the path that begins at the first of `rows`. Returns the last group that took part,
    /// counted from [`Bimachine::lowest`], and its span, counted from that position.
    #[inline]
    fn second_pass<const N: usize>(
        &self,
        rows: &[u32],
        mut entry: usize,
        mut slots: [usize; N],
    ) -> Option<(usize, Range<usize>)> {
        for (at, row) in rows.iter().enumerate() {
            let step = self.moves[*row as usize + entry];
            let mut saves = step.saves;
            while saves != 0 {
                slots[saves.trailing_zeros() as usize % N] = at;
                saves &= saves - 1;
            }
            if step.next == MATCH {
                break;
            }
            entry = step.next as usize;
        }
        last_group(&slots)
    }

    /// Notes the row of each position, and returns where the leftmost match begins, with its entry.
    #[inline]
    fn first_pass<const ANCHORED: bool>(&self, subject: &[u8], rows: &mut [u32]) -> Option<(usize, usize)> {
        let leads = |row: u32, entry: usize| self.moves[row as usize + entry].next != DEAD;
        let (last, before) = rows.split_last_mut()?;
        let mut row = 0;
        *last = row;
        let mut begin = (!ANCHORED && leads(row, BEHIND_START)).then_some(subject.len());
        for (at, (byte, place)) in subject.iter().zip(before).enumerate().rev() {
            row = self.backward[row as usize + usize::from(self.classes.of(*byte))];
            *place = row;
            if !ANCHORED && leads(row, BEHIND_START) {
                begin = Some(at);
            }
        }
        if leads(row, AT_START) {
            Some((0, AT_START))
        } else {
            begin.map(|at| (at, BEHIND_START))
        }
    }

    /// Its size in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Bimachine>() + 256 + size_of_val(&*self.backward) + size_of_val(&*self.moves)
    }
}

/// The highest group whose slots are both set; two slots a group.
fn last_group(slots: &[usize]) -> Option<(usize, Range<usize>)> {
    let (spans, _) = slots.as_chunks::<2>();
    let set = |[start, end]: &[usize; 2]| *start != UNSET && *end != UNSET;
    let group = spans.iter().rposition(set)?;
    let [start, end] = spans.get(group)?;
    Some((group, *start..*end))
}

/// A state of the first pass: what follows a position, as far as it makes a difference.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Suffix {
    /// Nothing follows.
    at_end: bool,
    /// A newline follows, and nothing behind it.
    at_last_newline: bool,
    /// The sorted instructions that consume the next byte and then lead to a match.
    live: Box<[u32]>,
}

struct Builder<'p> {
    program: &'p Program,
    classes: ByteClasses,
    /// The instructions that consume a byte: the index of each, its set, and the entry behind it.
    bytes: Vec<(u32, ByteSet, usize)>,
    /// The instruction of each entry; those of [`AT_START`] and [`BEHIND_START`] are the same.
    entries: Vec<u32>,
    lowest: usize,
    /// The round in which each instruction was last visited.
    seen: Vec<usize>,
    round: usize,
    work: usize,
}

impl<'p> Builder<'p> {
    fn new(program: &'p Program) -> Builder<'p> {
        let mut entries = vec![program.start, program.start];
        let mut entry_of: WordMap<u32, usize> = WordMap::default();
        let mut bytes = Vec::new();
        for (at, instruction) in (0..).zip(&program.instructions) {
            if let Instruction::Byte { set, next } = instruction {
                let entry = *entry_of.entry(*next).or_insert_with(|| {
                    entries.push(*next);
                    entries.len() - 1
                });
                bytes.push((at, *set, entry));
            }
        }
        // The newline has a class of its own, for `$`.
        let newline = [ByteSet::of(b'\n')];
        Builder {
            program,
            classes: ByteClasses::of_sets(newline.into_iter().chain(nfa::byte_sets(&program.instructions))),
            bytes,
            entries,
            lowest: highest_group_of_all_matches(program),
            seen: vec![0; program.instructions.len()],
            round: 0,
            work: 0,
        }
    }

    fn build(mut self) -> Option<Bimachine> {
        let representatives = self.classes.representatives();
        let stride = representatives.len().max(self.entries.len());
        let end = Suffix {
            at_end: true,
            at_last_newline: false,
            live: Box::default(),
        };
        let mut known: WordMap<Suffix, u32> = WordMap::default();
        known.insert(end.clone(), 0);
        let mut states = vec![end];
        let (mut backward, mut moves) = (Vec::new(), Vec::new());
        let mut done = 0;
        while let Some(state) = states.get(done).cloned() {
            let row = moves.len();
            if row + stride > MAX_CELLS {
                return None;
            }
            for entry in 0..self.entries.len() {
                moves.push(self.transition(entry, &state)?);
            }
            for byte in &representatives {
                let before = self.before(*byte, &state, moves.get(row..)?);
                let number = *known.entry(before).or_insert_with_key(|before| {
                    states.push(before.clone());
                    states.len() as u32 - 1
                });
                backward.push(number * stride as u32);
            }
            done += 1;
            moves.resize(done * stride, Move { next: DEAD, saves: 0 });
            backward.resize(done * stride, 0);
        }
        let begins = moves.iter().skip(BEHIND_START).step_by(stride);
        Some(Bimachine {
            classes: self.classes,
            anchored: begins.into_iter().all(|step| step.next == DEAD),
            backward: backward.into(),
            moves: moves.into(),
            many_groups: self.program.slots - 2 * self.lowest > FEW_SLOTS,
            lowest: self.lowest,
        })
    }

    /// The state in front of `byte`, behind which `state` follows; `moves` are those of `state`.
    fn before(&self, byte: u8, state: &Suffix, moves: &[Move]) -> Suffix {
        let live = self
            .bytes
            .iter()
            .filter(|(_, set, entry)| set.contains(byte) && moves.get(*entry).is_some_and(|step| step.next != DEAD));
        Suffix {
            at_end: false,
            at_last_newline: state.at_end && byte == b'\n',
            live: live.map(|(at, ..)| *at).collect(),
        }
    }

    /// The transition from `entry` in `state`: PCRE's preferred path that leads to a match, up to
    /// the next byte that it consumes. `None` when finding it is too much work.
    fn transition(&mut self, entry: usize, state: &Suffix) -> Option<Move> {
        let position = Position {
            at_start: entry == AT_START,
            at_end: state.at_end,
            at_last_newline: state.at_last_newline,
        };
        self.round += 1;
        let mut pending = vec![(*self.entries.get(entry)?, 0u32)];
        while let Some((at, saves)) = pending.pop() {
            if std::mem::replace(self.seen.get_mut(at as usize)?, self.round) == self.round {
                continue;
            }
            self.work += 1;
            if self.work > MAX_WORK {
                return None;
            }
            match *self.program.instructions.get(at as usize)? {
                Instruction::Match => return Some(self.move_to(MATCH, saves)),
                Instruction::Byte { .. } => {
                    if state.live.binary_search(&at).is_ok() {
                        let place = self.bytes.binary_search_by_key(&at, |(at, ..)| *at).ok()?;
                        let (.., next) = *self.bytes.get(place)?;
                        return Some(self.move_to(next as u32, saves));
                    }
                }
                Instruction::Split { preferred, other } => pending.extend([(other, saves), (preferred, saves)]),
                Instruction::Save { slot, next } => pending.push((next, saves | 1 << slot)),
                Instruction::Look { look, next } if look.holds(position) => pending.push((next, saves)),
                Instruction::Look { .. } => {}
            }
        }
        Some(Move { next: DEAD, saves: 0 })
    }

    /// The transition to `next`, with `saves` as bits of slots.
    fn move_to(&self, next: u32, saves: u32) -> Move {
        Move {
            next,
            saves: saves >> (2 * self.lowest),
        }
    }
}

/// The highest group that takes part in every match; 0 is the whole match.
fn highest_group_of_all_matches(program: &Program) -> usize {
    let groups = program.slots / 2;
    (1..groups)
        .rev()
        .find(|group| !matches_without(program, 2 * group + 1))
        .unwrap_or(0)
}

/// True when a path leads to a match and does not save `left_out`, whatever stands around it.
fn matches_without(program: &Program, left_out: usize) -> bool {
    let mut seen = vec![false; program.instructions.len()];
    let mut pending = vec![program.start];
    while let Some(at) = pending.pop() {
        let Some(seen) = seen.get_mut(at as usize) else {
            continue;
        };
        if std::mem::replace(seen, true) {
            continue;
        }
        match program.instructions.get(at as usize) {
            Some(Instruction::Match) => return true,
            Some(Instruction::Save { slot, .. }) if *slot as usize == left_out => {}
            Some(Instruction::Split { preferred, other }) => pending.extend([*preferred, *other]),
            Some(Instruction::Byte { next, .. } | Instruction::Look { next, .. } | Instruction::Save { next, .. }) => {
                pending.push(*next)
            }
            None => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
