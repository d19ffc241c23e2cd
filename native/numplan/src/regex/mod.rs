//! Regexes in the dialect of OTP's `re`: parsed, compiled to an NFA, and simulated where captures
//! are wanted.

pub mod byte_set;
mod class_parser;
mod counts;
pub mod dialect;
pub mod look;
pub(crate) mod nfa;
pub mod parser;
pub mod pattern;
pub(crate) mod pike_vm;
pub mod probe;
