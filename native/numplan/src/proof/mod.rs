//! Statements about all numbers: walks over the states of machines until no state is left.

pub mod alphabet;
pub(crate) mod divergence;
pub(crate) mod effects;
pub(crate) mod lazy_dfa;
pub(crate) mod lengths;
pub(crate) mod pipeline;
pub(crate) mod root_guess;
pub mod search;
