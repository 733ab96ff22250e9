//! One neighbour on whose channel `chat.room` runs.

use super::limits::{Announcements, Bucket, RECONCILED, ROOMS, STRANGERS, SYNCS};
use super::lru::Lru;
use super::messages::Sync;
use super::outbox::Outbox;
use crate::hash::Hash;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many minutes of authors are counted for one peer.
const MINUTES: usize = 2048;

/// A neighbour.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Whether this node has dialled it.
    pub(super) dialled: bool,
    /// The rooms that it has joined, each with its floor.
    pub(super) rooms: BTreeMap<Hash, u64>,
    pub(super) outbox: Arc<Outbox<Sync>>,
    pub(super) announcements: Announcements,
    /// What it may still bring by reconciliation, and of that of authors unknown to this node.
    pub(super) reconciled: Bucket,
    pub(super) strangers: Bucket,
    /// The lists of rooms that it may still send.
    pub(super) lists: Bucket,
    /// The reconciliations that it may still begin.
    pub(super) syncs: Bucket,
    /// How many messages of one author and minute have come from it.
    pub(super) minutes: Lru<(Hash, u64), u32>,
}

impl Peer {
    pub(super) fn new(dialled: bool, now: u64) -> Self {
        Self {
            dialled,
            rooms: BTreeMap::new(),
            outbox: Arc::new(Outbox::new(now)),
            announcements: Announcements::new(now),
            reconciled: Bucket::new(RECONCILED, now),
            strangers: Bucket::new(STRANGERS, now),
            lists: Bucket::new(ROOMS, now),
            syncs: Bucket::new(SYNCS, now),
            minutes: Lru::new(MINUTES),
        }
    }
}
