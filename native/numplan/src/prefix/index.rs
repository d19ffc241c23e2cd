//! The index of long lists of prefixes: which is the first list that has a prefix of a number?
//!
//! All prefixes of all lists are words in order, and the last one up to a number is the longest
//! that could be a prefix of it. It is found by interpolation: a node divides its range of words
//! into equal slots, one for about four of its words. A slot is a line of the cache, so that a
//! look-up reads one, where a trie reads a node for each digit. The line has the words of its slot,
//! and before them the last one of the slots before. A slot of more words than fit into a line, as
//! lists of real numbers have them, is a node itself.

use super::digits::Digits;
use super::list::PrefixList;

/// The words of a line: one of a slot before, and those of its own.
const LINE: usize = 8;

/// How many words a slot has on average.
const LOAD: usize = 4;
/// How many, where most words are in a few places of the range: most slots are empty then, and
/// nodes of their own follow.
const LOAD_OF_CLUSTERS: usize = 64;

/// The mark of a line whose slot is a node: behind it stands the number of the node.
const NODE: u64 = 1 << 63;

/// The end of a line that is not full: it comes behind all digits.
const END: u64 = NODE - 1;

/// The word where no prefix comes before.
const NO_PREFIX: u64 = 0;

/// The mark of a prefix that is inside no other.
const NONE: u32 = u32::MAX;

/// A line of the cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Line([u64; LINE]);

/// Lists of prefixes, each with a rank: a number belongs to the list of the smallest rank.
#[derive(Clone, Debug)]
pub(crate) struct PrefixIndex {
    nodes: Box<[Node]>,
    lines: Box<[Line]>,
    /// The rank of the prefix at each place of the lines; a single one for all where there is one
    /// list.
    ranks: Box<[u32]>,
    /// For each place that of the longest other prefix around it; empty where no prefix is inside
    /// another. Of the two, the inner one has the smaller rank.
    outer: Box<[u32]>,
}

/// A range of words in equal slots.
#[derive(Clone, Debug)]
struct Node {
    /// The first word.
    first: u64,
    /// The slots by words, times two to the power of 64.
    scale: u64,
    /// The number of its first line.
    lines: u32,
    /// The number of its lines, less one.
    last: u32,
}

impl Node {
    /// The node over `words`, which ascend, with so many slots, whose lines begin with this one.
    fn over(words: &[Digits], slots: usize, lines: usize) -> Node {
        let word = |prefix: Option<&Digits>| prefix.copied().map(Digits::word).unwrap_or_default();
        let (first, last) = (word(words.first()), word(words.last()));
        let slots = slots.max(2);
        let scale = ((slots as u128) << u64::BITS) / u128::from(last - first + 1);
        Node {
            first,
            scale: u64::try_from(scale).unwrap_or(u64::MAX),
            lines: lines as u32,
            last: slots as u32 - 1,
        }
    }

    /// How many of its words are in slots that fit into a line.
    fn fits(&self, words: &[Digits]) -> usize {
        let slots = words.chunk_by(|one, other| self.line(one.word()) == self.line(other.word()));
        slots.map(<[Digits]>::len).filter(|count| *count < LINE).sum()
    }

    /// The number of the line for `word`.
    #[inline]
    fn line(&self, word: u64) -> usize {
        let behind = word.saturating_sub(self.first);
        let slot = (u128::from(behind) * u128::from(self.scale)) >> u64::BITS;
        self.lines as usize + (slot as usize).min(self.last as usize)
    }
}

impl PrefixIndex {
    /// The index of `lists`, each with its rank. Cost: some tenths of a microsecond a prefix.
    pub(crate) fn new(lists: &[(u32, &PrefixList)]) -> PrefixIndex {
        let sorted = Sorted::new(lists);
        let mut layout = Layout::new(&sorted.prefixes);
        layout.fill();
        let at_places = |of: &dyn Fn(u32) -> u32| layout.prefixes.iter().map(|at| of(*at)).collect();
        let rank = |at: u32| sorted.ranks.get(at as usize).copied().unwrap_or(NONE);
        let outer = |at: u32| {
            let outer = sorted.outer.get(at as usize).copied().unwrap_or(NONE);
            layout.places.get(outer as usize).copied().unwrap_or(NONE)
        };
        let is_nested = sorted.outer.iter().any(|outer| *outer != NONE);
        PrefixIndex {
            ranks: match lists {
                [(rank, _)] => Box::new([*rank]),
                _ => at_places(&rank),
            },
            outer: if is_nested { at_places(&outer) } else { Box::default() },
            nodes: layout.nodes.into(),
            lines: layout.lines.into(),
        }
    }

    /// The smallest rank of a list with a prefix of `number`. Cost: one line of the cache, seldom
    /// two, in a table of some 16 bytes a prefix.
    #[inline]
    pub(crate) fn first(&self, number: Digits) -> Option<u32> {
        let mut place = self.last_up_to(number.word())?;
        loop {
            let Line(line) = self.lines.get(place / LINE)?;
            let word = *line.get(place % LINE)?;
            if word != NO_PREFIX && Digits::of_word(word).begin(number) {
                return self.ranks.get(place).or(self.ranks.first()).copied();
            }
            place = *self.outer.get(place)? as usize;
        }
    }

