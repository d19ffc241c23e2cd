//! A store's file that is only read, and what is verified of it: the checksums of its pages, its
//! tables and indices, and its references.
//!
//! The connection is one more reader in SQLite's sense: it takes no lock that a server needs, and
//! sees the store as it was when the first page was read. The file is never opened by other means:
//! closing it would release the locks of a server in the same process.

use crate::checksum;
use crate::error::{Error, Result};
use crate::file;
use crate::page_checks;
use crate::schema;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Called with the pages that are done, and with all there are.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// The pages after which progress is shown, 4 MiB.
pub(crate) const PAGES_A_STEP: u64 = 1024;

/// The page cache, in KiB: rows are looked up in each index.
const CACHE: u32 = 65_536;

/// The faults that are listed at most.
const FAULTS: usize = 20;

const ANOTHER: &str = "take another back-up";

/// How thoroughly tables are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Each row, and the form of each index.
    Rows,
    /// Also whether each index has each row, and whether references hold.
    Indices,
}

/// An open file that is only read.
#[derive(Debug)]
pub struct Reading {
    connection: Connection,
    path: PathBuf,
    advice: &'static str,
}

impl Reading {
    /// The store in a directory, which a server may have open.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where there is none, and for a file that is damaged or not a store's.
    pub fn of_store(dir: &Path) -> Result<Self> {
        let path = dir.join(file::NAME);
        file::nothing_beside_missing(&path)?;
        if !path.exists() {
            return Err(Error::Refused(format!("there is no {}", path.display())));
        }
        Self::open(&path, &path, file::RESTORE)
    }

    /// A back-up: one file, which nobody writes to.
    ///
    /// # Errors
    ///
    /// As [`Reading::of_store`]; [`Error::Refused`] too for a store's own file, whose log is beside
    /// it.
    pub fn of_back_up(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Err(Error::Refused(format!("there is no file {}", path.display())));
        }
        no_log_beside(path)?;
        let absolute = path.canonicalize().map_err(|error| Error::io(path, &error))?;
        Self::open(&immutable(&absolute), path, ANOTHER)
    }

    fn open(name: &Path, path: &Path, advice: &'static str) -> Result<Self> {
        page_checks::registered(None)?;
        let opened = file::connect(name, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
            .and_then(|connection| begin(&connection, path).map(|()| connection));
        Ok(Self {
            connection: opened.map_err(|error| file::advised(error, path, advice))?,
            path: path.into(),
            advice,
        })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The number of pages.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn pages(&self) -> Result<u64> {
        let pages: i64 = self
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))?;
        Ok(pages.unsigned_abs())
    }

    /// Reads the pages of the tables and indices, whose checksums are verified. The last page of a
    /// row that has several is left to [`Reading::verify_tables`].
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where one does not hold, with what to do.
    pub fn verify_pages(&self, progress: &mut Progress<'_>) -> Result<()> {
        self.advised(self.read_pages(progress))
    }

    fn read_pages(&self, progress: &mut Progress<'_>) -> Result<()> {
        let whole = self.pages()?;
        let mut pages = self.connection.prepare("SELECT pageno FROM dbstat")?;
        let mut rows = pages.query([])?;
        let mut done = 0;
        while rows.next()?.is_some() {
            done += 1;
            if done % PAGES_A_STEP == 0 {
                progress(done, whole);
            }
        }
        progress(whole, whole);
        Ok(())
    }

    /// Reads all tables, each page of them.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the faults, up to twenty of them, and what to do.
    pub fn verify_tables(&self, depth: Depth) -> Result<()> {
        let faults = self.advised(self.faults(depth))?;
        match faults.as_slice() {
            [] => Ok(()),
            faults => Err(file::advised(
                Error::Damaged(faults.join("; ")),
                &self.path,
                self.advice,
            )),
        }
    }

    fn faults(&self, depth: Depth) -> Result<Vec<String>> {
        let pragma = match depth {
            Depth::Rows => "quick_check",
            Depth::Indices => "integrity_check",
        };
        let mut faults = self.strings(&format!("PRAGMA {pragma}({FAULTS})"))?;
        faults.retain(|fault| fault != "ok");
        if depth == Depth::Indices {
            faults.extend(self.strings(
                "SELECT format('%d rows of %s refer to no row of %s', count(*), \"table\", parent)
                 FROM pragma_foreign_key_check GROUP BY \"table\", parent",
            )?);
        }
        Ok(faults)
    }

    fn strings(&self, query: &str) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare(query)?;
        let found = statement.query_map([], |row| row.get(0))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    pub(crate) fn advised<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| file::advised(error, &self.path, self.advice))
    }
}

/// Begins to read: what the connection sees stays the same from here on.
fn begin(connection: &Connection, path: &Path) -> Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "cache_size", -i64::from(CACHE))?;
    connection.execute_batch("BEGIN")?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != schema::APPLICATION_ID {
        return Err(Error::Damaged("it is another application's SQLite file".into()));
    }
    if file::reserved(connection)? != checksum::LENGTH {
        return Err(Error::Damaged(
            "it has no checksums, as a copy that another program has made".into(),
        ));
    }
    schema::ahead(schema::layout(connection)?, schema::STEPS, path).map(|_| ())
}

/// Refuses a file whose log is beside it: without that it may lack what was written last.
pub(crate) fn no_log_beside(path: &Path) -> Result<()> {
    let log = file::beside(path, "-wal");
    if log.exists() {
        return Err(Error::Refused(format!(
            "{} is a store that may be open, and no back-up: {} is beside it",
            path.display(),
            log.display()
        )));
    }
    Ok(())
}

/// The URI of a file without locks and without a log.
fn immutable(path: &Path) -> PathBuf {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri.push_str("?immutable=1");
    uri.into()
}
