//! The entry points of the library: the table of native functions, and load, upgrade and unload.

use crate::call;
use crate::functions;
use crate::handle;
use rustler::codegen_runtime::internal_write_symbols;
use rustler::sys::{ERL_NIF_DIRTY_JOB_IO_BOUND, ErlNifEntry, ErlNifEnv, ErlNifFunc, ErlNifTerm, c_int, c_uint, c_void};
use rustler::{Binary, Env, Term};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

macro_rules! nif {
    ($name:literal, $arity:literal, $function:path) => {{
        unsafe extern "C" fn entry(env: *mut ErlNifEnv, argc: c_int, argv: *const ErlNifTerm) -> ErlNifTerm {
            // SAFETY: the VM calls this function as it is registered here.
            unsafe { call::run(env, argc, argv, $function) }
        }
        ErlNifFunc {
            name: $name.as_ptr(),
            arity: $arity,
            function: entry,
            flags: ERL_NIF_DIRTY_JOB_IO_BOUND as c_uint,
        }
    }};
}

/// The functions, in the order of the stubs in `native.ex`.
const FUNCTIONS: &[ErlNifFunc] = &[
    nif!(c"open", 1, functions::open),
    nif!(c"close", 1, functions::close),
    nif!(c"commit", 2, functions::commit),
    nif!(c"check", 1, functions::check),
    nif!(c"probe", 1, functions::probe),
    nif!(c"status", 1, functions::status),
    nif!(c"numbers", 2, functions::numbers),
    nif!(c"list", 6, functions::list),
    nif!(c"assigned_to", 4, functions::assigned_to),
    nif!(c"list_numbers", 3, functions::list_numbers),
    nif!(c"list_accounts", 3, functions::list_accounts),
    nif!(c"list_documents", 1, functions::list_documents),
    nif!(c"count_below", 2, functions::count_below),
    nif!(c"account", 2, functions::account),
    nif!(c"document", 2, functions::document),
    nif!(c"verify_pages", 2, functions::verify_pages),
    nif!(c"verify_tables", 1, functions::verify_tables),
    nif!(c"back_up", 4, functions::back_up),
    nif!(c"restore", 4, functions::restore),
    #[cfg(feature = "fault_injection")]
    nif!(c"force_panic", 0, functions::force_panic),
];

/// The library's description, which the VM only reads.
struct Offer(ErlNifEntry);

// SAFETY: the pointers in it are to constants.
unsafe impl Sync for Offer {}

static OFFER: Offer = Offer({
    let mut entry = ErlNifEntry::new(c"Elixir.Numplan.Store.SQLite.Native", FUNCTIONS, load);
    entry.upgrade = Some(upgrade);
    entry.unload = Some(unload);
    entry
});

/// What a build leaves to the next one, in the VM's data of the module. Its form never changes.
#[repr(C)]
struct Legacy {
    /// Closes all stores that the build has open.
    close_all: extern "C" fn(),
}

static LEGACY: Legacy = Legacy { close_all };

extern "C" fn close_all() {
    let closed = catch_unwind(handle::close_all);
    // The VM loads the next build in any case.
    let _ = closed;
}

/// Returns the library's description to the VM.
///
/// # Safety
///
/// The VM alone calls this, each time it opens the library.
#[unsafe(no_mangle)]
unsafe extern "C" fn nif_init() -> *const ErlNifEntry {
    // The caller gets an error, which is logged; a panic's own text would go past the log.
    std::panic::set_hook(Box::new(|_| ()));
    // On macOS the functions of the VM are looked up by name, elsewhere they are linked.
    // SAFETY: none of them has been called.
    match catch_unwind(|| unsafe { internal_write_symbols() }) {
        Ok(()) => &OFFER.0,
        // The VM refuses a library that offers nothing.
        Err(_) => ptr::null(),
    }
}

unsafe extern "C" fn load(env: *mut ErlNifEnv, data: *mut *mut c_void, info: ErlNifTerm) -> c_int {
    let lifetime = ();
    let started = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the VM's environment for the length of this call, and a term of it.
        let (env, info) = unsafe {
            let env = Env::new_init_env(&lifetime, env);
            (env, Term::new(env, info))
        };
        start(env, info)
    }));
    if !matches!(started, Ok(true)) {
        return 1;
    }
    // SAFETY: the place for this module's data.
    unsafe { *data = ptr::from_ref(&LEGACY).cast_mut().cast() };
    0
}

/// Starts this build in place of an older one, and closes that one's stores. Until the VM has
/// replaced the module, calls reach the older build, which opens none again.
unsafe extern "C" fn upgrade(
    env: *mut ErlNifEnv,
    data: *mut *mut c_void,
    old_data: *mut *mut c_void,
    info: ErlNifTerm,
) -> c_int {
    // SAFETY: what `load` of the older build has stored, which is mapped as long as its module is.
    unsafe {
        let status = load(env, data, info);
        // If this build does not start, the older one goes on.
        if status == 0
            && let Some(legacy) = (*old_data).cast::<Legacy>().as_ref()
        {
            (legacy.close_all)();
        }
        status
    }
}

unsafe extern "C" fn unload(_env: *mut ErlNifEnv, _data: *mut c_void) {}

/// Starts the library, given its name.
fn start(env: Env<'_>, info: Term<'_>) -> bool {
    let Ok(name) = info.decode::<Binary<'_>>() else {
        return false;
    };
    std::str::from_utf8(name.as_slice()).is_ok_and(|name| handle::register(env, name))
}
