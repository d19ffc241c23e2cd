//! Minimization: the coarsest partition of a DFA's states in which the states of a block answer
//! alike and lead to the same blocks.
//!
//! Moore's algorithm is the fastest for usual rules: each round looks at all states, and
//! distinguishes those that one more byte distinguishes. The rounds are as many as the longest
//! continuation needed: days for a rule of 100,000 bytes. So after some rounds Hopcroft's algorithm
//! takes over, which looks at a state again only for the smaller half of a block.

use crate::dfa::word_map::WordMap;
use std::hash::BuildHasherDefault;

/// The most rounds of Moore's algorithm: the states of usual rules need no longer continuations to
/// be distinguished.
const MOORE_ROUNDS: usize = 50;

/// The block of each state, and the number of blocks. Blocks are numbered in the order of their
/// first states.
pub(crate) fn refine(transitions: &[u32], answers: &[u32], classes: usize) -> (Vec<u32>, usize) {
    refine_after(MOORE_ROUNDS, transitions, answers, classes)
}

fn refine_after(rounds: usize, transitions: &[u32], answers: &[u32], classes: usize) -> (Vec<u32>, usize) {
    let mut numbers: WordMap<u32, u32> = WordMap::default();
    let mut block_of: Vec<u32> = Vec::with_capacity(answers.len());
    for answer in answers {
        let next = numbers.len() as u32;
        block_of.push(*numbers.entry(*answer).or_insert(next));
    }
    let mut blocks = numbers.len();
    let width = classes + 1;
    // The signature of a state: its block and those of its targets. One allocation for all.
    let mut signatures: Vec<u32> = Vec::with_capacity(answers.len() * width);
    for _ in 0..rounds {
        signatures.clear();
        for (state, block) in block_of.iter().enumerate() {
            signatures.push(*block);
            let targets = &transitions[state * classes..(state + 1) * classes];
            signatures.extend(targets.iter().map(|target| block_of[*target as usize]));
        }
        let mut numbers: WordMap<&[u32], u32> =
            WordMap::with_capacity_and_hasher(2 * blocks, BuildHasherDefault::default());
        for (signature, block) in signatures.chunks_exact(width).zip(&mut block_of) {
            let next = numbers.len() as u32;
            *block = *numbers.entry(signature).or_insert(next);
        }
        if numbers.len() == blocks {
            return (block_of, blocks);
        }
        blocks = numbers.len();
    }
    drop(signatures);
    let mut partition = Partition::new(block_of, blocks);
    partition.refine(&Inverse::new(transitions, classes));
    partition.numbered()
}

/// The predecessors of each state, class by class.
struct Inverse {
    classes: usize,
    /// For each state and class, the start of its predecessors in `states`; the end comes last.
    starts: Vec<u32>,
    states: Vec<u32>,
}

