//! Locations and carriers of numbers.
//!
//! The tables are opened at the first look-up, on a dirty scheduler, and closed when the library is
//! unloaded.

use crate::call::Call;
use crate::codec::{self, text};
use crate::numbers;
use crate::refused::{Answer, Refused};
use numplan_locality::answer::{Answer as Locality, Source};
use numplan_locality::builtin::Known;
use numplan_locality::phone::Phone;
use numplan_locality::snapshot::{Refused as Damage, Snapshot};
use numplan_world::Form;
use rustler::sys::ErlNifTerm;
use rustler::{Encoder, Term};
use std::borrow::Cow;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

static KNOWN: AtomicPtr<Known> = AtomicPtr::new(ptr::null_mut());
static OPENING: Mutex<()> = Mutex::new(());

/// Work that is over the budget of a normal scheduler.
const MUCH: usize = usize::MAX;
/// The work of a look-up, in the unit of [`Call::used`].
const LOOKUP: usize = 2_000;

/// What is known of a number in E.164 by the bytes of a snapshot or `none`, as a tuple whose places
/// `numplan_locality` names: with its sources where the last argument is true. `undefined` for text
/// that is not a number.
pub(crate) fn locality(call: Call<'_>) -> Answer {
    let bytes = call.binary(0)?;
    let atoms = call.atoms();
    let Some(number) = short(bytes) else {
        return Ok(atoms.undefined);
    };
    let snapshot = if call.argument(1)? == atoms.none {
        None
    } else {
        Snapshot::open(call.binary(1)?).ok()
    };
    let answer = Locality::of(known(&call)?, snapshot.as_ref(), number);
    call.used(LOOKUP);
    let Some(answer) = answer else {
        return Ok(atoms.undefined);
    };
    let sources = if call.argument(2)? == atoms.yes {
        let sources = [&answer.locality_source, &answer.carrier_source];
        call.make_tuple(&sources.map(|found| source(&call, found.as_ref())))
    } else {
        atoms.null
    };
    Ok(call.make_tuple(&of_answer(&call, &answer, sources)))
}

/// libphonenumber's data on a number by the active plan, as a tuple whose places `numplan_locality`
/// names; `undefined` for text that is not a number, `inactive` where the caller must normalise it.
pub(crate) fn lookup(call: Call<'_>) -> Answer {
    let known = known(&call)?;
    let Some(number) = numbers::normalized(&call)? else {
        return Ok(call.atoms().inactive);
    };
    looked_up(&call, known, short(&number).and_then(|number| known.read(number)))
}

/// As [`lookup`], for a text as it is written in a region, or in `undefined`.
pub(crate) fn lookup_in(call: Call<'_>) -> Answer {
    let (text, known) = (short(call.binary(0)?), known(&call)?);
    let region = if call.is_atom(call.term(1)?, call.atoms().undefined)? {
        None
    } else {
        std::str::from_utf8(call.binary(1)?).ok()
    };
    let phone = text.and_then(|text| Phone::read_in(known.world(), text, region));
    looked_up(&call, known, phone)
}

fn looked_up(call: &Call<'_>, known: &Known, phone: Option<Phone<'_>>) -> Answer {
    call.used(LOOKUP);
    let Some(phone) = phone else {
        return Ok(call.atoms().undefined);
    };
    let atoms = call.atoms();
    let or_undefined = |text: Option<&str>| text.map_or(atoms.undefined, |text| call.make_binary(&[text.as_bytes()]));
    let mut buffer = Vec::with_capacity(64);
    let mut written = |form| {
        buffer.clear();
        phone.push(form, &mut buffer);
        call.make_binary(&[&buffer])
    };
    Ok(call.make_tuple(&[
        written(Form::E164),
        or_undefined(phone.region()),
        call.encode(phone.calling_code()),
        call.make_binary(&[phone.kind().name().as_bytes()]),
        call.boolean(phone.is_valid()),
        call.boolean(phone.is_possible()),
        written(Form::National),
        written(Form::International),
        written(Form::Rfc3966),
        or_undefined(known.carrier(&phone)),
        call.make_binaries(known.time_zones(&phone).map(str::as_bytes)),
        or_undefined(known.geocode(&phone)),
    ]))
}

