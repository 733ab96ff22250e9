//! A simulated host, for the tests of plug-ins: peers that say what a test says, a clock that the test moves.
//!
//! It is there with the feature `testkit`, which is for dev-dependencies only:
//!
//! ```toml
//! [dev-dependencies]
//! backplane-plugin = { version = "0.1", features = ["testkit"] }
//! ```
//!
//! A test is a plain `#[test]` without a runtime. The plug-in runs behind the same boundary as in a node: with the limits
//! and the metering of its messages, full queues and buffers, panics that are caught. Everything happens in one thread, in
//! the same order each time, and only when the test says so:
//!
//! ```
//! use backplane_plugin::testkit::TestHost;
//! use backplane_plugin::*;
//! use serde::{Deserialize, Serialize};
//! use serde_json::json;
//! use std::sync::Arc;
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Word(String);
//!
//! impl Message for Word {
//!     const NAME: &'static str = "parrot.word";
//! }
//!
//! struct Parrot(Host);
//!
//! impl Plugin for Parrot {
//!     type Config = NoConfig;
//!     const PROTOCOLS: &'static [ProtocolEntry<Self>] = protocols![ProtocolParrot: SessionFlags::DEFAULT];
//!     const METHODS: &'static [MethodEntry<Self>] = methods![say];
//!
//!     fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
//!         Ok(Self(host))
//!     }
//! }
//!
//! impl Parrot {
//!     async fn say(self: Arc<Self>, (word,): (String,)) -> Result<usize, RpcError> {
//!         Ok(self.0.broadcast(&Word(word))?)
//!     }
//! }
//!
//! struct ProtocolParrot(Channel, MessageSubscription<Word>);
//!
//! impl Protocol<Parrot> for ProtocolParrot {
//!     const NAME: &'static str = "parrot";
//!     const MESSAGES: &'static [MessageInfo] = messages![Word];
//!
//!     fn attach(_: Arc<Parrot>, channel: Channel) -> Result<Self, PluginError> {
//!         let words = channel.subscribe()?;
//!         Ok(Self(channel, words))
//!     }
//!
//!     fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
//!         jobs.spawn("repeat", async move {
//!             while let Ok(word) = self.1.receive().await {
//!                 self.0.send(&word).await?;
//!             }
//!             Ok::<(), SendError>(())
//!         });
//!     }
//! }
//!
//! let host = TestHost::<Parrot>::new(json!({})).unwrap();
//! let peer = host.connect(SessionKind::Inbound);
//! peer.send(&Word("hello".to_owned()));
//! host.run();
//! assert_eq!(peer.take_sent::<Word>(), [Word("hello".to_owned())]);
//! assert_eq!(host.call("say", json!(["who is there?"])), Ok(json!(1)));
//! assert_eq!(peer.sent::<Word>(), [Word("who is there?".to_owned())]);
//! ```
//!
//! What differs from a node: nothing is read or written in parallel, `threads` is nothing, and a thread or runtime of the
//! plug-in's own goes by the real clock ([`TestHost::run_until`] waits for it).
#![expect(clippy::panic, reason = "a test fails by a panic")]

mod call;
mod clock;
mod commands;
mod dials;
mod executor;
mod host;
mod kit;
mod limits;
mod link;
mod meter;
mod node;
mod outgoing;
mod peer;
mod queue;
mod report;

pub use crate::abi::Reconfigured;
pub use call::Pending;
pub use host::{TestHost, TestSetup};
pub use limits::TestLimits;
pub use peer::{PeerSetup, TestPeer};
pub use report::{CloseReason, Emitted, Failure, LogEvent};
pub use tracing::Level;

pub(crate) use dials::Lease;
pub(crate) use executor::{Owner, Task};
pub(crate) use link::Link;
pub(crate) use node::Node;
pub(crate) use queue::Queue;
