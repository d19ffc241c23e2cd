//! A layer between SQLite and the files of the system: a VFS, in SQLite's word, on top of another.
//!
//! A [`Layer`] sees what is read from and written to each file. The checksums of pages are one
//! (`page_checks.rs`); the tests of power cuts are another, which records writes. SQLite
//! calls these functions from C, where a panic would end the process: they catch it, and fail the
//! call.

use rusqlite::ffi;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr;

/// What a layer does for one open file.
pub trait Layer: Sized + 'static {
    /// A file that is being opened. `flags` are those of `sqlite3_open_v2` and of the file's kind;
    /// a temporary file has no path.
    fn open(path: Option<&Path>, flags: c_int) -> Self;

    /// Judges bytes that were read whole; returns a code of SQLite.
    fn read(&mut self, _file: &Below, _bytes: &[u8], _at: u64) -> c_int {
        ffi::SQLITE_OK
    }

    /// Judges a read of `length` bytes beyond the end of the file; returns a code of SQLite.
    fn short_read(&mut self, _length: usize, _at: u64) -> c_int {
        ffi::SQLITE_IOERR_SHORT_READ
    }

    /// Writes bytes; returns a code of SQLite.
    fn write(&mut self, file: &Below, bytes: &[u8], at: u64) -> c_int {
        file.write(bytes, at)
    }

    /// Called before the file is cut.
    fn truncate(&mut self, _length: u64) {}

    /// Called once the file is on the disc.
    fn synced(&mut self) {}

    /// Called before a file is removed.
    fn removed(_path: &Path) {}
}

/// The file below the layer.
pub struct Below(*mut ffi::sqlite3_file);

impl Below {
    /// Fills `to` with bytes of the file; returns a code of SQLite.
    pub fn read(&self, to: &mut [u8], at: u64) -> c_int {
        let (Ok(length), Ok(at)) = (c_int::try_from(to.len()), i64::try_from(at)) else {
            return ffi::SQLITE_IOERR_READ;
        };
        // SAFETY: an open file of the VFS below, and memory of this length.
        unsafe {
            call(self.0, |methods| {
                methods
                    .xRead
                    .map(|read| read(self.0, to.as_mut_ptr().cast(), length, at))
            })
        }
    }

    /// Writes bytes to the file; returns a code of SQLite.
    pub fn write(&self, bytes: &[u8], at: u64) -> c_int {
        let (Ok(length), Ok(at)) = (c_int::try_from(bytes.len()), i64::try_from(at)) else {
            return ffi::SQLITE_IOERR_WRITE;
        };
        // SAFETY: an open file of the VFS below, and memory of this length, which is only read.
        unsafe {
            call(self.0, |methods| {
                methods
                    .xWrite
                    .map(|write| write(self.0, bytes.as_ptr().cast(), length, at))
            })
        }
    }
}

/// Calls a method of a file of the VFS below.
///
/// # Safety
///
/// The file is open.
unsafe fn call(file: *mut ffi::sqlite3_file, method: impl FnOnce(&ffi::sqlite3_io_methods) -> Option<c_int>) -> c_int {
    // SAFETY: an open file has methods.
    let methods = unsafe { (*file).pMethods.as_ref() };
    methods.and_then(method).unwrap_or(ffi::SQLITE_IOERR)
}

/// A file as SQLite sees it. That of the VFS below follows it in memory.
#[repr(C)]
struct Layered<L> {
    file: ffi::sqlite3_file,
    layer: Option<L>,
}

impl<L: Layer> Layered<L> {
    /// The layer of a file and the file below.
    ///
    /// # Safety
    ///
    /// SQLite gives memory of `szOsFile` bytes for each file, which [`open`] has filled.
    unsafe fn parts<'a>(file: *mut ffi::sqlite3_file) -> (&'a mut Option<L>, Below) {
        let layered: *mut Self = file.cast();
        // SAFETY: as above; one thread at a time uses a file.
        unsafe { (&mut (*layered).layer, Below(layered.add(1).cast())) }
    }
}

