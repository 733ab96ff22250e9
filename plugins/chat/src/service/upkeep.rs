//! What is done when its time has come: reconciliations, retention, receipts, events of rooms.

use super::{Kept, Service};
use crate::hash::Hash;
use crate::net::news::News;
use crate::net::signal::turn;
use crate::room::Room;
use crate::store::StoreError;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often rooms that change are told of.
const TOLD: u64 = 250;
/// How often those that have grown are measured.
const MEASURED: u64 = 10_000;
/// How often all rooms lose what is too old.
const RETAINED: u64 = 3_600_000;
/// How often it is looked who owes an answer, while anything is wanted.
const LOOKED: u64 = 1000;
/// How long nothing is looked at when nothing is due.
const IDLE: u64 = 60_000;

/// When something was done last.
#[derive(Debug, Default)]
struct Done {
    told: u64,
    measured: u64,
    retained: u64,
}

impl Service {
    /// Begins the upkeep.
    pub(super) fn keep_up(&self) {
        let service = self.clone();
        self.shared.host.spawn("upkeep", async move { service.look_after_all().await });
    }

    async fn look_after_all(self) {
        let mut done = Done::default();
        while !self.shared.ended.load(Ordering::Relaxed) {
            self.look_after(&mut done).await;
            let wait = Duration::from_millis(self.rest(&done));
            self.shared.host.timeout(wait, self.shared.due.wait()).await;
        }
    }

    async fn look_after(&self, done: &mut Done) {
        let shared = &self.shared;
        self.tell(shared.begin_due().await);
        let now = shared.now();
        let given_up = {
            let mut gossip = shared.gossip.lock();
            gossip.wanted.expire(now);
            if !gossip.wanted.is_empty() {
                gossip.ask_all(now);
            }
            gossip.sessions.expire(now)
        };
        self.tell(given_up.into_iter().map(News::Room).collect());
        self.send_receipts();
        if now.saturating_sub(done.retained) >= RETAINED {
            done.retained = now;
            let rooms: Vec<_> = shared.book.read().keys().copied().collect();
            self.retain(rooms.into_iter().chain([Room::dchat().id]).collect(), true).await;
        }
        if now.saturating_sub(done.measured) >= MEASURED {
            done.measured = now;
            let grown = std::mem::take(&mut *shared.grown.lock());
            self.retain(grown, false).await;
        }
        if now.saturating_sub(done.told) >= TOLD {
            done.told = now;
            self.tell_changed();
        }
    }

    /// Until when nothing has to be done, in milliseconds from now.
    fn rest(&self, done: &Done) -> u64 {
        let (now, shared) = (self.shared.now(), &self.shared);
        let mut next = now + IDLE;
        if !shared.changed.lock().is_empty() {
            next = next.min(done.told + TOLD);
        }
        if !shared.grown.lock().is_empty() {
            next = next.min(done.measured + MEASURED);
        }
        next = next.min(shared.receipts.lock().next().unwrap_or(next));
        let gossip = shared.gossip.lock();
        if !gossip.wanted.is_empty() {
            next = next.min(now + LOOKED);
        }
        next = next.min(gossip.sessions.next().unwrap_or(next));
        // What cannot be done yet, though its time has come, is looked at again a little later.
        next.saturating_sub(now).max(10)
    }

    /// Removes what is more than a room may have; what is too old only where `all` is to be looked at.
    async fn retain(&self, rooms: BTreeSet<Hash>, all: bool) {
        for room in rooms {
            if let Err(error) = self.retain_room(&room, all).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a room keeps more than it should");
            }
            turn().await;
        }
    }

    /// Removes what is more than the room may have; what is too old only with `all`.
    pub(super) async fn retain_room(&self, room: &Hash, all: bool) -> Result<(), StoreError> {
        let shared = &self.shared;
        let row = match shared.store.room(room) {
            // It was left meanwhile.
            Err(StoreError::NoRoom) => return Ok(()),
            row => row?,
        };
        let Kept { days, bytes: most } = self.kept(row.keep);
        if row.bytes <= most && !all {
            return Ok(());
        }
        let mut removed = 0;
        loop {
            let step = shared.store.retain_some(room, days, most, shared.now())?;
            removed += step.removed;
            // At once: what is below is not to come back.
            let floor = shared.store.room(room)?.floor;
            shared.gossip.lock().raise(room, floor);
            if !step.more {
                break;
            }
            turn().await;
        }
        if removed > 0 {
            shared.snapshots.lock().forget(room);
            shared.changed.lock().insert(*room);
            tracing::info!(room = row.room.name, removed, "a room has lost its oldest messages");
        }
        Ok(())
    }
}
