//! References to compiled plans, and the active plan, by which calls without a plan are answered.

use crate::atoms::atoms;
use crate::refused::{Answer, Refused};
use crate::resource::ResourceType;
use numplan::plan::Plan;
use rustler::Env;
use rustler::sys::{ErlNifTerm, enif_make_resource};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

static PLANS: ResourceType<Held> = ResourceType::new("plan");

/// The active plan, or null.
static ACTIVE: AtomicPtr<Held> = AtomicPtr::new(ptr::null_mut());

struct Held(Arc<Plan>);

impl Drop for Held {
    fn drop(&mut self) {
        // A plan that is freed must not stay active, even if the promise of `active` was broken.
        let _ = ACTIVE.compare_exchange(self, ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
    }
}

pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    PLANS.register(env, library)
}

pub(crate) fn make(env: Env<'_>, plan: Arc<Plan>) -> Option<ErlNifTerm> {
    PLANS.make(env, Held(plan))
}

/// The plan that `term` refers to.
///
/// # Errors
///
/// [`Refused::Stale`] for any other reference, [`Refused::BadArgument`] for a term that is not a
/// reference.
#[inline]
pub(crate) fn plan<'a>(env: Env<'a>, term: ErlNifTerm) -> Result<&'a Plan, Refused> {
    PLANS.get(env, term).map(|held| &*held.0)
}

/// The plan that `term` refers to, to be kept beyond the call.
///
/// # Errors
///
/// As [`plan`].
pub(crate) fn shared(env: Env<'_>, term: ErlNifTerm) -> Result<Arc<Plan>, Refused> {
    PLANS.get(env, term).map(|held| Arc::clone(&held.0))
}

/// The active plan of this library, for the length of a call on a normal scheduler.
///
/// No reference count is taken, since one held here would keep the library mapped for ever. So the
/// caller of `activate` must keep the plan alive until every process has been scheduled out once
/// after another one was activated. `numplan_plan.erl` does so by persistent terms: the VM frees an
/// erased one only when every process has left the call that it was in.
#[inline]
pub(crate) fn active<'a>(_env: Env<'a>) -> Option<&'a Plan> {
    // SAFETY: null, or an immutable plan that is alive while this call runs, as said above.
    unsafe { ACTIVE.load(Ordering::Acquire).as_ref() }.map(|held| &*held.0)
}

pub(crate) fn make_active(env: Env<'_>) -> Option<ErlNifTerm> {
    let place = ACTIVE.load(Ordering::Acquire);
    if place.is_null() {
        return None;
    }
    // SAFETY: a resource that is alive, as for `active`.
    Some(unsafe { enif_make_resource(env.as_c_arg(), place.cast()) })
}

/// Makes the plan that `term` refers to the active one; `None` leaves no active plan.
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

/// `true` where the reference is to a plan of this build, else `false`.
pub(crate) fn is_current(env: Env<'_>, term: ErlNifTerm) -> Answer {
    match plan(env, term) {
        Ok(_) => Ok(atoms(env).yes),
        Err(Refused::Stale) => Ok(atoms(env).no),
        Err(refused) => Err(refused),
    }
}