/// Runs what a layer does, and turns a panic into `failed`.
fn guarded(failed: c_int, run: impl FnOnce() -> Option<c_int>) -> c_int {
    catch_unwind(AssertUnwindSafe(run)).ok().flatten().unwrap_or(failed)
}

struct Methods<L>(PhantomData<L>);

impl<L: Layer> Methods<L> {
    /// Without `xFetch`: pages that are mapped into memory would not be seen.
    const TABLE: &'static ffi::sqlite3_io_methods = &ffi::sqlite3_io_methods {
        iVersion: 2,
        xClose: Some(Self::close),
        xRead: Some(Self::read),
        xWrite: Some(Self::write),
        xTruncate: Some(Self::truncate),
        xSync: Some(Self::sync),
        xFileSize: Some(Self::file_size),
        xLock: Some(Self::lock),
        xUnlock: Some(Self::unlock),
        xCheckReservedLock: Some(Self::check_reserved_lock),
        xFileControl: Some(Self::file_control),
        xSectorSize: Some(Self::sector_size),
        xDeviceCharacteristics: Some(Self::device_characteristics),
        xShmMap: Some(Self::shm_map),
        xShmLock: Some(Self::shm_lock),
        xShmBarrier: Some(Self::shm_barrier),
        xShmUnmap: Some(Self::shm_unmap),
        xFetch: None,
        xUnfetch: None,
    };

    /// Calls a method of the file below.
    fn below(
        file: *mut ffi::sqlite3_file,
        method: impl FnOnce(&ffi::sqlite3_io_methods, *mut ffi::sqlite3_file) -> Option<c_int>,
    ) -> c_int {
        // SAFETY: SQLite calls these methods of open files.
        unsafe {
            let (_, below) = Layered::<L>::parts(file);
            call(below.0, |methods| method(methods, below.0))
        }
    }

    unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
        let code = Self::below(file, |methods, below| {
            methods.xClose.map(|close| unsafe { close(below) })
        });
        // SAFETY: the file is not used again.
        let (layer, _) = unsafe { Layered::<L>::parts(file) };
        let _ = guarded(0, || {
            *layer = None;
            None
        });
        code
    }

    unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, length: c_int, at: i64) -> c_int {
        let code = Self::below(file, |methods, below| {
            methods.xRead.map(|read| unsafe { read(below, to, length, at) })
        });
        guarded(ffi::SQLITE_IOERR_READ, || {
            // SAFETY: an open file.
            let (layer, below) = unsafe { Layered::<L>::parts(file) };
            let (layer, length, at) = (layer.as_mut()?, usize::try_from(length).ok()?, u64::try_from(at).ok()?);
            match code {
                // SAFETY: the VFS below has filled these bytes.
                ffi::SQLITE_OK => {
                    Some(layer.read(&below, unsafe { std::slice::from_raw_parts(to.cast(), length) }, at))
                }
                ffi::SQLITE_IOERR_SHORT_READ => Some(layer.short_read(length, at)),
                failed => Some(failed),
            }
        })
    }

    unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, length: c_int, at: i64) -> c_int {
        guarded(ffi::SQLITE_IOERR_WRITE, || {
            // SAFETY: an open file.
            let (layer, below) = unsafe { Layered::<L>::parts(file) };
            let (layer, length, at) = (layer.as_mut()?, usize::try_from(length).ok()?, u64::try_from(at).ok()?);
            // SAFETY: SQLite gives so many bytes.
            Some(layer.write(&below, unsafe { std::slice::from_raw_parts(from.cast(), length) }, at))
        })
    }

    unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
        let _ = guarded(0, || {
            // SAFETY: an open file.
            let (layer, _) = unsafe { Layered::<L>::parts(file) };
            layer.as_mut()?.truncate(u64::try_from(length).ok()?);
            None
        });
        Self::below(file, |methods, below| {
            methods.xTruncate.map(|truncate| unsafe { truncate(below, length) })
        })
    }

    unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
        let code = Self::below(file, |methods, below| {
            methods.xSync.map(|sync| unsafe { sync(below, flags) })
        });
        if code == ffi::SQLITE_OK {
            let _ = guarded(0, || {
                // SAFETY: an open file.
                let (layer, _) = unsafe { Layered::<L>::parts(file) };
                layer.as_mut()?.synced();
                None
            });
        }
        code
    }

    unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
        Self::below(file, |methods, below| {
            methods.xFileSize.map(|file_size| unsafe { file_size(below, size) })
        })
    }

    unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
        Self::below(file, |methods, below| {
            methods.xLock.map(|lock| unsafe { lock(below, level) })
        })
    }

    unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
        Self::below(file, |methods, below| {
            methods.xUnlock.map(|unlock| unsafe { unlock(below, level) })
        })
    }

    unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, answer: *mut c_int) -> c_int {
        Self::below(file, |methods, below| {
            methods.xCheckReservedLock.map(|check| unsafe { check(below, answer) })
        })
    }

    unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
        Self::below(file, |methods, below| {
            methods
                .xFileControl
                .map(|control| unsafe { control(below, operation, argument) })
        })
    }

    unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
        Self::below(file, |methods, below| {
            methods.xSectorSize.map(|size| unsafe { size(below) })
        })
    }

    unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
        Self::below(file, |methods, below| {
            methods
                .xDeviceCharacteristics
                .map(|characteristics| unsafe { characteristics(below) })
        })
    }

    unsafe extern "C" fn shm_map(
        file: *mut ffi::sqlite3_file,
        region: c_int,
        size: c_int,
        extend: c_int,
        to: *mut *mut c_void,
    ) -> c_int {
        Self::below(file, |methods, below| {
            methods
                .xShmMap
                .map(|map| unsafe { map(below, region, size, extend, to) })
        })
    }

    unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
        Self::below(file, |methods, below| {
            methods
                .xShmLock
                .map(|lock| unsafe { lock(below, offset, count, flags) })
        })
    }

    unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
        let _ = Self::below(file, |methods, below| {
            methods.xShmBarrier.map(|barrier| {
                unsafe { barrier(below) };
                ffi::SQLITE_OK
            })
        });
    }

    unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, remove: c_int) -> c_int {
        Self::below(file, |methods, below| {
            methods.xShmUnmap.map(|unmap| unsafe { unmap(below, remove) })
        })
    }
}

