//! Answers by what was asked: a term and what it stands for, such as an account's dial plan and the plan that it was compiled to, kept for
//! the next call that brings an equal one.
//!
//! What is kept is bounded in bytes and number: the oldest gives way, unless it was asked for since it was last its turn.
//!
//! A look-up reads some of the term to find those that may be equal to it. Where that is one, they are compared; among several the VM's
//! hash of the whole term tells, which takes longer to make than a comparison. A look-up takes one of several locks, each on a cache
//! line of its own, so that schedulers do not slow each other down; a change takes all of them. To look for a large term is work for a dirty
//! scheduler.
//!
//! The table also knows which process makes the answer that is asked for and not there yet, so that one makes it and others wait.

use crate::call::{Answer, Call, Refused};
use crate::resource;
use rustler::sys::{ErlNifEnv, ErlNifTerm, enif_alloc_env, enif_free_env, enif_is_identical, enif_make_copy};
use rustler::{Encoder, LocalPid};
use std::cell::UnsafeCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock, Weak};

const MAX_BYTES: usize = 128 << 20;
const MAX_KEPT: usize = 20_000;
/// Terms that the part that is read does not tell apart.
const MAX_ALIKE: usize = 1_000;
/// How much of a term is read to find those like it: so many members of an object, and objects in objects so deep.
const MEMBERS_READ: usize = 2;
const DEPTH_READ: usize = 3;
const LOCKS: usize = 16;
/// So many processes that make answers are known before those are forgotten that have ended.
const MAX_MAKERS: usize = 1_000;

/// The table of this library, as long as somebody refers to it: those who ask for a new one at once get the same.
static TABLE: Mutex<Weak<Shared>> = Mutex::new(Weak::new());

/// A cache line of its own, or two.
#[repr(align(128))]
#[derive(Default)]
struct Lock(RwLock<()>);

/// The table, and what guards it: who holds one of the locks may read it, who holds all for writing may change it.
pub(crate) struct Shared {
    locks: Box<[Lock; LOCKS]>,
    table: UnsafeCell<Table>,
    /// Who makes an answer, by the hash of all that was asked.
    makers: Mutex<HashMap<u64, LocalPid, BuildHasherDefault<Same>>>,
}

// SAFETY: `reading` and `changing` are the only ways to the table. It may be sent between threads, and those that read it at once only
// compare and copy terms, which changes nothing in them but counts that are atomic.
unsafe impl Sync for Shared {}

impl Shared {
    fn new() -> Shared {
        Shared {
            locks: Box::default(),
            table: UnsafeCell::default(),
            makers: Mutex::default(),
        }
    }

    fn reading<T>(&self, read: impl FnOnce(&Table) -> Option<T>) -> Option<T> {
        let lock = self.locks.get(near(&read) % LOCKS)?;
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

/// A number that is another one for most threads: their stacks lie apart.
fn near<T>(on_stack: &T) -> usize {
    ((std::ptr::from_ref(on_stack).addr() >> 16) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize >> 48
}

/// Hashes are their own hashes.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
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
    alike: HashMap<u64, Vec<Kept>, BuildHasherDefault<Same>>,
    /// The oldest first, by hash and number. Some may be gone already.
    order: VecDeque<(u64, u64)>,
    next: u64,
    kept: usize,
    bytes: usize,
}

/// A term and its answer, in memory that belongs to no process.
struct Kept {
    env: *mut ErlNifEnv,
    asked: ErlNifTerm,
    answer: ErlNifTerm,
    /// The hash of all of `asked`.
    whole: u64,
    /// How many words a comparison with `asked` reads at most.
    words: usize,
    number: u64,
    bytes: usize,
    wanted: AtomicBool,
}

// SAFETY: the environment is owned, and its terms are only read once they are made.
unsafe impl Send for Kept {}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: allocated by `Kept::new`, and freed nowhere else.
        unsafe { enif_free_env(self.env) }
    }
}

