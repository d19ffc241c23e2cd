//! The table of accounts' rules: bounded by a number of accounts and [`MAX_BYTES`], with eviction
//! by the CLOCK policy.

use crate::call::Call;
use crate::plans;
use crate::refused::Refused;
use crate::stored_term::StoredTerm;
use numplan::plan::Plan;
use rustler::sys::ErlNifTerm;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

pub(crate) const MAX_BYTES: usize = 256 << 20;
/// The milliseconds for which rules are good after they were read.
pub(crate) const GOOD: u64 = 1_000;
/// The milliseconds before the end of that in which rules are due to be read ahead.
const AHEAD: u64 = 500;
/// How many steps of the clock may pass over accounts in use while one account is put. After these
/// every step evicts, so that the table is not locked for long.
const STEPS: usize = 64;

/// An account's id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) [u8; 32]);

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

/// A quick hash of ids, which are digests: their bytes are spread already.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.as_chunks::<8>().0 {
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }
}

/// When rules were read: the generation of all rules, and the milliseconds of the clock.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) generation: usize,
    pub(crate) at: u64,
}

/// The rules of an account.
pub(crate) enum Rules {
    Native(Arc<Plan>),
    Erlang(StoredTerm),
}

impl Rules {
    /// The rules that a term stands for, a plan's reference or any other term, and their size: that
    /// of the plan, or `bytes` of the term and the size of the plan that it has as its second
    /// element.
    ///
    /// # Errors
    ///
    /// [`Refused::Stale`] for a plan of another build.
    pub(crate) fn of(call: Call<'_>, term: ErlNifTerm, bytes: usize) -> Result<(Rules, usize), Refused> {
        match plans::shared(call.env, term) {
            Ok(plan) => {
                let bytes = plan.size().memory;
                Ok((Rules::Native(plan), bytes))
            }
            Err(Refused::BadArgument) => {
                let plan = match call.elements(term) {
                    Ok([_tag, reference, ..]) => plan_size(call, *reference)?,
                    _ => 0,
                };
                let stored = StoredTerm::new(term).ok_or(Refused::BadArgument)?;
                Ok((Rules::Erlang(stored), bytes + plan))
            }
            Err(refused) => Err(refused),
        }
    }

    fn same(&self, other: &Rules) -> bool {
        match (self, other) {
            (Rules::Native(plan), Rules::Native(other)) => Arc::ptr_eq(plan, other),
            (Rules::Erlang(term), Rules::Erlang(other)) => term.equals(other.raw()),
            _ => false,
        }
    }
}

/// The size of the plan that a term refers to; 0 for any other term.
fn plan_size(call: Call<'_>, term: ErlNifTerm) -> Result<usize, Refused> {
    match plans::plan(call.env, term) {
        Ok(plan) => Ok(plan.size().memory),
        Err(Refused::BadArgument) => Ok(0),
        Err(refused) => Err(refused),
    }
}

pub(crate) struct Held {
    pub(crate) rules: Rules,
    pub(crate) bytes: usize,
    generation: AtomicUsize,
    read_at: AtomicU64,
    good_until: AtomicU64,
    /// Used since the clock passed.
    used: AtomicBool,
    /// Used since the rules were read.
    used_since_read: AtomicBool,
}

impl Held {
    pub(crate) fn new((rules, bytes): (Rules, usize), read: Moment) -> Held {
        Held {
            rules,
            bytes,
            generation: AtomicUsize::new(read.generation),
            read_at: AtomicU64::new(read.at),
            good_until: AtomicU64::new(read.at.saturating_add(GOOD)),
            used: AtomicBool::new(false),
            used_since_read: AtomicBool::new(false),
        }
    }

    /// Whether the rules are good at a moment.
    #[inline]
    pub(crate) fn is_good(&self, now: Moment) -> bool {
        now.at < self.good_until.load(Ordering::Relaxed) && self.generation.load(Ordering::Acquire) == now.generation
    }

