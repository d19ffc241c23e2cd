//! Back-ups of a store, made while it is open, and a store made of a back-up.
//!
//! A copy is made page by page by SQLite's backup API, through the VFS that computes and verifies
//! checksums, from one state of the store. It is written under another name, verified, and
//! renamed once it is on the disc.

use crate::error::{Error, Result};
use crate::file::{self, beside, sync};
use crate::verification::{self, Depth, PAGES_A_STEP, Progress, Reading};
use rusqlite::OpenFlags;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

/// Copies the store in `dir` into the file `to`; replaces one that exists only where `force` is
/// set. Works while a server has the store: it may go on writing, and what it writes meanwhile is
/// not in the copy.
///
/// # Errors
///
/// [`Error::Refused`] for a file that exists, or is in the store's own directory, and for a store
/// that is damaged; [`Error::Full`] where the disc has no room. Then there is no copy, and a file
/// that existed is as it was.
pub fn back_up(dir: &Path, to: &Path, force: bool, progress: &mut Progress<'_>) -> Result<()> {
    let folder = folder(to)?;
    let here = |path: &Path| path.canonicalize().map_err(|error| Error::io(path, &error));
    if here(&folder)? == here(dir)? {
        return Err(Error::Refused(format!(
            "{} is in the store's own directory: name a file in another one, best on another disc",
            to.display()
        )));
    }
    if to.file_name() == Some(file::NAME.as_ref()) {
        return Err(Error::Refused(format!(
            "{} has the name of a store's file: name another one",
            to.display()
        )));
    }
    free(to, force)?;
    let from = Reading::of_store(dir)?;
    let new = unused_name(to)?;
    let made = copy(&from, &new, progress)
        .and_then(|()| free(to, force))
        .and_then(|()| fs::rename(&new, to).map_err(|error| Error::io(to, &error)))
        .and_then(|()| sync(&folder));
    unless_made(made, &new)
}

/// An empty file beside `to` that nobody else writes: not another back-up, nor one that was killed.
fn unused_name(to: &Path) -> Result<PathBuf> {
    let mut attempt = 0_u32;
    loop {
        let new = beside(to, &format!(".{}.{attempt}.new", std::process::id()));
        match create(&new) {
            Ok(()) => return Ok(new),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < 1_000 => attempt += 1,
            Err(error) => return Err(Error::io(&new, &error)),
        }
    }
}

/// Makes an empty file. It will hold numbers and digests of tokens.
fn create(path: &Path) -> std::io::Result<()> {
    let made = File::options().write(true).create_new(true).mode(0o600).open(path);
    made.map(|_| ())
}

/// Makes the store of `dir` from a back-up. One that is there is moved into the directory `aside`,
/// which is made; without it, it is refused. The caller has locked `dir`.
///
/// # Errors
///
/// [`Error::Refused`] for a back-up that is damaged or not a store's, and where a store is there
/// already; [`Error::Full`] where the disc has no room. Nothing was changed then. [`Error::Io`]
/// where a file cannot be renamed: a part of the old store may be in `aside` then. No node starts
/// on the rest, and the next restore moves it there too.
pub fn restore(from: &Path, dir: &Path, aside: Option<&Path>, progress: &mut Progress<'_>) -> Result<()> {
    let path = dir.join(file::NAME);
    let parts = file::parts(&path);
    if aside.is_none() && !parts.is_empty() {
        return Err(Error::Refused(format!(
            "{} holds a store already: --force moves it aside",
            dir.display()
        )));
    }
    let back_up = Reading::of_back_up(from)?;
    let new = beside(&path, file::RESTORING);
    file::removed(&new)?;
    create(&new).map_err(|error| Error::io(&new, &error))?;
    let made = copy(&back_up, &new, progress)
        .and_then(|()| Reading::of_back_up(&new)?.verify_tables(Depth::Indices))
        .and_then(|()| owned_as(&new, dir));
    unless_made(made, &new)?;
    // From here on a node that starts finds the file of the restore, and makes no empty store.
    if let (Some(aside), false) = (aside, parts.is_empty()) {
        let begun = if parts.contains(&path) {
            None
        } else {
            begun_aside(dir, &parts)?
        };
        set_aside(&parts, begun.as_deref().unwrap_or(aside))?;
        sync(dir)?;
    }
    fs::rename(&new, &path).map_err(|error| Error::io(&path, &error))?;
    sync(dir)
}

