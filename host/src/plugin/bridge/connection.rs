//! A plug-in's share in a channel that it asked for.

use super::channel::describe;
use crate::channel::{ConnectError, Lease};
use abi_stable::sabi_trait::TD_Opaque;
use backplane_plugin::abi::{
    ChannelDecl, ConnectFailure, ConnectRefusal, ConnectionBox, ConnectionObject, ConnectionObject_TO,
};
use parking_lot::Mutex;
use std::sync::{Arc, Weak};

/// The shares of one plug-in: taken back when it ends.
#[derive(Debug, Default)]
pub(super) struct Leases {
    leases: Mutex<Vec<Weak<Mutex<Option<Lease>>>>>,
}

impl Leases {
    /// A share as the plug-in gets it.
    pub(super) fn lend(&self, lease: Lease) -> ConnectionBox {
        let channel = describe(lease.channel());
        let lease = Arc::new(Mutex::new(Some(lease)));
        let mut leases = self.leases.lock();
        leases.retain(|lease| lease.strong_count() > 0);
        leases.push(Arc::downgrade(&lease));
        drop(leases);
        ConnectionObject_TO::from_value(ConnectionBridge { channel, lease }, TD_Opaque)
    }

    /// Lets go of all channels.
    pub(super) fn release(&self) {
        let leases = std::mem::take(&mut *self.leases.lock());
        for lease in leases.iter().filter_map(Weak::upgrade) {
            let released = lease.lock().take();
            drop(released);
        }
    }
}

struct ConnectionBridge {
    channel: ChannelDecl,
    lease: Arc<Mutex<Option<Lease>>>,
}

impl ConnectionObject for ConnectionBridge {
    fn info(&self) -> ChannelDecl {
        self.channel.clone()
    }

    fn is_open(&self) -> bool {
        self.lease.lock().as_ref().is_some_and(|lease| lease.channel().close_reason().is_none())
    }
}

pub(super) fn failure(error: &ConnectError) -> ConnectFailure {
    let kind = match error {
        ConnectError::Refused(_) => ConnectRefusal::Refused,
        ConnectError::TooMany(_) => ConnectRefusal::TooMany,
        ConnectError::Unreachable(_) => ConnectRefusal::Unreachable,
        ConnectError::Stopped => ConnectRefusal::Stopped,
    };
    ConnectFailure { kind, message: error.to_string().into() }
}
