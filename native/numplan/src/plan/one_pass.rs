//! The one-pass automaton: from the dialled number directly to its class.
//!
//! Normalising and then classifying reads a number twice: to find the converter, then, behind that
//! converter's prefix, to find the class. A product automaton does both in one pass. Its state
//! holds the state of the converters, the state of the classes if no converter matches, and the
//! state of the classes behind the prefix of each converter that may still match. At the end of the
//! number the converters decide which of these answers.
//!
//! [`build`] returns `None`, and numbers are read twice, where the product exceeds its bound, or
//! where a root does not begin and end at fixed distances from the start (or end with the number).

use crate::dfa::automaton::{Automaton, RawTable, State, minimize};
use crate::dfa::byte_classes::ByteClasses;
use crate::dfa::word_map::WordMap;
use crate::plan::root::{Edge, Root};

/// The most converters of a one-pass automaton.
const MAX_ENTRIES: usize = 64;

pub(crate) struct Conversion<'a> {
    pub(crate) root: &'a Root,
    pub(crate) prefix: &'a [u8],
    pub(crate) suffix: &'a [u8],
}

/// Where the root of a rule begins and ends in the number.
struct Span {
    start: usize,
    /// The end of the root; `None`: the end of the number.
    end: Option<usize>,
    /// True where one last newline is not part of the number.
    trim: bool,
}

impl Span {
    fn of(root: &Root) -> Option<Span> {
        match *root {
            Root::Slice {
                start: Edge::FromStart(start),
                end: Edge::FromStart(end),
                ..
            } => Some(Span {
                start,
                end: Some(end),
                trim: false,
            }),
            Root::Slice {
                start: Edge::FromStart(start),
                end: Edge::FromEnd(0),
                trim,
                ..
            } => Some(Span { start, end: None, trim }),
            _ => None,
        }
    }

    /// True when the byte at `at` is part of the root. A pattern that ends at a last newline
    /// matches no other one, so a newline is then the last byte, or the converter does not match.
    fn holds(&self, at: usize, byte: u8) -> bool {
        at >= self.start && self.end.is_none_or(|end| at < end) && !(self.trim && byte == b'\n')
    }

    fn last_edge(&self) -> usize {
        self.end.unwrap_or(self.start)
    }
}

/// A state of the product.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Product {
    /// How many bytes were read, up to the position from which on that makes no difference.
    read: usize,
    /// The state of the converters; `None` once none can match.
    converters: Option<State>,
    /// The state of the classes for the number as dialled; `None` once a converter must match.
    plain: Option<State>,
    /// For each converter that may still decide, the state of the classes behind its prefix.
    behind: Vec<Option<State>>,
}

/// The automaton that answers with the class, in `classes`, of the number as dialled; `None` where
/// it would have more than `budget` transitions or roots are not at fixed positions.
pub(crate) fn build(
    converters: &Automaton,
    classes: &Automaton,
    conversions: &[Conversion<'_>],
    budget: usize,
) -> Option<Automaton> {
    if conversions.len() > MAX_ENTRIES {
        return None;
    }
    let spans = conversions
        .iter()
        .map(|conversion| Span::of(conversion.root))
        .collect::<Option<Vec<Span>>>()?;
    let construction = Construction {
        positions: spans.iter().map(Span::last_edge).fold(1, usize::max),
        outcomes: outcomes(converters),
        converters,
        classes,
        conversions,
        spans,
    };
    construction.table(budget).map(minimize)
}

/// For each state of `automaton` the answers that it may still lead to, as bits; bit 0 is "none".
fn outcomes(automaton: &Automaton) -> Vec<u128> {
    let states: Vec<State> = automaton.all_states().collect();
    let representatives = automaton.classes().representatives();
    let targets: Vec<Vec<usize>> = states
        .iter()
        .map(|state| {
            let next = representatives.iter().map(|byte| automaton.step(*state, *byte));
            next.map(|state| automaton.index(state)).collect()
        })
        .collect();
    let bit = |state: &State| 1 << automaton.answer(*state).map_or(0, |answer| answer + 1);
    let mut outcomes: Vec<u128> = states.iter().map(bit).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for (state, targets) in targets.iter().enumerate() {
            let wider = targets
                .iter()
                .fold(outcomes[state], |all, target| all | outcomes[*target]);
            changed |= wider != outcomes[state];
            outcomes[state] = wider;
        }
    }
    outcomes
}

