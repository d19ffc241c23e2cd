//! Compiled plans, importers, tables of what is kept, and locks of files and directories, as native resources of the VM.
//!
//! Their types belong to one build at one address, so nothing that one build made is ever run by another.

use crate::atoms;
use crate::call::Refused;
use crate::locks::Lock;
use crate::plan_cache::Shared;
use numplan::plan::Plan;
use numplan_locality::import::Importer;
use rustler::Env;
use rustler::sys::{
    ErlNifEnv, ErlNifResourceFlags, ErlNifResourceType, ErlNifTerm, c_void, enif_alloc_resource, enif_get_resource,
    enif_is_ref, enif_make_resource, enif_open_resource_type, enif_release_resource,
};
use std::ffi::CString;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex};

/// The plan that calls without one are answered by, or null.
static ACTIVE: AtomicPtr<Held> = AtomicPtr::new(ptr::null_mut());

/// References to plans.
static PLANS: Kind<Held> = Kind::new("plan");

/// References to importers. Only one call at a time works with one.
static IMPORTERS: Kind<Mutex<Importer>> = Kind::new("importer");

/// References to tables of what is kept.
static TABLES: Kind<Arc<Shared>> = Kind::new("kept");

/// References to locks, `None` when they have been given back.
static LOCKS: Kind<Mutex<Option<Lock>>> = Kind::new("lock");

/// A type of references, each of which keeps a value.
struct Kind<T> {
    name: &'static str,
    of: AtomicPtr<ErlNifResourceType>,
    values: PhantomData<T>,
}

impl<T: Send + Sync> Kind<T> {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            of: AtomicPtr::new(ptr::null_mut()),
            values: PhantomData,
        }
    }

    /// Registers the type for the library called `library`; false when the VM refuses.
    fn register(&self, env: Env<'_>, library: &str) -> bool {
        // The same file may be mapped twice, while values of an instance already unloaded live on: hence the address.
        let address = ptr::from_ref(&self.of).addr();
        let Ok(name) = CString::new(format!("numplan_{}_{library}_{address:x}", self.name)) else {
            return false;
        };
        // An instance of this module that runs this same library has the type already: then it is taken over.
        let open = |flag| {
            // SAFETY: called while the VM loads this library, with a destructor for what `make` puts into resources.
            unsafe {
                enif_open_resource_type(
                    env.as_c_arg(),
                    ptr::null(),
                    name.as_ptr(),
                    Some(drop_value::<T>),
                    flag,
                    ptr::null_mut(),
                )
            }
        };
        let created = open(ErlNifResourceFlags::ERL_NIF_RT_CREATE);
        let opened = if created.is_null() {
            open(ErlNifResourceFlags::ERL_NIF_RT_TAKEOVER)
        } else {
            created
        };
        if opened.is_null() {
            return false;
        }
        self.of.store(opened.cast_mut(), Ordering::Release);
        true
    }

    /// A reference to `value`, which lives as long as the reference does.
    fn make(&self, env: Env<'_>, value: T) -> Option<ErlNifTerm> {
        let kind = self.of.load(Ordering::Acquire);
        if kind.is_null() {
            return None;
        }
        // SAFETY: the type is registered; the VM gives memory for a `T`, aligned as malloc does, which is filled before
        // anyone else can reach it. The term then holds the only count.
        unsafe {
            let place = enif_alloc_resource(kind, size_of::<T>());
            ptr::write(place.cast::<T>(), value);
            let term = enif_make_resource(env.as_c_arg(), place);
            enif_release_resource(place);
            Some(term)
        }
    }

    /// The value that `term` refers to.
    ///
    /// No count is touched: schedulers that shared one would slow each other down. The term, an argument of the call, keeps the
    /// value alive while the call runs.
    ///
    /// # Errors
    ///
    /// [`Refused::Stale`] for a reference to anything else, [`Refused::BadArgument`] for no reference.
    #[inline]
    fn get<'a>(&self, env: Env<'a>, term: ErlNifTerm) -> Result<&'a T, Refused> {
        let mut place: *const c_void = ptr::null();
        // SAFETY: on success `place` is a resource of this type, made by `make`, and so a `T`, which is only read.
        unsafe {
            let kind = self.of.load(Ordering::Relaxed);
            if enif_get_resource(env.as_c_arg(), term, kind, &mut place) != 0 {
                return Ok(&*place.cast::<T>());
            }
            match enif_is_ref(env.as_c_arg(), term) {
                0 => Err(Refused::BadArgument),
                _ => Err(Refused::Stale),
            }
        }
    }
}

