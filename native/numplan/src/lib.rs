//! A phone-number engine: normalises dialled numbers to E.164 and classifies them by an operator's
//! ordered regexes.
//!
//! A configuration takes three steps: [`Json`] keeps the order of its keys, [`Document::read`]
//! finds its rules and what is wrong with its shape, and [`Plan::compile`] makes automata of them.
//! The plan answers for numbers, [`bulk`] for texts and files of them, and [`explain`] says why.
//! Before a configuration is saved, [`check`] proves what is odd about it, and [`diff`] what it
//! changes.
//!
//! ```
//! use numplan::{Document, Dialect, Judge, Plan, Preset};
//!
//! let document = Document::read(&Preset::DEFAULT.text().parse()?)?;
//! let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre))?;
//! assert_eq!(*plan.normalize(b"4158867900"), *b"+14158867900");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The reference for every answer is what Kazoo gives with OTP's `re` on the same regexes, byte for
//! byte. What an automaton cannot do exactly is left to `re` ([`Runs`]).
#![forbid(unsafe_code)]

pub mod bulk;
pub mod check;
pub mod config;
mod dfa;
pub mod diff;
pub mod explain;
pub mod plan;
pub mod prefix;
pub mod proof;
pub mod regex;
#[cfg(test)]
mod test_support;
pub mod upgrade;

pub use config::document::Document;
pub use config::json::Json;
pub use config::preset::Preset;
pub use config::problem::{Problem, Problems};
pub use plan::Plan;
pub use plan::rule::{Judge, Runs};
pub use regex::dialect::Dialect;
