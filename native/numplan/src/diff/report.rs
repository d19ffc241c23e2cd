//! The report of a comparison: what changes, and why something may be missing.

use crate::check::Witness;
use crate::proof::alphabet::Alphabet;
use crate::proof::search::{Bound, Limits};

/// The options of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The bytes that numbers are made of.
    pub alphabet: Alphabet,
    /// The bounds of each proof.
    pub limits: Limits,
}

/// A number with the answers of both configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The answers of the old one.
    pub old: Witness,
    /// The answers of the new one.
    pub new: Witness,
}

/// Why a difference may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A proof met a bound.
    Cut {
        /// What was to be proved.
        proof: &'static str,
        /// The bound that it met.
        bound: Bound,
    },
    /// Some rules run only in OTP's `re`, and numbers that they may take were left out. Not
    /// reported where such rules are the same in both configurations and cannot hide a difference.
    Unread,
    /// Of some number's two results, as they are built byte by byte, one gets more than 64 bytes
    /// longer than the other, so they are not compared.
    TooFarApart,
}

impl Missing {
    /// Its name in reports, the same in all languages.
    pub fn name(&self) -> &'static str {
        match self {
            Missing::Cut { .. } => "cut",
            Missing::Unread => "unread",
            Missing::TooFarApart => "too_far_apart",
        }
    }
}

/// The differences between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Numbers that move to another class: a shortest one for each pair of old and new class.
    pub moves: Vec<Change>,
    /// Numbers that keep their class and become another number in E.164: one for each class.
    pub rewritten: Vec<Change>,
    /// A number that the new configuration reconciles and the old one does not.
    pub gained: Option<Change>,
    /// A number that the old configuration reconciles and the new one does not.
    pub lost: Option<Change>,
    /// Why differences may be missing. Where this is empty, what is not listed does not change.
    pub missing: Vec<Missing>,
}

impl Diff {
    /// True when it is proved that nothing changes.
    pub fn is_none(&self) -> bool {
        *self == Diff::default()
    }
}
