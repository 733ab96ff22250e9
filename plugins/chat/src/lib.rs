//! Chat: rooms with history, names and proof of who wrote what; and the lines of a dchat network.
//!
//! * [`room`]: what a message is, who may say what, in which order it is shown. [`secret`]: keys. [`store`]: what is kept.
//! * [`net`]: how messages travel: the protocol `chat.room`.
//! * [`service`]: chat as front ends use it; the RPC methods are a thin layer of it.
//! * `dchat`: the protocol `chat`, which `dchatd` speaks.

mod config;
mod dchat;
pub mod hash;
pub mod net;
pub mod room;
mod rpc;
pub mod secret;
pub mod service;
mod shared;
pub mod store;

pub use config::ChatConfig;
pub use dchat::DchatMsg;

use backplane_plugin::{
    Host, MethodEntry, Plugin, PluginError, Pressure, ProtocolEntry, Resource, SessionFlags, export_plugin,
    measure_heap, protocols,
};
use dchat::ProtocolChat;
use net::ProtocolRoom;
use service::Service;

/// The plug-in: what the protocols of all channels and the RPC methods share. Clones are the same chat.
#[derive(Debug, Clone)]
pub struct Chat {
    service: Service,
}

impl Chat {
    /// Chat as front ends use it.
    #[must_use]
    pub const fn service(&self) -> &Service {
        &self.service
    }
}

impl Plugin for Chat {
    type Config = ChatConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] =
        protocols![ProtocolChat: SessionFlags::DEFAULT, ProtocolRoom: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] = Self::RPC;

    fn create(host: Host, config: ChatConfig) -> Result<Self, PluginError> {
        Ok(Self { service: Service::open(host, config)? })
    }

    fn reconfigure(&self, config: ChatConfig) -> Result<(), PluginError> {
        self.service.reconfigure(config)
    }

    fn pressure(&self, pressure: Pressure) {
        if pressure.resource == Resource::Heap {
            self.service.shared().release();
        }
    }

    async fn stop(&self) {
        self.service.stop();
    }
}

export_plugin!(Chat);
measure_heap!();
