//! A cache from terms to plans, such as from an account's dial plan to the plan compiled from it.
//!
//! It is bounded in bytes and number, and evicts by the CLOCK policy. A key is hashed by its first
//! members only; one candidate is compared outright, several are told apart by the VM's hash of the
//! whole term, which is slower than a comparison. Large keys are compared on a dirty scheduler.
//!
//! The cache also records which process is computing a missing value, so that one computes it and
//! others wait.

use crate::call::Call;
use crate::plans;
use crate::read_mostly::ReadMostly;
use crate::refused::{Answer, Refused};
use crate::resource::ResourceType;
use crate::stored_term::StoredTerm;
use rustler::sys::ErlNifTerm;
use rustler::{Encoder, Env, LocalPid};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

const MAX_BYTES: usize = 128 << 20;
const MAX_PLANS: usize = 20_000;
/// The most entries with the same hash of the first members.
const MAX_BUCKET: usize = 1_000;
/// How much of a key is hashed: the members of an object, and the depth of nested objects.
const MEMBERS_READ: usize = 2;
const DEPTH_READ: usize = 3;
/// The number of recorded makers at which those that have ended are dropped.
const MAX_MAKERS: usize = 1_000;

/// The cache of this library while it is referenced: concurrent first calls share it.
static TABLE: Mutex<Weak<PlanCache>> = Mutex::new(Weak::new());

static CACHES: ResourceType<Arc<PlanCache>> = ResourceType::new("plan_cache");

pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    CACHES.register(env, library)
}

/// The table, and the process that computes a value, by the full hash of its key.
#[derive(Default)]
struct PlanCache {
    table: ReadMostly<Table>,
    makers: Mutex<HashMap<u64, LocalPid, BuildHasherDefault<Identity>>>,
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

/// A key and its value.
struct Cached {
    key: StoredTerm,
    value: StoredTerm,
    /// The VM's hash of the whole key.
    full_hash: u64,
    /// The words that a comparison with the key reads at most.
    words: usize,
    id: u64,
    bytes: usize,
    referenced: AtomicBool,
}

impl Cached {
    fn new(key: Key<'_>, value: ErlNifTerm, words: usize, bytes: usize) -> Option<Cached> {
        Some(Cached {
            key: StoredTerm::new(key.term)?,
            value: StoredTerm::new(value)?,
            full_hash: key.full_hash(),
            words,
            id: 0,
            bytes,
            referenced: AtomicBool::new(false),
        })
    }
}

impl Table {
    /// The entry for a key; [`Refused::TooLong`] where comparing takes too long on this scheduler.
    fn find(&self, hash: u64, key: Key<'_>) -> Result<Option<&Cached>, Refused> {
        match self.buckets.get(&hash).map_or(&[][..], Vec::as_slice) {
            [one] => {
                key.call.spend(one.words)?;
                Ok(Some(one).filter(|cached| cached.key.equals(key.term)))
            }
            several => {
                // A key that is not among them may be larger, but is hashed here only once.
                key.call
                    .spend(several.iter().map(|cached| cached.words).max().unwrap_or_default())?;
                let full_hash = key.full_hash();
                let mut like = several.iter().filter(|cached| cached.full_hash == full_hash);
                Ok(like.find(|cached| cached.key.equals(key.term)))
            }
        }
    }

    /// Inserts an entry, and returns those that were evicted or replaced.
    fn insert(&mut self, hash: u64, mut new: Cached) -> Vec<Cached> {
        let mut gone = Vec::new();
        let bucket = self.buckets.entry(hash).or_default();
        let same = |cached: &Cached| cached.full_hash == new.full_hash && cached.key.equals(new.key.raw());
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
    let table = known.upgrade().unwrap_or_default();
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
    let answer = shared.table.reading(|table| {
        let cached = match table.find(hash, key) {
            Ok(cached) => cached?,
            Err(refused) => return Some(Err(refused)),
        };
        // Mostly it is marked already, and then the cache line stays shared.
        if !cached.referenced.load(Ordering::Relaxed) {
            cached.referenced.store(true, Ordering::Relaxed);
        }
        Some(Ok(cached.value.copy(call.env)))
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
        let gone = shared.table.changing(|table| table.insert(hash, new));
        drop(gone);
    }
    Ok(call.atoms().ok)
}

/// `{Count, Bytes, MaxBytes}`.
pub(crate) fn status(call: Call<'_>) -> Answer {
    let (cached, bytes) = CACHES
        .get(call.env, call.argument(0)?)?
        .table
        .reading(|table| Some((table.count, table.bytes)))
        .unwrap_or_default();
    Ok((cached, bytes, MAX_BYTES).encode(call.env).as_c_arg())
}
