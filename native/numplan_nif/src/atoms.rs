//! The atoms that results are made of, looked up once.

use rustler::Env;
use rustler::sys::{ErlNifTerm, enif_make_atom_len};
use std::sync::OnceLock;

macro_rules! atoms {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// Atoms, which outlive every environment.
        #[derive(Debug)]
        pub(crate) struct Atoms {
            $(pub(crate) $name: ErlNifTerm,)*
        }

        impl Atoms {
            fn new(env: Env<'_>) -> Atoms {
                Atoms { $($name: make(env, $text),)* }
            }
        }
    };
}

atoms! {
    ok = "ok",
    error = "error",
    held = "held",
    undefined = "undefined",
    none = "none",
    inactive = "inactive",
    stale = "stale",
    yes = "true",
    no = "false",
    nomatch = "nomatch",
    unknown = "unknown",
    re = "re",
    native = "native",
    null = "null",
    accounts_due = "accounts_due",
    nif_panicked = "nif_panicked",
}

static ATOMS: OnceLock<Atoms> = OnceLock::new();

/// The atoms, which the first call makes.
#[inline]
pub(crate) fn atoms(env: Env<'_>) -> &'static Atoms {
    ATOMS.get_or_init(|| Atoms::new(env))
}

/// The atom called `text`.
pub(crate) fn make(env: Env<'_>, text: &str) -> ErlNifTerm {
    // SAFETY: `text` is valid for its length, and `env` is the environment of this call.
    unsafe { enif_make_atom_len(env.as_c_arg(), text.as_ptr().cast(), text.len()) }
}
