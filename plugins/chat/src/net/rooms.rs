//! Rooms that are joined and left, as the store, the book and the neighbours know of them.

use crate::hash::Hash;
use crate::room::{Opened, Room, Signed};
use crate::shared::Shared;
use crate::store::StoreError;
use std::sync::Arc;

impl Shared {
    /// Joins a room. What has passed of it lately is in it at once.
    ///
    /// # Errors
    ///
    /// When the store fails; then nothing has changed.
    pub(crate) fn enter_room(&self, room: Room) -> Result<Arc<Room>, StoreError> {
        self.store.join(&room, self.now())?;
        let floor = self.store.room(&room.id)?.floor;
        let room = Arc::new(room);
        self.book.write().insert(room.id, Arc::clone(&room));
        let moment = self.moment();
        let passed = {
            let mut gossip = self.gossip.lock();
            gossip.join(&room.id, floor, moment);
            gossip.relay.take_room(&room.id)
        };
        let checked = passed.into_iter().filter_map(|envelope| Signed::check(envelope, moment.0).ok());
        let opened: Vec<_> = checked.filter_map(|signed| Opened::open(signed, &room).ok()).collect();
        // What is lost here comes by reconciliation.
        if let Err(error) = self.store.insert_all(&opened, moment.0) {
            tracing::warn!(error = &error as &dyn std::error::Error, "messages cannot be kept");
        }
        self.due.set();
        Ok(room)
    }

    /// Leaves a room; nothing of it is kept. Whether it had been joined.
    ///
    /// # Errors
    ///
    /// When the store fails; then nothing has changed.
    pub(crate) fn leave_room(&self, room: &Hash) -> Result<bool, StoreError> {
        let was_joined = self.store.leave(room)?;
        self.book.write().remove(room);
        self.gossip.lock().part(room);
        self.snapshots.lock().forget(room);
        Ok(was_joined)
    }
}
