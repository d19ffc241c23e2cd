//! Checksums of everything that is read from the store's file and its log.
//!
//! The last eight bytes of each page of the file hold a checksum, in the space that SQLite leaves
//! to extensions; it is computed when the page is written to the file, and verified when it is
//! read. Pages in the write-ahead log are verified by the checksums that SQLite gives each frame
//! and itself reads only after a crash. So a bit that has changed on the disc is an error, and
//! never an answer; but after a crash SQLite reads the log up to the first frame whose checksum
//! fails, and commits behind it are not there.

use crate::checksum;
use crate::error::{Error, Result};
use crate::vfs::{self, Below, Layer};
use rusqlite::ffi;
use std::ffi::{CStr, c_int};
use std::path::Path;
use std::sync::OnceLock;

/// The name of the VFS.
pub(crate) const NAME: &CStr = c"numplan";

/// Bytes before the first frame of the log, and before the page in each frame.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// The offset in the file's header of the number of bytes that pages reserve.
const RESERVED_AT: usize = 20;

/// Registers the VFS once, on top of `base` or the system's own.
///
/// # Errors
///
/// Where SQLite refuses.
pub(crate) fn registered(base: Option<&CStr>) -> Result<()> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if *REGISTERED.get_or_init(|| vfs::register::<PageChecks>(NAME, base)) {
        Ok(())
    } else {
        Err(Error::Io("SQLite refuses the VFS that verifies checksums".into()))
    }
}

enum Kind {
    Database { checked: bool },
    Log,
    Other,
}

struct PageChecks(Kind);

impl Layer for PageChecks {
    fn open(_path: Option<&Path>, flags: c_int) -> Self {
        Self(if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 {
            Kind::Database { checked: false }
        } else if flags & ffi::SQLITE_OPEN_WAL != 0 {
            Kind::Log
        } else {
            Kind::Other
        })
    }

    fn read(&mut self, file: &Below, bytes: &[u8], at: u64) -> c_int {
        match &mut self.0 {
            Kind::Database { checked } => {
                note_reserved(checked, bytes, at);
                answer(!(*checked && is_page(bytes, at)) || page_holds(bytes, at))
            }
            Kind::Log if is_size(bytes.len()) => answer(frame_holds(file, bytes, at)),
            _ => ffi::SQLITE_OK,
        }
    }

    fn short_read(&mut self, length: usize, at: u64) -> c_int {
        match self.0 {
            // SQLite would take a page that was cut off for one of zeros.
            Kind::Database { checked: true } if is_size(length) && at > 0 => ffi::SQLITE_IOERR_DATA,
            _ => ffi::SQLITE_IOERR_SHORT_READ,
        }
    }

    fn write(&mut self, file: &Below, bytes: &[u8], at: u64) -> c_int {
        let Kind::Database { checked } = &mut self.0 else {
            return file.write(bytes, at);
        };
        note_reserved(checked, bytes, at);
        match bytes.split_last_chunk::<{ checksum::LENGTH }>() {
            Some((content, _)) if *checked && is_page(bytes, at) => {
                let mut page = Vec::with_capacity(bytes.len());
                page.extend_from_slice(content);
                page.extend_from_slice(&checksum::of_page(content, number(bytes, at)).to_le_bytes());
                file.write(&page, at)
            }
            _ => file.write(bytes, at),
        }
    }
}

fn answer(holds: bool) -> c_int {
    if holds { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_DATA }
}

/// Pages have checksums once the header has said so: a header that is damaged later does not turn
/// them off.
fn note_reserved(checked: &mut bool, bytes: &[u8], at: u64) {
    if at == 0
        && bytes.len() >= 100
        && bytes.get(RESERVED_AT).map(|&reserved| usize::from(reserved)) == Some(checksum::LENGTH)
    {
        *checked = true;
    }
}

fn is_size(length: usize) -> bool {
    length >= 512 && length.is_power_of_two()
}

fn is_page(bytes: &[u8], at: u64) -> bool {
    is_size(bytes.len()) && at.is_multiple_of(bytes.len() as u64)
}

fn number(page: &[u8], at: u64) -> u64 {
    at.checked_div(page.len() as u64).unwrap_or_default()
}

fn page_holds(page: &[u8], at: u64) -> bool {
    let Some((content, sum)) = page.split_last_chunk() else {
        return false;
    };
    checksum::of_page(content, number(page, at)) == u64::from_le_bytes(*sum)
}

/// True if a page of the log is as SQLite has written it. Its frame's header is before it; the
/// checksum that it continues is in the header of the frame before, or in that of the log.
fn frame_holds(file: &Below, page: &[u8], at: u64) -> bool {
    let size = FRAME_HEADER + page.len() as u64;
    let Some(frame) = at.checked_sub(LOG_HEADER + FRAME_HEADER) else {
        return true;
    };
    if !frame.is_multiple_of(size) {
        return true;
    }
    let mut log = [0; LOG_HEADER as usize];
    let mut header = [0; FRAME_HEADER as usize];
    let mut before = [0; 8];
    // The last eight bytes of a header are its checksum, of the log's header as of a frame's.
    let before_at = if frame == 0 {
        LOG_HEADER - 8
    } else {
        at - FRAME_HEADER - size + 16
    };
    let read = [
        file.read(&mut log, 0),
        file.read(&mut header, at - FRAME_HEADER),
        file.read(&mut before, before_at),
    ];
    let ([fields, _, stored], [_, _, _, magic_end, ..]) = (header.as_chunks::<8>().0, log) else {
        return false;
    };
    let sum = checksum::of_frame(halves(&before), [fields, page], magic_end & 1 == 1);
    read == [ffi::SQLITE_OK; 3] && sum == halves(stored)
}

fn halves([a, b, c, d, e, f, g, h]: &[u8; 8]) -> (u32, u32) {
    (
        u32::from_be_bytes([*a, *b, *c, *d]),
        u32::from_be_bytes([*e, *f, *g, *h]),
    )
}
