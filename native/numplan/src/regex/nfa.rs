//! The NFA of a pattern, as a program of instructions over bytes.
//!
//! Alternatives stand in the order in which PCRE tries them. So what follows paths in order
//! (`dfa::bimachine`, [`crate::regex::simulation`]) finds PCRE's match, and the subset construction
//! (`dfa::determinize`), which only decides whether there is a match, may ignore the order.

use crate::regex::byte_set::ByteSet;
use crate::regex::look::Look;
use crate::regex::pattern::{Around, Node, Pattern};

/// One instruction. Targets are indexes into [`Program::instructions`].
#[derive(Clone, Debug)]
pub(crate) enum Instruction {
    /// Consume one byte of the set.
    Byte { set: ByteSet, next: u32 },
    /// Go both ways, the first one preferred.
    Split { preferred: u32, other: u32 },
    /// Go on where the condition holds.
    Look { look: Look, next: u32 },
    /// Store the position in a capture slot.
    Save { slot: u32, next: u32 },
    /// The pattern has matched.
    Match,
}

/// A pattern as a program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The instructions.
    pub(crate) instructions: Vec<Instruction>,
    /// The index of its first instruction.
    pub(crate) start: u32,
    /// Capture slots: two a group, the first two for the whole match.
    pub(crate) slots: usize,
}

/// The error of a pattern that needs more instructions than the limit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProgramTooLarge;

/// A program in which look-around always holds, and where each condition stands.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) program: Program,
    /// The instructions that stand for conditions, each a split of two equal ways.
    pub(crate) conditions: Vec<(u32, Around)>,
}

/// Compiles `pattern` into at most `limit` instructions. Without `captures` the `Save` instructions
/// are left out.
pub(crate) fn compile(pattern: &Pattern, captures: bool, limit: usize) -> Result<Draft, ProgramTooLarge> {
    let mut compiler = Compiler {
        instructions: Vec::new(),
        conditions: Vec::new(),
        captures,
        limit,
    };
    let accept = compiler.push(Instruction::Match)?;
    let start = compiler.group(0, &pattern.node, accept)?;
    Ok(Draft {
        program: Program {
            instructions: compiler.instructions,
            start,
            slots: 2 * (pattern.groups + 1),
        },
        conditions: compiler.conditions,
    })
}

/// The compiler of a pattern. It builds back to front: every node is compiled knowing the
/// instruction that follows it.
struct Compiler {
    instructions: Vec<Instruction>,
    conditions: Vec<(u32, Around)>,
    captures: bool,
    limit: usize,
}

impl Compiler {
    fn push(&mut self, instruction: Instruction) -> Result<u32, ProgramTooLarge> {
        if self.instructions.len() >= self.limit {
            return Err(ProgramTooLarge);
        }
        let index = u32::try_from(self.instructions.len()).map_err(|_| ProgramTooLarge)?;
        self.instructions.push(instruction);
        Ok(index)
    }

    fn node(&mut self, node: &Node, next: u32) -> Result<u32, ProgramTooLarge> {
        match node {
            Node::Empty => Ok(next),
            Node::Set(set) => self.push(Instruction::Byte { set: *set, next }),
            Node::Look(look) => self.push(Instruction::Look { look: *look, next }),
            Node::Around(around) => {
                let at = self.push(Instruction::Split {
                    preferred: next,
                    other: next,
                })?;
                self.conditions.push((at, around.as_ref().clone()));
                Ok(at)
            }
            Node::Keep if self.captures => self.push(Instruction::Save { slot: 0, next }),
            Node::Keep => Ok(next),
            Node::Group { index, body } => self.group(*index, body, next),
            Node::Concat(parts) => parts.iter().rev().try_fold(next, |next, part| self.node(part, next)),
            Node::Alternate(branches) => self.alternate(branches, next),
            Node::Repeat { body, min, max, lazy } => self.repeat(body, *min, *max, *lazy, next),
        }
    }

