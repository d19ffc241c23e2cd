//! A cache from terms to plans, such as from an account's dial plan to the plan compiled from it.
//!
//! It is bounded in bytes and number, and evicts by the CLOCK policy. A key is hashed by its first
//! members only; one candidate is compared outright, several are told apart by the VM's hash of the
//! whole term, which is slower than a comparison. Large keys are compared on a dirty scheduler.
//!
//! A look-up takes one of several read locks, each on a cache line of its own, so that schedulers
//! do not slow each other down; a change takes all of them. The cache also records which process is
//! computing a missing value, so that one computes it and others wait.

use crate::call::Call;
use crate::plans;
use crate::refused::{Answer, Refused};
use crate::resource::ResourceType;
use rustler::sys::{ErlNifEnv, ErlNifTerm, enif_alloc_env, enif_free_env, enif_is_identical, enif_make_copy};
use rustler::{Encoder, Env, LocalPid};
use std::cell::UnsafeCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock, Weak};

const MAX_BYTES: usize = 128 << 20;
const MAX_PLANS: usize = 20_000;
/// The most entries with the same hash of the first members.
const MAX_BUCKET: usize = 1_000;
/// How much of a key is hashed: the members of an object, and the depth of nested objects.
const MEMBERS_READ: usize = 2;
const DEPTH_READ: usize = 3;
const LOCKS: usize = 16;
/// The number of recorded makers at which those that have ended are dropped.
const MAX_MAKERS: usize = 1_000;

/// The cache of this library while it is referenced: concurrent first calls share it.
static TABLE: Mutex<Weak<PlanCache>> = Mutex::new(Weak::new());

static CACHES: ResourceType<Arc<PlanCache>> = ResourceType::new("plan_cache");

pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    CACHES.register(env, library)
}

/// A lock on a cache line (or two) of its own.
#[repr(align(128))]
#[derive(Default)]
struct Lock(RwLock<()>);

/// The table and its locks: one held for reading allows reading, all held for writing changes.
struct PlanCache {
    locks: Box<[Lock; LOCKS]>,
    table: UnsafeCell<Table>,
    /// The process that computes a value, by the full hash of its key.
    makers: Mutex<HashMap<u64, LocalPid, BuildHasherDefault<Identity>>>,
}

// SAFETY: `reading` and `changing` are the only ways to the table. It may be sent between threads;
// concurrent readers only compare and copy terms, which changes nothing but atomic counts.
unsafe impl Sync for PlanCache {}

impl PlanCache {
    fn new() -> PlanCache {
        PlanCache {
            locks: Box::default(),
            table: UnsafeCell::default(),
            makers: Mutex::default(),
        }
    }

    fn reading<T>(&self, read: impl FnOnce(&Table) -> Option<T>) -> Option<T> {
        let lock = self.locks.get(lock_index(&read) % LOCKS)?;
        let _guard = lock.0.read().ok()?;
        // SAFETY: nobody holds this lock for writing meanwhile, so nobody holds all of them.
        read(unsafe { &*self.table.get() })
    }

    fn changing<T>(&self, change: impl FnOnce(&mut Table) -> T) -> Option<T> {
        let guards: Result<Vec<_>, _> = self.locks.iter().map(|lock| lock.0.write()).collect();
        let _guards = guards.ok()?;
        // SAFETY: all locks are held for writing, each taken in the same order.
        Some(change(unsafe { &mut *self.table.get() }))
    }
}

