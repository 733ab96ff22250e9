//! Chat: rooms with history, names and proof of who wrote what; and the lines of a dchat network.
//!
//! * [`room`]: what a message is, who may say what, in which order it is shown. [`secret`]: keys. [`store`]: what is kept.
//! * [`net`]: how messages travel: the protocol `chat.room`.
//! * [`service`]: chat as front ends use it; the RPC methods are a thin layer of it.
//! * `irc`: rooms as channels, for clients of IRC.
//! * `page`: the files that browsers get, from the folder `page` beside this one.
//! * `dchat`: the protocol `chat`, which `dchatd` speaks.

mod config;
mod dchat;
pub mod hash;
mod irc;
pub mod net;
mod page;
pub mod room;
mod rpc;
pub mod secret;
pub mod service;
mod shared;
pub mod store;

pub use config::ChatConfig;
pub use dchat::DchatMsg;

use backplane_plugin::{
    Host, MethodEntry, Page, Plugin, PluginError, Pressure, ProtocolEntry, Resource, SessionFlags,
    export_plugin, measure_heap, protocols,
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
    const PAGES: &'static [Page] = page::PAGES;

    fn create(host: Host, config: ChatConfig) -> Result<Self, PluginError> {
        let listen = irc::listen(&config)?;
        let service = Service::open(host.clone(), config)?;
        if let Some(listen) = listen {
            listen.start(&host, &service)?;
        }
        Ok(Self { service })
    }

    fn reconfigure(&self, config: ChatConfig) -> Result<(), PluginError> {
        irc::listen(&config)?;
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