    fn group(&mut self, index: usize, body: &Node, next: u32) -> Result<u32, ProgramTooLarge> {
        if !self.captures {
            return self.node(body, next);
        }
        let slot = u32::try_from(2 * index).map_err(|_| ProgramTooLarge)?;
        let close = self.push(Instruction::Save { slot: slot + 1, next })?;
        let start = self.node(body, close)?;
        self.push(Instruction::Save { slot, next: start })
    }

    fn alternate(&mut self, branches: &[Node], next: u32) -> Result<u32, ProgramTooLarge> {
        let mut other = None;
        for branch in branches.iter().rev() {
            let preferred = self.node(branch, next)?;
            other = Some(match other {
                Some(other) => self.push(Instruction::Split { preferred, other })?,
                None => preferred,
            });
        }
        Ok(other.unwrap_or(next))
    }

    fn repeat(
        &mut self,
        body: &Node,
        min: u32,
        max: Option<u32>,
        lazy: bool,
        next: u32,
    ) -> Result<u32, ProgramTooLarge> {
        let mut start = match max {
            None => self.unbounded(body, lazy, next)?,
            Some(max) => {
                let mut start = next;
                for _ in min..max {
                    let once = self.node(body, start)?;
                    start = self.split(once, next, lazy)?;
                }
                start
            }
        };
        for _ in 0..min {
            let once = self.node(body, start)?;
            if once == start {
                break;
            }
            start = once;
        }
        Ok(start)
    }

    fn unbounded(&mut self, body: &Node, lazy: bool, next: u32) -> Result<u32, ProgramTooLarge> {
        let entry = self.push(Instruction::Match)?;
        let once = self.node(body, entry)?;
        let split = self.split_of(once, next, lazy);
        if let Some(slot) = self.instructions.get_mut(entry as usize) {
            *slot = split;
        }
        Ok(entry)
    }

    fn split(&mut self, once: u32, next: u32, lazy: bool) -> Result<u32, ProgramTooLarge> {
        self.push(self.split_of(once, next, lazy))
    }

    fn split_of(&self, once: u32, next: u32, lazy: bool) -> Instruction {
        let (preferred, other) = if lazy { (next, once) } else { (once, next) };
        Instruction::Split { preferred, other }
    }
}

impl Program {
    /// How many instructions it counts as, where there is a bound on them. In `regex-automata` a
    /// set takes memory for each of its ranges, four of which are about as much as an instruction.
    pub(crate) fn weight(&self) -> usize {
        let ranges = byte_sets(&self.instructions).map(|set| set.ranges() / 4);
        self.instructions.len() + ranges.sum::<usize>()
    }

    /// Its size in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Program>() + self.instructions.len() * size_of::<Instruction>()
    }
}

impl Instruction {
    /// An instruction that leads to no match.
    pub(crate) const DEAD: Instruction = Instruction::Byte {
        set: ByteSet::EMPTY,
        next: 0,
    };

    /// The same in a program that stands behind `base` other instructions.
    pub(crate) fn moved(&self, base: u32) -> Instruction {
        self.renumbered(|at| at + base)
    }

    /// The same with other numbers for the instructions that it leads to.
    pub(crate) fn renumbered(&self, number: impl Fn(u32) -> u32) -> Instruction {
        match *self {
            Instruction::Byte { set, next } => Instruction::Byte {
                set,
                next: number(next),
            },
            Instruction::Split { preferred, other } => Instruction::Split {
                preferred: number(preferred),
                other: number(other),
            },
            Instruction::Look { look, next } => Instruction::Look {
                look,
                next: number(next),
            },
            Instruction::Save { slot, next } => Instruction::Save {
                slot,
                next: number(next),
            },
            Instruction::Match => Instruction::Match,
        }
    }
}

/// The byte sets that `instructions` test for.
pub(crate) fn byte_sets(instructions: &[Instruction]) -> impl Iterator<Item = ByteSet> + '_ {
    instructions.iter().filter_map(|instruction| match instruction {
        Instruction::Byte { set, .. } => Some(*set),
        Instruction::Split { .. } | Instruction::Look { .. } | Instruction::Save { .. } | Instruction::Match => None,
    })
}

#[cfg(test)]
mod tests;
