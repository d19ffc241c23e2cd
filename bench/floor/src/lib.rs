//! What any call into native code costs that takes a binary: straight calls of the VM's C interface, and nothing else.
#![deny(unsafe_op_in_unsafe_fn)]

use rustler::sys::{
    ErlNifBinary, ErlNifEntry, ErlNifEnv, ErlNifFunc, ErlNifTerm, c_int, c_void, enif_inspect_binary,
    enif_make_atom_len, enif_make_badarg, enif_make_new_binary,
};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;

static OK: OnceLock<ErlNifTerm> = OnceLock::new();

/// The bytes of the only argument.
unsafe fn argument(env: *mut ErlNifEnv, argv: *const ErlNifTerm) -> Option<ErlNifBinary> {
    let mut binary = MaybeUninit::<ErlNifBinary>::uninit();
    // SAFETY: the VM gives one argument; on success the binary is filled in.
    unsafe {
        match enif_inspect_binary(env, *argv, binary.as_mut_ptr()) {
            0 => None,
            _ => Some(binary.assume_init()),
        }
    }
}

/// `echo(binary) -> atom`
unsafe extern "C" fn echo(env: *mut ErlNifEnv, _argc: c_int, argv: *const ErlNifTerm) -> ErlNifTerm {
    // SAFETY: the VM's own arguments.
    unsafe {
        match (argument(env, argv), OK.get()) {
            (Some(_), Some(ok)) => *ok,
            _ => enif_make_badarg(env),
        }
    }
}

/// `floor(binary) -> a new six-byte binary`
unsafe extern "C" fn floor(env: *mut ErlNifEnv, _argc: c_int, argv: *const ErlNifTerm) -> ErlNifTerm {
    // SAFETY: the VM's own arguments; it gives six writable bytes.
    unsafe {
        if argument(env, argv).is_none() {
            return enif_make_badarg(env);
        }
        let mut term = MaybeUninit::<ErlNifTerm>::uninit();
        let bytes = enif_make_new_binary(env, 6, term.as_mut_ptr());
        ptr::copy_nonoverlapping(b"did_us".as_ptr(), bytes, 6);
        term.assume_init()
    }
}

unsafe extern "C" fn load(env: *mut ErlNifEnv, _data: *mut *mut c_void, _info: ErlNifTerm) -> c_int {
    // SAFETY: the VM's environment; the text is valid for its length.
    let ok = unsafe { enif_make_atom_len(env, c"ok".as_ptr(), 2) };
    c_int::from(OK.set(ok).is_err())
}

const FUNCTIONS: &[ErlNifFunc] = &[
    ErlNifFunc {
        name: c"echo".as_ptr(),
        arity: 1,
        function: echo,
        flags: 0,
    },
    ErlNifFunc {
        name: c"floor".as_ptr(),
        arity: 1,
        function: floor,
        flags: 0,
    },
];

struct Offer(ErlNifEntry);

// SAFETY: the pointers in it are to constants.
unsafe impl Sync for Offer {}

static OFFER: Offer = Offer(ErlNifEntry::new(c"numplan_floor", FUNCTIONS, load));

/// What the VM asks for first.
#[unsafe(no_mangle)]
extern "C" fn nif_init() -> *const ErlNifEntry {
    &OFFER.0
}
