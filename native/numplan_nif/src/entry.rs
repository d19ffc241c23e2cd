//! The entry points of the library: the table of native functions, and load, upgrade and unload.

use crate::call::{self, Call};
use crate::refused::Answer;
use crate::{
    accounts, batches, checks, codec, configuration, counts, diffs, explanations, imports, interned_plans, json,
    library, localities, locks, numbers, plan_cache, plans, regions, table, world,
};
use numplan::plan::probe::{self, Probe};
use rustler::codegen_runtime::internal_write_symbols;
use rustler::sys::{
    ERL_NIF_DIRTY_JOB_CPU_BOUND, ERL_NIF_DIRTY_JOB_IO_BOUND, ERL_NIF_NORMAL_JOB, ErlNifEntry, ErlNifEnv, ErlNifFunc,
    ErlNifTerm, c_int, c_uint, c_void,
};
use rustler::{Env, Term};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// The tag of this build, if it has one. It distinguishes builds of the same source: tests of hot
/// upgrades need two.
const TAG: Option<&str> = option_env!("NUMPLAN_BUILD_TAG");

macro_rules! nif {
    ($name:literal, $arity:literal, $flags:expr, $function:path) => {{
        unsafe extern "C" fn entry(env: *mut ErlNifEnv, argc: c_int, argv: *const ErlNifTerm) -> ErlNifTerm {
            // SAFETY: the VM calls this function as it is registered here.
            unsafe { call::run(env, argc, argv, entry, $name, $function) }
        }
        ErlNifFunc {
            name: $name.as_ptr(),
            arity: $arity,
            function: entry,
            flags: $flags as c_uint,
        }
    }};
}

/// Sets the budget of one call on a normal scheduler, and returns the previous one.
#[cfg(feature = "fault_injection")]
fn force_budget(call: Call<'_>) -> Answer {
    let budget: usize = call
        .term(0)?
        .decode()
        .map_err(|_| crate::refused::Refused::BadArgument)?;
    Ok(call.encode(call::FORCED_BUDGET.swap(budget, std::sync::atomic::Ordering::Relaxed)))
}

/// Panics, for tests.
#[cfg(feature = "fault_injection")]
#[expect(clippy::panic, reason = "its purpose")]
fn force_panic(call: Call<'_>) -> Answer {
    let text = String::from_utf8_lossy(call.binary(0)?).into_owned();
    std::panic::panic_any(text)
}

