//! The native functions. Each returns `ok` or `{ok, Answer}`, or `{error, {Kind, Words}}`.

use crate::call::{Answer, Refused, atom};
use crate::handle;
use crate::terms::{self, binary, bytes, list_of_bytes};
use numplan_store::{Change, Database, Depth, Options, Reading};
use rustler::{Encoder, Env, LocalPid, Term};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

fn argument<'a>(arguments: &[Term<'a>], at: usize) -> Result<Term<'a>, Refused> {
    arguments.get(at).copied().ok_or(Refused::BadArgument)
}

fn database<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Result<&'a Database, Refused> {
    handle::get(env, argument(arguments, 0)?)
}

fn done(env: Env<'_>) -> Answer<'_> {
    Ok(atom(env, "ok"))
}

fn ok<'a>(env: Env<'a>, answer: impl Encoder) -> Answer<'a> {
    Ok((atom(env, "ok"), answer).encode(env))
}

fn nil_or<'a>(env: Env<'a>, term: Option<Term<'a>>) -> Term<'a> {
    term.unwrap_or_else(|| atom(env, "nil"))
}

/// Opens the store in a directory: `{ok, Handle}`.
pub(crate) fn open<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let dir = path(arguments, 0)?;
    ok(env, handle::make(env, || Database::open(dir, Options::default()))?)
}

fn path<'a>(arguments: &[Term<'a>], at: usize) -> Result<&'a Path, Refused> {
    Ok(Path::new(OsStr::from_bytes(bytes(argument(arguments, at)?)?)))
}

/// What sends a process `{progress, Done, Whole}`, in pages.
fn progress<'a>(env: Env<'a>, arguments: &[Term<'a>], at: usize) -> Result<impl FnMut(u64, u64), Refused> {
    let receiver: LocalPid = argument(arguments, at)?.decode()?;
    Ok(move |done, whole| {
        // One that has ended needs no progress.
        let _ = env.send(&receiver, (atom(env, "progress"), done, whole));
    })
}

/// Verifies the pages of the store in a directory.
pub(crate) fn verify_pages<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let mut progress = progress(env, arguments, 1)?;
    Reading::of_store(path(arguments, 0)?)?.verify_pages(&mut progress)?;
    done(env)
}

/// Verifies the tables, indices and references of the store in a directory.
pub(crate) fn verify_tables<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    Reading::of_store(path(arguments, 0)?)?.verify_tables(Depth::Indices)?;
    done(env)
}

/// Copies the store in a directory into a file.
pub(crate) fn back_up<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let (dir, to) = (path(arguments, 0)?, path(arguments, 1)?);
    let mut progress = progress(env, arguments, 3)?;
    numplan_store::back_up(dir, to, argument(arguments, 2)?.decode()?, &mut progress)?;
    done(env)
}

/// Makes the store in a directory from a back-up.
pub(crate) fn restore<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let (from, dir) = (path(arguments, 0)?, path(arguments, 1)?);
    let aside = match argument(arguments, 2)? {
        none if none.is_atom() => None,
        _ => Some(path(arguments, 2)?),
    };
    let mut progress = progress(env, arguments, 3)?;
    numplan_store::restore(from, dir, aside, &mut progress)?;
    done(env)
}

/// Closes a store, once the calls that use it have returned.
pub(crate) fn close<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    database(env, arguments)?.close();
    done(env)
}

/// Makes all changes of a list, durably, or none.
pub(crate) fn commit<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let terms = terms::list(argument(arguments, 1)?)?;
    let changes: Vec<Change<'a>> = terms.into_iter().map(terms::change).collect::<Result<_, _>>()?;
    database(env, arguments)?.commit(&changes)?;
    done(env)
}

/// Checks that the files are still those that were opened.
pub(crate) fn check<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    database(env, arguments)?.check()?;
    done(env)
}

/// Writes to the disc without changing anything.
pub(crate) fn probe<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    database(env, arguments)?.probe()?;
    done(env)
}

