//! The rules of accounts, held ready for calls: each account's plan, or a term for Erlang code
//! where native code cannot answer alone.
//!
//! An account's rules are good for a second after they were read, unless they or all rules have
//! changed; the caller then reads them again. Half a second before that, a process is woken to read
//! those in use ahead, and calls go on.

use crate::account_table::{Held, Id, IdHasher, MAX_BYTES, Moment, Rules, Table};
use crate::call::Call;
use crate::counts::{self, Count};
use crate::read_mostly::ReadMostly;
use crate::refused::{Answer, Refused};
use crate::resource::ResourceType;
use crate::{batches, coarse_clock, codec};
use numplan::plan::Plan;
use rustler::sys::{ErlNifTerm, enif_send};
use rustler::{Encoder, Env, LocalPid};
use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, Weak};

const MAX_ACCOUNTS: usize = 20_000;
const CHANGES: usize = 1_024;

/// The table of this library while it is referenced: concurrent first calls share it.
static TABLE: Mutex<Weak<Accounts>> = Mutex::new(Weak::new());

static TABLES: ResourceType<Arc<Accounts>> = ResourceType::new("accounts");

pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    TABLES.register(env, library)
}

struct Accounts {
    table: ReadMostly<Table>,
    /// Rules that were read in an earlier generation are too old.
    generation: AtomicUsize,
    /// How often rules of accounts have changed, by a part of the account's hash: rules that were
    /// read across a change are too old.
    changes: [AtomicUsize; CHANGES],
    max: AtomicUsize,
    /// The process that reads rules ahead.
    refresher: Mutex<Option<LocalPid>>,
    /// The refresher has a message, and has not looked for rules that are due since.
    woken: AtomicBool,
}

impl Default for Accounts {
    fn default() -> Accounts {
        Accounts {
            table: ReadMostly::default(),
            generation: AtomicUsize::new(1),
            changes: [const { AtomicUsize::new(0) }; CHANGES],
            max: AtomicUsize::new(MAX_ACCOUNTS),
            refresher: Mutex::default(),
            woken: AtomicBool::new(false),
        }
    }
}

impl Accounts {
    fn changes(&self, id: Id) -> Option<&AtomicUsize> {
        let mut hasher = IdHasher::default();
        id.hash(&mut hasher);
        self.changes.get(hasher.finish() as usize % CHANGES)
    }

    fn has_changed(&self, id: Id, since: usize) -> bool {
        self.changes(id)
            .is_none_or(|changes| changes.load(Ordering::Acquire) != since)
    }

    fn expire(&self, id: Id) {
        let _ = self.table.reading(|table| {
            table.get(id)?.expire();
            Some(())
        });
    }

    fn now(&self) -> Moment {
        Moment {
            generation: self.generation.load(Ordering::Acquire),
            at: coarse_clock::now(),
        }
    }

    /// Sends the refresher a message, unless it has one.
    #[cold]
    fn wake(&self, call: Call<'_>) {
        if self.woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let refresher = self.refresher.lock().ok().and_then(|refresher| *refresher);
        if let Some(refresher) = refresher {
            // SAFETY: the environment of this call, and an atom.
            unsafe {
                enif_send(
                    call.env.as_c_arg(),
                    refresher.as_c_arg(),
                    ptr::null_mut(),
                    call.atoms().accounts_due,
                )
            };
        }
    }
}

fn accounts<'a>(call: &Call<'a>) -> Result<&'a Accounts, Refused> {
    TABLES.get(call.env, call.argument(0)?).map(|table| &**table)
}

fn id(call: &Call<'_>) -> Result<Id, Refused> {
    call.binary(1)?.try_into().map(Id).map_err(|_| Refused::BadArgument)
}

/// A reference to the table of this library.
pub(crate) fn open(call: Call<'_>) -> Answer {
    let mut known = TABLE.lock().map_err(|_| Refused::BadArgument)?;
    let table = known.upgrade().unwrap_or_default();
    *known = Arc::downgrade(&table);
    TABLES.make(call.env, table).ok_or(Refused::BadArgument)
}

