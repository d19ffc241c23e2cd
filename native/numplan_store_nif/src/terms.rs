//! Changes from terms, and terms from rows.

use crate::call::{Refused, atom};
use numplan_store::{Change, Document, Number, Part, PutNumber};
use rustler::types::tuple::get_tuple;
use rustler::{Binary, Encoder, Env, NewBinary, Term};

/// The bytes of a binary, which live as long as the call.
pub(crate) fn bytes<'a>(term: Term<'a>) -> Result<&'a [u8], Refused> {
    Ok(term.decode::<Binary<'a>>()?.as_slice())
}

pub(crate) fn optional_bytes(term: Term<'_>) -> Result<Option<&[u8]>, Refused> {
    if term.is_atom() {
        Ok(None)
    } else {
        bytes(term).map(Some)
    }
}

/// The elements of a proper list.
pub(crate) fn list<'a>(term: Term<'a>) -> Result<Vec<Term<'a>>, Refused> {
    // Rustler's iterator panics at the end of a list that is not proper.
    term.list_length()?;
    Ok(term.decode()?)
}

/// A list of binaries.
pub(crate) fn list_of_bytes<'a>(term: Term<'a>) -> Result<Vec<&'a [u8]>, Refused> {
    list(term)?.into_iter().map(bytes).collect()
}

/// A change: a tuple that begins with its name.
pub(crate) fn change<'a>(term: Term<'a>) -> Result<Change<'a>, Refused> {
    let elements = get_tuple(term)?;
    let (name, arguments) = elements.split_first().ok_or(Refused::BadArgument)?;
    Ok(match (name.atom_to_string()?.as_str(), arguments) {
        ("put_number", [number]) => Change::PutNumber(put_number(*number)?),
        ("delete_number", [id]) => Change::DeleteNumber { id: bytes(*id)? },
        ("list", [id, listed]) => Change::List {
            id: bytes(*id)?,
            listed: listed.decode()?,
        },
        ("put_copy", [account, id, fields]) => Change::PutCopy {
            account: bytes(*account)?,
            id: bytes(*id)?,
            fields: bytes(*fields)?,
        },
        ("delete_copy", [account, id]) => Change::DeleteCopy {
            account: bytes(*account)?,
            id: bytes(*id)?,
        },
        ("put_account", [id, ancestors, fields]) => Change::PutAccount {
            id: bytes(*id)?,
            ancestors: list_of_bytes(*ancestors)?,
            fields: bytes(*fields)?,
        },
        ("put_document", [id, revision, changed, content]) => Change::PutDocument {
            id: bytes(*id)?,
            revision: bytes(*revision)?,
            changed: changed.decode()?,
            content: bytes(*content)?,
        },
        _ => return Err(Refused::BadArgument),
    })
}

/// A part of a list: its name, or a tuple that begins with it.
pub(crate) fn part<'a>(term: Term<'a>) -> Result<Part<'a>, Refused> {
    if term.is_atom() {
        return match term.atom_to_string()?.as_str() {
            "listed" => Ok(Part::Listed),
            "copies" => Ok(Part::Copies),
            _ => Err(Refused::BadArgument),
        };
    }
    let elements = get_tuple(term)?;
    let (name, arguments) = elements.split_first().ok_or(Refused::BadArgument)?;
    Ok(match (name.atom_to_string()?.as_str(), arguments) {
        ("state", [state]) => Part::State(bytes(*state)?),
        ("used_by", [used_by]) => Part::UsedBy(bytes(*used_by)?),
        ("created", [first, last]) => Part::Created(first.decode()?, last.decode()?),
        _ => return Err(Refused::BadArgument),
    })
}

fn put_number<'a>(term: Term<'a>) -> Result<PutNumber<'a>, Refused> {
    let elements: [Term<'a>; 10] = get_tuple(term)?.try_into().map_err(|_| Refused::BadArgument)?;
    let [
        id,
        account,
        state,
        used_by,
        created,
        modified,
        revision,
        digest,
        listed,
        fields,
    ] = elements;
    Ok(PutNumber {
        id: bytes(id)?,
        account: optional_bytes(account)?,
        state: bytes(state)?,
        used_by: optional_bytes(used_by)?,
        created: created.decode()?,
        modified: modified.decode()?,
        revision: revision.decode()?,
        digest: bytes(digest)?,
        listed: listed.decode()?,
        fields: bytes(fields)?,
    })
}

pub(crate) fn binary<'a>(env: Env<'a>, bytes: &[u8]) -> Term<'a> {
    let mut binary = NewBinary::new(env, bytes.len());
    binary.as_mut_slice().copy_from_slice(bytes);
    Binary::from(binary).to_term(env)
}

fn nil_or<'a>(env: Env<'a>, bytes: Option<&[u8]>) -> Term<'a> {
    bytes.map_or_else(|| atom(env, "nil"), |bytes| binary(env, bytes))
}

/// A record as a tuple of its columns, in the order in which `put_number` takes them.
pub(crate) fn number<'a>(env: Env<'a>, number: &Number) -> Term<'a> {
    let columns = [
        binary(env, &number.id),
        nil_or(env, number.account.as_deref()),
        binary(env, &number.state),
        nil_or(env, number.used_by.as_deref()),
        number.created.encode(env),
        number.modified.encode(env),
        number.revision.encode(env),
        binary(env, &number.digest),
        number.listed.encode(env),
        binary(env, &number.fields),
    ];
    rustler::types::tuple::make_tuple(env, &columns)
}

/// `{Id, Revision, Content}`.
pub(crate) fn document<'a>(env: Env<'a>, document: &Document) -> Term<'a> {
    let columns = [&document.id, &document.revision, &document.content].map(|column| binary(env, column));
    rustler::types::tuple::make_tuple(env, &columns)
}
