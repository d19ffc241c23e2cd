//! The layout of the store's file, and the steps by which an earlier layout becomes the present
//! one.

use crate::error::{Error, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Marks a file as Numplan's store: "nmpl" in ASCII, in SQLite's field for the application.
pub const APPLICATION_ID: i32 = 0x6e6d_706c;

/// The layouts, as the steps to each from the one before. A step is never changed once it was
/// released.
pub const STEPS: &[&str] = &[LAYOUT_1, LAYOUT_2];

/// Accounts that hold numbers are numbered (`holders`), since each index of `numbers` begins with
/// the account, whose id has 32 bytes.
///
/// `numbers.listed` says that the account's copy of the number is equal to the record: then there
/// is no row in `copies`, which has those copies that differ from their records, and those whose
/// account does not hold the number.
const LAYOUT_1: &str = "
CREATE TABLE holders (
  holder INTEGER PRIMARY KEY,
  account TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE numbers (
  id TEXT NOT NULL PRIMARY KEY,
  holder INTEGER REFERENCES holders,
  state TEXT NOT NULL,
  used_by TEXT,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL CHECK (modified >= created),
  revision INTEGER NOT NULL CHECK (revision > 0),
  digest BLOB NOT NULL CHECK (length(digest) = 16),
  listed INTEGER NOT NULL CHECK (listed = 0 OR listed = 1 AND holder IS NOT NULL),
  fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX numbers_by_holder ON numbers (holder, id, listed);
CREATE INDEX numbers_by_state ON numbers (holder, state, id);
CREATE INDEX numbers_by_user ON numbers (holder, used_by, id) WHERE used_by IS NOT NULL;
CREATE INDEX numbers_by_created ON numbers (holder, created, id);

CREATE TABLE copies (
  holder INTEGER NOT NULL REFERENCES holders,
  id TEXT NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (holder, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ancestors (
  ancestor TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES accounts,
  PRIMARY KEY (ancestor, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX ancestors_by_account ON ancestors (account);

CREATE TABLE documents (
  id TEXT NOT NULL PRIMARY KEY,
  revision TEXT NOT NULL,
  changed INTEGER NOT NULL,
  changed_by TEXT,
  content TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The audit log of writes, and credentials. Both are empty until the API writes them. `who` is
/// missing for a write of a command; `digest` is the SHA-256 of a token, `rights` are JSON.
const LAYOUT_2: &str = "
CREATE TABLE writes (
  write INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT,
  what TEXT NOT NULL CHECK (what IN ('put', 'delete')),
  number TEXT NOT NULL
) STRICT;
CREATE INDEX writes_by_number ON writes (number, write);

CREATE TABLE credentials (
  digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
  account TEXT NOT NULL,
  rights TEXT NOT NULL,
  created INTEGER NOT NULL,
  revoked INTEGER CHECK (revoked >= created)
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_by_account ON credentials (account);
";

/// The layout of a file: the number of steps that were taken.
///
/// # Errors
///
/// Where the file cannot be read.
pub fn layout(connection: &Connection) -> Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Those of `steps` that a file of a layout lacks.
///
/// # Errors
///
/// [`Error::Refused`] for a layout that `steps` do not know.
pub(crate) fn ahead<'a, 'b>(layout: usize, steps: &'a [&'b str], path: &Path) -> Result<&'a [&'b str]> {
    steps.get(layout..).ok_or_else(|| {
        Error::Refused(format!(
            "{} has layout {layout}, and this release knows up to {}: run the release that wrote it, or a later one",
            path.display(),
            steps.len()
        ))
    })
}

/// Brings a file to the last of `steps`, each in a transaction of its own.
///
/// # Errors
///
/// [`Error::Refused`] for a layout that `steps` do not know, which is left as it is.
pub fn migrate(connection: &mut Connection, steps: &[&str], path: &Path) -> Result<()> {
    let layout = layout(connection)?;
    for (at, step) in ahead(layout, steps, path)?.iter().enumerate() {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", (layout + at + 1) as i64)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.commit()?;
    }
    Ok(())
}
