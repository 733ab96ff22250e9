//! Two nodes find out which messages of a room each of them is missing (negentropy: range-based set reconciliation).
//!
//! The one that asks makes a [`Reconciler`] and sends what [`initiate`](Reconciler::initiate) gives; the other makes one too and
//! [`answer`](Reconciler::answer)s; the first [`proceed`](Reconciler::proceed)s with each answer until it is done. It then
//! knows both what it needs and what the other does. Nothing is remembered from one payload to the next.

use super::limits;
use crate::hash::Hash;
use negentropy::{Id, Negentropy, NegentropyStorageVector};
use std::sync::Arc;

/// One side of a reconciliation: what it has, as it was at the beginning. Clones share it.
#[derive(Debug, Clone)]
pub struct Reconciler {
    storage: Arc<NegentropyStorageVector>,
}

/// What two sides do not have in common, as far as it is known by now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// What the other is missing.
    pub have: Vec<Hash>,
    /// What is missing here.
    pub need: Vec<Hash>,
    /// What to send next; nothing when all is known.
    pub next: Option<Vec<u8>>,
}

/// The peer's payload makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("the payload of a reconciliation makes no sense")]
pub struct SyncError(#[source] negentropy::Error);

impl Reconciler {
    /// Over the messages with these times (in milliseconds) and ids, in whatever order.
    #[must_use]
    pub fn new(items: impl IntoIterator<Item = (u64, Hash)>) -> Self {
        let mut storage = NegentropyStorageVector::new();
        for (time, id) in items {
            storage.insert(time / 1000, Id::from_byte_array(id)).expect("it is not sealed yet");
        }
        storage.seal().expect("it is sealed once");
        Self { storage: Arc::new(storage) }
    }

    /// The first payload, of the side that asks.
    ///
    /// # Errors
    ///
    /// Never, as far as is known: it is said of what is here.
    pub fn initiate(&self) -> Result<Vec<u8>, SyncError> {
        self.side().initiate().map_err(SyncError)
    }

    /// The answer to a payload of the side that asks.
    ///
    /// # Errors
    ///
    /// When the payload makes no sense.
    pub fn answer(&self, payload: &[u8]) -> Result<Vec<u8>, SyncError> {
        self.side().reconcile(payload).map_err(SyncError)
    }

    /// What an answer tells the side that asked.
    ///
    /// # Errors
    ///
    /// When the answer makes no sense.
    pub fn proceed(&self, answer: &[u8]) -> Result<Difference, SyncError> {
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let mut side = self.side();
        side.set_initiator();
        let next = side.reconcile_with_ids(answer, &mut have, &mut need).map_err(SyncError)?;
        // Needed ids come out of a hash table: sorted, so that a simulation can be had again.
        let hashes = |ids: Vec<Id>| {
            let mut hashes: Vec<Hash> = ids.into_iter().map(|id| *id.as_bytes()).collect();
            hashes.sort_unstable();
            hashes
        };
        Ok(Difference { have: hashes(have), need: hashes(need), next })
    }

    fn side(&self) -> Negentropy<'_, NegentropyStorageVector> {
        Negentropy::borrowed(&*self.storage, limits::SYNC_BYTES).expect("frames are larger than the least")
    }
}
