//! A phone-number engine: normalises dialled numbers to E.164 and classifies them by an operator's ordered regexes.
//!
//! A configuration goes three steps: [`json::parse`] keeps the order of its keys, [`document::Document::read`] finds its
//! rules and what is wrong with its shape, [`plan::Plan::compile`] makes automata of them. The plan then answers. Before a
//! configuration is saved, [`check::check`] proves what is odd about it and [`diff::diff`] what it changes.
//!
//! The reference for every answer is what Kazoo gives with OTP's `re` on the same regexes, byte for byte. What an
//! automaton cannot do exactly is left to `re` ([`rule::Runs`]).
#![forbid(unsafe_code)]

pub mod alphabet;
mod automaton;
pub mod byte_set;
mod captures;
pub mod check;
pub mod clean;
mod compared;
pub mod csv;
pub mod diff;
pub mod document;
pub mod encoding;
pub mod explain;
mod fused;
pub mod json;
mod kinds;
mod lengths;
pub mod lines;
mod marks;
mod matcher;
pub mod nanp;
pub mod pattern;
pub mod plan;
pub mod preset;
pub mod pretty;
pub mod problem;
mod program;
mod refine;
pub mod rewrites;
mod root;
mod route;
pub mod rule;
mod sets;
pub mod spreadsheet;
pub mod survey;
pub mod table;
mod word_map;
