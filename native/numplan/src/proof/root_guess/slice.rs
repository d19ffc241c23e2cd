//! Guesses a root that is a slice: how many bytes are left, where an edge counts from the end.

use crate::plan::root::Edge;
use crate::proof::lengths::Lengths;

/// A transition: the next state, and whether the byte just read is part of the root.
pub(super) type Transition = (u32, bool);

/// The machine of a root between two edges.
///
/// A state is a pair: the bytes read, counted up to the last edge that counts from the start; and
/// the guess how many bytes are left, counted from the first edge that counts from the end.
#[derive(Debug)]
pub(crate) struct SliceGuess {
    start: Edge,
    end: Edge,
    trim: bool,
    /// The class of the newline.
    newline: u8,
    /// The last edge that counts from the start: positions behind it are all alike.
    far: u32,
    /// The first edge that counts from the end, if one does: its distance.
    reach: Option<u32>,
}

/// The guess how many bytes are left, less a last newline that `trim` leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Exactly(u32),
    /// More than the distance of any edge.
    Many,
    /// None, and the byte just read was a newline that counts: so one that is left out must follow.
    NothingButNewline,
    /// None, and the newline that is left out was read.
    Over,
}

impl SliceGuess {
    pub(super) fn new(start: Edge, end: Edge, trim: bool, newline: u8) -> SliceGuess {
        let from_start = |edge| match edge {
            Edge::FromStart(distance) => distance as u32,
            Edge::FromEnd(_) => 0,
        };
        let from_end = |edge| match edge {
            Edge::FromStart(_) => None,
            Edge::FromEnd(distance) => Some(distance as u32),
        };
        SliceGuess {
            start,
            end,
            trim,
            newline,
            far: from_start(start).max(from_start(end)),
            reach: from_end(start).max(from_end(end)),
        }
    }

    pub(super) fn starts(&self) -> Vec<u32> {
        let left = match self.reach {
            None => vec![Left::Many],
            Some(reach) => (0..=reach).map(Left::Exactly).chain([Left::Many]).collect(),
        };
        left.into_iter().map(|left| self.state(0, left)).collect()
    }

    fn state(&self, read: u32, left: Left) -> u32 {
        let reach = self.reach.unwrap_or(0);
        let left = match left {
            Left::Exactly(left) => left,
            Left::Many => reach + 1,
            Left::NothingButNewline => reach + 2,
            Left::Over => reach + 3,
        };
        // Saturation is out of reach: a survey meets its bounds long before.
        read.min(self.far).saturating_mul(reach + 4).saturating_add(left)
    }

    fn parts(&self, state: u32) -> (u32, Left) {
        let reach = self.reach.unwrap_or(0);
        let left = match state % (reach + 4) {
            left if left <= reach => Left::Exactly(left),
            left if left == reach + 1 => Left::Many,
            left if left == reach + 2 => Left::NothingButNewline,
            _ => Left::Over,
        };
        (state / (reach + 4), left)
    }

    pub(super) fn step(&self, state: u32, class: u8) -> Vec<Transition> {
        let (read, left) = self.parts(state);
        let Some(reach) = self.reach else {
            return vec![(self.state(read + 1, Left::Many), self.holds(read, u32::MAX))];
        };
        let newline = self.trim && class == self.newline;
        let go = |before: u32| {
            let after = match before - 1 {
                0 if newline => Left::NothingButNewline,
                after => Left::Exactly(after),
            };
            (self.state(read + 1, after), self.holds(read, before))
        };
        match left {
            Left::Over => Vec::new(),
            Left::Exactly(0) | Left::NothingButNewline if newline => vec![(self.state(read + 1, Left::Over), false)],
            Left::Exactly(0) | Left::NothingButNewline => Vec::new(),
            Left::Exactly(left) => vec![go(left)],
            Left::Many => vec![
                (self.state(read + 1, Left::Many), self.holds(read, u32::MAX)),
                go(reach + 1),
            ],
        }
    }

    pub(super) fn lengths(&self, state: u32) -> Option<Lengths> {
        let reach = self.reach?;
        let newline = |left: u32| {
            let longer = if self.trim { left + 1 } else { left };
            Lengths::exactly(left).or(Lengths::exactly(longer))
        };
        Some(match self.parts(state).1 {
            Left::Exactly(left) => newline(left),
            Left::Many => Lengths::at_least(reach + 1),
            Left::NothingButNewline => Lengths::exactly(1),
            Left::Over => Lengths::exactly(0),
        })
    }

    /// True when the root holds the next byte, after `read` bytes and with `left` still to come.
    fn holds(&self, read: u32, left: u32) -> bool {
        let passed = |edge| match edge {
            Edge::FromStart(distance) => read >= distance as u32,
            Edge::FromEnd(distance) => left <= distance as u32,
        };
        passed(self.start) && !passed(self.end)
    }

    pub(super) fn end(&self, state: u32) -> bool {
        let (read, left) = self.parts(state);
        read == self.far && (self.reach.is_none() || matches!(left, Left::Exactly(0) | Left::Over))
    }
}
