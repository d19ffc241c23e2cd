//! The index of long lists of prefixes: which is the first list that has a prefix of a number?
//!
//! All prefixes of all lists stand in one sorted array, a word each. The last one up to a number
//! is the longest that could be a prefix of it. It is found as in a bucket sort: a node divides its
//! range of words into as many equal slots as it has prefixes, and a slot has the place of its
//! first prefix. A slot with many prefixes, as lists of real numbers have them, is a node itself.
//! So a look-up reads one or two slots and some neighbouring words, however the prefixes are
//! distributed; a trie would read a node for each digit, and each from another place in memory.

use super::digits::Digits;
use super::list::PrefixList;

/// The most prefixes of a slot, which are read one after the other.
const BUCKET: usize = 16;

/// The mark of a slot that is a node.
const NODE: u32 = 1 << 31;

/// The mark of a prefix that is inside no other.
const NONE: u32 = u32::MAX;

/// Lists of prefixes, each with a rank: a number belongs to the list of the smallest rank.
#[derive(Clone, Debug)]
pub(crate) struct PrefixIndex {
    /// In order. One that begins with another has a smaller rank than that.
    prefixes: Box<[Digits]>,
    /// The rank of each; a single one for all where there is one list.
    ranks: Box<[u32]>,
    /// For each prefix the longest other one with which it begins; empty where no one does.
    outer: Box<[u32]>,
    nodes: Box<[Node]>,
    slots: Box<[u32]>,
}

/// A range of words in equal slots.
#[derive(Clone, Debug)]
struct Node {
    /// The first prefix, as a word.
    first: u64,
    /// The place of that prefix.
    place: u32,
    /// A slot has `1 << shift` words.
    shift: u32,
    /// The place of its first slot.
    slots: u32,
    /// The number of its slots, less one.
    last_slot: u32,
}

impl PrefixIndex {
    /// The index of `lists`, each with its rank. Cost: some tenths of a microsecond a prefix.
    pub(crate) fn new(lists: &[(u32, &PrefixList)]) -> PrefixIndex {
        let ranked = |(rank, list): &(u32, &PrefixList)| {
            let rank = *rank;
            let prefixes = list.prefixes().to_vec();
            prefixes.into_iter().map(move |prefix| (prefix, rank))
        };
        let mut all: Vec<(Digits, u32)> = lists.iter().flat_map(ranked).collect();
        if lists.len() > 1 {
            all.sort_unstable();
        }
        let mut outer = Vec::new();
        let mut prefixes: Vec<Digits> = Vec::with_capacity(all.len());
        let mut ranks = Vec::new();
        // The prefixes with which the next one may begin, the longest last.
        let mut open: Vec<u32> = Vec::new();
        for (prefix, rank) in all {
            let is_behind = |at: &u32| prefixes.get(*at as usize).is_some_and(|outer| !outer.begin(prefix));
            while open.last().is_some_and(is_behind) {
                open.pop();
            }
            let around = open.last().copied();
            // A prefix inside one that decides before it adds nothing.
            if around
                .and_then(|at| ranks.get(at as usize))
                .is_some_and(|before| *before <= rank)
            {
                continue;
            }
            open.push(prefixes.len() as u32);
            prefixes.push(prefix);
            ranks.push(rank);
            outer.push(around.unwrap_or(NONE));
        }
        if lists.len() == 1 {
            ranks.truncate(1);
        }
        if outer.iter().all(|around| *around == NONE) {
            outer = Vec::new();
        }
        let (nodes, slots) = layout(&prefixes);
        PrefixIndex {
            prefixes: prefixes.into(),
            ranks: ranks.into(),
            outer: outer.into(),
            nodes: nodes.into(),
            slots: slots.into(),
        }
    }

    /// The smallest rank of a list with a prefix of `number`. Cost: two or three reads of memory,
    /// in tables of 12 bytes a prefix.
    #[inline]
    pub(crate) fn first(&self, number: Digits) -> Option<u32> {
        let mut place = self.last_up_to(number)?;
        loop {
            if self.prefixes.get(place)?.begin(number) {
                return self.ranks.get(place).or(self.ranks.first()).copied();
            }
            place = *self.outer.get(place)? as usize;
        }
    }

    /// The place of the last prefix that does not come behind `number`.
    #[inline]
    fn last_up_to(&self, number: Digits) -> Option<usize> {
        let mut node = self.nodes.first()?;
        let mut place = loop {
            let Some(behind) = number.word().checked_sub(node.first) else {
                return (node.place as usize).checked_sub(1);
            };
            let slot = (behind >> node.shift).min(u64::from(node.last_slot)) as u32;
            let found = *self.slots.get((node.slots + slot) as usize)?;
            if found < NODE {
                break found as usize;
            }
            node = self.nodes.get((found - NODE) as usize)?;
        };
        while self.prefixes.get(place).is_some_and(|prefix| *prefix <= number) {
            place += 1;
        }
        place.checked_sub(1)
    }

    /// Its size in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<PrefixIndex>()
            + size_of_val(&*self.prefixes)
            + size_of_val(&*self.ranks)
            + size_of_val(&*self.outer)
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.slots)
    }
}

/// The nodes and slots over `prefixes`, which ascend.
fn layout(prefixes: &[Digits]) -> (Vec<Node>, Vec<u32>) {
    let (mut nodes, mut slots) = (Vec::new(), Vec::new());
    // The ranges of the nodes that are still to be laid out, in the order of their numbers.
    let mut ranges = vec![(0, prefixes.len())];
    while let Some((start, length)) = ranges.get(nodes.len()).copied() {
        let within = prefixes.get(start..start + length).unwrap_or_default();
        let [first, last] = ends(within);
        let shift = shift(last - first, length as u64);
        let slot_of = |prefix: &Digits| (prefix.word() - first) >> shift;
        let last_slot = (last - first) >> shift;
        nodes.push(Node {
            first,
            place: start as u32,
            shift,
            slots: slots.len() as u32,
            last_slot: last_slot as u32,
        });
        let mut at = 0;
        for slot in 0..=last_slot {
            let count = within
                .iter()
                .skip(at)
                .take_while(|prefix| slot_of(prefix) == slot)
                .count();
            if count > BUCKET {
                slots.push(NODE | ranges.len() as u32);
                ranges.push((start + at, count));
            } else {
                slots.push((start + at) as u32);
            }
            at += count;
        }
    }
    (nodes, slots)
}

/// The first and the last of `prefixes`, as words.
fn ends(prefixes: &[Digits]) -> [u64; 2] {
    let word = |prefix: Option<&Digits>| prefix.copied().map(Digits::word).unwrap_or_default();
    [word(prefixes.first()), word(prefixes.last())]
}

/// The least shift that divides a range of `span` words into at most `count` slots.
fn shift(span: u64, count: u64) -> u32 {
    (0..u64::BITS).find(|shift| span >> shift < count).unwrap_or_default()
}

#[cfg(test)]
mod tests;
