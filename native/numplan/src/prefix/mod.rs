//! Lists of prefixes: sets of numbers in E.164, as large as a million of them.
//!
//! A number belongs to a list where it begins with `+` and the digits of one of the prefixes, as
//! the regex `^\+1900` matches it. A class may be such a list in place of a regex. A short list is
//! a [`program`], and so part of the automaton of its classes; a long one is looked up in an
//! [`index`], which takes a tenth of the memory.

pub(crate) mod digits;
pub mod file;
pub(crate) mod index;
pub mod list;
pub(crate) mod program;
