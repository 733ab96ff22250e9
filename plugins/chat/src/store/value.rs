//! Values of columns, and back.

use super::StoreError;
use crate::hash::Hash;
use crate::room::{Position, Room, RoomKind};
use crate::secret::Key;
use rusqlite::Row;

/// Kinds of rows that no message has on the wire: lines of dchat, of others and own ones.
pub(super) const DCHAT: i64 = 256;
pub(super) const DCHAT_OWN: i64 = 257;

/// As a column: SQLite has no larger ones, and no time or depth comes near.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Out of a column.
pub(super) fn number(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    Ok(Position { depth: number(row, "depth")?, time: number(row, "time")?, id: row.get("id")? })
}

pub(super) const fn kind_number(kind: RoomKind) -> i64 {
    match kind {
        RoomKind::Dchat => 0,
        RoomKind::Public => 1,
        RoomKind::Private => 2,
        RoomKind::Direct => 3,
    }
}

pub(super) fn room(row: &Row<'_>) -> Result<Room, StoreError> {
    let kind = match row.get::<_, i64>("kind")? {
        0 => RoomKind::Dchat,
        1 => RoomKind::Public,
        2 => RoomKind::Private,
        3 => RoomKind::Direct,
        _ => return Err(StoreError::Value("rooms.kind")),
    };
    let key: Option<Hash> = row.get("key")?;
    let (own, peer): (Option<Hash>, Option<Hash>) = (row.get("own")?, row.get("peer")?);
    Ok(Room { id: row.get("id")?, kind, name: row.get("name")?, key: key.map(Key::new), pair: own.zip(peer) })
}
