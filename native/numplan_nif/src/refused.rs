//! What a native function returns: a term, or why it is refused.

use rustler::sys::ErlNifTerm;

/// Why a call ends before its function has a result. `call::run` alone turns it into what the VM
/// gets, so that `?` leaves a function at any depth.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    /// An argument is of the wrong type: raises `badarg`.
    BadArgument,
    /// The NIF resource was made by another build of this library, before a hot upgrade: the
    /// function returns `stale`.
    Stale,
    /// The work is too long for a normal scheduler: the call is repeated on a dirty one.
    TooLong,
    /// The arguments are refused with this term, such as `{error, Problems}`.
    With(ErlNifTerm),
}

/// The result of a native function.
pub(crate) type Answer = Result<ErlNifTerm, Refused>;
