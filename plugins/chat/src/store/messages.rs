//! Messages go out as they came.

use super::numbers::row_of;
use super::value::{int, number};
use super::{Store, StoreError};
use crate::hash::Hash;
use crate::room::Envelope;
use backplane_plugin::wire;
use rusqlite::OptionalExtension;

impl Store {
    /// Whether a message is here.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn has(&self, id: &Hash) -> Result<bool, StoreError> {
        self.read(|connection, _| {
            let mut statement =
                connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1)")?;
            Ok(statement.query_row([id], |row| row.get(0))?)
        })
    }

    /// Those of the messages that are here, in the order asked for.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn envelopes(&self, ids: &[Hash]) -> Result<Vec<Envelope>, StoreError> {
        self.read(|connection, _| {
            let mut statement = connection
                .prepare_cached("SELECT envelope FROM messages WHERE id = ?1 AND envelope IS NOT NULL")?;
            let found = ids.iter().filter_map(|id| {
                let bytes =
                    statement.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional().transpose()?;
                Some(bytes.map_err(StoreError::from).and_then(|bytes| {
                    wire::from_bytes(&bytes).map_err(|_| StoreError::Value("messages.envelope"))
                }))
            });
            found.collect()
        })
    }

    /// Times (in milliseconds) and ids of the messages of a room from a time on: what [`Reconciler`](crate::room::Reconciler) is over.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn items(&self, room: &Hash, since_ms: u64) -> Result<Vec<(u64, Hash)>, StoreError> {
        self.read(|connection, _| {
            let room = row_of(connection, room)?.ok_or(StoreError::NoRoom)?;
            if room.is_dchat {
                return Ok(Vec::new());
            }
            let mut statement = connection.prepare_cached(
                "SELECT time, id FROM messages WHERE room = ?1 AND time >= ?2 ORDER BY time, id",
            )?;
            let items = statement.query_map((room.n, int(since_ms.max(room.floor))), |row| {
                Ok((number(row, "time")?, row.get("id")?))
            })?;
            Ok(items.collect::<Result<_, _>>()?)
        })
    }
}