/// Forgets the table. Called when the library is unloaded.
pub(crate) fn forget() {
    if let Ok(mut known) = TABLE.lock() {
        *known = Weak::new();
    }
}

/// What is found for an account while the table is read.
enum Found {
    Answer(Answer),
    /// Work that is too long for a lock to be held meanwhile.
    Long(Arc<Plan>),
}

/// The answer for a number by an account's rules; `{held, Term}` where they are a term; `none`
/// where no rules are held, or they are too old.
#[inline]
fn answered(call: Call<'_>, answer: impl Fn(&Plan, &[u8]) -> ErlNifTerm) -> Answer {
    let accounts = accounts(&call)?;
    let (id, number) = (id(&call)?, call.binary(2)?);
    let now = accounts.now();
    let mut is_due = false;
    let found = accounts.table.reading(|table| {
        let held = table.get(id).filter(|held| held.is_good(now))?;
        is_due = held.is_due(now);
        held.mark();
        Some(match &held.rules {
            Rules::Native(plan) => {
                let work = number.len().saturating_mul(plan.cost());
                match call.spend(work) {
                    Ok(()) if call.affords(work) => Found::Answer(Ok(answer(plan, number))),
                    Ok(()) => Found::Long(Arc::clone(plan)),
                    Err(refused) => Found::Answer(Err(refused)),
                }
            }
            Rules::Erlang(term) => Found::Answer(call.spend(held.bytes).map(|()| {
                let term = call.wrap(term.copy(call.env));
                call.encode((call.wrap(call.atoms().held), term))
            })),
        })
    });
    if is_due && !accounts.woken.load(Ordering::Relaxed) {
        accounts.wake(call);
    }
    // A call that is too long is repeated, and counted then.
    if !matches!(found, Some(Found::Answer(Err(_)))) {
        counts::count(Count::ByAccount);
    }
    match found {
        Some(Found::Answer(answered)) => answered,
        Some(Found::Long(plan)) => Ok(answer(&plan, number)),
        None => {
            counts::count(Count::NotHeld);
            Ok(call.atoms().none)
        }
    }
}

/// The number in E.164 by an account's rules.
pub(crate) fn normalize(call: Call<'_>) -> Answer {
    let number = call.argument(2)?;
    answered(call, |plan, bytes| batches::normalized(&call, plan, bytes, number))
}

/// The number after an account's converters alone.
pub(crate) fn convert(call: Call<'_>) -> Answer {
    let number = call.argument(2)?;
    answered(call, |plan, bytes| match plan.converters().apply(bytes) {
        None => number,
        Some(rewritten) => call.make_binary(&rewritten.pieces()),
    })
}

/// Whether an account's reconcile regex matches the number in E.164.
pub(crate) fn is_reconcilable(call: Call<'_>) -> Answer {
    answered(call, |plan, bytes| call.boolean(plan.is_reconcilable(bytes)))
}

/// The moment at which an account's rules begin to be read, for [`put`].
pub(crate) fn moment(call: Call<'_>) -> Answer {
    let accounts = accounts(&call)?;
    let changes = accounts
        .changes(id(&call)?)
        .map(|changes| changes.load(Ordering::Acquire));
    let now = accounts.now();
    Ok(call.encode((now.generation, now.at, changes.unwrap_or_default())))
}

/// Holds an account's rules, given the moment at which they were read, and the bytes of a term.
/// Rules that have changed since are too old.
pub(crate) fn put(call: Call<'_>) -> Answer {
    let (accounts, id) = (accounts(&call)?, id(&call)?);
    let (generation, at, changes) = call.term(3)?.decode().map_err(|_| Refused::BadArgument)?;
    let read = Moment { generation, at };
    let bytes: usize = call.term(4)?.decode().map_err(|_| Refused::BadArgument)?;
    let rules = Rules::of(call, call.argument(2)?, bytes)?;
    let unchanged = accounts
        .table
        .reading(|table| table.read_again(id, &rules.0, read).then_some(()));
    if unchanged.is_none() {
        let max = accounts.max.load(Ordering::Relaxed);
        // What is evicted is freed after the locks are.
        let gone = accounts
            .table
            .changing(|table| table.put(id, Held::new(rules, read), read, max));
        drop(gone);
    }
    // A change from now on finds the rules; one before is found here.
    fence(Ordering::SeqCst);
    if accounts.has_changed(id, changes) {
        accounts.expire(id);
    }
    Ok(call.atoms().ok)
}

