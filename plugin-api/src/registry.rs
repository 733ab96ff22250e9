//! What a plug-in brings: its protocols and its RPC methods.

use crate::abi::{HostArc, ProtocolBox, attach};
use crate::channel::Channel;
use crate::error::PluginError;
use crate::message::MessageInfo;
use crate::plugin::{Negotiation, Plugin, Protocol};
use crate::rpc::Reply;
use crate::session::SessionFlags;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// One of a plug-in's protocols with the sessions that it runs on; see [`protocols!`](crate::protocols!).
pub struct ProtocolEntry<P> {
    info: ProtocolInfo,
    pub(crate) attach: fn(Arc<P>, Channel, HostArc) -> Result<ProtocolBox, PluginError>,
}

/// What the host has to know of a protocol before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtocolInfo {
    /// Its name.
    pub name: &'static str,
    /// The version of its messages.
    pub version: u32,
    /// The sessions it runs on.
    pub sessions: SessionFlags,
    /// Whether the peer has to say that it speaks the protocol.
    pub negotiation: Negotiation,
    /// The commands it sends and receives.
    pub messages: &'static [MessageInfo],
}

impl<P: Send + Sync + 'static> ProtocolEntry<P> {
    /// The protocol `T` on the channels of these sessions.
    #[must_use]
    pub const fn of<T: Protocol<P>>(sessions: SessionFlags) -> Self {
        let info = ProtocolInfo {
            name: T::NAME,
            version: T::VERSION,
            sessions,
            negotiation: T::NEGOTIATION,
            messages: T::MESSAGES,
        };
        Self { info, attach: attach::<P, T> }
    }
}

impl<P> ProtocolEntry<P> {
    /// What the host has to know of it.
    #[must_use]
    pub const fn info(&self) -> &ProtocolInfo {
        &self.info
    }
}

impl<P> Clone for ProtocolEntry<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for ProtocolEntry<P> {}

impl<P> fmt::Debug for ProtocolEntry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.info.fmt(f)
    }
}

/// One of a plug-in's RPC methods; see [`methods!`](crate::methods!).
pub struct MethodEntry<P> {
    name: &'static str,
    aliases: &'static [&'static str],
    pub(crate) handler: fn(Arc<P>, Value) -> Reply,
}

impl<P> MethodEntry<P> {
    /// A method of this name, also under these bare names. [`methods!`](crate::methods!) makes the handler.
    #[must_use]
    pub const fn new(
        name: &'static str,
        aliases: &'static [&'static str],
        handler: fn(Arc<P>, Value) -> Reply,
    ) -> Self {
        Self { name, aliases, handler }
    }

    /// The name behind the plug-in's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The bare names.
    #[must_use]
    pub const fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }
}

impl<P> fmt::Debug for MethodEntry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodEntry")
            .field("name", &self.name)
            .field("aliases", &self.aliases)
            .finish_non_exhaustive()
    }
}

/// The protocols and RPC methods of a plug-in that is about to run. Authors have no use for it.
pub struct ProtocolRegistry<P: 'static> {
    pub(crate) protocols: Vec<ProtocolEntry<P>>,
    pub(crate) methods: &'static [MethodEntry<P>],
}

impl<P> ProtocolRegistry<P> {
    /// These protocols and methods.
    #[must_use]
    pub const fn new(protocols: Vec<ProtocolEntry<P>>, methods: &'static [MethodEntry<P>]) -> Self {
        Self { protocols, methods }
    }
}

impl<P: Plugin> ProtocolRegistry<P> {
    /// All that a plug-in has.
    #[must_use]
    pub fn of_plugin() -> Self {
        Self::new(P::PROTOCOLS.to_vec(), P::METHODS)
    }
}

impl<P> fmt::Debug for ProtocolRegistry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolRegistry")
            .field("protocols", &self.protocols)
            .field("methods", &self.methods)
            .finish()
    }
}

/// The protocols of a plug-in with the sessions that they run on, for [`Plugin::PROTOCOLS`].
///
/// ```
/// # use backplane_plugin::*;
/// # use std::sync::Arc;
/// # struct Plug;
/// # struct ProtocolAsk;
/// # impl Protocol<Plug> for ProtocolAsk {
/// #     const NAME: &'static str = "ask";
/// #     const MESSAGES: &'static [MessageInfo] = &[];
/// #     fn attach(_: Arc<Plug>, _: Channel) -> Result<Self, PluginError> { Ok(Self) }
/// #     fn start(self: Arc<Self>, _: &ProtocolJobsManager) {}
/// # }
/// const PROTOCOLS: &[ProtocolEntry<Plug>] = protocols![ProtocolAsk: SessionFlags::DEFAULT | SessionFlags::SEED];
/// ```
#[macro_export]
macro_rules! protocols {
    ($($protocol:ty: $($sessions:path)|+),* $(,)?) => {
        &[$($crate::ProtocolEntry::of::<$protocol>($crate::SessionFlags::NONE$(.union($sessions))+)),*]
    };
}