/// The functions, in the order of the stubs in `numplan_nif.erl`.
const FUNCTIONS: &[ErlNifFunc] = {
    const NORMAL: c_uint = ERL_NIF_NORMAL_JOB;
    const DIRTY: c_uint = ERL_NIF_DIRTY_JOB_CPU_BOUND;
    const DIRTY_IO: c_uint = ERL_NIF_DIRTY_JOB_IO_BOUND;
    &[
        nif!(c"build_info", 0, NORMAL, build_info),
        nif!(c"dialect", 0, NORMAL, dialect),
        nif!(c"dialect", 1, NORMAL, configuration::dialect),
        nif!(c"is_current", 1, NORMAL, is_current),
        nif!(c"presets", 0, NORMAL, configuration::presets),
        nif!(c"preset", 1, NORMAL, configuration::preset),
        nif!(c"regexes", 1, DIRTY, configuration::regexes),
        nif!(c"compile", 2, DIRTY, configuration::compile),
        nif!(c"check", 3, DIRTY, checks::check),
        nif!(c"diff", 5, DIRTY, diffs::diff),
        nif!(c"info", 1, DIRTY, configuration::info),
        nif!(c"available_classifiers", 1, DIRTY, configuration::available_classifiers),
        nif!(c"plan_cache", 0, NORMAL, plan_cache::open),
        nif!(c"plan_cache_find", 2, NORMAL, plan_cache::find),
        nif!(c"plan_cache_claim", 2, DIRTY, plan_cache::claim),
        nif!(c"plan_cache_insert", 4, DIRTY, plan_cache::insert),
        nif!(c"plan_cache_status", 1, NORMAL, plan_cache::status),
        nif!(c"accounts", 0, NORMAL, accounts::open),
        nif!(c"account_normalize", 3, NORMAL, accounts::normalize),
        nif!(c"account_convert", 3, NORMAL, accounts::convert),
        nif!(c"account_is_reconcilable", 3, NORMAL, accounts::is_reconcilable),
        nif!(c"account_moment", 2, NORMAL, accounts::moment),
        nif!(c"account_put", 5, NORMAL, accounts::put),
        nif!(c"account_keep", 4, NORMAL, accounts::keep),
        nif!(c"account_expire", 2, NORMAL, accounts::expire),
        nif!(c"accounts_expire", 1, NORMAL, accounts::expire_all),
        nif!(c"accounts_follow", 3, NORMAL, accounts::follow),
        nif!(c"accounts_due", 2, DIRTY, accounts::due),
        nif!(c"accounts_status", 1, NORMAL, accounts::status),
        nif!(c"counts", 0, NORMAL, counts::counts),
        nif!(c"count_re", 0, NORMAL, counts::count_re),
        nif!(c"active", 0, NORMAL, active),
        nif!(c"activate", 1, NORMAL, activate),
        nif!(c"normalize", 1, NORMAL, numbers::normalize_active),
        nif!(c"normalize", 2, NORMAL, numbers::normalize),
        nif!(c"classify", 1, NORMAL, numbers::classify_active),
        nif!(c"classify", 2, NORMAL, numbers::classify),
        nif!(c"classify_e164", 2, NORMAL, numbers::classify_e164),
        nif!(c"is_reconcilable", 2, NORMAL, numbers::is_reconcilable),
        nif!(c"is_reconcilable_e164", 2, NORMAL, numbers::is_reconcilable_e164),
        nif!(c"classification", 4, NORMAL, numbers::classification),
        nif!(c"pretty_print", 2, NORMAL, numbers::pretty_print),
        nif!(c"pretty_print_as", 4, NORMAL, numbers::pretty_print_as),
        nif!(c"format", 2, NORMAL, numbers::format),
        nif!(c"explain", 3, DIRTY, explanations::explain),
        nif!(c"convert", 2, NORMAL, numbers::convert),
        nif!(c"dial", 2, NORMAL, numbers::dial),
        nif!(c"apply_dial_plan", 2, NORMAL, numbers::apply_dial_plan),
        nif!(c"resume_dial_plan", 4, NORMAL, numbers::resume_dial_plan),
        nif!(c"classify_list", 4, NORMAL, batches::classify_list),
        nif!(c"normalize_list", 3, NORMAL, batches::normalize_list),
        nif!(c"classify_lines", 2, NORMAL, batches::classify_lines),
        nif!(c"normalize_lines", 2, NORMAL, batches::normalize_lines),
        nif!(c"numbers", 1, NORMAL, batches::numbers),
        nif!(c"clean", 1, NORMAL, numbers::clean),
        nif!(c"clean_lines", 1, NORMAL, numbers::clean_lines),
        nif!(c"encoding", 1, NORMAL, table::encoding),
        nif!(c"table_separator", 1, DIRTY, table::separator),
        nif!(c"table_reject", 1, NORMAL, table::reject),
        nif!(c"table_whole_rows", 3, DIRTY, table::whole_rows),
        nif!(c"table_header", 2, DIRTY, table::header),
        nif!(c"table_annotate", 4, DIRTY, table::annotate),
        nif!(c"table_numbers", 2, DIRTY, table::numbers),
        nif!(c"table_annotate_with", 3, DIRTY, table::annotate_with),
        nif!(c"to_npan", 1, NORMAL, numbers::to_npan),
        nif!(c"to_1npan", 1, NORMAL, numbers::to_1npan),
        nif!(c"to_db", 1, NORMAL, numbers::to_db),
        nif!(c"locality", 3, NORMAL, localities::locality),
        nif!(c"lookup", 1, NORMAL, localities::lookup),
        nif!(c"lookup", 2, NORMAL, localities::lookup_in),
        nif!(c"snapshot", 1, DIRTY, localities::snapshot),
        nif!(c"region", 1, NORMAL, world::region),
        nif!(c"number_type", 1, NORMAL, world::number_type),
        nif!(c"is_valid", 1, NORMAL, world::is_valid),
        nif!(c"is_valid", 2, NORMAL, world::is_valid_in),
        nif!(c"parse", 2, NORMAL, world::parse),
        nif!(c"write", 2, NORMAL, world::write),
        nif!(c"short_number", 2, NORMAL, world::short_number),
        nif!(c"number_match", 2, NORMAL, world::number_match),
        nif!(c"regions", 0, NORMAL, regions::regions),
        nif!(c"regions", 1, NORMAL, regions::regions_of),
        nif!(c"calling_codes", 0, NORMAL, regions::calling_codes),
        nif!(c"calling_code", 1, NORMAL, regions::calling_code),
        nif!(c"number_types", 1, NORMAL, regions::number_types),
        nif!(c"example_number", 1, NORMAL, regions::global_example),
        nif!(c"example_number", 2, NORMAL, regions::example),
        nif!(c"lookup_names", 0, NORMAL, world::lookup_names),
        nif!(c"lookup_lines", 2, NORMAL, world::lookup_lines),
        nif!(c"lookup_line", 1, NORMAL, world::lookup_line),
        nif!(c"importer", 0, NORMAL, imports::new),
        nif!(c"import_begin", 3, DIRTY, imports::begin),
        nif!(c"import_feed", 3, DIRTY, imports::feed),
        nif!(c"import_finish", 1, DIRTY, imports::finish),
        nif!(c"lock_directory", 2, DIRTY_IO, locks::lock_directory),
        nif!(c"note_holder", 2, DIRTY_IO, locks::note_holder),
        nif!(c"lock_file", 1, DIRTY_IO, locks::lock_file),
        nif!(c"unlock", 1, DIRTY_IO, locks::unlock),
        nif!(c"json_decode", 4, NORMAL, json::decode),
        nif!(c"json_encode", 2, NORMAL, json::encode),
        #[cfg(feature = "fault_injection")]
        nif!(c"force_panic", 1, NORMAL, force_panic),
        #[cfg(feature = "fault_injection")]
        nif!(c"force_budget", 1, NORMAL, force_budget),
    ]
};

