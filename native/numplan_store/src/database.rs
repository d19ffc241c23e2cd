//! An open store: the connection that writes, those that read, and the checks around each commit.

use crate::change::{self, Change};
use crate::error::{Error, Result};
use crate::file;
use crate::identity::Identity;
use crate::page_checks;
use crate::schema;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Duration;

/// Pages of 4 KiB: 64 MiB. A commit of numbers of many accounts writes some pages for each of them,
/// and a page that several commits write goes into the file once.
const CHECKPOINT: u32 = 16_384;

/// The page cache of a connection, in KiB.
const WRITER_CACHE: u32 = 32_768;
const READER_CACHE: u32 = 8_192;

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many reads run at once.
    pub readers: usize,
    /// The pages in the log after which a commit moves them into the file.
    pub checkpoint: u32,
    /// The VFS of SQLite below the checksums, for tests; `None` for the system's.
    pub base: Option<&'static CStr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            checkpoint: CHECKPOINT,
            base: None,
        }
    }
}

/// Sizes of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The layout of the file.
    pub layout: usize,
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of its log.
    pub log: u64,
}

/// A store that is open, until [`Database::close`] or its end.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    writer: Mutex<Option<Writer>>,
    readers: Vec<Mutex<Option<Connection>>>,
    next_reader: AtomicUsize,
    /// Why nothing may be written any more.
    damage: OnceLock<String>,
}

#[derive(Debug)]
struct Writer {
    connection: Connection,
    identity: Identity,
}

impl Database {
    /// Opens the store in a directory; makes it if the directory has none. The caller sees to it
    /// that no other process has it open.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for a file that is damaged, of another application or of a later release,
    /// with what to do; nothing was changed then.
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        page_checks::registered(options.base)?;
        let path = file::found_or_made(dir)?;
        Self::open_file(path.clone(), options).map_err(|error| file::unopened(error, &path))
    }

    fn open_file(path: PathBuf, options: Options) -> Result<Self> {
        let writer = Writer::open(&path, options.checkpoint)?;
        let readers = (0..options.readers.max(1)).map(|_| reader(&path).map(|reader| Mutex::new(Some(reader))));
        Ok(Self {
            writer: Mutex::new(Some(writer)),
            readers: readers.collect::<Result<_>>()?,
            next_reader: AtomicUsize::new(0),
            damage: OnceLock::new(),
            path,
        })
    }

    /// The store's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes all changes, or none. When this returns, they are on the disc.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] where the disc has no room: nothing was changed, and later commits may
    /// succeed. [`Error::Damaged`] where the files are not those that were opened, or not as they
    /// were written: all later commits are refused too.
    pub fn commit(&self, changes: &[Change<'_>]) -> Result<()> {
        self.write(|writer| {
            writer.commit(|connection| changes.iter().try_for_each(|change| change::make(connection, change)))
        })
    }

    /// Checks that the files are those that were opened.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`], now and from then on.
    pub fn check(&self) -> Result<()> {
        self.write(|writer| writer.identity.check())
    }

    /// Whether commits can succeed: looks for room on the disc, and writes what the file holds
    /// already, durably. That alone could take the place in the log that a failed commit has left.
    ///
    /// # Errors
    ///
    /// As [`Database::commit`].
    pub fn probe(&self) -> Result<()> {
        self.write(|writer| {
            file::room(&self.path)?;
            writer.commit(|connection| {
                let layout = schema::layout(connection)?;
                Ok(connection.pragma_update(None, "user_version", layout as i64)?)
            })
        })
    }

    /// Runs what writes, unless the store is damaged.
    fn write(&self, write: impl FnOnce(&mut Writer) -> Result<()>) -> Result<()> {
        let mut writer = held(&self.writer);
        match self.damage.get() {
            Some(words) => Err(Error::Damaged(words.clone())),
            None => self.noted(write(writer.as_mut().ok_or(Error::Closed)?)),
        }
    }

    /// Remembers damage.
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(Error::Damaged(words)) = &result {
            self.damage.get_or_init(|| words.clone());
        }
        result
    }

    /// Runs a read on a connection that is free, or waits for one.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let reader = self.reader()?;
        self.noted(read(reader.as_ref().ok_or(Error::Closed)?))
    }

    fn reader(&self) -> Result<MutexGuard<'_, Option<Connection>>> {
        let first = self.next_reader.fetch_add(1, Ordering::Relaxed);
        let (behind, before) = self
            .readers
            .split_at(first.checked_rem(self.readers.len()).unwrap_or_default());
        let free = before.iter().chain(behind).find_map(|reader| match reader.try_lock() {
            Ok(reader) => Some(reader),
            Err(TryLockError::Poisoned(reader)) => Some(reader.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        free.or_else(|| before.first().map(held)).ok_or(Error::Closed)
    }

    /// The layout and the sizes of the files.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub fn status(&self) -> Result<Status> {
        let length = |path: &Path| {
            std::fs::metadata(path)
                .map(|found| found.len())
                .map_err(|error| Error::io(path, &error))
        };
        Ok(Status {
            layout: self.read(schema::layout)?,
            size: length(&self.path)?,
            log: length(&file::beside(&self.path, "-wal"))?,
        })
    }

    /// Closes all connections once the calls that use them have returned. Later calls fail with
    /// [`Error::Closed`].
    pub fn close(&self) {
        for reader in &self.readers {
            *held(reader) = None;
        }
        *held(&self.writer) = None;
    }
}