impl Kept {
    fn new(asked: Asked<'_>, answer: ErlNifTerm, words: usize, bytes: usize) -> Option<Kept> {
        // SAFETY: an environment of its own, into which terms of the calling one are copied.
        unsafe {
            let env = enif_alloc_env();
            if env.is_null() {
                return None;
            }
            Some(Kept {
                env,
                asked: enif_make_copy(env, asked.term),
                answer: enif_make_copy(env, answer),
                whole: asked.whole(),
                words,
                number: 0,
                bytes,
                wanted: AtomicBool::new(false),
            })
        }
    }

    fn is_for(&self, asked: ErlNifTerm) -> bool {
        // SAFETY: a term of the calling environment, and one that lives as long as `self`.
        unsafe { enif_is_identical(self.asked, asked) != 0 }
    }
}

impl Table {
    /// What is kept for a term; [`Refused::TooLong`] where that is too much to find out here.
    fn find(&self, hash: u64, asked: Asked<'_>) -> Result<Option<&Kept>, Refused> {
        match self.alike.get(&hash).map_or(&[][..], Vec::as_slice) {
            [one] => {
                asked.call.spend(one.words)?;
                Ok(Some(one).filter(|kept| kept.is_for(asked.term)))
            }
            several => {
                // One that is none of these may be larger than they are: then it is hashed here once, and kept.
                asked
                    .call
                    .spend(several.iter().map(|kept| kept.words).max().unwrap_or_default())?;
                let whole = asked.whole();
                let mut like = several.iter().filter(|kept| kept.whole == whole);
                Ok(like.find(|kept| kept.is_for(asked.term)))
            }
        }
    }

    /// Keeps what is new, and gives what had to go.
    fn keep(&mut self, hash: u64, mut new: Kept) -> Vec<Kept> {
        let mut gone = Vec::new();
        let alike = self.alike.entry(hash).or_default();
        let same = |kept: &Kept| kept.whole == new.whole && kept.is_for(new.asked);
        if let Some(same) = alike.iter().position(same) {
            gone.push(alike.remove(same));
        } else if alike.len() >= MAX_ALIKE {
            gone.push(alike.remove(0));
        }
        new.number = self.next;
        self.next += 1;
        self.kept += 1;
        self.bytes += new.bytes;
        self.order.push_back((hash, new.number));
        alike.push(new);
        self.kept -= gone.len();
        self.bytes -= gone.iter().map(|kept| kept.bytes).sum::<usize>();
        // What alone is more than may be kept is kept alone: to compile it for each call would be worse.
        while (self.bytes > MAX_BYTES && self.kept > 1) || self.kept > MAX_KEPT || self.order.len() > 2 * MAX_KEPT {
            match self.order.pop_front() {
                Some((hash, number)) => gone.extend(self.turn(hash, number)),
                None => break,
            }
        }
        gone
    }

    /// The turn of the oldest to go; it stays if it was wanted meanwhile.
    fn turn(&mut self, hash: u64, number: u64) -> Option<Kept> {
        let alike = self.alike.get_mut(&hash)?;
        let place = alike.iter().position(|kept| kept.number == number)?;
        if alike.get(place)?.wanted.swap(false, Ordering::Relaxed) {
            self.order.push_back((hash, number));
            return None;
        }
        let gone = alike.remove(place);
        if alike.is_empty() {
            self.alike.remove(&hash);
        }
        self.kept -= 1;
        self.bytes -= gone.bytes;
        Some(gone)
    }
}

/// A term of the calling process that is looked for.
#[derive(Clone, Copy)]
struct Asked<'c> {
    call: Call<'c>,
    term: ErlNifTerm,
}

impl Asked<'_> {
    /// The hash of some of it.
    fn hash(self) -> u64 {
        let mut reader = Reader {
            call: self.call,
            hash: 0,
        };
        if let Ok([_kind, json]) = self.call.elements(self.term) {
            reader.value(*json, DEPTH_READ);
        }
        reader.hash
    }

    /// The hash of all of it.
    fn whole(self) -> u64 {
        self.call.wrap(self.term).hash_internal(0)
    }
}

