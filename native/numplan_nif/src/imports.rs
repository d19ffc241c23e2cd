//! Imports files of codes and blocks into a snapshot, part by part.

use crate::call::Call;
use crate::refused::{Answer, Refused};
use crate::resource::ResourceType;
use crate::{codec, localities};
use numplan_locality::import::{Importer, Reject, Unreadable};
use rustler::{Encoder, Env, Term};
use std::sync::{Mutex, MutexGuard};

/// References to importers, each with a lock: one call at a time works with it.
static IMPORTERS: ResourceType<Mutex<Importer>> = ResourceType::new("importer");

pub(crate) fn register(env: Env<'_>, library: &str) -> bool {
    IMPORTERS.register(env, library)
}

/// A reference to a new importer.
pub(crate) fn new(call: Call<'_>) -> Answer {
    IMPORTERS
        .make(call.env, Mutex::new(Importer::new()))
        .ok_or(Refused::BadArgument)
}

/// Begins a file with its date and, where it has no header, its format: `ok`, or `{error, Reason}`.
pub(crate) fn begin(call: Call<'_>) -> Answer {
    let none = call.term(2)? == call.wrap(call.atoms().none);
    let format = if none { None } else { Some(text(&call, 2)?) };
    let begun = importer(&call)?.begin(text(&call, 1)?, format);
    Ok(begun.map_or_else(|unreadable| error(&call, &unreadable), |()| call.atoms().ok))
}

/// Reads a part of a file: `{ok, Layout, Counts, Rejects}`, or `{error, Reason}`.
pub(crate) fn feed(call: Call<'_>) -> Answer {
    let is_last = call.argument(2)? == call.atoms().yes;
    let mut importer = importer(&call)?;
    if let Err(unreadable) = importer.feed(call.binary(1)?, is_last) {
        return Ok(error(&call, &unreadable));
    }
    let counts = importer.counts();
    let rejects = importer.take_rejects();
    let rejects: Vec<Term<'_>> = rejects.iter().map(|reject| encoded(&call, reject)).collect();
    let layout = match importer.layout() {
        Some(layout) => codec::binary(&call, layout.as_bytes()),
        None => codec::undefined(call.env),
    };
    let counts = (
        counts.rows,
        counts.used,
        counts.unassigned,
        counts.rejected,
        counts.latin1,
    );
    Ok(call.encode((call.wrap(call.atoms().ok), layout, counts, rejects)))
}

/// The bytes of a snapshot of all files read. The importer is reset.
pub(crate) fn finish(call: Call<'_>) -> Answer {
    let known = localities::known(&call)?;
    let importer = std::mem::take(&mut *importer(&call)?);
    Ok(call.make_binary(&[&importer.finish(known)]))
}

fn importer<'a>(call: &Call<'a>) -> Result<MutexGuard<'a, Importer>, Refused> {
    IMPORTERS
        .get(call.env, call.argument(0)?)?
        .lock()
        .map_err(|_| Refused::BadArgument)
}

fn text<'a>(call: &Call<'a>, at: usize) -> Result<&'a str, Refused> {
    std::str::from_utf8(call.binary(at)?).map_err(|_| Refused::BadArgument)
}

fn encoded<'a>(call: &Call<'a>, reject: &Reject) -> Term<'a> {
    let text = |text: &str| codec::binary(call, text.as_bytes());
    (reject.line, text(reject.reason), text(&reject.row)).encode(call.env)
}

fn error(call: &Call<'_>, unreadable: &Unreadable) -> rustler::sys::ErlNifTerm {
    let word = |name: &str| codec::atom(call, name);
    let reason = match unreadable {
        Unreadable::Encoding(encoding) => {
            let name = codec::binary(call, encoding.name().as_bytes());
            (word("encoding"), name).encode(call.env)
        }
        Unreadable::NoHeader => word("no_header"),
        Unreadable::UnknownFormat => word("unknown_format"),
    };
    codec::error(call, reason)
}
