//! Counts of calls, by what was asked and what it came to, since the node loaded its first build.
//!
//! Each thread has a line of its own, on cache lines of its own, so that counting is an addition
//! that no other scheduler waits for. The lines belong to the VM's data of the module, which a hot
//! upgrade hands to the next build; a build with another layout starts at zero. The last build
//! frees what others have made, which is why all use the C library's allocator.

use crate::call::Call;
use crate::refused::Answer;
use rustler::Encoder;
use rustler::sys::c_void;
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// What is counted. The order is that of `numplan_nif:counts/0`.
#[derive(Clone, Copy)]
pub(crate) enum Count {
    Normalize,
    Classify,
    IsReconcilable,
    PrettyPrint,
    Classification,
    /// A call that has found a class.
    Classified,
    /// A number of a list.
    InBatch,
    /// A rule that `re` has run.
    Re,
    /// A call by an account's rules.
    ByAccount,
    /// A call by rules of an account that are not held, or too old.
    NotHeld,
}

const COUNTS: usize = 10;

/// How counts lie in memory. A change of [`COUNTS`] or of [`Line`] needs another number.
const LAYOUT: u64 = 0x6e75_6d70_6c61_6e01;

#[repr(C, align(128))]
struct Line {
    counts: [AtomicU64; COUNTS],
    next: *const Line,
}

/// The lines of all threads of all builds, and how many instances of the module hold them.
#[repr(C)]
struct Lines {
    layout: u64,
    instances: AtomicUsize,
    first: AtomicPtr<Line>,
}

static LINES: AtomicPtr<Lines> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// The line of this thread, for this build, and its epoch. It has no destructor.
    static LINE: Cell<(*const Line, usize)> = const { Cell::new((ptr::null(), 0)) };
}

/// The epoch of this library's lines: a thread's line of an older epoch may be freed. It changes
/// with each load and when lines are freed, since a library may stay mapped beyond both.
static EPOCH: AtomicUsize = AtomicUsize::new(0);

/// Counts one.
#[inline]
pub(crate) fn count(what: Count) {
    add(what, 1);
}

#[inline]
pub(crate) fn add(what: Count, number: u64) {
    LINE.with(|line| {
        let epoch = EPOCH.load(Ordering::Relaxed);
        if line.get().0.is_null() || line.get().1 != epoch {
            line.set((new_line(), epoch));
        }
        // SAFETY: null, or a line of this epoch, whose lines are alive.
        if let Some(line) = unsafe { line.get().0.as_ref() }
            && let Some(count) = line.counts.get(what as usize)
        {
            // This thread alone writes here, so that no atomic addition is needed.
            count.store(count.load(Ordering::Relaxed).wrapping_add(number), Ordering::Relaxed);
        }
    });
}

/// A line for this thread; null before the module is loaded.
#[cold]
fn new_line() -> *const Line {
    // SAFETY: null, or what `load` has stored, which lives while this library is loaded.
    let Some(lines) = (unsafe { LINES.load(Ordering::Acquire).as_ref() }) else {
        return ptr::null();
    };
    let line = Box::into_raw(Box::new(Line {
        counts: Default::default(),
        next: ptr::null(),
    }));
    let mut first = lines.first.load(Ordering::Acquire);
    loop {
        // SAFETY: nobody else has this line before it is the first.
        unsafe { (*line).next = first };
        match lines
            .first
            .compare_exchange(first, line, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => return line,
            Err(other) => first = other,
        }
    }
}

/// The module's data for the VM to keep: those of the instance before, or new ones.
///
/// # Safety
///
/// `old` is null, or what `load` of some build has returned and `unload` was not called for.
pub(crate) unsafe fn load(old: *mut c_void) -> *mut c_void {
    let old = old.cast::<Lines>();
    // SAFETY: every build's data begin with their layout.
    let lines = match unsafe { old.as_ref() } {
        Some(lines) if lines.layout == LAYOUT => {
            lines.instances.fetch_add(1, Ordering::AcqRel);
            old
        }
        _ => Box::into_raw(Box::new(Lines {
            layout: LAYOUT,
            instances: AtomicUsize::new(1),
            first: AtomicPtr::new(ptr::null_mut()),
        })),
    };
    LINES.store(lines, Ordering::Release);
    EPOCH.fetch_add(1, Ordering::AcqRel);
    lines.cast()
}

/// Ends an instance; the last one frees the lines.
///
/// # Safety
///
/// `data` is what `load` has returned, and this is called once for each call of it.
pub(crate) unsafe fn unload(data: *mut c_void) {
    let place = data.cast::<Lines>();
    // SAFETY: as above; the last instance is alone.
    unsafe {
        let Some(lines) = place.as_ref() else { return };
        if lines.instances.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let mut line = lines.first.load(Ordering::Acquire);
        while !line.is_null() {
            line = Box::from_raw(line).next.cast_mut();
        }
        drop(Box::from_raw(place));
    }
    EPOCH.fetch_add(1, Ordering::AcqRel);
    let _ = LINES.compare_exchange(place, ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
}

/// Counts a rule that `re` has run, which only Erlang code knows.
pub(crate) fn count_re(call: Call<'_>) -> Answer {
    count(Count::Re);
    Ok(call.atoms().ok)
}

/// The sums of all threads, as a list in the order of [`Count`].
pub(crate) fn counts(call: Call<'_>) -> Answer {
    let mut sums = [0_u64; COUNTS];
    // SAFETY: as in `new_line`; lines are only added while an instance is loaded.
    unsafe {
        let mut line = LINES
            .load(Ordering::Acquire)
            .as_ref()
            .map_or(ptr::null(), |lines| lines.first.load(Ordering::Acquire).cast_const());
        while let Some(this) = line.as_ref() {
            for (sum, count) in sums.iter_mut().zip(&this.counts) {
                *sum = sum.wrapping_add(count.load(Ordering::Relaxed));
            }
            line = this.next;
        }
    }
    Ok(sums.encode(call.env).as_c_arg())
}
