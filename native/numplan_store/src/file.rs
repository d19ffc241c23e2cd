//! Opening the store's file, and making a new one.

use crate::checksum;
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

/// A back-up that is being restored: until it has the file's name, no empty store is made in its
/// place.
pub(crate) const RESTORING: &str = ".restoring";

pub(crate) const PAGE_SIZE: u32 = 4096;

pub(crate) const RESTORE: &str =
    "restore a back-up (numplan store restore), or move the file away to begin with an empty store";

/// A file of up to so many bytes is verified whole when it is opened: a quarter of a second's
/// reading.
const VERIFIED_WHOLE: u64 = 64 << 20;

/// The bytes that a commit of 2,000 numbers takes in the log.
const LARGE_COMMIT: usize = 2 << 20;

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
            nothing_beside_missing(&path)?;
            make(dir, &path, schema::STEPS)?;
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

/// Refuses a file that is missing where others show that there was one, or is to be one.
pub(crate) fn nothing_beside_missing(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let restoring = beside(path, RESTORING);
    let missing = |other: &Path, advice: &str| {
        let (path, other) = (path.display(), other.display());
        Err(Error::Refused(format!(
            "{path} is missing, and {other} is there, {advice}"
        )))
    };
    if restoring.exists() {
        return missing(
            &restoring,
            "which a restore has left: restore the back-up again, with --force",
        );
    }
    match parts(path).first() {
        None => Ok(()),
        Some(part) => missing(
            part,
            "which holds a part of it: bring the file back, or restore a back-up",
        ),
    }
}

/// Those of the store's files that are there, the database first.
pub(crate) fn parts(path: &Path) -> Vec<PathBuf> {
    [""].iter()
        .chain(&COMPANIONS)
        .map(|suffix| beside(path, suffix))
        .filter(|part| part.exists())
        .collect()
}

/// Removes a file, if it is there.
pub(crate) fn removed(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, &error)),
        _ => Ok(()),
    }
}

/// Looks whether the disc has room for a large commit, beside the file of the store.
pub(crate) fn room(path: &Path) -> Result<()> {
    let probe = beside(path, ".room");
    let written = fs::write(&probe, vec![0; LARGE_COMMIT]).and_then(|()| File::open(&probe)?.sync_all());
    removed(&probe)?;
    written.map_err(|error| Error::io(&probe, &error))
}

/// Returns once a file or a directory is on the disc.
pub(crate) fn sync(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::io(path, &error))
}

/// Makes an empty store under another name, and renames it when it is on the disc: a file of this
/// name is always whole. Its layout is the last of `steps`.
pub(crate) fn make(dir: &Path, path: &Path, steps: &[&str]) -> Result<()> {
    let new = beside(path, ".new");
    for leftover in [""].iter().chain(&COMPANIONS) {
        removed(&beside(&new, leftover))?;
    }
    let mut connection = connect(&new, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    reserve(&connection)?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_SIZE}; PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;"
    ))?;
    schema::migrate(&mut connection, steps, path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    connection.close().map_err(|(_, error)| error)?;
    sync(&new)?;
    fs::rename(&new, path).map_err(|error| Error::io(path, &error))?;
    sync(dir)
}

/// Leaves room for checksums in each page of a new file.
pub(crate) fn reserve(connection: &Connection) -> Result<()> {
    reserve_bytes(connection, checksum::LENGTH as c_int).map(|_| ())
}

/// The bytes that each page of a file reserves.
pub(crate) fn reserved(connection: &Connection) -> Result<usize> {
    reserve_bytes(connection, -1).map(|bytes| usize::try_from(bytes).unwrap_or_default())
}

/// Sets the bytes that each page of a new file reserves, unless they are negative; returns those
/// that were reserved before.
fn reserve_bytes(connection: &Connection, mut bytes: c_int) -> Result<c_int> {
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
        Ok(bytes)
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
    advised(error, path, RESTORE)
}

/// The error, with what to do where the file is damaged.
pub(crate) fn advised(error: Error, path: &Path, advice: &str) -> Error {
    match error {
        Error::Damaged(words) => Error::Refused(format!("{} is damaged ({words}): {advice}", path.display())),
        other => other,
    }
}
