//! Reads of the store.

use crate::change::Text;
use crate::database::Database;
use crate::error::Result;
use crate::row::{Account, Document, Number};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The columns of a number, in the order of [`number`].
pub(crate) const NUMBER: &str = "id, (SELECT account FROM holders WHERE holders.holder = numbers.holder), state, used_by, \
                      created, modified, revision, digest, listed, fields";

/// The columns of a document, in the order of [`document`].
const DOCUMENT: &str = "SELECT id, revision, content FROM documents";

impl Database {
    /// The records of these numbers, in their order.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn numbers(&self, ids: &[&[u8]]) -> Result<Vec<Option<Number>>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("SELECT {NUMBER} FROM numbers WHERE id = ?1"))?;
            let mut read = |id: &&[u8]| Ok(statement.query_row([Text(id)], number).optional()?);
            snapshot(connection, || ids.iter().map(&mut read).collect())
        })
    }

    /// The first `limit` records from the id `from` on, in the order of their ids.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn list_numbers(&self, from: &[u8], limit: u32) -> Result<Vec<Number>> {
        self.read(|connection| {
            let sql = format!("SELECT {NUMBER} FROM numbers WHERE id >= ?1 ORDER BY id LIMIT ?2");
            rows(connection, &sql, params![Text(from), limit], number)
        })
    }

    /// The first `limit` accounts from the id `from` on, in the order of their ids.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn list_accounts(&self, from: &[u8], limit: u32) -> Result<Vec<Account>> {
        self.read(|connection| {
            let sql = "SELECT id, fields FROM accounts WHERE id >= ?1 ORDER BY id LIMIT ?2";
            rows(connection, sql, params![Text(from), limit], |row| {
                Ok(Account {
                    id: bytes(row, 0)?,
                    fields: bytes(row, 1)?,
                })
            })
        })
    }

    /// All documents, in the order of their ids.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn list_documents(&self) -> Result<Vec<Document>> {
        self.read(|connection| rows(connection, &format!("{DOCUMENT} ORDER BY id"), [], document))
    }

    /// The first `limit` ids from `from` on of the numbers whose records are assigned to an
    /// account, in order.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn assigned_to(&self, account: &[u8], from: &[u8], limit: u32) -> Result<Vec<Vec<u8>>> {
        self.read(|connection| {
            let Some(holder) = holder(connection, account)? else {
                return Ok(Vec::new());
            };
            let sql = "SELECT id FROM numbers INDEXED BY numbers_by_holder
                       WHERE holder = ?1 AND id >= ?2 ORDER BY id LIMIT ?3";
            rows(connection, sql, params![holder, Text(from), limit], |row| bytes(row, 0))
        })
    }

    /// How many entries the lists of the accounts below an account have.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn count_below(&self, account: &[u8]) -> Result<i64> {
        self.read(|connection| {
            let sql = "WITH below AS (SELECT holder FROM ancestors JOIN holders USING (account) WHERE ancestor = ?1)
                       SELECT (SELECT count(*) FROM below JOIN numbers INDEXED BY numbers_by_holder USING (holder) WHERE listed = 1)
                            + (SELECT count(*) FROM below JOIN copies USING (holder))";
            Ok(connection.prepare_cached(sql)?.query_row([Text(account)], |row| row.get(0))?)
        })
    }

    /// The fields of an account, as JSON.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn account(&self, id: &[u8]) -> Result<Option<Vec<u8>>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT fields FROM accounts WHERE id = ?1")?;
            Ok(statement.query_row([Text(id)], |row| bytes(row, 0)).optional()?)
        })
    }

    /// A document.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn document(&self, id: &[u8]) -> Result<Option<Document>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{DOCUMENT} WHERE id = ?1"))?;
            Ok(statement.query_row([Text(id)], document).optional()?)
        })
    }
}

/// Runs several reads on one state of the store.
pub(crate) fn snapshot<T>(connection: &Connection, read: impl FnOnce() -> Result<T>) -> Result<T> {
    // Ends the transaction where it is dropped.
    let transaction = connection.unchecked_transaction()?;
    let answer = read()?;
    transaction.commit()?;
    Ok(answer)
}

pub(crate) fn holder(connection: &Connection, account: &[u8]) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT holder FROM holders WHERE account = ?1")?;
    Ok(statement.query_row([Text(account)], |row| row.get(0)).optional()?)
}

pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(parameters, row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn bytes(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(row.get_ref(at)?.as_bytes()?.to_vec())
}

fn optional_bytes(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Vec<u8>>> {
    Ok(row.get_ref(at)?.as_bytes_or_null()?.map(<[u8]>::to_vec))
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        id: bytes(row, 0)?,
        revision: bytes(row, 1)?,
        content: bytes(row, 2)?,
    })
}

pub(crate) fn number(row: &Row<'_>) -> rusqlite::Result<Number> {
    Ok(Number {
        id: bytes(row, 0)?,
        account: optional_bytes(row, 1)?,
        state: bytes(row, 2)?,
        used_by: optional_bytes(row, 3)?,
        created: row.get(4)?,
        modified: row.get(5)?,
        revision: row.get(6)?,
        digest: bytes(row, 7)?,
        listed: row.get(8)?,
        fields: bytes(row, 9)?,
    })
}