/// Registers a layer under `name`, on top of the VFS called `base`, or of the system's own; false
/// where SQLite refuses. A layer is registered once, and for the life of the process.
pub fn register<L: Layer>(name: &'static CStr, base: Option<&CStr>) -> bool {
    // SAFETY: SQLite looks the name up; null asks for the default VFS.
    let base = unsafe { ffi::sqlite3_vfs_find(base.map_or(ptr::null(), CStr::as_ptr)) };
    // SAFETY: a registered VFS.
    let Some(below) = (unsafe { base.as_ref() }) else {
        return false;
    };
    // SQLite aligns files for pointers, and no more.
    const { assert!(align_of::<Layered<L>>() <= align_of::<*const ()>()) };
    let Ok(own) = c_int::try_from(size_of::<Layered<L>>()) else {
        return false;
    };
    let layered = ffi::sqlite3_vfs {
        iVersion: below.iVersion.min(2),
        szOsFile: own + below.szOsFile,
        pNext: ptr::null_mut(),
        zName: name.as_ptr(),
        pAppData: base.cast(),
        xOpen: Some(open::<L>),
        xDelete: Some(delete::<L>),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
        ..*below
    };
    let registered: *mut ffi::sqlite3_vfs = Box::leak(Box::new(layered));
    // SAFETY: it is never freed.
    unsafe { ffi::sqlite3_vfs_register(registered, 0) == ffi::SQLITE_OK }
}

