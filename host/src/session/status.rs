//! How the last questions to seeds and the last test of an address went, for those who ask.

use crate::address::Address;
use crate::clock;
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of short connections. The sessions write, everybody may read.
#[derive(Debug, Default)]
pub struct Status {
    seeds: Mutex<BTreeMap<Address, Asked>>,
    refined: Mutex<Option<Refined>>,
}

/// How the last question to a seed went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// When it ended, in seconds since 1970.
    pub at: u64,
    /// Whether the seed was reached.
    pub reached: bool,
}

/// The last address that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refined {
    /// The address.
    #[serde(rename = "url")]
    pub address: Address,
    /// When the try ended, in seconds since 1970.
    pub at: u64,
    /// Whether a node answered there.
    pub answered: bool,
}

impl Status {
    /// How the last question to each seed went; none for one that was not asked yet.
    #[must_use]
    pub fn seeds(&self, configured: &[Address]) -> Vec<(Address, Option<Asked>)> {
        let asked = self.seeds.lock();
        configured.iter().map(|seed| (seed.clone(), asked.get(seed).copied())).collect()
    }

    /// The last address that was tried.
    #[must_use]
    pub fn refined(&self) -> Option<Refined> {
        self.refined.lock().clone()
    }

    /// Notes how a question went, and forgets those who are no seeds any more.
    pub(super) fn asked(&self, seed: &Address, reached: bool, configured: &[Address]) {
        let mut seeds = self.seeds.lock();
        seeds.retain(|known, _| configured.contains(known));
        seeds.insert(seed.clone(), Asked { at: clock::unix_seconds(), reached });
    }

    pub(super) fn tried(&self, address: &Address, answered: bool) {
        let refined = Refined { address: address.clone(), at: clock::unix_seconds(), answered };
        *self.refined.lock() = Some(refined);
    }
}
