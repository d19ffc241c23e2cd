//! Proofs about all numbers: searches over the states of automata until no state is left.

pub mod alphabet;
pub(crate) mod composition;
pub(crate) mod divergence;
pub(crate) mod effects;
pub(crate) mod lazy_dfa;
pub(crate) mod lengths;
pub(crate) mod pipeline;
pub(crate) mod root_guess;
pub(crate) mod rules;
pub mod search;
pub(crate) mod stage;
