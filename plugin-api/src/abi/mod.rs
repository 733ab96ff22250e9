//! The boundary itself: everything that crosses between host and plug-in, with a fixed layout.
//!
//! Authors never name anything in here; the crate's root has the types they use. Hosts do: they implement the
//! objects that point up ([`HostObject`], [`ChannelObject`], [`SubscriptionObject`], [`JobsObject`]) and call those that
//! point down ([`PluginObject`], [`ProtocolObject`]).
//!
//! The rules of the boundary:
//!
//! * Whoever allocates frees: containers carry their own free function, [`Bytes`] its own reference count.
//! * Nothing unwinds across: every entry, poll and drop of a plug-in runs inside [`guard`]. A panic becomes a
//!   [`PluginError`](crate::PluginError) with message and place.
//! * Objects are prefix types: a method is only ever added at the end, within one major version.
//! * No call blocks. What takes time is a future that the host polls, or a poll function with a waker.

mod bytes;
pub(crate) mod convert;
mod data;
mod glue;
mod guard;
mod heap;
mod log;
#[cfg(feature = "testkit")]
mod mock;
mod module;
mod objects;
pub(crate) mod poll;
mod task;

pub use crate::rpc::{Reply, answer};
pub use bytes::Bytes;
pub use data::{
    AbiError, AbiRpcError, ChannelDecl, Chunk, ChunkList, ConnectFailure, ConnectRefusal, ErrorKind,
    FrameRange, LogField, LogRecord, LogValue, Manifest, MessageDecl, MethodDecl, PageDecl, Part,
    PressureDecl, ProtocolDecl, Reconfigured, SendStatus, SentMany,
};
pub(crate) use glue::attach;
pub use glue::{Calls, build, create, host, manifest, pages, tables};
pub use guard::guard;
pub use heap::{CountingAllocator, heap};
#[cfg(feature = "testkit")]
pub(crate) use mock::{MockPlugin, MockProtocol};
pub use module::{ABI_MAJOR, ABI_MINOR, NOT_MEASURED, PluginModule, PluginModule_Ref};
pub use objects::{
    ChannelArc, ChannelObject, ChannelObject_TO, ConnectFuture, ConnectionBox, ConnectionObject,
    ConnectionObject_TO, HostArc, HostObject, HostObject_TO, Job, JobsArc, JobsObject, JobsObject_TO,
    PluginBox, PluginObject, PluginObject_TO, ProtocolBox, ProtocolObject, RpcFuture, SubscriptionBox,
    SubscriptionObject, SubscriptionObject_TO,
};

pub(crate) use task::job;

pub use abi_stable;
pub use async_ffi;
