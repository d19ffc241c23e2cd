//! Locks on files, which the system gives back when the process that holds one ends, however it ends.

use crate::call::{Answer, Call, Refused};
use crate::{codec, resource};
use rustler::Term;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

/// `{ok, Lock, Inode}` for the file at a path, which is made if it is not there and never changed; `{error, locked}` where another
/// process, or another lock of this one, holds it; `{error, Message}` where the system has no lock to give.
pub(crate) fn lock(call: Call<'_>) -> Answer {
    let path = OsStr::from_bytes(call.binary(0)?);
    let refused = |reason: Term<'_>| call.encode((call.wrap(call.atoms().error), reason));
    match locked(path) {
        Ok((file, inode)) => {
            let lock = resource::make_lock(call.env, file).ok_or(Refused::BadArgument)?;
            Ok(call.encode((call.wrap(call.atoms().ok), call.wrap(lock), inode)))
        }
        Err(TryLockError::WouldBlock) => Ok(refused(call.wrap(crate::atoms::make(call.env, "locked")))),
        Err(TryLockError::Error(error)) => Ok(refused(codec::binary(&call, error.to_string().as_bytes()))),
    }
}

fn locked(path: &OsStr) -> Result<(File, u64), TryLockError> {
    let open = || -> io::Result<(File, u64)> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let inode = file.metadata()?.ino();
        Ok((file, inode))
    };
    let (file, inode) = open().map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok((file, inode))
}

/// Gives a lock back: `ok`, also for one that was given back before.
pub(crate) fn unlock(call: Call<'_>) -> Answer {
    let mut file = resource::lock(call.env, call.argument(0)?)?
        .lock()
        .map_err(|_| Refused::BadArgument)?;
    drop(file.take());
    Ok(call.atoms().ok)
}