/// A number by which a thread chooses its lock. It differs between most threads, because their
/// stacks lie apart.
fn lock_index<T>(on_stack: &T) -> usize {
    ((std::ptr::from_ref(on_stack).addr() >> 16) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize >> 48
}

/// A hasher that returns its key: the keys of the maps are hashes already.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[derive(Default)]
struct Table {
    buckets: HashMap<u64, Vec<Cached>, BuildHasherDefault<Identity>>,
    /// The CLOCK queue, by hash and id; entries that were replaced may still be in it.
    clock: VecDeque<(u64, u64)>,
    next: u64,
    count: usize,
    bytes: usize,
}

/// A key and its value, in an environment that belongs to no process.
struct Cached {
    env: *mut ErlNifEnv,
    key: ErlNifTerm,
    value: ErlNifTerm,
    /// The VM's hash of the whole key.
    full_hash: u64,
    /// The words that a comparison with the key reads at most.
    words: usize,
    id: u64,
    bytes: usize,
    referenced: AtomicBool,
}

// SAFETY: the environment belongs to no process and to this value alone; after construction its
// terms are only read.
unsafe impl Send for Cached {}

impl Drop for Cached {
    fn drop(&mut self) {
        // SAFETY: allocated by `Cached::new`, and freed nowhere else.
        unsafe { enif_free_env(self.env) }
    }
}

impl Cached {
    fn new(key: Key<'_>, value: ErlNifTerm, words: usize, bytes: usize) -> Option<Cached> {
        // SAFETY: an environment of its own, into which terms of the calling one are copied.
        unsafe {
            let env = enif_alloc_env();
            if env.is_null() {
                return None;
            }
            Some(Cached {
                env,
                key: enif_make_copy(env, key.term),
                value: enif_make_copy(env, value),
                full_hash: key.full_hash(),
                words,
                id: 0,
                bytes,
                referenced: AtomicBool::new(false),
            })
        }
    }

    fn has_key(&self, key: ErlNifTerm) -> bool {
        // SAFETY: a term of the calling environment, and one that lives as long as `self`.
        unsafe { enif_is_identical(self.key, key) != 0 }
    }
}

impl Table {
    /// The entry for a key; [`Refused::TooLong`] where comparing takes too long on this scheduler.
    fn find(&self, hash: u64, key: Key<'_>) -> Result<Option<&Cached>, Refused> {
        match self.buckets.get(&hash).map_or(&[][..], Vec::as_slice) {
            [one] => {
                key.call.spend(one.words)?;
                Ok(Some(one).filter(|cached| cached.has_key(key.term)))
            }
            several => {
                // A key that is not among them may be larger, but is hashed here only once.
                key.call
                    .spend(several.iter().map(|cached| cached.words).max().unwrap_or_default())?;
                let full_hash = key.full_hash();
                let mut like = several.iter().filter(|cached| cached.full_hash == full_hash);
                Ok(like.find(|cached| cached.has_key(key.term)))
            }
        }
    }

    /// Inserts an entry, and returns those that were evicted or replaced.
    fn insert(&mut self, hash: u64, mut new: Cached) -> Vec<Cached> {
        let mut gone = Vec::new();
        let bucket = self.buckets.entry(hash).or_default();
        let same = |cached: &Cached| cached.full_hash == new.full_hash && cached.has_key(new.key);
        if let Some(same) = bucket.iter().position(same) {
            gone.push(bucket.remove(same));
        } else if bucket.len() >= MAX_BUCKET {
            gone.push(bucket.remove(0));
        }
        new.id = self.next;
        self.next += 1;
        self.count += 1;
        self.bytes += new.bytes;
        self.clock.push_back((hash, new.id));
        bucket.push(new);
        self.count -= gone.len();
        self.bytes -= gone.iter().map(|cached| cached.bytes).sum::<usize>();
        // A single entry above the bound is cached: compiling it for each call would be worse.
        while (self.bytes > MAX_BYTES && self.count > 1) || self.count > MAX_PLANS || self.clock.len() > 2 * MAX_PLANS {
            match self.clock.pop_front() {
                Some((hash, id)) => gone.extend(self.evict(hash, id)),
                None => break,
            }
        }
        gone
    }

    /// One step of the clock: evicts the oldest entry, or clears its mark where it was referenced.
    fn evict(&mut self, hash: u64, id: u64) -> Option<Cached> {
        let bucket = self.buckets.get_mut(&hash)?;
        let place = bucket.iter().position(|cached| cached.id == id)?;
        if bucket.get(place)?.referenced.swap(false, Ordering::Relaxed) {
            self.clock.push_back((hash, id));
            return None;
        }
        let gone = bucket.remove(place);
        if bucket.is_empty() {
            self.buckets.remove(&hash);
        }
        self.count -= 1;
        self.bytes -= gone.bytes;
        Some(gone)
    }
}

/// A term of the calling process, used as a key.
#[derive(Clone, Copy)]
struct Key<'c> {
    call: Call<'c>,
    term: ErlNifTerm,
}

impl Key<'_> {
    /// The hash of its first members.
    fn hash(self) -> u64 {
        let mut reader = Prefix {
            call: self.call,
            hash: 0,
        };
        if let Ok([_kind, json]) = self.call.elements(self.term) {
            reader.value(*json, DEPTH_READ);
        }
        reader.hash
    }

    /// The VM's hash of all of it.
    fn full_hash(self) -> u64 {
        self.call.wrap(self.term).hash_internal(0)
    }
}

/// The hash of the first members of `{Kind, Json}`, with the sizes of objects.
struct Prefix<'c> {
    call: Call<'c>,
    hash: u64,
}