/// What a mutex guards. A panic of another thread leaves a connection whose transaction is rolled
/// back.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn reader(path: &Path) -> Result<Connection> {
    let connection = file::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cache_size", -i64::from(READER_CACHE))?;
    // The first read opens the log: a later one could lack a descriptor.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

impl Writer {
    fn open(path: &Path, checkpoint: u32) -> Result<Self> {
        let mut connection = file::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // Without spilling, no page of the log is written twice in a transaction: its checksum
        // holds.
        connection.execute_batch(&format!(
            "PRAGMA synchronous = FULL; PRAGMA cache_spill = OFF; PRAGMA cache_size = -{WRITER_CACHE};
             PRAGMA wal_autocheckpoint = {checkpoint};"
        ))?;
        file::verify(&connection, path)?;
        schema::migrate(&mut connection, schema::STEPS, path)?;
        let identity = Identity::of(path, &file::beside(path, "-wal"))?;
        Ok(Self { connection, identity })
    }

    fn commit(&mut self, make: impl FnOnce(&Connection) -> Result<()>) -> Result<()> {
        self.identity.check()?;
        // Rolls back where it is dropped.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        make(&transaction)?;
        transaction.commit()?;
        // What was written to a file that is no longer there is lost: it must not be acknowledged.
        self.identity.note()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test ends so")]
mod tests {
    use super::*;
    use crate::schema::STEPS;

    /// What each layout has that the one before had not, and a number of it.
    const CONTENT: &[&str] = &[
        "INSERT INTO holders VALUES (1, 'account');
         INSERT INTO numbers VALUES ('+14158550001', 1, 'in_service', NULL, 5, 6, 1, zeroblob(16), 1, '{}');
         INSERT INTO copies VALUES (1, '+14158550002', '{}');
         INSERT INTO accounts VALUES ('account', '{}');
         INSERT INTO ancestors VALUES ('top', 'account');
         INSERT INTO documents VALUES ('tokens', '1-x', 5, NULL, '[]');",
        "INSERT INTO writes VALUES (1, 5, 'account', 'put', '+14158550001');
         INSERT INTO credentials VALUES (zeroblob(32), 'account', '{}', 5, NULL);",
    ];

    /// Makes the file of a store as a release with this layout has left it.
    fn leave(dir: &Path, layout: usize) {
        page_checks::registered(None).unwrap();
        let path = dir.join(file::NAME);
        file::make(dir, &path, &STEPS[..layout]).unwrap();
        let connection = file::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        for content in &CONTENT[..layout] {
            connection.execute_batch(content).unwrap();
        }
    }

    #[test]
    fn a_file_of_each_layout_is_opened_with_all_that_it_holds() {
        assert_eq!(CONTENT.len(), STEPS.len());
        for layout in 1..=STEPS.len() {
            let dir = tempfile::tempdir().unwrap();
            leave(dir.path(), layout);
            let database = Database::open(dir.path(), Options::default()).unwrap();
            assert_eq!(database.status().unwrap().layout, STEPS.len());
            let number = database.numbers(&[b"+14158550001"]).unwrap().remove(0).unwrap();
            assert_eq!((number.created, number.modified, number.listed), (5, 6, true));
            assert_eq!(database.count_below(b"top").unwrap(), 2);
            assert_eq!(database.account(b"account").unwrap(), Some(b"{}".to_vec()));
            assert_eq!(database.document(b"tokens").unwrap().unwrap().content, b"[]");
            database.close();
            // It is not brought there a second time.
            Database::open(dir.path(), Options::default()).unwrap();
        }
    }
}
