//! A copy of a term in an environment that belongs to no process.

use rustler::Env;
use rustler::sys::{ErlNifEnv, ErlNifTerm, enif_alloc_env, enif_free_env, enif_is_identical, enif_make_copy};

/// A term, and the environment that it alone is in.
pub(crate) struct StoredTerm {
    env: *mut ErlNifEnv,
    term: ErlNifTerm,
}

// SAFETY: the environment belongs to no process and to this value alone; after construction its
// term is only read, compared and copied, which changes nothing but atomic counts.
unsafe impl Send for StoredTerm {}
// SAFETY: as above.
unsafe impl Sync for StoredTerm {}

impl Drop for StoredTerm {
    fn drop(&mut self) {
        // SAFETY: allocated by `new`, and freed nowhere else.
        unsafe { enif_free_env(self.env) }
    }
}

impl StoredTerm {
    /// A copy of a term of the call in progress; `None` where there is no memory for it.
    pub(crate) fn new(term: ErlNifTerm) -> Option<StoredTerm> {
        // SAFETY: an environment of its own, into which a term of the calling one is copied.
        unsafe {
            let env = enif_alloc_env();
            if env.is_null() {
                return None;
            }
            Some(StoredTerm {
                env,
                term: enif_make_copy(env, term),
            })
        }
    }

    /// The term itself, which lives as long as `self`.
    pub(crate) fn raw(&self) -> ErlNifTerm {
        self.term
    }

    /// True for the same term of another environment.
    pub(crate) fn equals(&self, term: ErlNifTerm) -> bool {
        // SAFETY: a term that lives as long as `self`, and one of a live environment.
        unsafe { enif_is_identical(self.term, term) != 0 }
    }

    /// A copy of the term in the environment of a call.
    pub(crate) fn copy(&self, env: Env<'_>) -> ErlNifTerm {
        // SAFETY: a term that lives as long as `self`, copied to an environment in use.
        unsafe { enif_make_copy(env.as_c_arg(), self.term) }
    }
}
