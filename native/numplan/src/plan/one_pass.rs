//! One automaton from the dialled number straight to its class.
//!
//! Normalising and then classifying reads a number twice: once to find the converter, once more, behind that converter's prefix,
//! to find the class. Both readings see the same bytes, so one automaton can stand for the two: its state is where the
//! converters' automaton stands, where the class automaton would stand if no converter matched, and where it would stand
//! behind the prefix of each converter that may still match. At the end of the number the converters say which of those
//! places counts.
//!
//! That holds where each root is known as a slice whose start, and whose end unless it is the number's, are at fixed
//! distances from the number's start; and where the whole does not outgrow its bound. Elsewhere [`fuse`] gives nothing, and
//! the number is read twice.

use crate::dfa::automaton::{Automaton, RawTable, State, minimize};
use crate::dfa::byte_classes::ByteClasses;
use crate::dfa::word_map::WordMap;
use crate::plan::root::{Edge, Root};

/// More converters than this are not fused.
const MAX_ENTRIES: usize = 64;

/// A converter as this module needs it.
pub(crate) struct Conversion<'a> {
    pub(crate) root: &'a Root,
    pub(crate) prefix: &'a [u8],
    pub(crate) suffix: &'a [u8],
}

/// Where a root lies.
struct Span {
    start: usize,
    /// `None` is the number's end.
    end: Option<usize>,
    /// One last newline is not part of the number.
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

    /// True when the byte at `at` is part of the root. A pattern that ends at a last newline matches no other one, so a newline
    /// is then the last byte, or the converter does not match.
    fn holds(&self, at: usize, byte: u8) -> bool {
        at >= self.start && self.end.is_none_or(|end| at < end) && !(self.trim && byte == b'\n')
    }

    fn last_edge(&self) -> usize {
        self.end.unwrap_or(self.start)
    }
}

/// A state while the automaton is built.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    /// How many bytes were read, up to where that stops to matter.
    read: usize,
    /// Where the converters stand; `None` once no converter is asked.
    converters: Option<State>,
    /// Where the classes stand for the number as dialled; `None` once some converter is sure to match.
    plain: Option<State>,
    /// Where the classes stand behind each converter's prefix; `None` for one that cannot decide any more.
    behind: Vec<Option<State>>,
}

/// The automaton that answers, for the number as dialled, with its class in `classes`. `budget` bounds the states, times
/// classes of bytes, that are looked at before it is given up.
pub(crate) fn fuse(
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
    let fusion = Fusion {
        positions: spans.iter().map(Span::last_edge).fold(1, usize::max),
        outcomes: outcomes(converters),
        converters,
        classes,
        conversions,
        spans,
    };
    fusion.table(budget).map(minimize)
}

/// For each state of `automaton`, the answers it may still lead to: a bit each, and bit 0 for none.
fn outcomes(automaton: &Automaton) -> Vec<u128> {
    let states: Vec<State> = automaton.all_states().collect();
    let representatives = automaton.representatives();
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

struct Fusion<'a> {
    converters: &'a Automaton,
    classes: &'a Automaton,
    conversions: &'a [Conversion<'a>],
    spans: Vec<Span>,
    outcomes: Vec<u128>,
    /// From here on all positions are alike; never the first, where `+` counts.
    positions: usize,
}

impl Fusion<'_> {
    fn table(&self, budget: usize) -> Option<RawTable> {
        // `+`, which keeps converters away, and the newline have classes of their own.
        let alike = |byte| {
            let automata = [self.converters, self.classes];
            (
                automata.map(|automaton| automaton.class_of(byte)),
                byte == b'+',
                byte == b'\n',
            )
        };
        let classes = ByteClasses::by_key(alike);
        let representatives = classes.representatives();
        let mut known: WordMap<Place, u32> = WordMap::default();
        let mut places = vec![self.start()];
        known.insert(places[0].clone(), 0);
        let mut transitions = Vec::new();
        let mut answers = Vec::new();
        while let Some(place) = places.get(answers.len()).cloned() {
            answers.push(self.answer(&place));
            for byte in &representatives {
                let next = self.step(&place, *byte);
                let number = *known.entry(next).or_insert_with_key(|next| {
                    places.push(next.clone());
                    places.len() as u32 - 1
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

    fn start(&self) -> Place {
        let behind = self
            .conversions
            .iter()
            .map(|conversion| Some(self.classes.read(self.classes.start(), conversion.prefix)));
        self.pruned(Place {
            read: 0,
            converters: Some(self.converters.start()),
            plain: Some(self.classes.start()),
            behind: behind.collect(),
        })
    }

    /// Without what cannot decide any more.
    fn pruned(&self, mut place: Place) -> Place {
        if let Some(state) = place.converters {
            let outcomes = self.outcomes[self.converters.index(state)];
            if outcomes & 1 == 0 {
                place.plain = None;
            }
            for (entry, state) in place.behind.iter_mut().enumerate() {
                if outcomes >> (entry + 1) & 1 == 0 {
                    *state = None;
                }
            }
            if outcomes == 1 {
                place.converters = None;
            }
        }
        if place.converters.is_none() {
            place.read = self.positions;
        }
        place
    }

    fn step(&self, place: &Place, byte: u8) -> Place {
        let plain = place.plain.map(|state| self.classes.step(state, byte));
        if place.read == 0 && byte == b'+' && place.converters.is_some() {
            return Place {
                read: self.positions,
                converters: None,
                plain: Some(self.classes.step(self.classes.start(), byte)),
                behind: vec![None; self.conversions.len()],
            };
        }
        let behind = place.behind.iter().zip(&self.spans).map(|(state, span)| {
            let state = (*state)?;
            Some(if span.holds(place.read, byte) {
                self.classes.step(state, byte)
            } else {
                state
            })
        });
        self.pruned(Place {
            read: (place.read + 1).min(self.positions),
            converters: place.converters.map(|state| self.converters.step(state, byte)),
            plain,
            behind: behind.collect(),
        })
    }

    /// The class, shifted by one, if the number ends here.
    fn answer(&self, place: &Place) -> u32 {
        let entry = place.converters.and_then(|state| self.converters.answer(state));
        let state = match entry {
            None => place.plain,
            Some(entry) => {
                let entry = entry as usize;
                let state = place.behind.get(entry).copied().flatten();
                let suffix = self
                    .conversions
                    .get(entry)
                    .map_or(b"".as_slice(), |conversion| conversion.suffix);
                state.map(|state| self.classes.read(state, suffix))
            }
        };
        state
            .and_then(|state| self.classes.answer(state))
            .map_or(0, |class| class + 1)
    }
}
