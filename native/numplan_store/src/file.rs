//! Opening the store's file, and making a new one.

use crate::error::{Error, Result};
use crate::page_checks;
use crate::schema;
use rusqlite::{Connection, OpenFlags, ffi};
use std::ffi::{OsString, c_int};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The name of the file in the store's directory.
pub const NAME: &str = "numplan.db";

/// Files beside it, which SQLite makes; one of them alone is a part of a store whose rest is
/// missing.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

const RESTORE: &str = "restore a back-up, or move the file away to begin with an empty store";

/// A file of up to so many bytes is verified whole when it is opened: a quarter of a second's
/// reading.
const VERIFIED_WHOLE: u64 = 64 << 20;

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The file of the store in `dir`, which is made if there is none.
///
/// # Errors
///
/// [`Error::Refused`] where another store's parts are in `dir`, or the file is not a store's.
pub(crate) fn found_or_made(dir: &Path) -> Result<PathBuf> {
    let path = dir.join(NAME);
    match File::open(&path) {
        Ok(file) => looks_right(file, &path)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            nothing_beside(&path)?;
            make(dir, &path)?;
        }
        Err(error) => return Err(Error::Refused(format!("{} cannot be opened: {error}", path.display()))),
    }
    Ok(path)
}

/// Checks the header of a file (SQLite's file format, section 1.3).
fn looks_right(file: File, path: &Path) -> Result<()> {
    let mut header = Vec::with_capacity(100);
    file.take(100)
        .read_to_end(&mut header)
        .map_err(|error| Error::io(path, &error))?;
    let refused = |what: &str| Err(Error::Refused(format!("{} {what}: {RESTORE}", path.display())));
    if header.len() < 100 {
        return refused("is empty or cut off");
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return refused("is damaged, or is no SQLite file");
    }
    if header.get(68..72) != Some(&schema::APPLICATION_ID.to_be_bytes()) {
        return refused("is another application's SQLite file, or is damaged");
    }
    if header.get(20) != Some(&8) {
        return refused("has no checksums, which another program has removed");
    }
    Ok(())
}

fn nothing_beside(path: &Path) -> Result<()> {
    match COMPANIONS
        .iter()
        .map(|suffix| beside(path, suffix))
        .find(|companion| companion.exists())
    {
        None => Ok(()),
        Some(companion) => Err(Error::Refused(format!(
            "{} is missing, and {} is there, which holds a part of it: bring the file back, or restore a back-up",
            path.display(),
            companion.display()
        ))),
    }
}

/// Makes an empty store under another name, and renames it when it is on the disc: a file of this
/// name is always whole.
fn make(dir: &Path, path: &Path) -> Result<()> {
    let new = beside(path, ".new");
    for leftover in [""].iter().chain(&COMPANIONS) {
        match fs::remove_file(beside(&new, leftover)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(&new, &error)),
            _ => {}
        }
    }
    let mut connection = connect(&new, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    reserve(&connection)?;
    connection.execute_batch("PRAGMA page_size = 4096; PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;")?;
    schema::migrate(&mut connection, schema::STEPS, path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    connection.close().map_err(|(_, error)| error)?;
    let sync = |path: &Path| {
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(|error| Error::io(path, &error))
    };
    sync(&new)?;
    fs::rename(&new, path).map_err(|error| Error::io(path, &error))?;
    sync(dir)
}

/// Leaves room for checksums in each page of a new file.
fn reserve(connection: &Connection) -> Result<()> {
    let mut bytes: c_int = 8;
    // SAFETY: an open connection; SQLite reads and writes one integer.
    let code = unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_RESERVE_BYTES,
            (&raw mut bytes).cast(),
        )
    };
    if code == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(Error::Io(format!("SQLite refuses room for checksums ({code})")))
    }
}

/// A connection to the file, through the VFS that verifies checksums.
pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    // One thread at a time uses a connection.
    let connection =
        Connection::open_with_flags_and_vfs(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX, page_checks::NAME)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Temporary files would need descriptors, which may be used up.
    connection
        .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    Ok(connection)
}

/// Moves what a log holds into the file, and checks that the file is as long as it says; one that
/// is not large is read whole.
///
/// # Errors
///
/// [`Error::Damaged`] for a file that is not as it was written.
pub(crate) fn verify(connection: &Connection, path: &Path) -> Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let length = fs::metadata(path).map_err(|error| Error::io(path, &error))?.len();
    if i64::try_from(length).unwrap_or(i64::MAX) < pages.saturating_mul(size) {
        return Err(Error::Damaged("it was cut".into()));
    }
    if length <= VERIFIED_WHOLE {
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            return Err(Error::Damaged("its tables and indices disagree".into()));
        }
    }
    Ok(())
}

/// The error of a store that is being opened: one that is damaged is refused, with what to do.
pub(crate) fn unopened(error: Error, path: &Path) -> Error {
    match error {
        Error::Damaged(words) => Error::Refused(format!("{} is damaged ({words}): {RESTORE}", path.display())),
        other => other,
    }
}