/// Removes what was begun, after a failure.
fn unless_made(made: Result<()>, new: &Path) -> Result<()> {
    made.inspect_err(|_| {
        // The first failure is the one to report.
        let _ = fs::remove_file(new);
    })
}

fn folder(file: &Path) -> Result<PathBuf> {
    match file.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(PathBuf::from(".")),
        Some(folder) => Ok(folder.into()),
        None => Err(Error::Refused(format!("{} is not the name of a file", file.display()))),
    }
}

/// Refuses a file that exists, and is not to be replaced.
fn free(to: &Path, force: bool) -> Result<()> {
    if to.exists() && !force {
        return Err(Error::Refused(format!("{} exists: --force replaces it", to.display())));
    }
    verification::no_log_beside(to)
}

/// Copies what `from` sees into an empty file, and verifies that. It is on the disc when this
/// returns.
fn copy(from: &Reading, to: &Path, progress: &mut Progress<'_>) -> Result<()> {
    from.advised(copy_pages(from, to, progress))?;
    sync(to)?;
    let copy = Reading::of_back_up(to)?;
    copy.verify_pages(&mut |done, whole| progress(whole + done, 2 * whole))?;
    copy.verify_tables(Depth::Rows)
}

fn copy_pages(from: &Reading, to: &Path, progress: &mut Progress<'_>) -> Result<()> {
    let mut target = file::connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    file::reserve(&target)?;
    // The first page is written before all others: it says that pages have checksums.
    target.execute_batch(&format!(
        "PRAGMA page_size = {}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = 1;",
        file::PAGE_SIZE
    ))?;
    let pages = from.pages()?;
    let copying = Backup::new(from.connection(), &mut target)?;
    let mut done = 0;
    loop {
        match copying.step(i32::try_from(PAGES_A_STEP).unwrap_or(i32::MAX))? {
            StepResult::Done => break,
            StepResult::More => done += PAGES_A_STEP,
            _ => return Err(Error::Io("SQLite cannot copy the store: it is locked".into())),
        }
        progress(done, 2 * pages);
    }
    drop(copying);
    target.close().map_err(|(_, error)| Error::from(error))
}

/// Gives a file to the owner of the directory, who runs the server.
fn owned_as(path: &Path, dir: &Path) -> Result<()> {
    let found = |path: &Path| fs::metadata(path).map_err(|error| Error::io(path, &error));
    let (file, dir) = (found(path)?, found(dir)?);
    if (file.uid(), file.gid()) == (dir.uid(), dir.gid()) {
        return Ok(());
    }
    chown(path, Some(dir.uid()), Some(dir.gid())).map_err(|error| Error::io(path, &error))
}

/// The directory in `dir` to which an interrupted restore has moved the database alone, whose other
/// files are `parts`: without its log it would lack the last commits.
fn begun_aside(dir: &Path, parts: &[PathBuf]) -> Result<Option<PathBuf>> {
    let failed = |error| Error::io(dir, &error);
    let mut found = None;
    for entry in fs::read_dir(dir).map_err(failed)? {
        let aside = entry.map_err(failed)?.path();
        let lacks = |part: &PathBuf| !aside.join(part.file_name().unwrap_or_default()).exists();
        if aside.join(file::NAME).exists() && parts.iter().all(lacks) {
            // The names end with the time.
            found = found.max(Some(aside));
        }
    }
    Ok(found)
}

/// Moves the files of a store into a directory, which is made, the database first: without it a
/// node refuses to start.
fn set_aside(parts: &[PathBuf], aside: &Path) -> Result<()> {
    let failed = |error| Error::io(aside, &error);
    if !aside.is_dir() {
        fs::create_dir(aside).map_err(failed)?;
    }
    if let Some(dir) = aside.parent() {
        let kept = fs::metadata(dir).map_err(failed)?;
        fs::set_permissions(aside, kept.permissions()).map_err(failed)?;
        chown(aside, Some(kept.uid()), Some(kept.gid())).map_err(failed)?;
    }
    for part in parts {
        let name = part.file_name().unwrap_or_default();
        fs::rename(part, aside.join(name)).map_err(failed)?;
    }
    sync(aside)
}
