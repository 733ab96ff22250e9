//! Snapshots of rooms, shared by the reconciliations that begin within a moment.

use crate::hash::Hash;
use crate::room::Reconciler;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How old a snapshot may be when another reconciliation begins with it.
const FRESH: u64 = 2000;

/// The messages of a room at one moment, from a floor on.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) messages: Reconciler,
    /// Nothing older is in it, in milliseconds since 1970.
    pub(crate) floor: u64,
}

impl Snapshot {
    pub(crate) fn new(floor: u64, items: impl IntoIterator<Item = (u64, Hash)>) -> Self {
        Self { messages: Reconciler::new(items), floor }
    }
}

/// The newest snapshot of each room.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    taken: BTreeMap<Hash, (u64, Arc<Snapshot>)>,
}

impl Snapshots {
    /// One that begins at this floor, if a fresh one is there.
    pub(crate) fn fresh(&mut self, room: &Hash, floor: u64, now: u64) -> Option<Arc<Snapshot>> {
        self.taken.retain(|_, (taken, _)| now.saturating_sub(*taken) < FRESH);
        let (_, snapshot) = self.taken.get(room).filter(|(_, snapshot)| snapshot.floor == floor)?;
        Some(Arc::clone(snapshot))
    }

    pub(crate) fn keep(&mut self, room: &Hash, snapshot: &Arc<Snapshot>, now: u64) {
        self.taken.insert(*room, (now, Arc::clone(snapshot)));
    }

    /// Keeps none of them.
    pub(crate) fn clear(&mut self) {
        self.taken.clear();
    }

    /// A room was left, or has lost messages.
    pub(crate) fn forget(&mut self, room: &Hash) {
        self.taken.remove(room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_serves_for_a_moment_and_one_floor() {
        let (mut snapshots, room) = (Snapshots::default(), [1; 32]);
        let snapshot = Arc::new(Snapshot::new(5, []));
        snapshots.keep(&room, &snapshot, 1000);
        assert!(snapshots.fresh(&room, 5, 1000 + FRESH - 1).is_some());
        assert!(snapshots.fresh(&room, 6, 1001).is_none());
        assert!(snapshots.fresh(&room, 5, 1000 + FRESH).is_none());
    }
}
