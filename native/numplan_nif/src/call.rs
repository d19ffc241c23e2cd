//! A call of a native function: its arguments, its result, its panics, and its budget of time.

use crate::atoms::{Atoms, atoms};
use crate::plans;
use crate::refused::{Answer, Refused};
use numplan::plan::Plan;
use rustler::sys::{
    ERL_NIF_DIRTY_JOB_CPU_BOUND, ERL_NIF_THR_NORMAL_SCHEDULER, ErlNifBinary, ErlNifEnv, ErlNifTerm, c_char, c_int,
    c_uint, enif_consume_timeslice, enif_get_list_cell, enif_get_list_length, enif_get_tuple, enif_inspect_binary,
    enif_make_badarg, enif_make_list_cell, enif_make_list_from_array, enif_make_map_from_arrays, enif_make_new_binary,
    enif_make_tuple_from_array, enif_raise_exception, enif_schedule_nif, enif_thread_type,
};
use rustler::{Encoder, Env, Term};
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Mutex;

/// The work of one call on a normal scheduler, in table look-ups or bytes: some 0.3 ms. A call that
/// needs more moves to a dirty scheduler.
const BUDGET: usize = 200_000;

/// The work that takes a process's whole time slice, about a millisecond.
const TURN: usize = 600_000;

#[cfg(not(feature = "fault_injection"))]
const fn budget() -> usize {
    BUDGET
}

/// The budget in tests, which set it low.
#[cfg(feature = "fault_injection")]
pub(crate) static FORCED_BUDGET: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(BUDGET);

#[cfg(feature = "fault_injection")]
fn budget() -> usize {
    FORCED_BUDGET.load(std::sync::atomic::Ordering::Relaxed)
}

/// The type of a native function, as the VM calls it.
pub(crate) type Entry = unsafe extern "C" fn(*mut ErlNifEnv, c_int, *const ErlNifTerm) -> ErlNifTerm;

#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) env: Env<'a>,
    arguments: &'a [ErlNifTerm],
}

impl<'a> Call<'a> {
    /// An argument, as a raw term.
    pub(crate) fn argument(&self, at: usize) -> Result<ErlNifTerm, Refused> {
        self.arguments.get(at).copied().ok_or(Refused::BadArgument)
    }

