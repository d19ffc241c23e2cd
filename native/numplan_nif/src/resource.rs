//! Resource types of the VM: references, held by Erlang terms, that each own a Rust value.
//!
//! A type is named after the build and its address in memory, so a build never runs a value that
//! another build, or another mapping of the same library, has made.

use crate::refused::Refused;
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

/// A resource type of the VM whose references each own a `T`.
pub(crate) struct ResourceType<T> {
    name: &'static str,
    registered: AtomicPtr<ErlNifResourceType>,
    values: PhantomData<T>,
}

impl<T: Send + Sync> ResourceType<T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            registered: AtomicPtr::new(ptr::null_mut()),
            values: PhantomData,
        }
    }

    /// Registers the type for the library called `library`; false when the VM refuses.
    pub(crate) fn register(&self, env: Env<'_>, library: &str) -> bool {
        // The address differs where the same file is mapped again while old values are alive.
        let address = ptr::from_ref(&self.registered).addr();
        let Ok(name) = CString::new(format!("numplan_{}_{library}_{address:x}", self.name)) else {
            return false;
        };
        // If another instance of this module on the same library created it, it is taken over.
        let open = |flag| {
            // SAFETY: called while the VM loads this library, with a destructor for what `make`
            // puts into resources.
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
        self.registered.store(opened.cast_mut(), Ordering::Release);
        true
    }

    /// A reference to `value`, which lives as long as the reference does.
    pub(crate) fn make(&self, env: Env<'_>, value: T) -> Option<ErlNifTerm> {
        let resource_type = self.registered.load(Ordering::Acquire);
        if resource_type.is_null() {
            return None;
        }
        // SAFETY: the type is registered; the VM gives memory for a `T`, aligned as malloc does,
        // which is filled before anyone else can reach it. The term then holds the only count.
        unsafe {
            let place = enif_alloc_resource(resource_type, size_of::<T>());
            ptr::write(place.cast::<T>(), value);
            let term = enif_make_resource(env.as_c_arg(), place);
            enif_release_resource(place);
            Some(term)
        }
    }

    /// The value that `term` refers to.
    ///
    /// No reference count is taken, since schedulers that share one slow each other down. The term,
    /// an argument of the call, keeps the value alive while the call runs.
    ///
    /// # Errors
    ///
    /// [`Refused::Stale`] for any other reference, [`Refused::BadArgument`] for a term that is not
    /// a reference.
    #[inline]
    pub(crate) fn get<'a>(&self, env: Env<'a>, term: ErlNifTerm) -> Result<&'a T, Refused> {
        let mut place: *const c_void = ptr::null();
        // SAFETY: on success `place` is a resource that `make` made, and so a `T`; it is only read.
        unsafe {
            let resource_type = self.registered.load(Ordering::Relaxed);
            if enif_get_resource(env.as_c_arg(), term, resource_type, &mut place) != 0 {
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
    // No call is left that a panic could be reported to.
    let _ = dropped;
}
