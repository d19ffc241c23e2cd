//! Whether the store's files are still those that were opened.
//!
//! A file that is removed or replaced under a running node stays open: all that is written to it is
//! lost, and nothing fails. So the paths are compared with what was opened, before and after each
//! commit.

use crate::error::{Error, Result};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The files of an open store, and how long each has to be at least.
#[derive(Debug)]
pub(crate) struct Identity {
    files: [File; 2],
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    device: u64,
    inode: u64,
    length: u64,
}

impl Identity {
    /// The identity of a store's file and of its log, which both exist while it is open.
    pub(crate) fn of(path: &Path, log: &Path) -> Result<Self> {
        Ok(Self {
            files: [File::at(path)?, File::at(log)?],
        })
    }

    /// Checks that both files are there, the same ones, and no shorter than they were.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] with the path of the file that is not.
    pub(crate) fn check(&self) -> Result<()> {
        self.files.iter().try_for_each(|file| file.check().map(|_| ()))
    }

    /// Checks the files, and notes their lengths. Their only writer calls this after each commit.
    ///
    /// # Errors
    ///
    /// As [`Identity::check`], for a file that is another one. One that SQLite has cut is as it
    /// should be.
    pub(crate) fn note(&mut self) -> Result<()> {
        self.files.iter_mut().try_for_each(|file| {
            file.length = file.same()?;
            Ok(())
        })
    }
}

impl File {
    fn at(path: &Path) -> Result<Self> {
        let found = fs::metadata(path).map_err(|error| Error::io(path, &error))?;
        Ok(Self {
            path: path.into(),
            device: found.dev(),
            inode: found.ino(),
            length: found.len(),
        })
    }

    /// The length of the file, if it is the one that was opened.
    fn same(&self) -> Result<u64> {
        match fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == (self.device, self.inode) => Ok(found.len()),
            Ok(_) => Err(self.damaged("was replaced")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.damaged("was removed")),
            Err(error) => Err(Error::io(&self.path, &error)),
        }
    }

    fn check(&self) -> Result<()> {
        if self.same()? < self.length {
            return Err(self.damaged("was cut"));
        }
        Ok(())
    }

    fn damaged(&self, what: &str) -> Error {
        Error::Damaged(format!("{} {what} while the store was open", self.path.display()))
    }
}
