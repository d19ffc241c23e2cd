//! Where numbers are and whose they are: from libphonenumber's tables and postal data, which are compiled in, and from a snapshot of
//! an operator's own data.
//!
//! What is known is given, and what is not is `None`: nothing is guessed. None of it sees porting: a carrier is the holder of the
//! range that a number is from.
#![forbid(unsafe_code)]

pub mod answer;
pub mod builtin;
pub mod import;
pub mod phone;
pub mod postal;
pub mod snapshot;
pub mod table;
