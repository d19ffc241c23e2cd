//! A monotonic clock in milliseconds that is read in a few nanoseconds, at the price of being some
//! milliseconds late.

#[cfg(target_os = "linux")]
const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC_COARSE;
#[cfg(not(target_os = "linux"))]
const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;

/// The milliseconds since an arbitrary moment, the same for all builds; the largest number where
/// the kernel has no such clock, so that everything is old.
#[inline]
pub(crate) fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel fills in `time`.
    match unsafe { libc::clock_gettime(CLOCK, &mut time) } {
        0 => time.tv_sec.unsigned_abs() * 1000 + time.tv_nsec.unsigned_abs() / 1_000_000,
        _ => u64::MAX,
    }
}
