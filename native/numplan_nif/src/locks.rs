//! Locks on directories and files. The kernel frees them when the process that holds them ends.

use crate::call::Call;
use crate::codec;
use crate::refused::{Answer, Refused};
use crate::resource::ResourceType;
use rustler::Env;
use rustler::sys::ErlNifTerm;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

/// The file in a locked directory, which names the holder.
const FILE: &str = "numplan.lock";

/// The longest description of a holder that is read.
const LONGEST: u64 = 4_096;

/// A lock that is held. Dropping it frees the directory.
pub(crate) struct DirectoryLock {
    file: File,
    /// The lock on the directory itself: a file may be removed while it is locked, and another one
    /// locked in its place. `None` where the file system does not lock directories, as NFS.
    _directory: Option<File>,
}

/// A lock of either kind. Dropping it frees what it locks.
pub(crate) enum Lock {
    Directory(DirectoryLock),
    File { _file: File },
}

/// References to locks. A lock is freed with its last reference; `None` once it was freed before.
static LOCKS: ResourceType<Mutex<Option<Lock>>> = ResourceType::new("lock");

pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    LOCKS.register(env, library)
}

fn reference(call: &Call<'_>, lock: Lock) -> Result<ErlNifTerm, Refused> {
    LOCKS.make(call.env, Mutex::new(Some(lock))).ok_or(Refused::BadArgument)
}

fn referenced<'a>(call: &Call<'a>) -> Result<MutexGuard<'a, Option<Lock>>, Refused> {
    let lock = LOCKS.get(call.env, call.argument(0)?)?;
    lock.lock().map_err(|_| Refused::BadArgument)
}

enum Failure {
    /// Another process holds it, with this description of itself.
    Held(Vec<u8>),
    Unlockable(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Unlockable(error)
    }
}

impl DirectoryLock {
    /// Locks `path`, and writes the description of the `holder`.
    fn acquire(path: &Path, holder: &[u8]) -> Result<Self, Failure> {
        let mut file = open(&path.join(FILE))?;
        let directory = File::open(path)?;
        let _directory = match held(directory.try_lock(), &mut file) {
            Err(Failure::Unlockable(_)) => None,
            locked => Some(locked.map(|()| directory)?),
        };
        held(file.try_lock(), &mut file)?;
        let mut lock = Self { file, _directory };
        lock.say(holder)?;
        Ok(lock)
    }

    /// Replaces the description of the holder.
    fn say(&mut self, holder: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(holder)
    }
}

/// Opens a file, which is created if missing and never changed.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false).open(path)
}

/// The result of a try to lock, with the holder's description in `file`.
fn held(locked: Result<(), TryLockError>, file: &mut File) -> Result<(), Failure> {
    locked.map_err(|error| match error {
        TryLockError::WouldBlock => Failure::Held(holder_in(file)),
        TryLockError::Error(error) => error.into(),
    })
}

/// The content of the lock file, in which the holder names itself; empty where it cannot be read.
fn holder_in(file: &mut File) -> Vec<u8> {
    let mut text = Vec::new();
    match file
        .seek(SeekFrom::Start(0))
        .and_then(|_| file.take(LONGEST).read_to_end(&mut text))
    {
        Ok(_) => text,
        Err(_) => Vec::new(),
    }
}

/// Locks a directory for this process: `{ok, Lock}`, `{held, Holder}`, or `{error, Message}`.
pub(crate) fn lock_directory(call: Call<'_>) -> Answer {
    let path = Path::new(OsStr::from_bytes(call.binary(0)?));
    match DirectoryLock::acquire(path, call.binary(1)?) {
        Ok(lock) => {
            let lock = reference(&call, Lock::Directory(lock))?;
            Ok(call.encode((call.wrap(call.atoms().ok), call.wrap(lock))))
        }
        Err(Failure::Held(holder)) => Ok(call.encode((call.wrap(call.atoms().held), codec::binary(&call, &holder)))),
        Err(Failure::Unlockable(error)) => Ok(failed(&call, &error)),
    }
}

/// Replaces the description of a directory's holder: `ok`, or `{error, Message}`. Does nothing for
/// a lock that was freed.
pub(crate) fn note_holder(call: Call<'_>) -> Answer {
    let holder = call.binary(1)?;
    let mut lock = referenced(&call)?;
    let written = match lock.as_mut() {
        Some(Lock::Directory(lock)) => lock.say(holder),
        Some(Lock::File { .. }) => return Err(Refused::BadArgument),
        None => Ok(()),
    };
    Ok(written.map_or_else(|error| failed(&call, &error), |()| call.atoms().ok))
}

/// Locks the file at a path, which is created if missing and never changed: `{ok, Lock, Inode}`;
/// `{error, locked}` where another process, or another lock of this one, holds it; `{error,
/// Message}` where the system cannot lock it.
pub(crate) fn lock_file(call: Call<'_>) -> Answer {
    match locked(Path::new(OsStr::from_bytes(call.binary(0)?))) {
        Ok((file, inode)) => {
            let lock = reference(&call, Lock::File { _file: file })?;
            Ok(call.encode((call.wrap(call.atoms().ok), call.wrap(lock), inode)))
        }
        Err(TryLockError::WouldBlock) => Ok(codec::error(&call, codec::atom(&call, "locked"))),
        Err(TryLockError::Error(error)) => Ok(codec::error(&call, codec::text(&call, &error.to_string()))),
    }
}

fn locked(path: &Path) -> Result<(File, u64), TryLockError> {
    let file = open(path).map_err(TryLockError::Error)?;
    let inode = file.metadata().map_err(TryLockError::Error)?.ino();
    file.try_lock()?;
    Ok((file, inode))
}

/// Frees a lock, and erases the description of its holder: `ok`, also where it was freed before.
pub(crate) fn unlock(call: Call<'_>) -> Answer {
    let mut lock = referenced(&call)?;
    if let Some(Lock::Directory(mut lock)) = lock.take() {
        // The lock is freed in any case; text left in the file is harmless.
        let _ = lock.say(b"");
    }
    Ok(call.atoms().ok)
}

fn failed(call: &Call<'_>, error: &io::Error) -> ErlNifTerm {
    let text = error.to_string();
    // The operating system's message, without the error number.
    let words = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
    codec::error(call, codec::text(call, &words))
}