    /// The place of the last prefix that does not come behind `word`.
    #[inline]
    fn last_up_to(&self, word: u64) -> Option<usize> {
        let mut node = self.nodes.first()?;
        loop {
            let at = node.line(word);
            let Line([before, own @ ..]) = self.lines.get(at)?;
            match before.checked_sub(NODE) {
                Some(inner) => node = self.nodes.get(inner as usize)?,
                // All are compared: it is not known beforehand which is the last.
                None => return Some(at * LINE + own.iter().filter(|own| **own <= word).count()),
            }
        }
    }

    /// Its size in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<PrefixIndex>()
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.lines)
            + size_of_val(&*self.ranks)
            + size_of_val(&*self.outer)
    }
}

/// The prefixes of several lists, in order, without those that decide nothing.
#[derive(Default)]
struct Sorted {
    prefixes: Vec<Digits>,
    ranks: Vec<u32>,
    /// For each the number of the longest one around it.
    outer: Vec<u32>,
}

impl Sorted {
    fn new(lists: &[(u32, &PrefixList)]) -> Sorted {
        let ranked = |(rank, list): &(u32, &PrefixList)| {
            let rank = *rank;
            let prefixes = list.prefixes().to_vec();
            prefixes.into_iter().map(move |prefix| (prefix, rank))
        };
        let mut all: Vec<(Digits, u32)> = lists.iter().flat_map(ranked).collect();
        if lists.len() > 1 {
            all.sort_unstable();
        }
        let mut sorted = Sorted::default();
        // Those with which the next one may begin, the longest last.
        let mut open: Vec<u32> = Vec::new();
        for (prefix, rank) in all {
            let is_behind = |at: &u32| {
                sorted
                    .prefixes
                    .get(*at as usize)
                    .is_some_and(|outer| !outer.begin(prefix))
            };
            while open.last().is_some_and(is_behind) {
                open.pop();
            }
            let around = open.last().copied();
            let decides_before = around.and_then(|at| sorted.ranks.get(at as usize));
            if decides_before.is_some_and(|before| *before <= rank) {
                continue;
            }
            open.push(sorted.prefixes.len() as u32);
            sorted.prefixes.push(prefix);
            sorted.ranks.push(rank);
            sorted.outer.push(around.unwrap_or(NONE));
        }
        sorted
    }
}

/// Lines in the making.
struct Layout<'p> {
    all: &'p [Digits],
    nodes: Vec<Node>,
    lines: Vec<Line>,
    /// The number of the prefix at each place.
    prefixes: Vec<u32>,
    /// The place of each prefix in its own slot.
    places: Vec<u32>,
    /// The ranges of the nodes, as the number of the first prefix and how many there are.
    ranges: Vec<(usize, usize)>,
}

impl<'p> Layout<'p> {
    fn new(all: &'p [Digits]) -> Layout<'p> {
        Layout {
            all,
            nodes: Vec::new(),
            lines: Vec::new(),
            prefixes: Vec::new(),
            places: vec![NONE; all.len()],
            ranges: vec![(0, all.len())],
        }
    }

    fn fill(&mut self) {
        while let Some((start, length)) = self.ranges.get(self.nodes.len()).copied() {
            self.node(start, length);
        }
    }

    fn node(&mut self, start: usize, length: usize) {
        let words = self.all.get(start..start + length).unwrap_or_default();
        let lines = self.lines.len();
        let usual = Node::over(words, length.div_ceil(LOAD), lines);
        let node = if usual.fits(words) >= length / 2 {
            usual
        } else {
            Node::over(words, length.div_ceil(LOAD_OF_CLUSTERS), lines)
        };
        let mut words = words.iter().peekable();
        let mut at = start;
        for line in lines..=lines + node.last as usize {
            let mut count = 0;
            while words.next_if(|word| node.line(word.word()) == line).is_some() {
                count += 1;
            }
            self.slot(at, count);
            at += count;
        }
        self.nodes.push(node);
    }

    /// Adds the line of a slot with `count` prefixes from the number `start` on.
    fn slot(&mut self, start: usize, count: usize) {
        let mut line = [END; LINE];
        let mut prefixes = [NONE; LINE];
        if count < LINE {
            let before = start.checked_sub(1);
            let numbers = before.into_iter().chain(start..start + count);
            let from = usize::from(before.is_none());
            line[0] = NO_PREFIX;
            for (number, at) in numbers.zip(from..LINE) {
                line[at] = self.all.get(number).copied().map(Digits::word).unwrap_or(END);
                prefixes[at] = number as u32;
                if number >= start {
                    let place = (self.lines.len() * LINE + at) as u32;
                    self.places.get_mut(number).into_iter().for_each(|known| *known = place);
                }
            }
        } else {
            line[0] = NODE + self.ranges.len() as u64;
            self.ranges.push((start, count));
        }
        self.lines.push(Line(line));
        self.prefixes.extend(prefixes);
    }
}

#[cfg(test)]
mod tests;
