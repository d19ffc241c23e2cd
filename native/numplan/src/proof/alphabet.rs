//! The alphabet of a survey: the bytes of numbers, in tiers, and in classes no rule distinguishes.
//!
//! A survey goes tier by tier: numbers that a telephone can dial, then printable ones, then all. So
//! its witnesses are as readable as can be. Each class is represented by its most readable member,
//! and one without a member in any tier does not occur in numbers.

use crate::dfa::byte_classes::ByteClasses;
use crate::regex::byte_set::ByteSet;

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

/// A partition of the bytes into classes.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    classes: ByteClasses,
    representatives: Vec<u8>,
    orders: [Vec<u8>; TIERS],
}

impl Classes {
    /// The coarsest classes that `sets` are unions of; `+` and the newline have their own.
    pub(crate) fn new(alphabet: &Alphabet, sets: impl IntoIterator<Item = ByteSet>) -> Classes {
        let alone = [ByteSet::of(b'+'), ByteSet::of(b'\n')];
        Classes::ranked(alphabet, ByteClasses::of_sets(alone.into_iter().chain(sets)))
    }

    /// The classes of bytes with equal `key`.
    pub(crate) fn by_key(alphabet: &Alphabet, key: impl Fn(u8) -> (u8, u8)) -> Classes {
        Classes::ranked(alphabet, ByteClasses::by_key(key))
    }

    fn ranked(alphabet: &Alphabet, classes: ByteClasses) -> Classes {
        let mut representatives = classes.representatives();
        let with_tier = |byte| Some((alphabet.tier(byte)?, rank(byte), byte));
        let mut members: Vec<(usize, (u8, u8), u8)> = (0..=u8::MAX).filter_map(with_tier).collect();
        members.sort_unstable();
        // Only the most readable member of each class is left.
        let mut seen = vec![false; representatives.len()];
        members.retain(|(.., byte)| !std::mem::replace(&mut seen[usize::from(classes.of(*byte))], true));
        for (.., byte) in &members {
            representatives[usize::from(classes.of(*byte))] = *byte;
        }
        members.sort_unstable_by_key(|(_, rank, _)| *rank);
        let order = |most: usize| {
            let within = members.iter().filter(|(tier, ..)| *tier <= most);
            within.map(|(.., byte)| classes.of(*byte)).collect()
        };
        let orders = [order(0), order(1), order(2)];
        Classes {
            classes,
            representatives,
            orders,
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
        self.classes.of(byte)
    }

    /// The representative of `class`.
    pub(crate) fn byte(&self, class: u8) -> u8 {
        let byte = self.representatives.get(usize::from(class));
        byte.copied().unwrap_or_default()
    }

    /// The classes with a member in the tier, the most readable first.
    pub(crate) fn order(&self, tier: usize) -> &[u8] {
        self.orders.get(tier).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn count(&self) -> usize {
        self.representatives.len()
    }
}
