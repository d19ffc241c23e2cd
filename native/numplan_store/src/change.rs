//! Changes of the store, and the statements that make them.

use crate::error::Result;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params};

/// One change of a table. Texts are bytes, as the caller has them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are columns, which row describes")]
pub enum Change<'a> {
    /// Writes the record of a number in place of the one before.
    PutNumber(PutNumber<'a>),
    /// Removes the record of a number.
    DeleteNumber { id: &'a [u8] },
    /// Says whether the list of the account that holds a number has it, as the record is.
    List { id: &'a [u8], listed: bool },
    /// Writes an account's copy of a number that differs from its record.
    PutCopy {
        account: &'a [u8],
        id: &'a [u8],
        fields: &'a [u8],
    },
    /// Removes such a copy, if there is one.
    DeleteCopy { account: &'a [u8], id: &'a [u8] },
    /// Writes an account and its ancestors.
    PutAccount {
        id: &'a [u8],
        ancestors: Vec<&'a [u8]>,
        fields: &'a [u8],
    },
    /// Writes a document.
    PutDocument {
        id: &'a [u8],
        revision: &'a [u8],
        changed: i64,
        content: &'a [u8],
    },
}

/// The record of a number, as [`crate::Number`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "those of crate::Number")]
pub struct PutNumber<'a> {
    pub id: &'a [u8],
    pub account: Option<&'a [u8]>,
    pub state: &'a [u8],
    pub used_by: Option<&'a [u8]>,
    pub created: i64,
    pub modified: i64,
    pub revision: i64,
    pub digest: &'a [u8],
    pub listed: bool,
    pub fields: &'a [u8],
}

/// Bytes that SQLite keeps as text, so that its shell shows them.
pub(crate) struct Text<'a>(pub(crate) &'a [u8]);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}

fn optional(text: Option<&[u8]>) -> Option<Text<'_>> {
    text.map(Text)
}

/// Makes a change in the transaction that is open.
pub(crate) fn make(connection: &Connection, change: &Change<'_>) -> Result<()> {
    match change {
        Change::PutNumber(number) => put_number(connection, number),
        Change::DeleteNumber { id } => run(connection, "DELETE FROM numbers WHERE id = ?1", params![Text(id)]),
        Change::List { id, listed } => run(
            connection,
            "UPDATE numbers SET listed = ?2 WHERE id = ?1 AND listed <> ?2",
            params![Text(id), listed],
        ),
        Change::PutCopy { account, id, fields } => {
            let holder = holder(connection, account)?;
            let sql = "INSERT INTO copies (holder, id, fields) VALUES (?1, ?2, ?3)
                       ON CONFLICT DO UPDATE SET fields = excluded.fields WHERE fields <> excluded.fields";
            run(connection, sql, params![holder, Text(id), Text(fields)])
        }
        Change::DeleteCopy { account, id } => {
            let sql = "DELETE FROM copies WHERE holder = (SELECT holder FROM holders WHERE account = ?1) AND id = ?2";
            run(connection, sql, params![Text(account), Text(id)])
        }
        Change::PutAccount { id, ancestors, fields } => put_account(connection, id, ancestors, fields),
        Change::PutDocument {
            id,
            revision,
            changed,
            content,
        } => {
            let sql = "INSERT OR REPLACE INTO documents (id, revision, changed, content) VALUES (?1, ?2, ?3, ?4)";
            run(
                connection,
                sql,
                params![Text(id), Text(revision), changed, Text(content)],
            )
        }
    }
}

fn run(connection: &Connection, sql: &str, parameters: impl rusqlite::Params) -> Result<()> {
    connection.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}

fn put_number(connection: &Connection, number: &PutNumber<'_>) -> Result<()> {
    let holder = number.account.map(|account| holder(connection, account)).transpose()?;
    // Only the indices of columns that change are written.
    let sql = "INSERT INTO numbers (id, holder, state, used_by, created, modified, revision, digest, listed, fields)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
               ON CONFLICT (id) DO UPDATE SET holder = ?2, state = ?3, used_by = ?4, created = ?5, modified = ?6,
                 revision = ?7, digest = ?8, listed = ?9, fields = ?10";
    let parameters = params![
        Text(number.id),
        holder,
        Text(number.state),
        optional(number.used_by),
        number.created,
        number.modified,
        number.revision,
        Value::Blob(number.digest.to_vec()),
        number.listed,
        Text(number.fields)
    ];
    run(connection, sql, parameters)
}

/// The number of an account, which gets one if it has none.
fn holder(connection: &Connection, account: &[u8]) -> Result<i64> {
    let found = connection
        .prepare_cached("SELECT holder FROM holders WHERE account = ?1")?
        .query_row([Text(account)], |row| row.get(0))
        .optional()?;
    match found {
        Some(holder) => Ok(holder),
        None => {
            run(connection, "INSERT INTO holders (account) VALUES (?1)", [Text(account)])?;
            Ok(connection.last_insert_rowid())
        }
    }
}

fn put_account(connection: &Connection, id: &[u8], ancestors: &[&[u8]], fields: &[u8]) -> Result<()> {
    let sql = "INSERT INTO accounts (id, fields) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET fields = excluded.fields";
    run(connection, sql, params![Text(id), Text(fields)])?;
    run(connection, "DELETE FROM ancestors WHERE account = ?1", [Text(id)])?;
    ancestors.iter().try_for_each(|ancestor| {
        let sql = "INSERT OR IGNORE INTO ancestors (ancestor, account) VALUES (?1, ?2)";
        run(connection, sql, params![Text(ancestor), Text(id)])
    })
}
