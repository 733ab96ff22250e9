//! The objects that cross the boundary: who implements them, who calls them, when.
#![expect(
    non_local_definitions,
    unsafe_code,
    unused_qualifications,
    reason = "abi_stable generates items around each trait"
)]

use super::data::{
    AbiError, AbiRpcError, ChannelDecl, Chunk, ConnectFailure, ConnectRefusal, LogRecord, Part, PressureDecl,
    Reconfigured, SendStatus, SentMany,
};
use abi_stable::sabi_trait;
use abi_stable::std_types::{RArc, RBox, RResult, RSlice, RStr, RString, RVec};
use async_ffi::{FfiContext, FfiFuture, FfiPoll, FutureExt};

/// A task of a plug-in: polled by the host, dropped by the host.
pub type Job = FfiFuture<RResult<(), AbiError>>;

/// The answer of an RPC method: JSON text.
pub type RpcFuture = FfiFuture<RResult<RString, AbiRpcError>>;

/// The host, for one plug-in. Implemented by the host; any thread may call any of it at any time.
#[sabi_trait]
pub trait HostObject: Send + Sync + Clone {
    /// The folder that belongs to this plug-in; made at the first call.
    fn data_dir(&self) -> RResult<RString, AbiError>;

    /// The channels on which protocols of this plug-in run.
    fn channels(&self) -> RVec<ChannelDecl>;

    /// Queues the payload on every channel on which the command's protocol runs; the number of channels.
    fn broadcast(&self, command: RStr<'_>, payload: RSlice<'_, u8>) -> u32;

    /// Ready after so many nanoseconds by the host's clock.
    fn sleep(&self, nanos: u64) -> FfiFuture<()>;

    /// Nanoseconds since 1970.
    fn unix_nanos(&self) -> u64;

    /// A random number.
    fn random(&self) -> u64;

