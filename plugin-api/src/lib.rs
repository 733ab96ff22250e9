//! The contract between a Backplane host and its protocol plug-ins.
//!
//! The host moves bytes; plug-ins give them meaning. A plug-in is a shared library that says which messages it speaks
//! and on which kinds of session. The host attaches its protocols to every matching connection, and owns everything
//! that they run on: connections, queues, threads, time and the log.
//!
//! # A complete plug-in
//!
//! Chat, with the lines kept in memory and two RPC methods:
//!
//! ```
//! use backplane_plugin::*;
//! use serde::{Deserialize, Serialize};
//! use std::sync::{Arc, Mutex, PoisonError};
//!
//! #[derive(Debug, Clone, Serialize, Deserialize)]
//! pub struct DchatMsg {
//!     pub msg: String,
//! }
//!
//! impl Message for DchatMsg {
//!     const NAME: &'static str = "DchatMsg";
//! }
//!
//! config! {
//!     /// `[plugin.chat.config]`.
//!     pub struct ChatConfig {
//!         /// How many lines are kept.
//!         #[range(1..=1_000_000)]
//!         pub inbox_messages: usize = 1000,
//!     }
//! }
//!
//! /// One value for the whole node.
//! struct Chat {
//!     host: Host,
//!     config: ChatConfig,
//!     inbox: Mutex<Vec<String>>,
//! }
//!
//! impl Plugin for Chat {
//!     type Config = ChatConfig;
//!     const PROTOCOLS: &'static [ProtocolEntry<Self>] = protocols![ProtocolChat: SessionFlags::DEFAULT];
//!     const METHODS: &'static [MethodEntry<Self>] = methods![send, recv];
//!
//!     fn create(host: Host, config: ChatConfig) -> Result<Self, PluginError> {
//!         Ok(Self { host, config, inbox: Mutex::default() })
//!     }
//! }
//!
//! impl Chat {
//!     async fn send(self: Arc<Self>, (msg,): (String,)) -> Result<usize, RpcError> {
//!         Ok(self.host.broadcast(&DchatMsg { msg })?)
//!     }
//!
//!     async fn recv(self: Arc<Self>, []: [(); 0]) -> Result<Vec<String>, RpcError> {
//!         Ok(self.inbox.lock().unwrap_or_else(PoisonError::into_inner).clone())
//!     }
//!
//!     fn keep(&self, line: String) {
//!         let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
//!         if inbox.len() == self.config.inbox_messages {
//!             inbox.remove(0);
//!         }
//!         inbox.push(line);
//!     }
//! }
//!
//! /// One value for each channel.
//! struct ProtocolChat {
//!     chat: Arc<Chat>,
//!     lines: MessageSubscription<DchatMsg>,
//! }
//!
//! impl Protocol<Chat> for ProtocolChat {
//!     const NAME: &'static str = "chat";
//!     const MESSAGES: &'static [MessageInfo] = messages![DchatMsg];
//!
//!     fn attach(chat: Arc<Chat>, channel: Channel) -> Result<Self, PluginError> {
//!         Ok(Self { lines: channel.subscribe()?, chat })
//!     }
//!
//!     fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
//!         jobs.spawn("receive", self.receive());
//!     }
//! }
//!
//! impl ProtocolChat {
//!     async fn receive(self: Arc<Self>) -> Result<(), Closed> {
//!         loop {
//!             let line = self.lines.receive().await?;
//!             tracing::debug!(bytes = line.msg.len(), "received a line");
//!             self.chat.keep(line.msg);
//!         }
//!     }
//! }
//!
//! export_plugin!(Chat);
//! # fn main() {}
//! ```
//!
//! The package that holds it is a library with `crate-type = ["cdylib", "rlib"]`. Its name, without a leading
//! `backplane-`, is the plug-in's: `backplane-chat` is configured under `[plugin.chat]`, its RPC methods are
//! `chat.send` and `chat.recv`. Name the file as cargo does: the host goes by `libbackplane_chat.so` when it decides
//! whether `[plugin.chat]` disables the file, which it does before it opens it.
//!
//! # Lifecycle
//!
//! | step | who calls what | when | on which thread |
//! |---|---|---|---|
//! | 1 | host: reads the [manifest](#manifest), then opens the library | before anything of it runs | the starting thread |
//! | 2 | host: [`Plugin::create`] | once, before the node listens or dials | the starting thread |
//! | 3 | host: [`Protocol::attach`] | for each new channel of a session in the flags, before a byte is read from it | a network thread |
//! | 4 | host: [`Protocol::start`] | the handshake is done, and the peer speaks the protocol | a network thread |
//! | 5 | host: polls the jobs | from [`ProtocolJobsManager::spawn`] until they end or the channel does | the plug-in's runtime |
//! | 6 | host: an RPC method | whenever a client asks, also at the same time as another call | the plug-in's runtime |
//! | - | host: [`Plugin::reconfigure`] | the operator changed the configuration; also during all else | the plug-in's runtime |
//! | 7 | host: drops the jobs, and the protocol with the last | the channel ended, or the protocol failed | the plug-in's runtime |
//! | 8 | host: [`Plugin::stop`] | once, when the node stops: channels and tasks are gone | the plug-in's runtime |
//!
//! Steps 3 and 4 hold up the connection that they are called for, and a network thread with it: construct, subscribe,
//! spawn, return. Whatever takes time belongs in a job. If the peer turns out not to speak the protocol, 3 is
//! followed by the drop and 4 never comes.
//!
//! The plug-in's runtime is the host's, with as many threads as `[plugin.NAME] threads` says, one unless configured. A
//! job that blocks stalls the jobs of its own plug-in only. With `threads = 0` the jobs share the network's threads,
//! which saves two thread hops a message and is for plug-ins that never block.
//!
//! The library itself is never unloaded.
//!
//! # Manifest
//!
//! What a plug-in says of itself are constants: [`Plugin::PROTOCOLS`], [`Plugin::METHODS`], [`Protocol::MESSAGES`], the
//! keys of its [`config!`]. It runs by them, and [`export_plugin!`] writes them into a section of the file. The host
//! refuses what it cannot take (another target or ABI, `panic = "abort"`, a name that is missing or taken) before any
//! code of the file runs, and a library whose tables say something else. `backplane plugin inspect FILE` prints them.
//!
//! # Ownership
//!
//! * The plug-in is one value behind an `Arc`: the host holds it until the process ends, and so may every protocol, job
//!   and RPC call. Nothing is saved in a drop: that is what [`Plugin::stop`] is for.
//! * A protocol is one value behind an `Arc`, held by the host until it starts, and by its jobs from then on. It goes
//!   with the last of them: at the latest when the channel has ended or the protocol has failed on it.
//! * A job is owned by the channel. No handle can keep it alive longer, and one that is spawned after the channel
//!   ended is dropped without having been polled.
//! * [`Channel`], [`Host`] and [`ProtocolJobsManager`] are handles. To keep one does not keep a connection open, and to
//!   use one after the end is safe: sending says [`SendError::Closed`], receiving [`Closed`].
//! * A [`MessageSubscription`] unsubscribes when it is dropped. One that is kept must be received from: its queue fills
//!   up, and a full queue ends the channel.
//!
//! # Cancellation
//!
//! A job that does not end by itself is dropped where it last waited, at an `await`. What must not be torn apart belongs
//! between two awaits, or under a guard whose drop puts it right. The waits of this crate lose nothing when they are
//! dropped: [`receive`](MessageSubscription::receive) leaves the message, [`send`](Channel::send) has queued nothing.
//!
//! Before the jobs are dropped, subscriptions run dry and [`Closed`] ends the loop that receives. A job that ends with
//! [`Closed`] or [`SendError::Closed`] has ended well; any other error ends the protocol on this channel, goes to the
//! log with the job's name, and leaves the channel and its other protocols alone.
//!
//! # Back-pressure
//!
//! *Receiving.* The queue of a subscription is bounded in messages and bytes. When it is full the host stops reading
//! from that peer, so that the peer's sending blocks in turn; other channels go on. A queue that stays full for
//! `network.slow_consumer_timeout` closes the channel, as this node's own fault and with the protocol's name. So a job
//! receives, acts, and receives again; work that takes longer than the time between messages is handed to
//! another job, over a bounded queue of the author's own.
//!
//! *Sending.* [`Channel::send`] is ready when the message is queued, and waits while the channel's outgoing buffer is
//! full or the message's [`Metering`] asks for a pause. [`Channel::try_send`] says [`SendError::Full`] instead of
//! waiting, [`Channel::send_all`] is the fast way to send a stream, as [`MessageSubscription::receive_batch`] is to
//! receive one. [`Host::broadcast`] never waits: one slow peer must not hold up the others, so it is closed once its buffer
//! has overflowed.
//!
//! # Payloads
//!
//! A message is encoded by [`wire`], once, and copied once, into the outgoing buffer of the channel, but for [`Bytes`] of
//! 4 KiB and more in it, which are written from where they lie; a broadcast of a large payload is one storage for all
//! channels. Received payloads cross the boundary in batches, as ranges of one storage, and are decoded when the job
//! receives. A field of type [`Bytes`] then shares that storage where the payload is large; `String` and `Vec` copy. What
//! keeps a [`Bytes`] for long keeps the whole storage: copy out what is small.
//!
//! A payload that does not decode, or that has bytes left over, closes the channel as the peer's misbehaviour. What
//! decodes and is still against the protocol's rules is reported by [`Channel::misbehaved`].
//!
//! # Connections of one's own
//!
//! A plug-in that knows whom it wants to talk to asks for a channel with [`Host::connect`], and keeps the [`Connection`]
//! as long as it needs it. Protocols for [`SessionFlags::DIRECT`] are attached to it, by default all. Plug-ins that ask
//! for the same address share one channel, and a node that is connected already is not dialled again.
//!
//! # Programs and browsers
//!
//! Programs call RPC methods, and subscribe to what [`Host::emit`] tells. [`Plugin::PAGES`] are files in the library that
//! browsers get of a node with `[http]`, at `/PLUGIN/`; they reach the same methods and events over a WebSocket.
//!
//! # Which peers
//!
//! A peer that negotiates lists its protocols after the handshake. A protocol runs where both sides list the same name
//! and version. A peer of another implementation lists nothing: only protocols that say [`Negotiation::Assumed`] run
//! with it, since a stock DarkFi node bans whoever sends it a command that it does not know. [`Channel::send`] before
//! [`Protocol::start`] says [`SendError::Closed`].
//!
//! Names of protocols are unique within a node, and so are commands among the protocols that may meet on one channel:
//! prefix both with something of your own, as in `echo.request`. A plug-in whose names are taken is left out.
//!
//! # Panics
//!
//! Every entry, poll and drop runs inside a guard of this crate, in the plug-in. A panic becomes a [`PluginError`] with
//! message and place, is logged by the host and counted in `plugin.list`. In `create` it keeps the plug-in out, in
//! `attach`, `start` or a job it ends the protocol on that channel, in an RPC method it is answered with -32603. The
//! library must be built with `panic = "unwind"`, which is cargo's default. A drop that panics while another panic
//! unwinds ends the process, as everywhere in Rust; so does a fault in `unsafe` code.
//!
//! # What is around a plug-in
//!
//! A shared library has its own copy of every static and does not find the host's runtime, clock or log: `tokio::spawn`
//! would panic. They come from the [`Host`]:
//!
//! | instead of | use |
//! |---|---|
//! | `tokio::time::sleep`, `timeout` | [`Host::sleep`], [`Host::timeout`] |
//! | `tokio::spawn` | [`ProtocolJobsManager::spawn`] for a channel, [`Host::spawn`] for the plug-in |
//! | `SystemTime::now` | [`Host::unix_time`] |
//! | a generator of random numbers | [`Host::random`] |
//! | a path of one's own | [`Host::data_dir`] |
//! | `println!` | `tracing::info!` and its like |
//! | sockets of tokio in a plain job | a `Reactor`, in the module behind the feature `tokio` |
//!
//! `tracing` events are forwarded with their fields, under the target `plugin::NAME`; what the host's `log.level` does
//! not take is not even formatted. Spans are not forwarded.
//!
//! # Configuration
//!
//! `[plugin.NAME.config]` is read into [`Plugin::Config`] before [`Plugin::create`]; [`config!`] defines it with defaults,
//! bounds and documentation. A key that does not fit stops the node before it opens a socket, with one line that names
//! file and key; so does [`PluginError::config`].
//!
//! When a running node reads this table again and it has changed, it is given to [`Plugin::reconfigure`], if
//! everything of everybody fits. A plug-in without that method takes its changes over at the next start.
//!
//! # Versions
//!
//! The boundary ([`abi`]) has a version of its own. Within one major version its tables only grow at the end, and a
//! plug-in built for that major version is taken by every host of it that has what the plug-in asks for: layouts are
//! checked when the library is opened, whichever compiler built it. [`Protocol::VERSION`] is another thing: it is the
//! version of the *messages*, for peers.
//!
//! # Testing
//!
//! Keep what decides in plain functions and types of the plug-in, as the chat plug-in does with its inbox, and test those
//! without a node; `rlib` among the crate types makes them reachable. [`wire::to_bytes`] and [`wire::from_bytes`] hold a
//! message against recorded bytes. With the feature `testkit`, for dev-dependencies, the module `testkit` has a simulated
//! host with peers that say what a test says, and a clock that the test moves.
//!
//! `backplane plugin check FILE` tries the library out as a whole: every message and RPC method with nonsense, thousands of
//! channels that come and go, each check in a process of its own. `--list` says what is checked.

pub mod abi;
pub mod config;
pub mod manifest;
#[cfg(feature = "tokio")]
pub mod reactor;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod wire;

mod channel;
mod connection;
mod error;
mod event;
mod export;
mod host;
mod jobs;
mod message;
mod outgoing;
mod page;
mod plugin;
mod registry;
mod rpc;
mod session;
mod subscription;

pub use abi::Bytes;
pub use channel::{Channel, ChannelInfo};
pub use config::PluginConfig;
pub use connection::{ConnectError, Connection};
pub use error::{Closed, PluginError, SendError};
pub use host::Host;
pub use jobs::{JobOutcome, ProtocolJobsManager};
pub use manifest::Limits;
pub use message::{Message, MessageInfo, Metering};
pub use page::Page;
pub use plugin::{Negotiation, NoConfig, Plugin, Pressure, Protocol, Resource};
pub use registry::{MethodEntry, ProtocolEntry, ProtocolInfo, ProtocolRegistry};
pub use rpc::RpcError;
pub use session::{SessionFlags, SessionKind};
pub use subscription::{MessageBatch, MessageSubscription};

pub use {serde, serde_json};
