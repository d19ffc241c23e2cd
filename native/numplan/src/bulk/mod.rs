//! Many numbers at once: lines of text, and columns of files.

pub mod appended;
pub mod csv;
pub mod lines;
pub mod spreadsheet;
pub mod table;
