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
    e164 = "e164",
    international = "international",
    national = "national",
    rfc3966 = "rfc3966",
    is_valid = "is_valid",
    is_possible = "is_possible",
    carrier = "carrier",
    from_number_with_plus_sign = "from_number_with_plus_sign",
    from_number_with_idd = "from_number_with_idd",
    from_number_without_plus_sign = "from_number_without_plus_sign",
    from_default_country = "from_default_country",
    invalid_country_code = "invalid_country_code",
    not_a_number = "not_a_number",
    too_short_after_idd = "too_short_after_idd",
    too_short_nsn = "too_short_nsn",
    too_long = "too_long",
    no_match = "no_match",
    short_nsn_match = "short_nsn_match",
    nsn_match = "nsn_match",
    exact_match = "exact_match",
    from = "from",
    mobile = "mobile",
    cost = "cost",
    is_carrier_specific = "is_carrier_specific",
    is_sms_service = "is_sms_service",
    is_emergency = "is_emergency",
    connects_to_emergency = "connects_to_emergency",
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
