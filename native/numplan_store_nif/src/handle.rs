//! References, held by Erlang terms, that each own an open store.
//!
//! The type is named after the build, so a build never runs a store that another build has opened.
//! An upgrade closes the stores of the build before it: two copies of SQLite in one process would
//! release each other's locks on a file.

use crate::call::Refused;
use numplan_store::{Database, Error};
use rustler::sys::{
    ErlNifEnv, ErlNifResourceFlags, ErlNifResourceType, c_void, enif_alloc_resource, enif_get_resource, enif_is_ref,
    enif_make_resource, enif_open_resource_type, enif_release_resource,
};
use rustler::{Env, Term};
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

static TYPE: AtomicPtr<ErlNifResourceType> = AtomicPtr::new(ptr::null_mut());

/// The stores that may be open; `None` once another build has taken over.
static OPEN: Mutex<Option<Vec<Weak<Database>>>> = Mutex::new(Some(Vec::new()));

type Handle = Arc<Database>;

/// Registers the type for the library called `library`; false when the VM refuses.
pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    // The address differs where the same file is mapped again while old references are alive.
    let address = ptr::from_ref(&TYPE).addr();
    let Ok(name) = CString::new(format!("numplan_store_{library}_{address:x}")) else {
        return false;
    };
    let open = |flag| {
        // SAFETY: called while the VM loads this library, with a destructor for what `make` stores.
        unsafe {
            enif_open_resource_type(
                env.as_c_arg(),
                ptr::null(),
                name.as_ptr(),
                Some(drop_handle),
                flag,
                ptr::null_mut(),
            )
        }
    };
    let created = open(ErlNifResourceFlags::ERL_NIF_RT_CREATE);
    // If another instance of the module on the same library created it, it is taken over.
    let opened = if created.is_null() {
        open(ErlNifResourceFlags::ERL_NIF_RT_TAKEOVER)
    } else {
        created
    };
    TYPE.store(opened.cast_mut(), Ordering::Release);
    !opened.is_null()
}

/// A reference to the store that `open` opens, which is closed with the last reference at the
/// latest. Calls still reach this build for a moment after another one has taken over: then it
/// opens none.
pub(crate) fn make<'a>(env: Env<'a>, open: impl FnOnce() -> Result<Database, Error>) -> Result<Term<'a>, Refused> {
    let handle = {
        let mut stores = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let stores = stores.as_mut().ok_or(Error::Closed)?;
        let handle: Handle = Arc::new(open()?);
        stores.retain(|other| other.strong_count() > 0);
        stores.push(Arc::downgrade(&handle));
        handle
    };
    let resource_type = TYPE.load(Ordering::Acquire);
    if resource_type.is_null() {
        return Err(Refused::BadArgument);
    }
    // SAFETY: the type is registered; the VM gives memory for a handle, which is filled before
    // anyone else can reach it. The term then holds the only count.
    unsafe {
        let place = enif_alloc_resource(resource_type, size_of::<Handle>());
        ptr::write(place.cast::<Handle>(), handle);
        let term = enif_make_resource(env.as_c_arg(), place);
        enif_release_resource(place);
        Ok(Term::new(env, term))
    }
}

/// The store that a term refers to.
pub(crate) fn get<'a>(env: Env<'a>, term: Term<'a>) -> Result<&'a Database, Refused> {
    let mut place: *const c_void = ptr::null();
    // SAFETY: on success `place` is a resource that `make` made, which the term, an argument of the
    // call, keeps alive while the call runs.
    unsafe {
        if enif_get_resource(
            env.as_c_arg(),
            term.as_c_arg(),
            TYPE.load(Ordering::Acquire),
            &mut place,
        ) != 0
        {
            return Ok(&*place.cast::<Handle>());
        }
        match enif_is_ref(env.as_c_arg(), term.as_c_arg()) {
            0 => Err(Refused::BadArgument),
            _ => Err(Refused::Stale),
        }
    }
}

/// Closes all stores that are open, and opens none from then on.
pub(crate) fn close_all() {
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    for database in open.iter().flatten().filter_map(Weak::upgrade) {
        database.close();
    }
}

unsafe extern "C" fn drop_handle(_env: *mut ErlNifEnv, place: *mut c_void) {
    // SAFETY: the VM calls this once for each resource that `make` made.
    let dropped = catch_unwind(AssertUnwindSafe(|| unsafe {
        ptr::drop_in_place(place.cast::<Handle>())
    }));
    // No call is left that a panic could be reported to.
    let _ = dropped;
}