/// The library's description, which the VM only reads.
struct Offer(ErlNifEntry);

// SAFETY: the pointers in it are to constants.
unsafe impl Sync for Offer {}

static OFFER: Offer = Offer({
    let mut entry = ErlNifEntry::new(c"numplan_nif", FUNCTIONS, load);
    entry.upgrade = Some(upgrade);
    entry.unload = Some(unload);
    entry
});

/// `{Build, Tag}`: the name of the library that serves, and the tag it was built with.
fn build_info(call: Call<'_>) -> Answer {
    let build = codec::text(&call, &library::build());
    let tag = codec::text(&call, TAG.unwrap_or("none"));
    Ok(call.encode((build, tag)))
}

/// The name of the dialect of `re` in which regexes are read.
fn dialect(call: Call<'_>) -> Answer {
    Ok(codec::atom(&call, library::dialect().name()).as_c_arg())
}

fn is_current(call: Call<'_>) -> Answer {
    plans::is_current(call.env, call.argument(0)?)
}

/// The plan that is active in this library, or `none`.
fn active(call: Call<'_>) -> Answer {
    Ok(plans::make_active(call.env).unwrap_or(call.atoms().none))
}

/// Makes a plan the active one; `none` leaves no active plan.
fn activate(call: Call<'_>) -> Answer {
    let none = call.term(0)? == call.wrap(call.atoms().none);
    plans::activate(call.env, if none { None } else { Some(call.argument(0)?) })?;
    Ok(call.atoms().ok)
}

/// Returns the library's description to the VM.
///
/// # Safety
///
/// The VM alone calls this, each time it opens the library.
#[unsafe(no_mangle)]
unsafe extern "C" fn nif_init() -> *const ErlNifEntry {
    std::panic::set_hook(Box::new(call::note_panic));
    // On macOS the functions of the VM are looked up by name, elsewhere they are linked.
    // SAFETY: none of them has been called.
    match catch_unwind(|| unsafe { internal_write_symbols() }) {
        Ok(()) => &OFFER.0,
        // The VM refuses a library that offers nothing.
        Err(_) => ptr::null(),
    }
}

unsafe extern "C" fn load(env: *mut ErlNifEnv, data: *mut *mut c_void, info: ErlNifTerm) -> c_int {
    // SAFETY: the VM's own arguments, of a module without data so far.
    unsafe { begin(env, data, ptr::null_mut(), info) }
}

/// Starts this build. `old` is the data of the module before it, or null.
///
/// # Safety
///
/// The VM's own arguments.
unsafe fn begin(env: *mut ErlNifEnv, data: *mut *mut c_void, old: *mut c_void, info: ErlNifTerm) -> c_int {
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
    // SAFETY: the place for this module's data, and those of the module before.
    unsafe { *data = counts::load(old) };
    0
}

/// Starts this build beside an older one. Only counts pass from build to build: each plan is
/// compiled again from its source.
unsafe extern "C" fn upgrade(
    env: *mut ErlNifEnv,
    data: *mut *mut c_void,
    old_data: *mut *mut c_void,
    info: ErlNifTerm,
) -> c_int {
    // SAFETY: the VM's own arguments.
    unsafe { begin(env, data, *old_data, info) }
}

/// Ends an instance of the library; the last one forgets plans and tables. Plans that are still
/// referenced keep the library mapped until the last of them is collected.
unsafe extern "C" fn unload(_env: *mut ErlNifEnv, data: *mut c_void) {
    // SAFETY: what `begin` has stored, once for each instance.
    unsafe { counts::unload(data) };
    library::unload(|| {
        accounts::forget();
        interned_plans::forget();
        plan_cache::forget();
        localities::forget();
    });
}

/// Starts the library, given its name and `[{Regex, Bytes}]`, what `re` answers for the probes.
fn start(env: Env<'_>, info: Term<'_>) -> bool {
    let Ok((library, probes)) = info.decode::<(Term<'_>, Vec<(Term<'_>, Term<'_>)>)>() else {
        return false;
    };
    let library = codec::bytes(library).and_then(|name| String::from_utf8(name).ok());
    let probes: Option<Vec<Probe>> = probes.into_iter().map(probe).collect();
    let (Some(library), Some(probes)) = (library, probes) else {
        return false;
    };
    crate::atoms::atoms(env);
    library::load(library, probe::dialect(&probes), |library| {
        plans::register(env, library)
            && imports::register(env, library)
            && plan_cache::register(env, library)
            && accounts::register(env, library)
            && locks::register(env, library)
    })
}

fn probe((regex, matching): (Term<'_>, Term<'_>)) -> Option<Probe> {
    Some(Probe {
        regex: codec::bytes(regex)?,
        matching: codec::bytes(matching)?,
    })
}