    pub(crate) fn term(&self, at: usize) -> Result<Term<'a>, Refused> {
        // SAFETY: the arguments of a call are terms of its environment.
        self.argument(at).map(|term| unsafe { Term::new(self.env, term) })
    }

    #[inline]
    pub(crate) fn binary(&self, at: usize) -> Result<&'a [u8], Refused> {
        self.bytes(self.argument(at)?)
    }

    /// The bytes of a binary, which is an argument or part of one.
    #[inline]
    pub(crate) fn bytes(&self, term: ErlNifTerm) -> Result<&'a [u8], Refused> {
        let mut binary = MaybeUninit::<ErlNifBinary>::uninit();
        // SAFETY: on success the VM has filled in `binary`, whose bytes live as long as the term:
        // for the length of the call. The VM is not known to return a null pointer for an empty
        // binary, but a slice must not rely on that.
        unsafe {
            if enif_inspect_binary(self.env.as_c_arg(), term, binary.as_mut_ptr()) == 0 {
                return Err(Refused::BadArgument);
            }
            let binary = binary.assume_init();
            if binary.size == 0 || binary.data.is_null() {
                return Ok(&[]);
            }
            Ok(std::slice::from_raw_parts(binary.data, binary.size))
        }
    }

    /// The plan that an argument is a reference to.
    #[inline]
    pub(crate) fn plan(&self, at: usize) -> Result<&'a Plan, Refused> {
        plans::plan(self.env, self.argument(at)?)
    }

    /// Checks that this scheduler may do `work`, in table look-ups or bytes.
    ///
    /// # Errors
    ///
    /// [`Refused::TooLong`] on a normal scheduler when the work exceeds the budget.
    #[inline]
    pub(crate) fn spend(&self, work: usize) -> Result<(), Refused> {
        if work <= budget() {
            return Ok(());
        }
        // SAFETY: it takes no arguments.
        match unsafe { enif_thread_type() } {
            ERL_NIF_THR_NORMAL_SCHEDULER => Err(Refused::TooLong),
            _ => Ok(()),
        }
    }

    /// The work that this call may do, in table look-ups or bytes; unbounded on a dirty scheduler.
    pub(crate) fn allowance(&self) -> usize {
        match self.spend(usize::MAX) {
            Ok(()) => usize::MAX,
            Err(_) => budget(),
        }
    }

    /// True when a normal scheduler may do `work` in one call.
    #[inline]
    pub(crate) fn affords(&self, work: usize) -> bool {
        work <= budget()
    }

    /// Reports to the scheduler the share of the process's time slice that this call has used.
    pub(crate) fn used(&self, work: usize) {
        let share = (work.saturating_mul(100) / TURN).clamp(1, 100) as c_int;
        // SAFETY: the environment of this call.
        unsafe { enif_consume_timeslice(self.env.as_c_arg(), share) };
    }

    /// The head and the tail of a list; `None` for the empty list and other terms.
    #[inline]
    pub(crate) fn list_cell(&self, list: ErlNifTerm) -> Option<(ErlNifTerm, ErlNifTerm)> {
        let (mut first, mut rest) = (list, list);
        // SAFETY: a term of this call; on success both are filled in.
        let is_cell = unsafe { enif_get_list_cell(self.env.as_c_arg(), list, &mut first, &mut rest) };
        (is_cell != 0).then_some((first, rest))
    }

    #[inline]
    pub(crate) fn make_list_cell(&self, first: ErlNifTerm, rest: ErlNifTerm) -> ErlNifTerm {
        // SAFETY: terms of this call.
        unsafe { enif_make_list_cell(self.env.as_c_arg(), first, rest) }
    }

    /// The number of elements of a list; `None` for another term.
    pub(crate) fn list_length(&self, list: ErlNifTerm) -> Option<usize> {
        let mut length: c_uint = 0;
        // SAFETY: a term of this call; on success the length is filled in.
        let is_list = unsafe { enif_get_list_length(self.env.as_c_arg(), list, &mut length) };
        (is_list != 0).then_some(length as usize)
    }

    /// True for the atom, false for a binary or another term that is not an atom. Any other atom,
    /// such as `stale`, is refused.
    pub(crate) fn is_atom(&self, term: Term<'a>, atom: ErlNifTerm) -> Result<bool, Refused> {
        match (term.as_c_arg() == atom, term.is_atom()) {
            (true, _) => Ok(true),
            (false, true) => Err(Refused::BadArgument),
            (false, false) => Ok(false),
        }
    }

    pub(crate) fn tuple(&self, at: usize) -> Result<&'a [ErlNifTerm], Refused> {
        self.elements(self.argument(at)?)
    }

    /// The elements of a tuple, which is an argument or part of one.
    pub(crate) fn elements(&self, tuple: ErlNifTerm) -> Result<&'a [ErlNifTerm], Refused> {
        let (mut arity, mut elements): (c_int, *const ErlNifTerm) = (0, std::ptr::null());
        // SAFETY: on success `elements` are `arity` terms, which live as long as the argument: for
        // the length of the call.
        unsafe {
            match enif_get_tuple(self.env.as_c_arg(), tuple, &mut arity, &mut elements) {
                0 => Err(Refused::BadArgument),
                _ if arity == 0 => Ok(&[]),
                _ => Ok(std::slice::from_raw_parts(elements, arity as usize)),
            }
        }
    }

    /// A map of members with different keys.
    pub(crate) fn make_map<const N: usize>(&self, members: &[(ErlNifTerm, ErlNifTerm); N]) -> Answer {
        let (keys, values) = (members.map(|(key, _)| key), members.map(|(_, value)| value));
        let mut map = MaybeUninit::<ErlNifTerm>::uninit();
        // SAFETY: both arrays hold `N` terms of this call; the VM fills in the map, or refuses keys
        // that are not different.
        unsafe {
            match enif_make_map_from_arrays(self.env.as_c_arg(), keys.as_ptr(), values.as_ptr(), N, map.as_mut_ptr()) {
                0 => Err(Refused::BadArgument),
                _ => Ok(map.assume_init()),
            }
        }
    }

    pub(crate) fn make_tuple<const N: usize>(&self, elements: &[ErlNifTerm; N]) -> ErlNifTerm {
        // SAFETY: the array holds `N` terms of this call.
        unsafe { enif_make_tuple_from_array(self.env.as_c_arg(), elements.as_ptr(), N as c_uint) }
    }

    /// A list of binaries.
    pub(crate) fn make_binaries<'t>(&self, texts: impl Iterator<Item = &'t [u8]>) -> ErlNifTerm {
        let terms: Vec<ErlNifTerm> = texts.map(|text| self.make_binary(&[text])).collect();
        // SAFETY: as many terms of this call.
        unsafe { enif_make_list_from_array(self.env.as_c_arg(), terms.as_ptr(), terms.len() as c_uint) }
    }

    #[inline]
    pub(crate) fn make_binary(&self, pieces: &[&[u8]]) -> ErlNifTerm {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        let mut term = MaybeUninit::<ErlNifTerm>::uninit();
        // SAFETY: the VM gives `length` writable bytes, which nobody else sees before the call
        // returns; the pieces add up to that length.
        unsafe {
            let mut to = enif_make_new_binary(self.env.as_c_arg(), length, term.as_mut_ptr());
            for piece in pieces {
                copy(piece, to);
                to = to.add(piece.len());
            }
            term.assume_init()
        }
    }

    #[inline]
    pub(crate) fn atoms(&self) -> &'static Atoms {
        atoms(self.env)
    }

    #[inline]
    pub(crate) fn boolean(&self, value: bool) -> ErlNifTerm {
        if value { self.atoms().yes } else { self.atoms().no }
    }

    /// `term` with the lifetime of this call.
    pub(crate) fn wrap(&self, term: ErlNifTerm) -> Term<'a> {
        // SAFETY: `term` was made in the environment of this call, or is an atom.
        unsafe { Term::new(self.env, term) }
    }

    pub(crate) fn encode(&self, value: impl Encoder) -> ErlNifTerm {
        value.encode(self.env).as_c_arg()
    }
}