unsafe extern "C" fn drop_value<T>(_env: *mut ErlNifEnv, place: *mut c_void) {
    // SAFETY: the VM calls this once for each resource that `make` made.
    let dropped = catch_unwind(AssertUnwindSafe(|| unsafe { ptr::drop_in_place(place.cast::<T>()) }));
    // Nobody is there to be told of a panic.
    let _ = dropped;
}

/// A plan that a reference keeps alive, with the others that refer to it.
struct Held(Arc<Plan>);

impl Drop for Held {
    fn drop(&mut self) {
        // A plan that goes is active no more, whatever was promised.
        let _ = ACTIVE.compare_exchange(self, ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Registers the types for the library called `library`; false when the VM refuses.
pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    PLANS.register(env, library)
        && IMPORTERS.register(env, library)
        && TABLES.register(env, library)
        && LOCKS.register(env, library)
}

/// A reference to `plan`.
pub(crate) fn make(env: Env<'_>, plan: Arc<Plan>) -> Option<ErlNifTerm> {
    PLANS.make(env, Held(plan))
}

/// The plan that `term` refers to.
///
/// # Errors
///
/// [`Refused::Stale`] for a reference to anything else, [`Refused::BadArgument`] for no reference.
#[inline]
pub(crate) fn plan<'a>(env: Env<'a>, term: ErlNifTerm) -> Result<&'a Plan, Refused> {
    PLANS.get(env, term).map(|held| &*held.0)
}

/// A reference to `importer`.
pub(crate) fn make_importer(env: Env<'_>, importer: Importer) -> Option<ErlNifTerm> {
    IMPORTERS.make(env, Mutex::new(importer))
}

/// The importer that `term` refers to.
///
/// # Errors
///
/// As [`plan`].
pub(crate) fn importer<'a>(env: Env<'a>, term: ErlNifTerm) -> Result<&'a Mutex<Importer>, Refused> {
    IMPORTERS.get(env, term)
}

/// A reference to a table of what is kept.
pub(crate) fn make_kept(env: Env<'_>, table: Arc<Shared>) -> Option<ErlNifTerm> {
    TABLES.make(env, table)
}

/// The table of what is kept that `term` refers to.
///
/// # Errors
///
/// As [`plan`].
#[inline]
pub(crate) fn kept<'a>(env: Env<'a>, term: ErlNifTerm) -> Result<&'a Shared, Refused> {
    TABLES.get(env, term).map(|table| &**table)
}

/// A reference to a lock, which is freed when the last reference goes.
pub(crate) fn make_lock(env: Env<'_>, lock: Lock) -> Option<ErlNifTerm> {
    LOCKS.make(env, Mutex::new(Some(lock)))
}

/// The lock that `term` refers to.
///
/// # Errors
///
/// As [`plan`].
pub(crate) fn lock<'a>(env: Env<'a>, term: ErlNifTerm) -> Result<&'a Mutex<Option<Lock>>, Refused> {
    LOCKS.get(env, term)
}

/// The active plan of this library, for the length of a call on a normal scheduler.
///
/// No count is touched, and none is held: that would keep the library mapped for ever. So whoever activates a plan must see to it that
/// it lives until every process has been scheduled out once after another one was activated. `numplan_plan.erl` does, by
/// persistent terms: the VM frees an erased one only when every process has left whatever call it was in.
#[inline]
pub(crate) fn active<'a>(_env: Env<'a>) -> Option<&'a Plan> {
    // SAFETY: null, or a plan that is alive while this call runs, as said above; plans are never changed.
    unsafe { ACTIVE.load(Ordering::Acquire).as_ref() }.map(|held| &*held.0)
}

/// A reference to the active plan.
pub(crate) fn make_active(env: Env<'_>) -> Option<ErlNifTerm> {
    let place = ACTIVE.load(Ordering::Acquire);
    if place.is_null() {
        return None;
    }
    // SAFETY: a resource that is alive, as for `active`.
    Some(unsafe { enif_make_resource(env.as_c_arg(), place.cast()) })
}

/// Makes the plan that `term` refers to the active one, or none.
///
/// # Errors
///
/// [`Refused`], as [`plan`] gives it; then nothing changes.
pub(crate) fn activate(env: Env<'_>, term: Option<ErlNifTerm>) -> Result<(), Refused> {
    let place = match term {
        None => ptr::null_mut(),
        Some(term) => ptr::from_ref(PLANS.get(env, term)?).cast_mut(),
    };
    ACTIVE.store(place, Ordering::Release);
    Ok(())
}

/// The atom for whether a reference is to a plan of this build.
pub(crate) fn is_current(env: Env<'_>, term: ErlNifTerm) -> Result<ErlNifTerm, Refused> {
    match plan(env, term) {
        Ok(_) => Ok(atoms::atoms(env).yes),
        Err(Refused::Stale) => Ok(atoms::atoms(env).no),
        Err(refused) => Err(refused),
    }
}
