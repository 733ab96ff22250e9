//! The plain data that crosses the boundary.

use super::Bytes;
use abi_stable::StableAbi;
use abi_stable::std_types::{RSlice, RStr, RString, RVec};

/// One page of a plug-in; it lies in the library, which is never closed.
#[repr(C)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct PageDecl {
    /// The path below the plug-in's name.
    pub path: RStr<'static>,
    /// Its media type.
    pub media_type: RStr<'static>,
    /// Its bytes.
    pub content: RSlice<'static, u8>,
}

/// Payloads of one command that arrived together: one storage, and where in it each payload lies.
#[repr(C)]
#[derive(Debug, StableAbi)]
pub struct Chunk {
    /// The storage that all payloads of the chunk share.
    pub bytes: Bytes,
    /// The payloads, in the order in which they arrived.
    pub frames: RVec<FrameRange>,
}

/// Chunks on their way to a subscriber, who takes the whole list at once.
pub type ChunkList = RVec<Chunk>;

/// Where in its chunk's storage one payload lies.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub struct FrameRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Number of bytes.
    pub len: u32,
}

/// A large part of a payload that is sent as it lies in memory, instead of being copied.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct Part {
    /// How many of the payload's other bytes come before it.
    pub at: usize,
    /// The bytes.
    pub bytes: Bytes,
}

/// What became of payloads that were handed to a channel together.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub struct SentMany {
    /// How many are in the outgoing buffer, from the first on.
    pub taken: usize,
    /// What became of the next one; [`SendStatus::Sent`] when there is none.
    pub status: SendStatus,
}

/// What became of a payload that was handed to a channel.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub enum SendStatus {
    /// It is in the channel's outgoing buffer.
    Sent,
    /// The outgoing buffer is full: wait until it is writable and try again.
    Full,
    /// Metering: wait this long and try again with `prepaid`.
    Delayed {
        /// How long, in nanoseconds.
        nanos: u64,
    },
    /// The channel is closed.
    Closed,
    /// The payload is larger than the message's limit.
    TooLarge,
    /// The protocol did not declare this command.
    NotDeclared,
}

/// A channel as a plug-in sees it.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct ChannelDecl {
    /// The channel's id, unique within the node.
    pub id: u32,
    /// The bit of its session kind.
    pub session: u32,
    /// The peer's address.
    pub address: RString,
}

/// One message type of a protocol.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct MessageDecl {
    /// The command.
    pub name: RString,
    /// The largest payload in bytes; 0 leaves it to the host.
    pub max_bytes: u64,
    /// Metering: points a message costs.
    pub score: u32,
    /// Metering: points that are free; 0 is off.
    pub threshold: u32,
    /// Metering: delay a point, in milliseconds.
    pub sleep_step_ms: u32,
    /// Metering: the window, in milliseconds.
    pub expiry_ms: u32,
}

/// One protocol of a plug-in.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct ProtocolDecl {
    /// The protocol's name.
    pub name: RString,
    /// Its version; peers that speak another one do not share it.
    pub version: u32,
    /// The sessions it runs on, as bits.
    pub sessions: u32,
    /// Whether it also runs with peers that do not negotiate.
    pub assumed: bool,
    /// The commands it sends and receives.
    pub messages: RVec<MessageDecl>,
}

/// One RPC method of a plug-in.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct MethodDecl {
    /// The name after `PLUGIN.`.
    pub name: RString,
    /// Bare names under which it answers too.
    pub aliases: RVec<RString>,
}

/// What a plug-in says of itself.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct Manifest {
    /// The name, as in `[plugin.NAME]`.
    pub name: RString,
    /// The plug-in's own version.
    pub version: RString,
    /// One sentence.
    pub description: RString,
    /// The licence, as an SPDX expression.
    pub license: RString,
    /// The version of this crate that it was built with.
    pub api_version: RString,
    /// Its protocols.
    pub protocols: RVec<ProtocolDecl>,
    /// Its RPC methods.
    pub methods: RVec<MethodDecl>,
}

/// What kind of failure an [`AbiError`] is.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub enum ErrorKind {
    /// The plug-in says that it cannot go on.
    Failed,
    /// The plug-in's configuration is wrong.
    Config,
    /// The plug-in panicked.
    Panicked,
    /// The channel is closed; not a fault.
    Closed,
}

/// What became of a changed configuration.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub enum Reconfigured {
    /// It can be read; the plug-in has taken it over if it was asked to.
    Done,
    /// The plug-in takes it over at a restart only.
    NeedsRestart,
}

/// A plug-in's failure.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct AbiError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// What happened; for a wrong configuration what was expected.
    pub message: RString,
    /// For a panic the place in the source, for a wrong configuration and a limit the key; else empty.
    pub place: RString,
}

/// How much of something a plug-in uses, with its limits.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub struct PressureDecl {
    /// What is used: 0 is the heap, 1 the data folder. Plug-ins pass over numbers that they do not know.
    pub resource: u32,
    /// How much is used, in bytes.
    pub used: u64,
    /// The limit that has been passed.
    pub soft: u64,
    /// The limit that must not be passed; 0 is none.
    pub hard: u64,
}

/// Why there is no channel to an address.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub enum ConnectRefusal {
    /// The address is not one that may be dialled.
    Refused,
    /// All direct connections are taken.
    TooMany,
    /// Nobody answers there, or not as a node of this network.
    Unreachable,
    /// The node or the plug-in stops.
    Stopped,
}

/// Why there is no channel to an address, in words.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct ConnectFailure {
    /// What kind of failure.
    pub kind: ConnectRefusal,
    /// What happened.
    pub message: RString,
}

/// The failure of an RPC method.
#[repr(C)]
#[derive(Debug, Clone, StableAbi)]
pub struct AbiRpcError {
    /// The JSON-RPC error code.
    pub code: i64,
    /// The JSON-RPC error message.
    pub message: RString,
    /// Further data as JSON text; empty for none.
    pub data: RString,
}

/// One event of the plug-in's log.
#[repr(C)]
#[derive(Debug, StableAbi)]
pub struct LogRecord<'a> {
    /// 1 error, 2 warn, 3 info, 4 debug, 5 trace.
    pub level: u8,
    /// The module that logged.
    pub module: RStr<'a>,
    /// The source file.
    pub file: RStr<'a>,
    /// The line in it.
    pub line: u32,
    /// The message.
    pub message: RStr<'a>,
    /// The fields.
    pub fields: RSlice<'a, LogField>,
}

/// One field of an event.
#[repr(C)]
#[derive(Debug, StableAbi)]
pub struct LogField {
    /// The field's name.
    pub name: RStr<'static>,
    /// Its value.
    pub value: LogValue,
}

/// The value of a field.
#[repr(u8)]
#[derive(Debug, Clone, StableAbi)]
pub enum LogValue {
    /// A signed number.
    Signed(i64),
    /// An unsigned number.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Text, or anything that was formatted into text.
    Text(RString),
}
