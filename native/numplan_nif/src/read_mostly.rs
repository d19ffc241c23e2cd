//! A value that is read by many schedulers and seldom changed.
//!
//! A read takes one of several locks, each on a cache line of its own, so that schedulers do not
//! slow each other down; a change takes all of them.

use std::cell::UnsafeCell;
use std::sync::RwLock;

const LOCKS: usize = 16;

/// A lock on a cache line (or two) of its own.
#[repr(align(128))]
#[derive(Default)]
struct Lock(RwLock<()>);

/// A value and its locks: one held for reading allows reading, all held for writing changes.
#[derive(Default)]
pub(crate) struct ReadMostly<T> {
    locks: Box<[Lock; LOCKS]>,
    value: UnsafeCell<T>,
}

// SAFETY: `reading` and `changing` are the only ways to the value; readers share it, and whoever
// changes it is alone.
unsafe impl<T: Send + Sync> Sync for ReadMostly<T> {}

impl<T> ReadMostly<T> {
    /// What `read` returns; `None` also where a thread has panicked in a change.
    #[inline]
    pub(crate) fn reading<R>(&self, read: impl FnOnce(&T) -> Option<R>) -> Option<R> {
        let lock = self.locks.get(lock_index(&read) % LOCKS)?;
        let _guard = lock.0.read().ok()?;
        // SAFETY: nobody holds this lock for writing meanwhile, so nobody holds all of them.
        read(unsafe { &*self.value.get() })
    }

    /// What `change` returns; `None` where a thread has panicked in a change.
    pub(crate) fn changing<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let guards: Result<Vec<_>, _> = self.locks.iter().map(|lock| lock.0.write()).collect();
        let _guards = guards.ok()?;
        // SAFETY: all locks are held for writing, so no thread reads or changes the value. Two
        // changes cannot wait for each other, since both take the first lock first.
        Some(change(unsafe { &mut *self.value.get() }))
    }
}

/// The index of the lock that the calling thread takes to read, modulo [`LOCKS`].
///
/// It is a hash of the address of a variable on the stack: stacks of two threads are far apart, so
/// most threads get locks of their own. A thread's number would cost a look-up in its local
/// storage.
#[inline]
fn lock_index<T>(on_stack: &T) -> usize {
    ((std::ptr::from_ref(on_stack).addr() >> 16) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize >> 48
}