/// Makes an account's rules good for so many milliseconds, since a read that began at a moment has
/// failed; rules that were read since stay as they are. `true`, or `false` where none are held.
pub(crate) fn keep(call: Call<'_>) -> Answer {
    let (accounts, id) = (accounts(&call)?, id(&call)?);
    let milliseconds: u64 = call.term(2)?.decode().map_err(|_| Refused::BadArgument)?;
    let (_, began, _): (usize, u64, usize) = call.term(3)?.decode().map_err(|_| Refused::BadArgument)?;
    let now = accounts.now();
    let kept = accounts.table.reading(|table| {
        let held = table.get(id)?;
        if held.read_at() <= began {
            held.keep(now, milliseconds);
        }
        Some(())
    });
    Ok(call.boolean(kept.is_some()))
}

/// Makes an account's rules too old.
pub(crate) fn expire(call: Call<'_>) -> Answer {
    let (accounts, id) = (accounts(&call)?, id(&call)?);
    if let Some(changes) = accounts.changes(id) {
        changes.fetch_add(1, Ordering::AcqRel);
    }
    fence(Ordering::SeqCst);
    accounts.expire(id);
    Ok(call.atoms().ok)
}

/// Makes the rules of all accounts too old.
pub(crate) fn expire_all(call: Call<'_>) -> Answer {
    accounts(&call)?.generation.fetch_add(1, Ordering::AcqRel);
    Ok(call.atoms().ok)
}

/// Sets the process that reads rules ahead, which is sent `accounts_due`, and how many accounts may
/// be held.
pub(crate) fn follow(call: Call<'_>) -> Answer {
    let accounts = accounts(&call)?;
    let refresher: LocalPid = call.term(1)?.decode().map_err(|_| Refused::BadArgument)?;
    let max: usize = call.term(2)?.decode().map_err(|_| Refused::BadArgument)?;
    accounts.max.store(max.max(1), Ordering::Relaxed);
    let mut known = accounts.refresher.lock().map_err(|_| Refused::BadArgument)?;
    if *known != Some(refresher) {
        // The process before may have died with its message unread.
        accounts.woken.store(false, Ordering::Release);
        *known = Some(refresher);
    }
    Ok(call.atoms().ok)
}

/// The ids of at most so many accounts that were used since their rules were read and whose rules
/// are due, the oldest first.
pub(crate) fn due(call: Call<'_>) -> Answer {
    let accounts = accounts(&call)?;
    let most: usize = call.term(1)?.decode().map_err(|_| Refused::BadArgument)?;
    accounts.woken.store(false, Ordering::Release);
    let now = accounts.now();
    let due = accounts.table.reading(|table| {
        let in_use = table.iter().filter(|(_, held)| held.is_due_in_use(now));
        Some(in_use.map(|(id, held)| (held.read_at(), id.0)).collect::<Vec<_>>())
    });
    let mut due = due.unwrap_or_default();
    due.sort_unstable();
    due.truncate(most);
    Ok(codec::binaries(&call, due.iter().map(|(_, id)| &id[..])).as_c_arg())
}

/// `{Accounts, Max, Plans, Bytes, MaxBytes}`.
pub(crate) fn status(call: Call<'_>) -> Answer {
    let accounts = accounts(&call)?;
    let (count, plans, bytes) = accounts.table.reading(|table| Some(table.size())).unwrap_or_default();
    let max = accounts.max.load(Ordering::Relaxed);
    Ok((count, max, plans, bytes, MAX_BYTES).encode(call.env).as_c_arg())
}
