//! Regexes in the dialect of OTP's `re`: parsed, made into an NFA, and simulated where captures are asked for.

pub mod byte_set;
pub(crate) mod nfa;
pub mod pattern;
pub(crate) mod pike_vm;