impl Inverse {
    fn new(transitions: &[u32], classes: usize) -> Inverse {
        let mut starts = vec![0; transitions.len() + 1];
        let cell = |at: usize, target: u32| target as usize * classes + at % classes;
        for (at, target) in transitions.iter().enumerate() {
            starts[cell(at, *target) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut free = starts.clone();
        let mut states = vec![0; transitions.len()];
        for (at, target) in transitions.iter().enumerate() {
            let slot = &mut free[cell(at, *target)];
            states[*slot as usize] = (at / classes) as u32;
            *slot += 1;
        }
        Inverse {
            classes,
            starts,
            states,
        }
    }

    fn before(&self, state: u32, class: usize) -> &[u32] {
        let cell = state as usize * self.classes + class;
        &self.states[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }
}

/// A block, as a slice of [`Partition::states`].
#[derive(Clone, Copy)]
struct Block {
    start: u32,
    end: u32,
    /// The number of marked states, which come first.
    marked: u32,
}

/// A partition of the states, which is refined in place.
struct Partition {
    /// The states, block by block.
    states: Vec<u32>,
    /// The index of each state in `states`.
    index: Vec<u32>,
    block_of: Vec<u32>,
    blocks: Vec<Block>,
}

impl Partition {
    fn new(block_of: Vec<u32>, count: usize) -> Partition {
        let empty = Block {
            start: 0,
            end: 0,
            marked: 0,
        };
        let mut blocks = vec![empty; count];
        for block in &block_of {
            blocks[*block as usize].end += 1;
        }
        let mut start = 0;
        for block in &mut blocks {
            let size = block.end;
            (block.start, block.end) = (start, start);
            start += size;
        }
        let mut states = vec![0; block_of.len()];
        let mut index = vec![0; block_of.len()];
        for (state, block) in block_of.iter().enumerate() {
            let block = &mut blocks[*block as usize];
            states[block.end as usize] = state as u32;
            index[state] = block.end;
            block.end += 1;
        }
        Partition {
            states,
            index,
            block_of,
            blocks,
        }
    }

    /// Splits blocks until the states of each lead to the same blocks.
    fn refine(&mut self, inverse: &Inverse) {
        let mut waiting: Vec<u32> = (0..self.blocks.len() as u32).collect();
        let mut splitter = Vec::new();
        let mut touched = Vec::new();
        while let Some(number) = waiting.pop() {
            let block = self.blocks[number as usize];
            let (start, end) = (block.start as usize, block.end as usize);
            // A copy, as the block itself may be split meanwhile.
            splitter.clear();
            splitter.extend_from_slice(&self.states[start..end]);
            for class in 0..inverse.classes {
                for state in &splitter {
                    for before in inverse.before(*state, class) {
                        self.mark(*before, &mut touched);
                    }
                }
                for block in touched.drain(..) {
                    self.split(block, &mut waiting);
                }
            }
        }
    }

    /// Marks a state, and notes its block if it is the first one there.
    fn mark(&mut self, state: u32, touched: &mut Vec<u32>) {
        let number = self.block_of[state as usize];
        let block = &mut self.blocks[number as usize];
        let index = self.index[state as usize];
        let front = block.start + block.marked;
        if index < front {
            return;
        }
        if block.marked == 0 {
            touched.push(number);
        }
        block.marked += 1;
        let other = self.states[front as usize];
        self.states.swap(front as usize, index as usize);
        self.index[other as usize] = index;
        self.index[state as usize] = front;
    }

    /// Splits a block into its marked and its other states; the smaller part becomes a new block,
    /// which waits to be a splitter. Splitting by that part and by the old block splits by the
    /// larger part too, so the smaller one is enough.
    fn split(&mut self, number: u32, waiting: &mut Vec<u32>) {
        let block = &mut self.blocks[number as usize];
        let middle = block.start + std::mem::take(&mut block.marked);
        if middle == block.end {
            return;
        }
        let (start, end) = if middle - block.start <= block.end - middle {
            let part = (block.start, middle);
            block.start = middle;
            part
        } else {
            let part = (middle, block.end);
            block.end = middle;
            part
        };
        let new = self.blocks.len() as u32;
        self.blocks.push(Block { start, end, marked: 0 });
        waiting.push(new);
        for state in &self.states[start as usize..end as usize] {
            self.block_of[*state as usize] = new;
        }
    }

    /// The block of each state, and the number of blocks. Blocks are numbered in the order of their
    /// first states.
    fn numbered(self) -> (Vec<u32>, usize) {
        let mut numbers = vec![u32::MAX; self.blocks.len()];
        let mut next = 0;
        let numbered = self.block_of.iter().map(|block| {
            let number = &mut numbers[*block as usize];
            if *number == u32::MAX {
                *number = next;
                next += 1;
            }
            *number
        });
        (numbered.collect(), self.blocks.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The block of each state, by telling pairs of states apart until no more can be.
    fn pair_by_pair(transitions: &[u32], answers: &[u32], classes: usize) -> (Vec<u32>, usize) {
        let states = answers.len();
        let mut apart = vec![vec![false; states]; states];
        let mut changed = true;
        while changed {
            changed = false;
            for one in 0..states {
                for other in 0..states {
                    let targets =
                        (0..classes).map(|class| [one, other].map(|state| transitions[state * classes + class]));
                    let differ = answers[one] != answers[other]
                        || targets
                            .into_iter()
                            .any(|[one, other]| apart[one as usize][other as usize]);
                    changed |= differ && !apart[one][other];
                    apart[one][other] |= differ;
                }
            }
        }
        let mut firsts: Vec<usize> = Vec::new();
        let blocks = (0..states).map(|state| {
            let known = firsts.iter().position(|first| !apart[*first][state]);
            known.unwrap_or_else(|| {
                firsts.push(state);
                firsts.len() - 1
            }) as u32
        });
        let blocks = blocks.collect();
        (blocks, firsts.len())
    }

    proptest! {
        #[test]
        fn both_ways_find_the_coarsest_partition(
            (classes, answers, transitions) in (1..4usize, prop::collection::vec(0..3u32, 1..24)).prop_flat_map(|(classes, answers)| {
                let states = answers.len();
                let transitions = prop::collection::vec(0..states as u32, classes * states);
                (Just(classes), Just(answers), transitions)
            })
        ) {
            let expected = pair_by_pair(&transitions, &answers, classes);
            for rounds in [0, 1, 2, usize::MAX] {
                prop_assert_eq!(&refine_after(rounds, &transitions, &answers, classes), &expected);
            }
        }
    }

    #[test]
    fn a_chain_of_300_000_states_is_told_apart() {
        let length = 300_000;
        let transitions: Vec<u32> = (1..=length).map(|next| next.min(length - 1)).collect();
        let mut answers = vec![0; length as usize];
        answers[length as usize - 1] = 1;
        let (_, blocks) = refine(&transitions, &answers, 1);
        assert_eq!(blocks, length as usize);
    }
}