/// Copies `piece` in two steps that overlap: most pieces are too short for a call of `memcpy`.
///
/// # Safety
///
/// `to` has room for it.
#[inline]
unsafe fn copy(piece: &[u8], to: *mut u8) {
    // SAFETY: each write is of bytes of the piece to their place behind `to`, where there is room.
    unsafe {
        match piece.len() {
            0 => {}
            1 => ends::<1>(piece, to),
            2..=3 => ends::<2>(piece, to),
            4..=7 => ends::<4>(piece, to),
            8..=16 => ends::<8>(piece, to),
            17..=32 => ends::<16>(piece, to),
            length => std::ptr::copy_nonoverlapping(piece.as_ptr(), to, length),
        }
    }
}

/// Copies the first and the last `N` bytes of `piece`.
///
/// # Safety
///
/// `to` has room for `piece`.
#[inline]
unsafe fn ends<const N: usize>(piece: &[u8], to: *mut u8) {
    if let (Some(first), Some(last)) = (piece.first_chunk::<N>(), piece.last_chunk::<N>()) {
        // SAFETY: both are within the piece, and so within the room for it.
        unsafe {
            to.cast::<[u8; N]>().write_unaligned(*first);
            to.add(piece.len() - N).cast::<[u8; N]>().write_unaligned(*last);
        }
    }
}

/// Runs `function` for the VM, which always gets a term: the result, `stale`, or an exception.
///
/// # Safety
///
/// The VM calls `entry`, known as `name`, with these arguments.
#[inline]
pub(crate) unsafe fn run(
    env: *mut ErlNifEnv,
    argc: c_int,
    argv: *const ErlNifTerm,
    entry: Entry,
    name: &'static CStr,
    function: fn(Call<'_>) -> Answer,
) -> ErlNifTerm {
    let lifetime = ();
    // SAFETY: the environment lives until this function returns, and so do `argc` arguments.
    let call = unsafe {
        let arguments = if argc == 0 {
            &[]
        } else {
            std::slice::from_raw_parts(argv, argc as usize)
        };
        Call {
            env: Env::new(&lifetime, env),
            arguments,
        }
    };
    match catch_unwind(AssertUnwindSafe(|| function(call))) {
        Ok(Ok(answer)) => answer,
        Ok(Err(Refused::With(answer))) => answer,
        Ok(Err(Refused::Stale)) => call.atoms().stale,
        // SAFETY: both end the call, as the VM wants it.
        Ok(Err(Refused::BadArgument)) => unsafe { enif_make_badarg(env) },
        // SAFETY: as above; `entry` has the arity of these arguments.
        Ok(Err(Refused::TooLong)) => unsafe {
            let name: *const c_char = name.as_ptr();
            enif_schedule_nif(env, name, ERL_NIF_DIRTY_JOB_CPU_BOUND as c_int, entry, argc, argv)
        },
        Err(_) => {
            let message = LAST_PANIC
                .lock()
                .map(|mut message| std::mem::take(&mut *message))
                .unwrap_or_default();
            let reason = call.wrap(call.make_binary(&[message.as_bytes()]));
            let reason = (call.wrap(call.atoms().nif_panicked), reason).encode(call.env);
            // SAFETY: as above.
            unsafe { enif_raise_exception(env, reason.as_c_arg()) }
        }
    }
}

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Stores a panic's message for the exception that it becomes. The default hook, which this
/// replaces, would register a thread-local destructor.
pub(crate) fn note_panic(panic: &PanicHookInfo<'_>) {
    if let Ok(mut last) = LAST_PANIC.lock() {
        *last = panic.to_string();
    }
}
