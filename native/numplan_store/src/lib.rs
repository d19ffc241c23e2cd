//! The embedded store: numbers, accounts and documents in one SQLite file.
//!
//! [`Database`] opens the file and owns the connections. [`Change`]s are committed together, and
//! are on the disc when that returns. Reads have connections of their own, and never wait for a
//! commit.
//!
//! `unsafe` code is in `vfs` alone, which SQLite calls from C, and where a page is given room for
//! its checksum in `file`.

mod back_up;
mod change;
mod checksum;
mod database;
mod error;
mod file;
mod identity;
mod list;
mod page_checks;
mod read;
mod row;
pub mod schema;
mod verification;
pub mod vfs;

pub use back_up::{back_up, restore};
pub use change::{Change, PutNumber};
pub use database::{Database, Options, Status};
pub use error::{Error, Result};
pub use file::NAME;
pub use list::{Page, Part};
pub use row::{Account, Copy, Document, Number};
pub use verification::{Depth, Progress, Reading};