/// `{ok, Entries, [{Layout, AsOf}]}` for the bytes of a whole snapshot, or `{error, foreign |
/// changed | length | {version, V}}`.
pub(crate) fn snapshot(call: Call<'_>) -> Answer {
    Ok(match Snapshot::check(call.binary(0)?) {
        Ok(snapshot) => {
            let files: Vec<Term<'_>> = snapshot
                .files()
                .map(|(layout, as_of)| (text(&call, layout), text(&call, as_of)).encode(call.env))
                .collect();
            call.encode((call.wrap(call.atoms().ok), snapshot.entries(), files))
        }
        Err(damage) => {
            let reason = match damage {
                Damage::Foreign => codec::atom(&call, "foreign"),
                Damage::Length => codec::atom(&call, "length"),
                Damage::Changed => codec::atom(&call, "changed"),
                Damage::Version(version) => (codec::atom(&call, "version"), version).encode(call.env),
            };
            codec::error(&call, reason)
        }
    })
}

/// The bytes of a number as text; `None` where they are too many for one or not UTF-8.
fn short(bytes: &[u8]) -> Option<&str> {
    let is_short = bytes.len() <= numplan_locality::phone::MAX_BYTES;
    is_short.then(|| std::str::from_utf8(bytes).ok()).flatten()
}

/// The tables, which the first call opens on a dirty scheduler.
pub(crate) fn known<'a>(call: &Call<'a>) -> Result<&'a Known, Refused> {
    // SAFETY: null, or the tables opened below, which are closed only when no call can run.
    if let Some(known) = unsafe { KNOWN.load(Ordering::Acquire).as_ref() } {
        return Ok(known);
    }
    call.spend(MUCH)?;
    let _opening = OPENING.lock().map_err(|_| Refused::BadArgument)?;
    // SAFETY: as above; another call may have opened them meanwhile.
    if let Some(known) = unsafe { KNOWN.load(Ordering::Acquire).as_ref() } {
        return Ok(known);
    }
    let opened = Box::into_raw(Box::new(Known::open().map_err(|_| Refused::BadArgument)?));
    KNOWN.store(opened, Ordering::Release);
    // SAFETY: it was just made.
    Ok(unsafe { &*opened })
}

/// Closes the tables. Called when the library is unloaded.
pub(crate) fn forget() {
    let known = KNOWN.swap(ptr::null_mut(), Ordering::AcqRel);
    if !known.is_null() {
        // SAFETY: made by `Box::into_raw`, and only the call that swapped it out has it.
        drop(unsafe { Box::from_raw(known) });
    }
}

/// An answer in the order of the API document, without what repeats the request.
fn of_answer(call: &Call<'_>, answer: &Locality<'_>, sources: ErlNifTerm) -> [ErlNifTerm; 15] {
    let own = |found: &Option<Cow<'_, str>>| match found {
        Some(found) => call.make_binary(&[found.as_bytes()]),
        None => call.atoms().null,
    };
    [
        own(&answer.country),
        answer
            .geocode
            .map_or(call.atoms().null, |found| call.make_binary(&[found.as_bytes()])),
        own(&answer.city),
        own(&answer.province),
        own(&answer.postal_code),
        own(&answer.latitude),
        own(&answer.longitude),
        own(&answer.line_type),
        call.make_binaries(answer.alt_postal_codes.iter().map(|code| code.as_bytes())),
        own(&answer.switch),
        own(&answer.ocn),
        own(&answer.category),
        own(&answer.company),
        own(&answer.dba),
        sources,
    ]
}

/// `{By, AsOf, Derived}` or `null`.
fn source(call: &Call<'_>, source: Option<&Source<'_>>) -> ErlNifTerm {
    let Some(Source { by, as_of, derived }) = source else {
        return call.atoms().null;
    };
    call.make_tuple(&[
        call.make_binary(&[by.as_bytes()]),
        call.make_binary(&[as_of.as_bytes()]),
        call.make_binaries(derived.iter().map(|field| field.as_bytes())),
    ])
}
