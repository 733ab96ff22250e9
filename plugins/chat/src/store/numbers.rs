//! What most functions need to know of a room.

use super::StoreError;
use super::value::number;
use crate::hash::Hash;
use rusqlite::{Connection, OptionalExtension, Row};

/// Its number in this database, and how deep and large it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoomNumbers {
    pub(super) n: i64,
    pub(super) floor: u64,
    pub(super) depth: u64,
    pub(super) bytes: u64,
    pub(super) is_dchat: bool,
}

pub(super) fn row_of(connection: &Connection, room: &Hash) -> Result<Option<RoomNumbers>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT n, floor, depth, bytes, kind = 0 AS is_dchat FROM rooms WHERE id = ?1")?;
    let numbers = |row: &Row<'_>| {
        Ok(RoomNumbers {
            n: row.get("n")?,
            floor: number(row, "floor")?,
            depth: number(row, "depth")?,
            bytes: number(row, "bytes")?,
            is_dchat: row.get("is_dchat")?,
        })
    };
    Ok(statement.query_row([room], numbers).optional()?)
}
