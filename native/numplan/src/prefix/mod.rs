//! Lists of prefixes: sets of numbers in E.164, with up to 4,000,000 prefixes in a configuration.
//!
//! A number belongs to a list where it begins with `+` and the digits of one of the prefixes, as
//! the regex `^\+1900` matches it. A class may be such a list in place of a regex. A short list is
//! part of the automaton of its classes (`dfa/prefix_program.rs`); a long one is looked up in an
//! index (`index.rs`), which takes a tenth of the memory.

pub(crate) mod digits;
pub mod file;
pub(crate) mod index;
pub mod list;
