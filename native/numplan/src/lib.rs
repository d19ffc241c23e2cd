//! A phone-number engine: normalises dialled numbers to E.164 and classifies them by an operator's ordered regexes.
//!
//! A configuration goes three steps: [`config::json::parse`] keeps the order of its keys, [`config::document::Document::read`] finds its
//! rules and what is wrong with its shape, [`plan::Plan::compile`] makes automata of them. The plan then answers. Before a
//! configuration is saved, [`check::check`] proves what is odd about it and [`diff::diff`] what it changes.
//!
//! The reference for every answer is what Kazoo gives with OTP's `re` on the same regexes, byte for byte. What an
//! automaton cannot do exactly is left to `re` ([`plan::rule::Runs`]).
#![forbid(unsafe_code)]

pub mod bulk;
pub mod check;
pub mod config;
mod dfa;
pub mod diff;
pub mod explain;
pub mod plan;
pub mod proof;
pub mod regex;
