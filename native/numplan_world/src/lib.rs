//! The world's numbering plans: regions, types, validity and written forms of telephone numbers, by
//! libphonenumber's metadata and rules.
//!
//! All patterns of the metadata are one automaton over decimal digits. Walking it over the digits
//! behind a calling code leads to a state whose verdict is the answer: no regex is run, nothing is
//! allocated, and the data file is used as it is embedded.
//!
//! ```
//! use numplan_world::{NumberType, World};
//!
//! let world = World::builtin()?;
//! let number = world.lookup(b"+442079460000").ok_or("not a number")?;
//! assert_eq!(number.region().map(|region| region.name()), Some("GB"));
//! assert_eq!(number.number_type(), NumberType::FixedLine);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The metadata is Google libphonenumber's, under the Apache License 2.0: see `NOTICE`.
#![forbid(unsafe_code)]

mod calling_code;
mod characters;
mod data;
mod example;
mod format;
mod heads;
mod identify;
pub mod layout;
mod lookup;
mod machine;
mod matching;
mod number;
mod number_set;
mod number_type;
mod parse;
mod parse_error;
mod phone_number;
mod possible;
mod program;
mod region;
mod selection;
mod short;
mod world;

pub use calling_code::CallingCode;
pub use data::Damaged;
pub use format::Form;
pub use lookup::Lookup;
pub use matching::Match;
pub use number::National;
pub use number_set::{Node, NumberSet};
pub use number_type::NumberType;
pub use parse_error::ParseError;
pub use phone_number::{PhoneNumber, Source};
pub use possible::Possible;
pub use region::Region;
pub use selection::Selection;
pub use short::{Cost, ShortNumber};
pub use world::World;
