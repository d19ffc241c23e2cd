//! Configurations: JSON in the order of its keys, the rules found in it, and what is wrong with it.

pub mod document;
pub mod encoding;
pub mod json;
pub mod preset;
pub mod problem;
mod reader;
