//! Numbers for tests of the store.

use numplan_store::{Change, Database, Number, PutNumber};

pub(crate) const ACCOUNT: &[u8] = b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A record of `id` whose content depends on `revision`; long enough for a commit to touch several
/// pages.
pub(crate) fn number(id: &str, revision: i64) -> Number {
    Number {
        id: id.as_bytes().to_vec(),
        account: Some(ACCOUNT.to_vec()),
        state: b"in_service".to_vec(),
        used_by: (revision % 2 == 0).then(|| b"callflow".to_vec()),
        created: 63_900_000_000,
        modified: 63_900_000_000 + revision,
        revision,
        digest: vec![revision as u8; 16],
        listed: true,
        fields: format!("{{\"public\":\"{}\"}}", format!("{revision:04}").repeat(300)).into_bytes(),
    }
}

/// Writes records durably, in one commit.
pub(crate) fn put(database: &Database, numbers: &[Number]) -> numplan_store::Result<()> {
    let changes: Vec<Change<'_>> = numbers.iter().map(change).collect();
    database.commit(&changes)
}

pub(crate) fn change(number: &Number) -> Change<'_> {
    Change::PutNumber(PutNumber {
        id: &number.id,
        account: number.account.as_deref(),
        state: &number.state,
        used_by: number.used_by.as_deref(),
        created: number.created,
        modified: number.modified,
        revision: number.revision,
        digest: &number.digest,
        listed: number.listed,
        fields: &number.fields,
    })
}