/// Calls a function of the VFS below.
///
/// # Safety
///
/// `vfs` is one that [`register`] has made.
unsafe fn with_base<T>(
    vfs: *mut ffi::sqlite3_vfs,
    otherwise: T,
    function: impl FnOnce(&ffi::sqlite3_vfs, *mut ffi::sqlite3_vfs) -> Option<T>,
) -> T {
    // SAFETY: the VFS below stays registered.
    let found = unsafe {
        let base: *mut ffi::sqlite3_vfs = (*vfs).pAppData.cast();
        base.as_ref().and_then(|below| function(below, base))
    };
    found.unwrap_or(otherwise)
}

/// The path in a C string; none for null.
///
/// # Safety
///
/// A C string that lives as long as the answer.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    // SAFETY: as above.
    (!name.is_null()).then(|| Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())))
}

unsafe extern "C" fn open<L: Layer>(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let layered: *mut Layered<L> = file.cast();
    guarded(ffi::SQLITE_CANTOPEN, || {
        // SAFETY: SQLite gives memory of `szOsFile` bytes, aligned for pointers, as `Layered` is.
        unsafe {
            // A file without methods needs no close.
            ptr::write(
                layered,
                Layered {
                    file: ffi::sqlite3_file { pMethods: ptr::null() },
                    layer: None,
                },
            );
            let below: *mut ffi::sqlite3_file = layered.add(1).cast();
            let code = with_base(vfs, ffi::SQLITE_CANTOPEN, |methods, base| {
                methods.xOpen.map(|open| open(base, name, below, flags, out_flags))
            });
            if code == ffi::SQLITE_OK {
                (*layered).layer = Some(L::open(path(name), flags));
                (*layered).file.pMethods = Methods::<L>::TABLE;
            }
            Some(code)
        }
    })
}

unsafe extern "C" fn delete<L: Layer>(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let _ = guarded(0, || {
        // SAFETY: SQLite's own path.
        L::removed(unsafe { path(name) }?);
        None
    });
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, ffi::SQLITE_IOERR_DELETE, |below, base| {
            below.xDelete.map(|delete| delete(base, name, sync))
        })
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, ffi::SQLITE_IOERR_ACCESS, |below, base| {
            below.xAccess.map(|access| access(base, name, flags, answer))
        })
    }
}

unsafe extern "C" fn full_pathname(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    length: c_int,
    to: *mut c_char,
) -> c_int {
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, ffi::SQLITE_CANTOPEN, |below, base| {
            below.xFullPathname.map(|full| full(base, name, length, to))
        })
    }
}

unsafe extern "C" fn randomness(vfs: *mut ffi::sqlite3_vfs, length: c_int, to: *mut c_char) -> c_int {
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, 0, |below, base| {
            below.xRandomness.map(|randomness| randomness(base, length, to))
        })
    }
}

unsafe extern "C" fn sleep(vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, 0, |below, base| {
            below.xSleep.map(|sleep| sleep(base, microseconds))
        })
    }
}

unsafe extern "C" fn current_time(vfs: *mut ffi::sqlite3_vfs, to: *mut f64) -> c_int {
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, ffi::SQLITE_ERROR, |below, base| {
            below.xCurrentTime.map(|time| time(base, to))
        })
    }
}

unsafe extern "C" fn current_time_int64(vfs: *mut ffi::sqlite3_vfs, to: *mut i64) -> c_int {
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, ffi::SQLITE_ERROR, |below, base| {
            below.xCurrentTimeInt64.map(|time| time(base, to))
        })
    }
}

unsafe extern "C" fn last_error(vfs: *mut ffi::sqlite3_vfs, length: c_int, to: *mut c_char) -> c_int {
    // SAFETY: a registered VFS.
    unsafe {
        with_base(vfs, 0, |below, base| {
            below.xGetLastError.map(|error| error(base, length, to))
        })
    }
}
