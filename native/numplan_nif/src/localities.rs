//! Locations and carriers of numbers.
//!
//! The tables are opened at the first look-up, on a dirty scheduler, and closed when the library is
//! unloaded.

use crate::call::Call;
use crate::codec::{self, text};
use crate::refused::{Answer, Refused};
use numplan_locality::answer::{Answer as Locality, Source};
use numplan_locality::builtin::Known;
use numplan_locality::phone::Phone;
use numplan_locality::snapshot::{Refused as Damage, Snapshot};
use numplan_world::Form;
use rustler::sys::ErlNifTerm;
use rustler::{Encoder, Term};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

static KNOWN: AtomicPtr<Known> = AtomicPtr::new(ptr::null_mut());
static OPENING: Mutex<()> = Mutex::new(());

/// Work that is over the budget of a normal scheduler.
const MUCH: usize = usize::MAX;
/// The work of a look-up, in the unit of [`Call::used`].
const LOOKUP: usize = 2_000;

/// `{Locality, Source}` for a number in E.164 and the bytes of a snapshot or `none`; `undefined`
/// for text that is not a number.
pub(crate) fn locality(call: Call<'_>) -> Answer {
    let Some(number) = number(&call)? else {
        return Ok(codec::undefined(call.env).as_c_arg());
    };
    let none = call.term(1)? == call.wrap(call.atoms().none);
    let snapshot = if none {
        None
    } else {
        Snapshot::open(call.binary(1)?).ok()
    };
    let answer = Locality::of(known(&call)?, snapshot.as_ref(), number);
    call.used(LOOKUP);
    Ok(answer.map_or(codec::undefined(call.env).as_c_arg(), |answer| {
        call.encode((parts(&call, &answer), sources(&call, &answer)))
    }))
}

/// libphonenumber's data on a number in E.164, as a map; `undefined` for text that is not a number.
pub(crate) fn lookup(call: Call<'_>) -> Answer {
    let number = number(&call)?;
    let known = known(&call)?;
    looked_up(&call, known, number.and_then(|number| known.read(number)))
}

/// As [`lookup`], for a text as it is written in a region, or in `undefined`.
pub(crate) fn lookup_in(call: Call<'_>) -> Answer {
    let (text, known) = (number(&call)?, known(&call)?);
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
    let binary = |text: &str| call.make_binary(&[text.as_bytes()]);
    let or_undefined = |text: Option<&str>| text.map_or(atoms.undefined, binary);
    let mut buffer = String::with_capacity(64);
    let mut written = |form| -> ErlNifTerm {
        buffer.clear();
        phone.push(form, &mut buffer);
        binary(&buffer)
    };
    call.make_map(&[
        (atoms.e164, binary(phone.e164())),
        (atoms.region, or_undefined(phone.region())),
        (atoms.calling_code, call.encode(phone.calling_code())),
        (atoms.r#type, binary(phone.kind().name())),
        (atoms.is_valid, call.boolean(phone.is_valid())),
        (atoms.is_possible, call.boolean(phone.is_possible())),
        (atoms.national, written(Form::National)),
        (atoms.international, written(Form::International)),
        (atoms.rfc3966, written(Form::Rfc3966)),
        (atoms.carrier, or_undefined(known.carrier(&phone))),
        (
            atoms.time_zones,
            codec::binaries(call, known.time_zones(&phone)).as_c_arg(),
        ),
        (atoms.geocode, or_undefined(known.geocode(&phone))),
    ])
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

/// The first argument as text; `None` where it is too long for a number or not UTF-8.
fn number<'a>(call: &Call<'a>) -> Result<Option<&'a str>, Refused> {
    let bytes = call.binary(0)?;
    Ok((bytes.len() <= numplan_locality::phone::MAX_BYTES)
        .then(|| std::str::from_utf8(bytes).ok())
        .flatten())
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
fn parts<'a>(call: &Call<'a>, answer: &Locality) -> Term<'a> {
    let own = |found: &Option<String>| found.as_ref().map_or(null(call), |found| text(call, found));
    let geocode = object(
        call,
        &[("locality", answer.geocode.map_or(null(call), |found| text(call, found)))],
    );
    let locality = [
        ("locality", own(&answer.city)),
        ("province", own(&answer.province)),
        ("postal_code", own(&answer.postal_code)),
        ("extended_postal_code", null(call)),
        ("latitude", own(&answer.latitude)),
        ("longitude", own(&answer.longitude)),
        ("type", own(&answer.line_type)),
        ("alt_postal_codes", codec::binaries(call, &answer.alt_postal_codes)),
        ("switch", own(&answer.switch)),
    ];
    let carrier = [
        ("id", own(&answer.ocn)),
        ("type", own(&answer.category)),
        ("company", own(&answer.company)),
        ("dba", own(&answer.dba)),
    ];
    (
        own(&answer.country),
        geocode,
        object(call, &locality),
        object(call, &carrier),
    )
        .encode(call.env)
}

fn sources<'a>(call: &Call<'a>, answer: &Locality) -> Term<'a> {
    let of = |source: &Option<Source>| match source {
        None => null(call),
        Some(Source { by, as_of, derived }) => {
            let members = [
                ("by", text(call, by)),
                ("as_of", text(call, as_of)),
                ("derived", codec::binaries(call, derived)),
            ];
            object(call, &members)
        }
    };
    let members = [
        ("locality", of(&answer.locality_source)),
        ("carrier", of(&answer.carrier_source)),
        ("ported", text(call, "unknown")),
    ];
    object(call, &members)
}

/// The members as an ordered object, `{[{Key, Value}]}`.
fn object<'a>(call: &Call<'a>, members: &[(&str, Term<'a>)]) -> Term<'a> {
    let members: Vec<Term<'a>> = members
        .iter()
        .map(|(key, value)| (text(call, key), *value).encode(call.env))
        .collect();
    (members,).encode(call.env)
}

fn null<'a>(call: &Call<'a>) -> Term<'a> {
    call.wrap(call.atoms().null)
}
