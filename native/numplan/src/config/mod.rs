//! Configurations: ordered JSON, the documents read from it, and their problems.

pub mod document;
pub mod encoding;
pub mod json;
mod prefixes;
pub mod preset;
pub mod problem;
mod reader;
mod world;
