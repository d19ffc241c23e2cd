//! Sets of numbers as automata: for whoever combines them with automata over other texts.

use crate::calling_code::CallingCode;
use crate::data::Data;
use crate::layout::{MOST_DIGITS, verdict};
use crate::machine::State;
use crate::number_type::NumberType;
use crate::region::Region;
use crate::selection::Selection;
use crate::world::World;
use std::collections::HashMap;

/// A set of numbers in E.164 form: the minimal acyclic automaton of their digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberSet {
    nodes: Vec<Node>,
}

/// A node of a [`NumberSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// The node behind each digit; [`Node::NONE`] where no number has that digit there.
    pub next: [u32; 10],
    /// Whether a number ends there.
    pub is_end: bool,
}

impl Node {
    /// No node.
    pub const NONE: u32 = u32::MAX;
}

impl NumberSet {
    /// The nodes: each behind those that it leads to, so the last is the first digit's.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether there is no number in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether it has a number, which is `+` and digits.
    #[must_use]
    pub fn has(&self, number: &[u8]) -> bool {
        let Some((b'+', digits)) = number.split_first() else {
            return false;
        };
        let step = |node: &Node, digit: &u8| {
            let next = node.next.get(usize::from(digit.wrapping_sub(b'0')))?;
            self.nodes.get(usize::try_from(*next).ok()?)
        };
        let end = self.nodes.last().and_then(|root| digits.iter().try_fold(root, step));
        end.is_some_and(|node| node.is_end)
    }
}

impl World<'_> {
    /// The numbers of a selection, as they are in E.164 form. Cost: a millisecond or two for all
    /// regions.
    ///
    /// ```
    /// use numplan_world::{NumberType, Selection, World};
    ///
    /// let world = World::builtin()?;
    /// let selection = Selection {
    ///     regions: Some(vec!["FR".to_owned()]),
    ///     types: Some(vec![NumberType::PremiumRate]),
    /// };
    /// let numbers = world.numbers(&selection);
    /// assert!(numbers.has(b"+33891123456") && !numbers.has(b"+33123456789"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn numbers(&self, selection: &Selection) -> NumberSet {
        let regions = (0..).map_while(|place| Region::at(&self.data, place));
        let regions: Vec<bool> = regions.map(|region| selection.has_region(region)).collect();
        let is_in = |row: &[u8; verdict::SIZE]| {
            let kind = NumberType::from_byte(row.get(verdict::TYPE).copied().unwrap_or(u8::MAX));
            let is_selected = |place: u16| regions.get(usize::from(place)).is_some_and(|is_in| *is_in);
            selection.has_type(kind) && (selection.regions.is_none() || self.data.valid_regions(row).any(is_selected))
        };
        let mut builder = Builder {
            data: &self.data,
            is_in: self.data.verdicts.iter().map(is_in).collect(),
            of_state: HashMap::new(),
            known: HashMap::new(),
            nodes: Vec::new(),
        };
        let codes = self.calling_codes();
        let codes = codes.filter(|code| code.regions().any(|region| selection.has_region(region)));
        builder.codes(&codes.collect::<Vec<_>>(), b"");
        NumberSet { nodes: builder.nodes }
    }
}

struct Builder<'w> {
    data: &'w Data<'w>,
    /// For each verdict, whether its numbers are in the set.
    is_in: Vec<bool>,
    /// The node of each state that was seen; `None` where no number follows.
    of_state: HashMap<u16, Option<u32>>,
    known: HashMap<Node, u32>,
    nodes: Vec<Node>,
}

impl Builder<'_> {
    /// The node of the calling codes behind their first digits.
    fn codes(&mut self, codes: &[CallingCode<'_>], first: &[u8]) -> Option<u32> {
        if let [code] = codes
            && code.digits().as_bytes() == first
        {
            return self.state(code.start(), MOST_DIGITS);
        }
        let next = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|digit| {
            let first = [first, &[b'0' + digit]].concat();
            let mut behind = codes.to_vec();
            behind.retain(|code| code.digits().as_bytes().starts_with(&first));
            if behind.is_empty() {
                None
            } else {
                self.codes(&behind, &first)
            }
        });
        self.node(next, false)
    }

    /// The node of a state. Numbers end, so a state that leads back to itself has no number behind
    /// it, and no node; `most` bounds the recursion where the data is damaged.
    fn state(&mut self, state: State, most: usize) -> Option<u32> {
        if let Some(known) = self.of_state.get(&state.0) {
            return *known;
        }
        self.of_state.insert(state.0, None);
        let next = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|digit| {
            let next = self.data.step(state, b'0' + digit)?;
            self.state(next, most.checked_sub(1)?)
        });
        let is_end = self
            .data
            .verdict_place(state)
            .and_then(|place| self.is_in.get(place))
            .is_some_and(|is_in| *is_in);
        let node = self.node(next, is_end);
        self.of_state.insert(state.0, node);
        node
    }

    /// A node, once for all that are alike; `None` for one behind which no number ends.
    fn node(&mut self, next: [Option<u32>; 10], is_end: bool) -> Option<u32> {
        if !is_end && next.iter().all(Option::is_none) {
            return None;
        }
        let node = Node {
            next: next.map(|next| next.unwrap_or(Node::NONE)),
            is_end,
        };
        let place = u32::try_from(self.nodes.len()).ok()?;
        let known = *self.known.entry(node).or_insert(place);
        if known == place {
            self.nodes.push(node);
        }
        Some(known)
    }
}