    /// Runs a job of the plug-in that belongs to no channel; it ends when the plug-in stops.
    fn spawn(&self, name: RStr<'_>, job: Job);

    /// The most verbose level that the host's log takes from this plug-in: 0 none, 1 error .. 5 trace.
    fn log_level(&self) -> u8;

    /// Writes to the host's log.
    fn log(&self, record: LogRecord<'_>);

    /// Tells of a panic that no result can carry: in a drop, or on a thread of the plug-in's own.
    #[sabi(last_prefix_field)]
    fn panicked(&self, what: RStr<'_>, error: AbiError);

    /// A channel to an address: one that is there, or a new one. Since 1.1; a host without it refuses.
    fn connect(&self, _address: RStr<'_>) -> ConnectFuture {
        refused()
    }

    /// As [`spawn`](Self::spawn), or says which limit is in the way: then the job has been dropped. Since 1.2; a host
    /// without it runs any number.
    fn try_spawn(&self, name: RStr<'_>, job: Job) -> RResult<(), AbiError> {
        self.spawn(name, job);
        RResult::ROk(())
    }

    /// Whether anybody has subscribed to events. Since 1.3; to a host without it nobody can.
    fn is_watched(&self) -> bool {
        false
    }

    /// Passes an event on to those who subscribed: its name without the plug-in's, and JSON text. Never waits. Since 1.3;
    /// a host without it has nobody to tell.
    fn emit(&self, event: RStr<'_>, data: RStr<'_>) {
        let _ = (event, data);
    }
}

/// The outcome of the wish for a channel.
pub type ConnectFuture = FfiFuture<RResult<ConnectionBox, ConnectFailure>>;

fn refused() -> ConnectFuture {
    let kind = ConnectRefusal::Refused;
    async move { RResult::RErr(ConnectFailure { kind, message: "this host does not dial for plug-ins".into() }) }.into_ffi()
}

/// A share in a channel that the plug-in asked for. Implemented by the host; dropping it lets go of the channel.
#[sabi_trait]
pub trait ConnectionObject: Send + Sync {
    /// Which channel it is.
    fn info(&self) -> ChannelDecl;

    /// Whether the channel is open.
    #[sabi(last_prefix_field)]
    fn is_open(&self) -> bool;
}

/// One channel, for one protocol on it. Implemented by the host; any thread may call any of it.
#[sabi_trait]
pub trait ChannelObject: Send + Sync + Clone {
    /// Which channel it is.
    fn info(&self) -> ChannelDecl;

    /// A queue of the payloads of one declared command. Only while the protocol is being attached nothing is missed.
    fn subscribe(&self, command: RStr<'_>) -> RResult<SubscriptionBox, AbiError>;

    /// Puts a payload into the outgoing buffer, or says why not. `prepaid`: metering has been waited for.
    /// Its `parts`, in the order of their places, belong between the bytes of `payload`.
    fn try_send(
        &self,
        command: RStr<'_>,
        payload: RSlice<'_, u8>,
        parts: RSlice<'_, Part>,
        prepaid: bool,
    ) -> SendStatus;

    /// Ready when the outgoing buffer has room, or the channel is closed.
    fn poll_writable(&self, cx: &mut FfiContext<'_>) -> FfiPoll<()>;

    /// Closes the channel by the protocol's wish. Nobody's fault.
    fn close(&self, reason: RStr<'_>);

    /// Closes the channel because the peer broke the protocol's rules.
    fn misbehaved(&self, what: RStr<'_>);

    /// Puts payloads of a command that is not metered into the outgoing buffer, as many as there is room for. They lie
    /// back to back in `payloads`; `lengths` has the length of each.
    #[sabi(last_prefix_field)]
    fn try_send_many(
        &self,
        command: RStr<'_>,
        payloads: RSlice<'_, u8>,
        lengths: RSlice<'_, u32>,
    ) -> SentMany;
}

/// One subscription. Implemented by the host; one task at a time polls it; dropping it unsubscribes.
#[sabi_trait]
pub trait SubscriptionObject: Send + Sync {
    /// Moves everything that is queued into `out`, which is empty. Ready(false): the channel is closed and drained.
    #[sabi(last_prefix_field)]
    fn poll_receive(&self, cx: &mut FfiContext<'_>, out: &mut RVec<Chunk>) -> FfiPoll<bool>;
}

/// The jobs of one protocol on one channel. Implemented by the host.
#[sabi_trait]
pub trait JobsObject: Send + Sync + Clone {
    /// Runs a job until it ends or the channel closes.
    #[sabi(last_prefix_field)]
    fn spawn(&self, name: RStr<'static>, job: Job);

    /// Runs a job, or says which limit is in the way: then it has been dropped. Since 1.2; a host without it runs any
    /// number.
    fn try_spawn(&self, name: RStr<'static>, job: Job) -> RResult<(), AbiError> {
        self.spawn(name, job);
        RResult::ROk(())
    }
}

/// One running plug-in. Implemented by the plug-in's glue; called by the host.
#[sabi_trait]
pub trait PluginObject: Send + Sync {
    /// Makes the protocol with this index in the manifest for a channel that has not been read from yet.
    fn attach(&self, protocol: u32, channel: ChannelArc) -> RResult<ProtocolBox, AbiError>;

    /// Answers the method with this index in the manifest. `params` is JSON text: an array or an object.
    fn rpc(&self, method: u32, params: RString) -> RpcFuture;

    /// The end: nothing is called after the future is ready.
    #[sabi(last_prefix_field)]
    fn stop(&self) -> Job;

    /// Reads a changed configuration, JSON text; with `apply` the plug-in takes it over. An error changes nothing.
    fn reconfigure(&self, config: RStr<'_>, apply: bool) -> RResult<Reconfigured, AbiError> {
        // What plug-ins answer that were built before there was this method.
        let _ = (config, apply);
        RResult::ROk(Reconfigured::NeedsRestart)
    }

    /// Tells of something that is running out. Since 1.2; a plug-in without it is not told.
    fn pressure(&self, pressure: PressureDecl) {
        let _ = pressure;
    }
}

/// One protocol on one channel. Implemented by the plug-in's glue; called by the host, once.
#[sabi_trait]
pub trait ProtocolObject: Send + Sync {
    /// Starts it: the handshake is done and the peer speaks the protocol.
    #[sabi(last_prefix_field)]
    fn start(&self, jobs: JobsArc) -> RResult<(), AbiError>;
}

/// A shared handle to the host.
pub type HostArc = HostObject_TO<'static, RArc<()>>;
/// A shared handle to a channel.
pub type ChannelArc = ChannelObject_TO<'static, RArc<()>>;
/// A shared handle to a protocol's jobs.
pub type JobsArc = JobsObject_TO<'static, RArc<()>>;
/// An owned subscription.
pub type SubscriptionBox = SubscriptionObject_TO<'static, RBox<()>>;
/// A share in a channel.
pub type ConnectionBox = ConnectionObject_TO<'static, RBox<()>>;
/// An owned plug-in.
pub type PluginBox = PluginObject_TO<'static, RBox<()>>;
/// An owned protocol.
pub type ProtocolBox = ProtocolObject_TO<'static, RBox<()>>;
