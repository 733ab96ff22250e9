//! A flooding protocol: what a node hears for the first time it tells all its peers.

use super::node::Linked;
use backplane::node::Node;
use backplane_plugin::manifest::Package;
use backplane_plugin::{
    Channel, Host, Message, MessageInfo, MessageSubscription, PluginError, Protocol, ProtocolEntry,
    ProtocolJobsManager, ProtocolRegistry, SendError, SessionFlags, messages,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const PACKAGE: Package = Package {
    name: "flood",
    version: "0.1.0",
    description: "Tells everybody everything",
    license: "MIT",
    panic: "unwind",
};

/// Something that is told.
#[derive(Debug, Serialize, Deserialize)]
struct Rumour {
    id: u64,
}

impl Message for Rumour {
    const NAME: &'static str = "flood.rumour";
    const MAX_BYTES: u64 = 8;
}

/// The plug-in: what this node has heard.
#[derive(Debug, Clone)]
pub(crate) struct Flood {
    host: Host,
    /// How often each rumour came.
    heard: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl Linked for Flood {
    fn link(node: &Node) -> Self {
        let mut made = None;
        let make = |host| made.insert(Self { host, heard: Arc::default() }).clone();
        let registry =
            ProtocolRegistry::new(vec![ProtocolEntry::of::<ProtocolFlood>(SessionFlags::DEFAULT)], &[]);
        node.plugins()
            .link(PACKAGE, make, registry)
            .unwrap_or_else(|error| panic!("the flooding protocol cannot be linked: {error}"));
        made.expect("a plug-in that is linked has been made")
    }
}

impl Flood {
    /// Takes note of a rumour, and tells it to all peers if it is new.
    pub(super) fn tell(&self, id: u64) -> Result<(), SendError> {
        let times = {
            let mut heard = self.heard.lock();
            let times = heard.entry(id).or_default();
            *times += 1;
            *times
        };
        if times == 1 {
            self.host.broadcast(&Rumour { id })?;
        }
        Ok(())
    }

    /// Whether this node has heard a rumour.
    pub(super) fn knows(&self, id: u64) -> bool {
        self.heard.lock().contains_key(&id)
    }

    /// How often a rumour came.
    pub(super) fn times(&self, id: u64) -> usize {
        self.heard.lock().get(&id).copied().unwrap_or_default()
    }
}

struct ProtocolFlood {
    flood: Arc<Flood>,
    rumours: MessageSubscription<Rumour>,
}

impl Protocol<Flood> for ProtocolFlood {
    const NAME: &'static str = "flood";
    const MESSAGES: &'static [MessageInfo] = messages![Rumour];

    fn attach(flood: Arc<Flood>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self { rumours: channel.subscribe()?, flood })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("relay", self.relay());
    }
}

impl ProtocolFlood {
    async fn relay(self: Arc<Self>) -> Result<(), SendError> {
        while let Ok(Rumour { id }) = self.rumours.receive().await {
            self.flood.tell(id)?;
        }
        Ok(())
    }
}
