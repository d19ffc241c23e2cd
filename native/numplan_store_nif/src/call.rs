//! A call of a native function: its arguments, its result, and its panics.

use numplan_store::Error;
use rustler::sys::{ErlNifEnv, ErlNifTerm, c_int, enif_make_badarg};
use rustler::types::atom::Atom;
use rustler::{Encoder, Env, Term};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a call has no result.
pub(crate) enum Refused {
    /// An argument is of the wrong type: raises `badarg`.
    BadArgument,
    /// The reference was made by another build of this library: the function returns
    /// `{error, {stale, Words}}`.
    Stale,
    /// The store failed: `{error, {Kind, Words}}`.
    Failed(Error),
}

impl From<rustler::Error> for Refused {
    fn from(_: rustler::Error) -> Self {
        Self::BadArgument
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The result of a native function.
pub(crate) type Answer<'a> = Result<Term<'a>, Refused>;

/// A native function, given its arguments.
pub(crate) type Function = for<'a> fn(Env<'a>, &[Term<'a>]) -> Answer<'a>;

/// Runs a native function for the VM.
///
/// # Safety
///
/// The arguments are those that the VM gives.
pub(crate) unsafe fn run(env: *mut ErlNifEnv, argc: c_int, argv: *const ErlNifTerm, function: Function) -> ErlNifTerm {
    let lifetime = ();
    let answered = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the VM's environment for the length of this call, and `argc` terms of it.
        let (env, arguments): (Env<'_>, Vec<Term<'_>>) = unsafe {
            let env = Env::new(&lifetime, env);
            let terms = std::slice::from_raw_parts(argv, usize::try_from(argc).unwrap_or_default());
            (env, terms.iter().map(|term| Term::new(env, *term)).collect())
        };
        match function(env, &arguments) {
            Ok(term) => Some(term.as_c_arg()),
            Err(Refused::BadArgument) => None,
            Err(Refused::Stale) => Some(failed(
                env,
                "stale",
                "the store was opened by another build of the library",
            )),
            Err(Refused::Failed(error)) => Some(failed(env, kind(&error), &error.to_string())),
        }
    }));
    match answered {
        Ok(Some(term)) => term,
        // SAFETY: the environment of this call.
        Ok(None) => unsafe { enif_make_badarg(env) },
        Err(_) => {
            // SAFETY: as above.
            let env = unsafe { Env::new(&lifetime, env) };
            failed(env, "panic", "the library panicked, which is an error in Numplan")
        }
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Refused(_) => "refused",
        Error::Full(_) => "full",
        Error::Damaged(_) => "damaged",
        Error::Io(_) => "io",
        Error::Closed => "closed",
    }
}

fn failed(env: Env<'_>, kind: &str, words: &str) -> ErlNifTerm {
    (atom(env, "error"), (atom(env, kind), words)).encode(env).as_c_arg()
}

/// An atom, one of a fixed set of names.
pub(crate) fn atom<'a>(env: Env<'a>, name: &str) -> Term<'a> {
    Atom::from_str(env, name).map_or_else(|_| ().encode(env), |atom| atom.to_term(env))
}