    /// Whether the rules should be read ahead, if they are in use.
    #[inline]
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        now.at.saturating_add(AHEAD) >= self.good_until.load(Ordering::Relaxed) || !self.is_good(now)
    }

    pub(crate) fn is_due_in_use(&self, now: Moment) -> bool {
        self.used_since_read.load(Ordering::Relaxed) && self.is_due(now)
    }

    pub(crate) fn read_at(&self) -> u64 {
        self.read_at.load(Ordering::Relaxed)
    }

    /// Marks the rules as used. Mostly they are already, and then the cache line stays shared.
    #[inline]
    pub(crate) fn mark(&self) {
        for mark in [&self.used, &self.used_since_read] {
            if !mark.load(Ordering::Relaxed) {
                mark.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Makes the rules good for so many milliseconds from `now` on, though they were not read.
    pub(crate) fn keep(&self, now: Moment, milliseconds: u64) {
        self.good_until
            .store(now.at.saturating_add(milliseconds), Ordering::Relaxed);
        self.generation.store(now.generation, Ordering::Release);
        self.used_since_read.store(false, Ordering::Relaxed);
    }

    /// Makes the rules too old.
    pub(crate) fn expire(&self) {
        self.generation.store(0, Ordering::Release);
    }

    /// True where what is held was read later than `read`, in the same generation.
    fn is_newer(&self, read: Moment) -> bool {
        self.generation.load(Ordering::Acquire) == read.generation && self.read_at() > read.at
    }
}

#[derive(Default)]
pub(crate) struct Table {
    held: HashMap<Id, Held, BuildHasherDefault<IdHasher>>,
    /// The CLOCK queue: each account that is held, once.
    clock: VecDeque<Id>,
    /// How many accounts share a plan, by its address: its bytes count once.
    sharers: HashMap<usize, usize>,
    bytes: usize,
}

impl Table {
    #[inline]
    pub(crate) fn get(&self, id: Id) -> Option<&Held> {
        self.held.get(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Id, &Held)> {
        self.held.iter()
    }

    /// The accounts, the plans that they have, and their bytes.
    pub(crate) fn size(&self) -> (usize, usize, usize) {
        (self.held.len(), self.sharers.len(), self.bytes)
    }

    /// Counts the rules that are held as read again; false where others are held, or none.
    pub(crate) fn read_again(&self, id: Id, rules: &Rules, read: Moment) -> bool {
        let Some(held) = self.held.get(&id).filter(|held| held.rules.same(rules)) else {
            return false;
        };
        if !held.is_newer(read) {
            held.read_at.store(read.at, Ordering::Relaxed);
            held.keep(read, GOOD);
        }
        true
    }

    /// Holds an account's rules, unless newer ones are held. Returns those that were evicted or
    /// replaced.
    pub(crate) fn put(&mut self, id: Id, new: Held, read: Moment, max: usize) -> Vec<Held> {
        let mut gone = Vec::new();
        if self.held.get(&id).is_some_and(|held| held.is_newer(read)) {
            return gone;
        }
        self.count(&new);
        match self.held.insert(id, new) {
            None => self.clock.push_back(id),
            Some(old) => {
                self.discount(&old);
                gone.push(old);
            }
        }
        let mut steps = 0;
        // A single account above the bound is held: reading it for each call would be worse.
        while (self.bytes > MAX_BYTES && self.held.len() > 1) || self.held.len() > max {
            match self.clock.pop_front() {
                Some(id) => gone.extend(self.evict(id, steps < STEPS)),
                None => break,
            }
            steps += 1;
        }
        gone
    }

    /// One step of the clock: evicts an account, or clears its mark where it was used and is
    /// spared.
    fn evict(&mut self, id: Id, spares: bool) -> Option<Held> {
        if self.held.get(&id)?.used.swap(false, Ordering::Relaxed) && spares {
            self.clock.push_back(id);
            return None;
        }
        let gone = self.held.remove(&id)?;
        self.discount(&gone);
        Some(gone)
    }

    fn count(&mut self, held: &Held) {
        if let Rules::Native(plan) = &held.rules {
            let sharers = self.sharers.entry(address(plan)).or_default();
            *sharers += 1;
            if *sharers > 1 {
                return;
            }
        }
        self.bytes += held.bytes;
    }

    fn discount(&mut self, held: &Held) {
        if let Rules::Native(plan) = &held.rules {
            match self.sharers.get_mut(&address(plan)) {
                Some(sharers) if *sharers > 1 => {
                    *sharers -= 1;
                    return;
                }
                _ => self.sharers.remove(&address(plan)),
            };
        }
        self.bytes -= held.bytes;
    }
}

fn address(plan: &Arc<Plan>) -> usize {
    Arc::as_ptr(plan).addr()
}
