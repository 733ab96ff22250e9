//! What an author implements: a plug-in, and its protocols.

use crate::abi::PressureDecl;
use crate::channel::Channel;
use crate::config::PluginConfig;
use crate::error::PluginError;
use crate::host::Host;
use crate::jobs::ProtocolJobsManager;
use crate::manifest::Limits;
use crate::message::MessageInfo;
use crate::page::Page;
use crate::registry::{MethodEntry, ProtocolEntry};
use std::future::Future;
use std::sync::Arc;

/// A plug-in: what all its protocols share, one value for the whole node.
///
/// [`export_plugin!`](crate::export_plugin) makes it loadable. The crate's documentation tells its life in full.
pub trait Plugin: Send + Sync + Sized + 'static {
    /// The plug-in's own configuration, `[plugin.NAME.config]`; [`NoConfig`] when there is none.
    ///
    /// [`config!`](crate::config!) makes it: then a misspelt key is refused by name, a missing one has its default, and
    /// `backplane plugin inspect` tells operators what there is.
    type Config: PluginConfig;

    /// Its protocols, with the sessions that they run on; see [`protocols!`](crate::protocols!).
    const PROTOCOLS: &'static [ProtocolEntry<Self>] = &[];

    /// Its RPC methods; see [`methods!`](crate::methods!).
    const METHODS: &'static [MethodEntry<Self>] = &[];

    /// What it has for browsers; see [`pages!`](crate::pages!).
    const PAGES: &'static [Page] = &[];

    /// How much it wants to use, for operators to read before it runs.
    const LIMITS: Limits = Limits::NONE;

    /// Makes the plug-in, before any connection exists.
    ///
    /// # Errors
    ///
    /// An error keeps this plug-in out; the node goes on without it unless it is `required`.
    fn create(host: Host, config: Self::Config) -> Result<Self, PluginError>;

    /// Takes over a changed configuration while the plug-in runs. It has been read without a fault; whoever cannot
    /// change everything at once changes nothing, since an error or a panic says that the old one goes on. Called on
    /// a thread of the plug-in, and returns soon.
    ///
    /// # Errors
    ///
    /// Why the configuration is not taken over; [`PluginError::needs_restart`], as here, when it never is.
    fn reconfigure(&self, config: Self::Config) -> Result<(), PluginError> {
        drop(config);
        Err(PluginError::needs_restart())
    }

    /// Something is running out: the moment to drop what can be made again. Called on a thread of the plug-in when a soft
    /// limit of `[plugin.NAME.limits]` is passed, once each time, and returns soon. Until the use has gone down the
    /// plug-in's queues hold half as much as before; above the hard limit the instance ends.
    fn pressure(&self, pressure: Pressure) {
        let _ = pressure;
    }

    /// The end: every job is gone by now. Ready means that nothing is left to save.
    fn stop(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Something of a plug-in's has passed its soft limit; see [`Plugin::pressure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pressure {
    /// What it is.
    pub resource: Resource,
    /// How much is used, in bytes.
    pub used: u64,
    /// The limit that has been passed, in bytes.
    pub soft: u64,
    /// The limit that ends this instance of the plug-in, in bytes; `None` when there is none.
    pub hard: Option<u64>,
}

/// What a plug-in uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resource {
    /// Memory, as [`measure_heap!`](crate::measure_heap) counts it.
    Heap,
    /// The files in [`Host::data_dir`](crate::Host::data_dir).
    DataFolder,
}

impl Pressure {
    /// What a host tells of; `None` when this version does not know the resource.
    pub(crate) fn of(decl: &PressureDecl) -> Option<Self> {
        let resource = match decl.resource {
            0 => Resource::Heap,
            1 => Resource::DataFolder,
            _ => return None,
        };
        let hard = (decl.hard > 0).then_some(decl.hard);
        Some(Self { resource, used: decl.used, soft: decl.soft, hard })
    }
}

crate::config! {
    /// The configuration of a plug-in that has none: every key is refused.
    #[derive(Debug, Clone, Copy)]
    pub struct NoConfig {}
}

/// Behaviour attached to one channel. `P` is what the protocols of one plug-in share: the [`Plugin`].
pub trait Protocol<P>: Send + Sync + Sized + 'static {
    /// The protocol's name, unique within a node.
    const NAME: &'static str;

    /// The version of its messages. Peers that speak another version do not share the protocol.
    const VERSION: u32 = 1;

    /// Whether the peer has to say that it speaks the protocol.
    const NEGOTIATION: Negotiation = Negotiation::Negotiated;

    /// Every message that the protocol sends or receives; see [`messages!`](crate::messages).
    const MESSAGES: &'static [MessageInfo];

    /// Makes the protocol for a new channel and subscribes. Nothing has been read from the channel yet, so no message
    /// can be missed; nothing may be sent yet.
    ///
    /// # Errors
    ///
    /// An error keeps this protocol off this channel; the channel goes on.
    fn attach(plugin: Arc<P>, channel: Channel) -> Result<Self, PluginError>;

    /// Starts: the handshake is done and the peer speaks this protocol. Spawns jobs and returns at once.
    ///
    /// The protocol lives as long as its jobs hold it: it goes with the last of them, and its subscriptions with it. What
    /// comes for them then is dropped.
    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager);
}

/// Whether a protocol runs with a peer that does not say which protocols it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Negotiation {
    /// Only with peers that list it. The right choice for everything new.
    Negotiated,
    /// Also with peers that cannot list anything, as stock DarkFi nodes: they are assumed to speak it.
    Assumed,
}

/// The descriptions of message types, for [`Protocol::MESSAGES`].
///
/// ```
/// # use backplane_plugin::{Message, MessageInfo, messages};
/// # #[derive(serde::Serialize, serde::Deserialize)] struct Ask;
/// # #[derive(serde::Serialize, serde::Deserialize)] struct Answer;
/// # impl Message for Ask { const NAME: &'static str = "ask"; }
/// # impl Message for Answer { const NAME: &'static str = "answer"; }
/// const MESSAGES: &[MessageInfo] = messages![Ask, Answer];
/// ```
#[macro_export]
macro_rules! messages {
    ($($message:ty),* $(,)?) => { &[$($crate::MessageInfo::of::<$message>()),*] };
}
