//! Equivalence classes of bytes: those of one class share a column of a transition table.

use crate::dfa::word_map::WordMap;
use crate::regex::byte_set::ByteSet;
use std::hash::Hash;

/// A partition of the 256 bytes. Classes are numbered from 0, by their smallest members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByteClasses(Box<[u8; 256]>);

impl ByteClasses {
    /// The coarsest partition of which each set is a union. Cost: 256 steps a distinct set.
    pub(crate) fn of_sets(sets: impl IntoIterator<Item = ByteSet>) -> ByteClasses {
        let mut classes = ByteClasses(Box::new([0; 256]));
        let mut known: WordMap<ByteSet, ()> = WordMap::default();
        for set in sets {
            if known.insert(set, ()).is_none() {
                classes.split(&set);
            }
        }
        classes
    }

    pub(crate) fn by_key<K: Eq + Hash>(key: impl Fn(u8) -> K) -> ByteClasses {
        let mut numbers: WordMap<K, u8> = WordMap::default();
        let mut classes = Box::new([0; 256]);
        for (class, byte) in classes.iter_mut().zip(0..=u8::MAX) {
            // There are at most 256 keys.
            let next = numbers.len() as u8;
            *class = *numbers.entry(key(byte)).or_insert(next);
        }
        ByteClasses(classes)
    }

    /// Splits each class into its members in `set` and the others.
    fn split(&mut self, set: &ByteSet) {
        const UNNUMBERED: u16 = u16::MAX;
        let mut numbers = [UNNUMBERED; 512];
        let mut next = 0;
        for (class, byte) in self.0.iter_mut().zip(0..=u8::MAX) {
            let number = &mut numbers[2 * usize::from(*class) + usize::from(set.contains(byte))];
            if *number == UNNUMBERED {
                *number = next;
                next += 1;
            }
            *class = *number as u8;
        }
    }

    #[inline]
    pub(crate) fn of(&self, byte: u8) -> u8 {
        self.0[usize::from(byte)]
    }

    /// The smallest member of each class, in the order of the classes.
    pub(crate) fn representatives(&self) -> Vec<u8> {
        let mut representatives = Vec::new();
        for byte in 0..=u8::MAX {
            if usize::from(self.of(byte)) == representatives.len() {
                representatives.push(byte);
            }
        }
        representatives
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn byte_set() -> impl Strategy<Value = ByteSet> {
        prop::collection::vec((0..=u8::MAX, 0..=u8::MAX), 0..4).prop_map(|ranges| ByteSet::of_ranges(&ranges))
    }

    proptest! {
        #[test]
        fn bytes_share_a_class_exactly_where_no_set_tells_them_apart(sets in prop::collection::vec(byte_set(), 0..6)) {
            let classes = ByteClasses::of_sets(sets.iter().copied());
            let alike = |one, other| sets.iter().all(|set| set.contains(one) == set.contains(other));
            for (one, other) in (0..=u8::MAX).flat_map(|one| (0..=u8::MAX).map(move |other| (one, other))) {
                prop_assert_eq!(classes.of(one) == classes.of(other), alike(one, other));
            }
            let members = |byte: u8| sets.iter().map(|set| set.contains(byte)).collect::<Vec<_>>();
            prop_assert_eq!(&classes, &ByteClasses::by_key(members));
        }

        #[test]
        fn a_representative_is_the_smallest_member_of_its_class(sets in prop::collection::vec(byte_set(), 0..6)) {
            let classes = ByteClasses::of_sets(sets);
            for (class, representative) in classes.representatives().into_iter().enumerate() {
                let smallest = (0..=u8::MAX).find(|byte| usize::from(classes.of(*byte)) == class);
                prop_assert_eq!(smallest, Some(representative));
            }
        }
    }
}
