//! Locations and carriers of numbers.
//!
//! The tables are opened at the first look-up, and closed when the library is unloaded. A country's
//! patterns are compiled at its first number, on a dirty scheduler.

use crate::call::Call;
use crate::codec::{self, text};
use crate::refused::{Answer, Refused};
use numplan_locality::answer::{Answer as Locality, Source};
use numplan_locality::builtin::Known;
use numplan_locality::snapshot::{Refused as Damage, Snapshot};
use rustler::{Encoder, Term};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

static KNOWN: AtomicPtr<Known> = AtomicPtr::new(ptr::null_mut());
static OPENING: Mutex<()> = Mutex::new(());

/// For each four first digits: whether patterns for such numbers have been compiled.
static READ_BEFORE: [AtomicBool; 10_000] = [const { AtomicBool::new(false) }; 10_000];

/// Work that is over the budget of a normal scheduler.
const MUCH: usize = usize::MAX;
/// The work of a look-up, in the unit of [`Call::used`]: a few microseconds.
const LOOKUP: usize = 20_000;

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
    let answer = warmly(&call, number, |known| Locality::of(known, snapshot.as_ref(), number))?;
    call.used(LOOKUP);
    Ok(answer.map_or(codec::undefined(call.env).as_c_arg(), |answer| {
        call.encode((parts(&call, &answer), sources(&call, &answer)))
    }))
}

/// libphonenumber's data on a number in E.164, as a map; `undefined` for text that is not a number.
pub(crate) fn lookup(call: Call<'_>) -> Answer {
    let Some(number) = number(&call)? else {
        return Ok(codec::undefined(call.env).as_c_arg());
    };
    let found = warmly(&call, number, |known| {
        let phone = known.read(number)?;
        let or_undefined = |found: Option<&str>| found.map_or(codec::undefined(call.env), |found| text(&call, found));
        let region = phone.region();
        let members = [
            ("e164", text(&call, &phone.e164())),
            ("region", or_undefined(region.as_deref())),
            ("calling_code", phone.calling_code().encode(call.env)),
            ("type", text(&call, phone.kind())),
            ("is_valid", call.wrap(call.boolean(phone.is_valid()))),
            ("is_possible", call.wrap(call.boolean(phone.is_possible()))),
            ("national", text(&call, &phone.national())),
            ("international", text(&call, &phone.international())),
            ("rfc3966", text(&call, &phone.rfc3966())),
            ("carrier", or_undefined(known.carrier(&phone))),
            ("time_zones", codec::binaries(&call, known.time_zones(&phone))),
            ("geocode", or_undefined(known.geocode(&phone))),
        ];
        Some(codec::record(&call, &members))
    })?;
    call.used(LOOKUP);
    Ok(found.transpose()?.unwrap_or(codec::undefined(call.env)).as_c_arg())
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

/// The result of `read` on the tables; on a dirty scheduler if tables must be opened or patterns
/// compiled for the number.
fn warmly<T>(call: &Call<'_>, number: &str, read: impl FnOnce(&Known) -> T) -> Result<T, Refused> {
    let digits = number.bytes().filter(u8::is_ascii_digit).take(4);
    let place = digits.fold(0, |place, digit| place * 10 + usize::from(digit - b'0'));
    let before = READ_BEFORE.get(place);
    if !before.is_some_and(|before| before.load(Ordering::Acquire)) {
        call.spend(MUCH)?;
    }
    let found = read(known(call)?);
    if let Some(before) = before {
        before.store(true, Ordering::Release);
    }
    Ok(found)
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
    for before in &READ_BEFORE {
        before.store(false, Ordering::Release);
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
