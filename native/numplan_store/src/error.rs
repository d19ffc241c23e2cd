//! Why the store cannot do what it was asked for.

use rusqlite::ffi;
use std::fmt;
use std::io;
use std::path::Path;

/// A failure, in words that hold no number and no name of a customer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The file cannot be opened, or must not be: what is wrong, and what to do.
    Refused(String),
    /// The disc has no room; what was asked for may succeed later.
    Full(String),
    /// The file is not as it was written: changed, cut, removed or replaced by another program or
    /// by the disc. Nothing may be written to it any more.
    Damaged(String),
    /// The system failed to read or write.
    Io(String),
    /// The store was closed.
    Closed,
}

/// The result of a call of the store.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        let words = format!("{}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(words),
            _ => Self::Io(words),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(words) | Self::Full(words) | Self::Damaged(words) | Self::Io(words) => f.write_str(words),
            Self::Closed => f.write_str("the store is closed"),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let code = error
            .sqlite_error()
            .map_or(ffi::SQLITE_ERROR, |error| error.extended_code);
        let words = match code {
            ffi::SQLITE_IOERR_DATA => {
                "a checksum does not match: the disc or another program has changed what was written".into()
            }
            _ => format!("{error} (SQLite's code {code})"),
        };
        match (code, code & 0xff) {
            (ffi::SQLITE_IOERR_DATA, _) | (_, ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB) => Self::Damaged(words),
            (_, ffi::SQLITE_FULL) => Self::Full(words),
            _ => Self::Io(words),
        }
    }
}