struct Construction<'a> {
    converters: &'a Automaton,
    classes: &'a Automaton,
    conversions: &'a [Conversion<'a>],
    spans: Vec<Span>,
    outcomes: Vec<u128>,
    /// The position from which on all positions are alike; at least 1, as `+` is special at the
    /// first.
    positions: usize,
}

impl Construction<'_> {
    fn table(&self, budget: usize) -> Option<RawTable> {
        // A leading `+` and a newline are treated specially below, so each has its own class.
        let alike = |byte| {
            let classes = [self.converters, self.classes].map(|automaton| automaton.classes().of(byte));
            (classes, byte == b'+', byte == b'\n')
        };
        let classes = ByteClasses::by_key(alike);
        let representatives = classes.representatives();
        let mut known: WordMap<Product, u32> = WordMap::default();
        let mut states = vec![self.start()];
        known.insert(states[0].clone(), 0);
        let mut transitions = Vec::new();
        let mut answers = Vec::new();
        while let Some(product) = states.get(answers.len()).cloned() {
            answers.push(self.answer(&product));
            for byte in &representatives {
                let next = self.step(&product, *byte);
                let number = *known.entry(next).or_insert_with_key(|next| {
                    states.push(next.clone());
                    states.len() as u32 - 1
                });
                transitions.push(number);
            }
            if transitions.len() > budget {
                return None;
            }
        }
        Some(RawTable {
            classes,
            transitions,
            answers,
        })
    }

    fn start(&self) -> Product {
        let behind = self
            .conversions
            .iter()
            .map(|conversion| Some(self.classes.read(self.classes.start(), conversion.prefix)));
        self.pruned(Product {
            read: 0,
            converters: Some(self.converters.start()),
            plain: Some(self.classes.start()),
            behind: behind.collect(),
        })
    }

    /// Drops what can no longer decide.
    fn pruned(&self, mut product: Product) -> Product {
        if let Some(state) = product.converters {
            let outcomes = self.outcomes[self.converters.index(state)];
            if outcomes & 1 == 0 {
                product.plain = None;
            }
            for (entry, state) in product.behind.iter_mut().enumerate() {
                if outcomes >> (entry + 1) & 1 == 0 {
                    *state = None;
                }
            }
            if outcomes == 1 {
                product.converters = None;
            }
        }
        if product.converters.is_none() {
            product.read = self.positions;
        }
        product
    }

    fn step(&self, product: &Product, byte: u8) -> Product {
        let plain = product.plain.map(|state| self.classes.step(state, byte));
        if product.read == 0 && byte == b'+' && product.converters.is_some() {
            return Product {
                read: self.positions,
                converters: None,
                plain: Some(self.classes.step(self.classes.start(), byte)),
                behind: vec![None; self.conversions.len()],
            };
        }
        let behind = product.behind.iter().zip(&self.spans).map(|(state, span)| {
            let state = (*state)?;
            Some(if span.holds(product.read, byte) {
                self.classes.step(state, byte)
            } else {
                state
            })
        });
        self.pruned(Product {
            read: (product.read + 1).min(self.positions),
            converters: product.converters.map(|state| self.converters.step(state, byte)),
            plain,
            behind: behind.collect(),
        })
    }

    /// The class, shifted by one, of a number that ends in `product`.
    fn answer(&self, product: &Product) -> u32 {
        let entry = product.converters.and_then(|state| self.converters.answer(state));
        let state = match entry {
            None => product.plain,
            Some(entry) => {
                let mut entries = product.behind.iter().zip(self.conversions);
                let decides = entries.nth(entry as usize);
                decides.and_then(|(state, conversion)| Some(self.classes.read((*state)?, conversion.suffix)))
            }
        };
        state
            .and_then(|state| self.classes.answer(state))
            .map_or(0, |class| class + 1)
    }
}

#[cfg(test)]
mod tests;