impl Prefix<'_> {
    fn add(&mut self, word: u64) {
        self.hash = (self.hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.add(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        words
            .iter()
            .take(8)
            .for_each(|word| self.add(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.add(u64::from(*byte)));
    }

    fn object(&mut self, term: ErlNifTerm, depth: usize) {
        let Ok(&[mut list]) = self.call.elements(term) else {
            return;
        };
        self.add(self.call.list_length(list).unwrap_or_default() as u64);
        for _ in 0..MEMBERS_READ {
            let Some((member, rest)) = self.call.list_cell(list) else {
                return;
            };
            if let Ok([key, value]) = self.call.elements(member) {
                self.value(*key, 0);
                self.value(*value, depth);
            }
            list = rest;
        }
    }

    fn value(&mut self, term: ErlNifTerm, depth: usize) {
        match self.call.bytes(term) {
            Ok(bytes) => self.bytes(bytes),
            Err(_) if depth > 0 => self.object(term, depth - 1),
            Err(_) => {}
        }
    }
}

/// A reference to the cache of this library.
pub(crate) fn open(call: Call<'_>) -> Answer {
    let mut known = TABLE.lock().map_err(|_| Refused::BadArgument)?;
    let table = known.upgrade().unwrap_or_else(|| Arc::new(PlanCache::new()));
    *known = Arc::downgrade(&table);
    CACHES.make(call.env, table).ok_or(Refused::BadArgument)
}

/// Forgets the cache. Called when the library is unloaded.
pub(crate) fn forget() {
    if let Ok(mut known) = TABLE.lock() {
        *known = Weak::new();
    }
}

/// The cached value of a key, or `none`.
pub(crate) fn find(call: Call<'_>) -> Answer {
    let shared = CACHES.get(call.env, call.argument(0)?)?;
    let term = call.argument(1)?;
    let key = Key { call, term };
    let hash = key.hash();
    let answer = shared.reading(|table| {
        let cached = match table.find(hash, key) {
            Ok(cached) => cached?,
            Err(refused) => return Some(Err(refused)),
        };
        // Mostly it is marked already, and then the cache line stays shared.
        if !cached.referenced.load(Ordering::Relaxed) {
            cached.referenced.store(true, Ordering::Relaxed);
        }
        // SAFETY: a copy, in this call's environment, of a term that lives while the table is read.
        Some(Ok(unsafe { enif_make_copy(call.env.as_c_arg(), cached.value) }))
    });
    answer.unwrap_or(Ok(call.atoms().none))
}

/// Records the caller as the process that computes a key's value: `ok`, or the one recorded before.
pub(crate) fn claim(call: Call<'_>) -> Answer {
    let shared = CACHES.get(call.env, call.argument(0)?)?;
    let term = call.argument(1)?;
    let full_hash = Key { call, term }.full_hash();
    let mut makers = shared.makers.lock().map_err(|_| Refused::BadArgument)?;
    if let Some(maker) = makers.get(&full_hash).filter(|maker| maker.is_alive(call.env)) {
        return Ok(call.encode(*maker));
    }
    if makers.len() >= MAX_MAKERS {
        makers.retain(|_, maker| maker.is_alive(call.env));
    }
    makers.insert(full_hash, call.env.pid());
    Ok(call.atoms().ok)
}

/// Inserts a value, given the key's size in words and the size of both in bytes. A plan of another
/// build is refused as stale.
pub(crate) fn insert(call: Call<'_>) -> Answer {
    let shared = CACHES.get(call.env, call.argument(0)?)?;
    let (term, value) = (call.argument(1)?, call.argument(2)?);
    let (words, bytes): (usize, usize) = call.term(3)?.decode().map_err(|_| Refused::BadArgument)?;
    if let Ok([_tag, reference, ..]) = call.elements(value) {
        plans::plan(call.env, *reference)?;
    }
    let key = Key { call, term };
    let hash = key.hash();
    if let Some(new) = Cached::new(key, value, words, bytes) {
        // Evicted entries are freed after the locks are.
        let gone = shared.changing(|table| table.insert(hash, new));
        drop(gone);
    }
    Ok(call.atoms().ok)
}

/// `{Count, Bytes, MaxBytes}`.
pub(crate) fn status(call: Call<'_>) -> Answer {
    let (cached, bytes) = CACHES
        .get(call.env, call.argument(0)?)?
        .reading(|table| Some((table.count, table.bytes)))
        .unwrap_or_default();
    Ok((cached, bytes, MAX_BYTES).encode(call.env).as_c_arg())
}
