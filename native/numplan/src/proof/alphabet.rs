//! The alphabet of a survey: the bytes of numbers, in tiers, and in classes no rule tells apart.
//!
//! A survey goes tier by tier: numbers that a telephone can dial, then printable ones, then all. So
//! its witnesses are as readable as can be. Each class is represented by its most readable member,
//! and one without a member in any tier does not occur in numbers.

use crate::regex::byte_set::ByteSet;
use crate::regex::nfa::{Instruction, Program};
use std::collections::{HashMap, HashSet};

/// The number of tiers.
pub(crate) const TIERS: usize = 3;
/// The last tier whose numbers are printable.
pub(crate) const PRINTABLE: usize = 1;

/// The bytes of numbers, tier by tier; each tier holds the one before.
#[derive(Clone, Debug)]
pub struct Alphabet {
    tiers: [ByteSet; TIERS],
}

impl Default for Alphabet {
    /// `0-9 + * #`, then printable ASCII, then all bytes.
    fn default() -> Alphabet {
        Alphabet {
            tiers: [
                ByteSet::of_ranges(&[(b'0', b'9'), (b'+', b'+'), (b'*', b'*'), (b'#', b'#')]),
                ByteSet::of_ranges(&[(b' ', b'~')]),
                ByteSet::ALL,
            ],
        }
    }
}

impl Alphabet {
    /// The alphabet of these bytes alone, all of which count as dialable.
    pub fn of(bytes: &[u8]) -> Alphabet {
        let set = bytes
            .iter()
            .fold(ByteSet::EMPTY, |set, byte| set.union(&ByteSet::of(*byte)));
        Alphabet { tiers: [set; TIERS] }
    }

    /// The same with all bytes in the last tier: rules may add bytes from outside the alphabet.
    pub(crate) fn widened(&self) -> Alphabet {
        let [dialable, printable, _] = self.tiers;
        Alphabet {
            tiers: [dialable, printable, ByteSet::ALL],
        }
    }

    fn tier(&self, byte: u8) -> Option<usize> {
        self.tiers.iter().position(|tier| tier.contains(byte))
    }
}

/// How readable a byte is: lower is better.
fn rank(byte: u8) -> (u8, u8) {
    let group = match byte {
        b'0'..=b'9' => 0,
        b'+' => 1,
        b'*' => 2,
        b'#' => 3,
        b'a'..=b'z' => 4,
        b'A'..=b'Z' => 5,
        b'!'..=b'~' => 6,
        b' ' => 7,
        _ => 8,
    };
    (group, byte)
}

/// A byte, ordered by how readable it is: lower is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Readable {
    tier: usize,
    rank: (u8, u8),
    byte: u8,
}

/// A partition of the bytes into classes.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    class_of: Box<[u8; 256]>,
    representatives: Vec<u8>,
    orders: [Vec<u8>; TIERS],
}

impl Classes {
    /// The coarsest classes that `sets` are unions of, with `+` and the newline as classes of their
    /// own.
    pub(crate) fn new(alphabet: &Alphabet, sets: impl IntoIterator<Item = ByteSet>) -> Classes {
        let mut known = HashSet::new();
        let mut distinct = vec![ByteSet::of(b'+'), ByteSet::of(b'\n')];
        distinct.extend(sets.into_iter().filter(|set| known.insert(*set)));
        let mut numbers = [0u8; 256];
        for set in &distinct {
            let halves: Vec<(u8, bool)> = (0..=u8::MAX)
                .zip(numbers)
                .map(|(byte, class)| (class, set.contains(byte)))
                .collect();
            numbers = numbered(&halves);
        }
        Classes::of_numbers(alphabet, numbers)
    }

    /// The classes of bytes with equal `key`.
    pub(crate) fn by_key(alphabet: &Alphabet, key: impl Fn(u8) -> (u8, u8)) -> Classes {
        let keys: Vec<(u8, u8)> = (0..=u8::MAX).map(key).collect();
        Classes::of_numbers(alphabet, numbered(&keys))
    }

    fn of_numbers(alphabet: &Alphabet, class_of: [u8; 256]) -> Classes {
        let count = class_of.iter().map(|class| usize::from(*class) + 1).max().unwrap_or(0);
        let mut best: Vec<Option<Readable>> = vec![None; count];
        let mut representatives = vec![0; count];
        for (byte, class) in (0..=u8::MAX).zip(class_of) {
            let class = usize::from(class);
            representatives[class] = byte;
            let candidate = alphabet.tier(byte).map(|tier| Readable {
                tier,
                rank: rank(byte),
                byte,
            });
            if let Some(candidate) = candidate
                && best[class].is_none_or(|known| candidate < known)
            {
                best[class] = Some(candidate);
            }
        }
        let mut ordered: Vec<(Readable, usize)> = Vec::with_capacity(count);
        for (class, best) in best.iter().enumerate() {
            if let Some(best) = best {
                representatives[class] = best.byte;
                ordered.push((*best, class));
            }
        }
        ordered.sort_unstable_by_key(|(best, _)| best.rank);
        let order = |most: usize| {
            let within = ordered.iter().filter(|(best, _)| best.tier <= most);
            within.map(|(_, class)| *class as u8).collect()
        };
        Classes {
            class_of: Box::new(class_of),
            representatives,
            orders: [order(0), order(1), order(2)],
        }
    }

    /// The same with each representative in a class of its own: then other members are tried too.
    pub(crate) fn doubled(&self, alphabet: &Alphabet) -> Classes {
        Classes::by_key(alphabet, |byte| {
            let class = self.of(byte);
            (class, u8::from(self.byte(class) == byte))
        })
    }

    /// The class of `byte`.
    pub(crate) fn of(&self, byte: u8) -> u8 {
        self.class_of[usize::from(byte)]
    }

    /// The representative of `class`.
    pub(crate) fn byte(&self, class: u8) -> u8 {
        self.representatives
            .get(usize::from(class))
            .copied()
            .unwrap_or_default()
    }

    /// The classes with a member in the tier, the most readable first.
    pub(crate) fn order(&self, tier: usize) -> &[u8] {
        self.orders.get(tier).map_or(&[], Vec::as_slice)
    }

    /// The number of classes.
    pub(crate) fn count(&self) -> usize {
        self.representatives.len()
    }
}

fn numbered<K: Copy + Eq + std::hash::Hash>(keys: &[K]) -> [u8; 256] {
    let mut known: HashMap<K, u8> = HashMap::new();
    let mut numbers = [0; 256];
    for (number, key) in numbers.iter_mut().zip(keys) {
        // There are at most 256 keys.
        let next = known.len() as u8;
        *number = *known.entry(*key).or_insert(next);
    }
    numbers
}

/// The byte sets that `program` tests for.
pub(crate) fn sets(program: &Program) -> impl Iterator<Item = ByteSet> + '_ {
    program.instructions.iter().filter_map(|instruction| match instruction {
        Instruction::Byte { set, .. } => Some(*set),
        _ => None,
    })
}