/// `{ok, {Layout, Size, SizeOfTheLog}}`.
pub(crate) fn status<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let status = database(env, arguments)?.status()?;
    ok(env, (status.layout as u64, status.size, status.log))
}

/// `{ok, [Number | nil]}`, in the order of the ids.
pub(crate) fn numbers<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let ids = list_of_bytes(argument(arguments, 1)?)?;
    let found = database(env, arguments)?.numbers(&ids)?;
    let terms: Vec<Term<'a>> = found
        .iter()
        .map(|found| nil_or(env, found.as_ref().map(|number| terms::number(env, number))))
        .collect();
    ok(env, terms)
}

/// `{ok, {[Number], [{Id, Fields}]}}`: records of a part of the list, and copies that differ.
pub(crate) fn list<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let (account, from) = (bytes(argument(arguments, 1)?)?, bytes(argument(arguments, 3)?)?);
    let part = terms::part(argument(arguments, 2)?)?;
    let until = terms::optional_bytes(argument(arguments, 4)?)?;
    let page = database(env, arguments)?.list(account, part, from, until, argument(arguments, 5)?.decode()?)?;
    let numbers: Vec<Term<'a>> = page.numbers.iter().map(|number| terms::number(env, number)).collect();
    let copies: Vec<(Term<'a>, Term<'a>)> = page
        .copies
        .iter()
        .map(|copy| (binary(env, &copy.id), binary(env, &copy.fields)))
        .collect();
    ok(env, (numbers, copies))
}

/// `{ok, [Id]}`.
pub(crate) fn assigned_to<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let (account, from) = (bytes(argument(arguments, 1)?)?, bytes(argument(arguments, 2)?)?);
    let ids = database(env, arguments)?.assigned_to(account, from, argument(arguments, 3)?.decode()?)?;
    ok(env, ids.iter().map(|id| binary(env, id)).collect::<Vec<_>>())
}

/// `{ok, [Number]}`.
pub(crate) fn list_numbers<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let from = bytes(argument(arguments, 1)?)?;
    let found = database(env, arguments)?.list_numbers(from, argument(arguments, 2)?.decode()?)?;
    ok(
        env,
        found.iter().map(|found| terms::number(env, found)).collect::<Vec<_>>(),
    )
}

/// `{ok, [{Id, Fields}]}`.
pub(crate) fn list_accounts<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let from = bytes(argument(arguments, 1)?)?;
    let found = database(env, arguments)?.list_accounts(from, argument(arguments, 2)?.decode()?)?;
    let terms = found
        .iter()
        .map(|found| (binary(env, &found.id), binary(env, &found.fields)));
    ok(env, terms.collect::<Vec<_>>())
}

/// `{ok, [{Id, Revision, Content}]}`.
pub(crate) fn list_documents<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let found = database(env, arguments)?.list_documents()?;
    ok(
        env,
        found
            .iter()
            .map(|found| terms::document(env, found))
            .collect::<Vec<_>>(),
    )
}

/// `{ok, Count}`.
pub(crate) fn count_below<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    ok(
        env,
        database(env, arguments)?.count_below(bytes(argument(arguments, 1)?)?)?,
    )
}

/// `{ok, Fields | nil}`.
pub(crate) fn account<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let found = database(env, arguments)?.account(bytes(argument(arguments, 1)?)?)?;
    ok(env, nil_or(env, found.map(|fields| binary(env, &fields))))
}

/// `{ok, {Id, Revision, Content} | nil}`.
pub(crate) fn document<'a>(env: Env<'a>, arguments: &[Term<'a>]) -> Answer<'a> {
    let found = database(env, arguments)?.document(bytes(argument(arguments, 1)?)?)?;
    ok(env, nil_or(env, found.map(|document| terms::document(env, &document))))
}

/// Panics, for tests.
#[cfg(feature = "fault_injection")]
#[allow(clippy::panic)]
pub(crate) fn force_panic<'a>(_env: Env<'a>, _arguments: &[Term<'a>]) -> Answer<'a> {
    std::panic::panic_any("forced")
}
