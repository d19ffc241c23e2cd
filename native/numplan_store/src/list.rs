//! Pages of an account's list, of all of it or of a part that an index has.

use crate::change::Text;
use crate::database::Database;
use crate::error::Result;
use crate::read::{NUMBER, bytes, holder, number, rows, snapshot};
use crate::row::{Copy, Number};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params};

/// A page of an account's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Records, in the order of the part.
    pub numbers: Vec<Number>,
    /// Copies that differ from their records, in the order of their ids.
    pub copies: Vec<Copy>,
}

/// The part of a list that is read, and so the order of its records.
///
/// The parts after the first also have records that are not listed as they are (`listed` is false),
/// which the caller leaves out. Left out here, a page could read records without bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The records that the list has as they are, in the order of their ids.
    Listed,
    /// The records in a state, in the order of their ids.
    State(&'a [u8]),
    /// The records that are used by this, in the order of their ids.
    UsedBy(&'a [u8]),
    /// The records that were created from the first time to the last, in the order of that time and
    /// of their ids, from the page's id on where it is the first time. There are no copies.
    Created(i64, i64),
    /// The copies alone.
    Copies,
}

/// The end of a range of ids, which has no end without one.
struct Until<'a>(Option<&'a [u8]>);

impl ToSql for Until<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        // In SQLite's order all blobs are behind all texts.
        Ok(ToSqlOutput::Borrowed(
            self.0.map_or(ValueRef::Blob(b""), ValueRef::Text),
        ))
    }
}

impl Part<'_> {
    /// What selects the records, given the holder, a limit, and where the page begins and ends;
    /// last what the part is of. There is none for a part without records.
    fn records(&self) -> Option<&'static str> {
        match self {
            Part::Listed => Some(
                "numbers INDEXED BY numbers_by_holder
                 WHERE holder = ?1 AND id >= ?3 AND id < ?4 AND listed = 1 ORDER BY id LIMIT ?2",
            ),
            Part::State(_) => Some(
                "numbers INDEXED BY numbers_by_state
                 WHERE holder = ?1 AND state = ?5 AND id >= ?3 AND id < ?4 ORDER BY id LIMIT ?2",
            ),
            Part::UsedBy(_) => Some(
                "numbers INDEXED BY numbers_by_user
                 WHERE holder = ?1 AND used_by = ?5 AND id >= ?3 AND id < ?4 ORDER BY id LIMIT ?2",
            ),
            Part::Created(..) => Some(
                "numbers INDEXED BY numbers_by_created
                 WHERE holder = ?1 AND (created, id) >= (?4, ?3) AND created <= ?5 ORDER BY created, id LIMIT ?2",
            ),
            Part::Copies => None,
        }
    }

    /// Whether its pages have copies.
    fn has_copies(&self) -> bool {
        !matches!(self, Part::Created(..))
    }
}

const COPIES: &str = "copies WHERE holder = ?1 AND id >= ?3 AND id < ?4 ORDER BY id LIMIT ?2";

impl Database {
    /// The first `limit` records and the first `limit` copies of a part of an account's list, from
    /// the id `from` on and before `until`.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn list(&self, account: &[u8], part: Part<'_>, from: &[u8], until: Option<&[u8]>, limit: u32) -> Result<Page> {
        self.read(|connection| {
            snapshot(connection, || {
                let Some(holder) = holder(connection, account)? else {
                    return Ok(Page::default());
                };
                let copies = if part.has_copies() {
                    let sql = format!("SELECT id, fields FROM {COPIES}");
                    rows(
                        connection,
                        &sql,
                        params![holder, limit, Text(from), Until(until)],
                        |row| {
                            Ok(Copy {
                                id: bytes(row, 0)?,
                                fields: bytes(row, 1)?,
                            })
                        },
                    )?
                } else {
                    Vec::new()
                };
                Ok(Page {
                    numbers: records(connection, holder, part, from, until, limit)?,
                    copies,
                })
            })
        })
    }
}

fn records(
    connection: &Connection,
    holder: i64,
    part: Part<'_>,
    from: &[u8],
    until: Option<&[u8]>,
    limit: u32,
) -> Result<Vec<Number>> {
    let Some(selected) = part.records() else {
        return Ok(Vec::new());
    };
    let sql = format!("SELECT {NUMBER} FROM {selected}");
    let (from, until) = (Text(from), Until(until));
    match part {
        Part::State(of) | Part::UsedBy(of) => {
            rows(connection, &sql, params![holder, limit, from, until, Text(of)], number)
        }
        Part::Created(first, last) => rows(connection, &sql, params![holder, limit, from, first, last], number),
        Part::Listed | Part::Copies => rows(connection, &sql, params![holder, limit, from, until], number),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test ends so")]
mod tests {
    use super::*;
    use crate::schema;
    use std::path::Path;

    /// How SQLite carries out a statement.
    fn plan(connection: &Connection, selected: &str) -> Vec<String> {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN SELECT id, fields FROM {selected}"))
            .unwrap();
        let (mut steps, mut plan) = (statement.raw_query(), Vec::new());
        while let Some(step) = steps.next().unwrap() {
            plan.push(step.get(3).unwrap());
        }
        plan
    }

    #[test]
    fn each_part_is_read_in_the_order_of_its_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection, schema::STEPS, Path::new("numplan.db")).unwrap();
        let expected = [
            (Part::Listed, "numbers_by_holder (holder=? AND id>? AND id<?)"),
            (
                Part::State(b""),
                "numbers_by_state (holder=? AND state=? AND id>? AND id<?)",
            ),
            (
                Part::UsedBy(b""),
                "numbers_by_user (holder=? AND used_by=? AND id>? AND id<?)",
            ),
            (
                Part::Created(0, 0),
                "numbers_by_created (holder=? AND (created,id)>(?,?) AND created<?)",
            ),
        ];
        for (part, index) in expected {
            // One step: nothing is sorted, and no table is made.
            assert_eq!(
                plan(&connection, part.records().unwrap()),
                [format!("SEARCH numbers USING INDEX {index}")]
            );
        }
        assert_eq!(
            plan(&connection, COPIES),
            ["SEARCH copies USING PRIMARY KEY (holder=? AND id>? AND id<?)"]
        );
    }
}
