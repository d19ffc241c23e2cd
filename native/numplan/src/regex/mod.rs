//! Regexes in the dialect of OTP's `re`: parsed, compiled to an NFA, and simulated where tables
//! would be large.

pub(crate) mod atomic;
pub mod byte_set;
pub(crate) mod class_parser;
pub(crate) mod counts;
pub mod dialect;
pub(crate) mod escape_parser;
pub(crate) mod faults;
pub(crate) mod group_parser;
pub mod look;
pub(crate) mod nfa;
pub mod parser;
pub mod pattern;
pub(crate) mod possession;
pub(crate) mod simulation;
