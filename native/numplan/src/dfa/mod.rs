//! Deterministic automata: one transition table for an ordered list of patterns.

pub(crate) mod automaton;
pub(crate) mod bimachine;
pub(crate) mod byte_classes;
pub(crate) mod determinize;
mod digit_program;
pub(crate) mod look_around;
pub(crate) mod matcher;
#[cfg(test)]
mod metering;
pub(crate) mod minimize;
pub(crate) mod prefix_program;
mod reduce;
#[cfg(test)]
mod ways;
pub(crate) mod word_map;
pub(crate) mod world_program;
