//! Locations and carriers of numbers, from built-in tables (libphonenumber's and postal data) and
//! from a snapshot of an operator's own data.
//!
//! Unknown values are `None`: nothing is guessed. Ported numbers are not recognised: the carrier is
//! the holder of the number's range.
#![forbid(unsafe_code)]

pub mod answer;
pub mod builtin;
pub mod import;
pub mod phone;
pub mod postal;
mod prefix_table;
pub mod snapshot;
pub mod table;