/// A hash of some of what a term holds, read as `{Kind, Json}`: of objects their sizes and first members.
struct Reader<'c> {
    call: Call<'c>,
    hash: u64,
}

impl Reader<'_> {
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

/// A reference to the table of this library.
pub(crate) fn table(call: Call<'_>) -> Answer {
    let mut known = TABLE.lock().map_err(|_| Refused::BadArgument)?;
    let table = known.upgrade().unwrap_or_else(|| Arc::new(Shared::new()));
    *known = Arc::downgrade(&table);
    resource::make_kept(call.env, table).ok_or(Refused::BadArgument)
}

/// Forgets the table. Called when the library goes.
pub(crate) fn forget() {
    if let Ok(mut known) = TABLE.lock() {
        *known = Weak::new();
    }
}

/// What the table keeps for a term, or `none`.
pub(crate) fn kept(call: Call<'_>) -> Answer {
    let shared = resource::kept(call.env, call.argument(0)?)?;
    let term = call.argument(1)?;
    let asked = Asked { call, term };
    let hash = asked.hash();
    let answer = shared.reading(|table| {
        let kept = match table.find(hash, asked) {
            Ok(kept) => kept?,
            Err(refused) => return Some(Err(refused)),
        };
        // Mostly it is so already, and then the cache line stays shared.
        if !kept.wanted.load(Ordering::Relaxed) {
            kept.wanted.store(true, Ordering::Relaxed);
        }
        // SAFETY: a copy in the environment of this call, of a term that lives while the table is read.
        Some(Ok(unsafe { enif_make_copy(call.env.as_c_arg(), kept.answer) }))
    });
    answer.unwrap_or(Ok(call.atoms().none))
}

/// Makes the calling process the one that makes a term's answer, and gives `ok`; or gives the one that does so already.
pub(crate) fn claim(call: Call<'_>) -> Answer {
    let shared = resource::kept(call.env, call.argument(0)?)?;
    let term = call.argument(1)?;
    let whole = Asked { call, term }.whole();
    let mut makers = shared.makers.lock().map_err(|_| Refused::BadArgument)?;
    if let Some(maker) = makers.get(&whole).filter(|maker| maker.is_alive(call.env)) {
        return Ok(call.encode(*maker));
    }
    if makers.len() >= MAX_MAKERS {
        makers.retain(|_, maker| maker.is_alive(call.env));
    }
    makers.insert(whole, call.env.pid());
    Ok(call.atoms().ok)
}

/// Keeps the answer for a term of so many words, both of which weigh so many bytes. An answer that is a plan's record is kept only if this
/// library made the plan.
pub(crate) fn keep(call: Call<'_>) -> Answer {
    let shared = resource::kept(call.env, call.argument(0)?)?;
    let (term, answer) = (call.argument(1)?, call.argument(2)?);
    let (words, bytes): (usize, usize) = call.term(3)?.decode().map_err(|_| Refused::BadArgument)?;
    if let Ok([_tag, reference, ..]) = call.elements(answer) {
        resource::plan(call.env, *reference)?;
    }
    let asked = Asked { call, term };
    let hash = asked.hash();
    if let Some(new) = Kept::new(asked, answer, words, bytes) {
        // What goes is freed when nobody waits for the locks.
        let gone = shared.changing(|table| table.keep(hash, new));
        drop(gone);
    }
    Ok(call.atoms().ok)
}

/// `{Kept, Bytes, MaxBytes}` of a table.
pub(crate) fn status(call: Call<'_>) -> Answer {
    let (kept, bytes) = resource::kept(call.env, call.argument(0)?)?
        .reading(|table| Some((table.kept, table.bytes)))
        .unwrap_or_default();
    Ok((kept, bytes, MAX_BYTES).encode(call.env).as_c_arg())
}
