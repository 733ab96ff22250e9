//! The direct connections of a node, and who shares them.

use crate::address::Address;
use crate::channel::{Channel, ConnectError};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;

/// The direct connections of a node: one for each address, from the dial to the end.
#[derive(Debug, Default)]
pub struct DirectTable {
    pub(super) wishes: Mutex<BTreeMap<Address, Wish>>,
}

/// What the wishes for one address have come to so far.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) share: Weak<DropGuard>,
    pub(super) outcome: watch::Receiver<Option<Outcome>>,
}

pub(super) type Outcome = Result<Arc<Channel>, ConnectError>;

/// A direct connection, for an operator.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DirectStatus {
    /// The address.
    pub address: Address,
    /// The channel; 0 while it is dialled.
    pub channel: u32,
    /// How many share it.
    pub holders: usize,
}

impl DirectTable {
    /// The direct connections, by address.
    #[must_use]
    pub fn status(&self) -> Vec<DirectStatus> {
        let status = |(address, wish): (&Address, &Wish)| DirectStatus {
            address: address.clone(),
            channel: wish.channel().map_or(0, |channel| channel.id()),
            holders: wish.share.strong_count(),
        };
        self.wishes.lock().iter().map(status).collect()
    }
}

impl Wish {
    pub(super) fn channel(&self) -> Option<Arc<Channel>> {
        self.outcome.borrow().as_ref()?.as_ref().ok().cloned()
    }
}
