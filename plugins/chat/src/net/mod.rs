//! How messages travel: announced, fetched once, relayed, and reconciled.

pub(crate) mod limits;
pub(crate) mod lru;
pub(crate) mod outbox;
pub(crate) mod reconcile;
pub(crate) mod sessions;
pub(crate) mod signal;
pub(crate) mod wanted;
