//! One live connection to one peer.
//!
//! A channel has a reader and a writer task. What the reader reads goes by command to the subscriptions of
//! [`MessageSubsystem`]; what protocols send goes through one outgoing buffer, which the writer swaps out whole.
//! The first [`CloseReason`] that is given ends both; the channel itself decides nothing about its peer.

mod begun;
mod close;
mod config;
mod connect;
mod io;
mod merits;
mod outgoing;
mod pace;
mod peer;
mod receive;
mod rest;
mod roster;
mod rounds;
mod runs;
mod segments;
mod send;
mod shares;
mod table;
mod tell;

pub use begun::FrameLimits;
pub use close::{CloseReason, Fault};
pub use config::{ChannelConfig, ChannelLimits};
pub use connect::{Connect, ConnectError, Connecting, Lease};
pub use io::ChannelIo;
pub use merits::Merits;
pub use outgoing::OutgoingLimits;
pub use pace::PaceLimits;
pub use peer::{Link, Peer};
pub use roster::{Enrolled, Listed, Roster};
pub use segments::Payload;
pub use table::{Channels, Entry, Keep};

use crate::address::Address;
use crate::clock;
use crate::events::Events;
use crate::frame::Magic;
use crate::ledger::Traffic;
use crate::message::{Dispatcher, MessageSubsystem};
use crate::transport::Source;
use backplane_plugin::SessionKind;
use backplane_plugin::abi::{Bytes, Part, SendStatus, SentMany};
use outgoing::{Outgoing, Put};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tokio::sync::SetOnce;

/// One live connection to one peer.
#[derive(Debug)]
pub struct Channel {
    id: u32,
    session: SessionKind,
    address: Address,
    link: Link,
    magic: Magic,
    limits: Arc<ChannelLimits>,
    messages: MessageSubsystem,
    outgoing: Outgoing,
    traffic: Traffic,
    reason: SetOnce<CloseReason>,
    peer: OnceLock<Peer>,
    merits: Merits,
    since: u64,
    events: Events,
}

impl Channel {
    /// A channel whose stream nobody reads yet.
    #[must_use]
    pub fn new(config: ChannelConfig) -> Arc<Self> {
        Arc::new(Self {
            id: config.id,
            session: config.session,
            address: config.address,
            link: config.link,
            magic: config.magic,
            messages: MessageSubsystem::new(config.limits.queue, &config.limits.budget),
            outgoing: Outgoing::new(config.limits.outgoing, Arc::clone(&config.limits.budget)),
            traffic: Traffic::default(),
            limits: config.limits,
            reason: SetOnce::new(),
            peer: OnceLock::new(),
            merits: Merits::new(),
            since: clock::unix_seconds(),
            events: config.events,
        })
    }

    /// Its reader and writer, to be run. Both end soon after the channel is closed: the reader at once, the writer when
    /// it has written what was queued before.
    pub fn start(
        self: &Arc<Self>,
        reader: impl Source + 'static,
        writer: impl AsyncWrite + Unpin + Send + 'static,
    ) -> ChannelIo {
        let channel = Arc::clone(self);
        let reading = async move {
            tokio::select! {
                biased;
                _ = channel.ended() => {}
                reason = receive::run(reader, &channel) => channel.close(reason),
            }
        };
        ChannelIo::new(reading, send::run(writer, Arc::clone(self)))
    }

    /// The id, unique within the node.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// When it was made, in seconds since 1970.
    #[must_use]
    pub const fn since(&self) -> u64 {
        self.since
    }

    /// The session that made it.
    #[must_use]
    pub const fn session(&self) -> SessionKind {
        self.session
    }

    /// The peer's address.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// How it came about.
    #[must_use]
    pub const fn link(&self) -> &Link {
        &self.link
    }

    /// The message subsystem.
    #[must_use]
    pub const fn messages(&self) -> &MessageSubsystem {
        &self.messages
    }

    /// What goes through it.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// How many bytes wait in its queues, both ways, by protocol. None is listed without any.
    #[must_use]
    pub fn held(&self) -> BTreeMap<Arc<str>, usize> {
        self.outgoing.held_beside(self.messages.held())
    }

    /// What speaks for the peer.
    #[must_use]
    pub const fn merits(&self) -> &Merits {
        &self.merits
    }

    /// What the peer said of itself; `None` before the handshake is done.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        self.peer.get()
    }

    /// Notes what the peer said of itself, once.
    pub fn introduce(&self, peer: Peer) {
        // The first introduction stands.
        let _ = self.peer.set(peer);
    }

    /// Puts a payload of `command` into the outgoing buffer, or says why not.
    ///
    /// `prepaid`: the delay that metering asked for has been waited for.
    pub fn send<'a>(
        &self,
        command: &Dispatcher,
        payload: impl Into<Payload<'a>>,
        prepaid: bool,
    ) -> SendStatus {
        let payload = payload.into();
        if let Err(status) = self.admit(command, payload.len()) {
            return status;
        }
        if !prepaid && command.info().metering.is_on() {
            if self.outgoing.is_full() {
                return SendStatus::Full;
            }
            if let Some(delayed) = delay(command) {
                return delayed;
            }
        }
        let put = self.outgoing.put(command, payload);
        self.tell_sent(command, usize::from(put == Put::Queued));
        status(put)
    }

    /// Puts payloads of a command that is not metered into the outgoing buffer, as many as there is room for. They lie
    /// back to back; `lengths` has the length of each.
    pub fn send_many(&self, command: &Dispatcher, payloads: &[u8], lengths: &[u32]) -> SentMany {
        let fits = |length: &&u32| self.admit(command, **length as usize).is_ok();
        let admitted = lengths.iter().take_while(fits).count();
        let (taken, put) =
            self.outgoing.put_many(command, payloads, lengths.get(..admitted).unwrap_or_default());
        self.tell_sent(command, taken);
        let refused = lengths.get(admitted).filter(|_| taken == admitted);
        let refusal = refused.and_then(|length| self.admit(command, *length as usize).err());
        SentMany { taken, status: refusal.unwrap_or_else(|| status(put)) }
    }

    /// Queues a payload that goes to many channels, and does not wait: a peer whose buffer has overflowed is closed as
    /// too slow, a command that metering holds back is not queued.
    pub fn broadcast(&self, command: &Dispatcher, payload: &Bytes) -> SendStatus {
        /// From this size on, sharing a payload is cheaper than copying it.
        const SHARED_BYTES: usize = 4 * 1024;
        if let Err(status) = self.admit(command, payload.len()) {
            return status;
        }
        if let Some(delayed) = delay(command) {
            return delayed;
        }
        let put = if payload.len() < SHARED_BYTES {
            self.outgoing.put_at_once(command, (&**payload).into())
        } else {
            let parts = [Part { at: 0, bytes: payload.clone() }];
            self.outgoing.put_at_once(command, Payload { bytes: &[], parts: &parts })
        };
        self.tell_sent(command, usize::from(put == Put::Queued));
        if put == Put::Full {
            self.close(CloseReason::TooSlow);
        }
        status(put)
    }

    fn admit(&self, command: &Dispatcher, bytes: usize) -> Result<(), SendStatus> {
        if !command.is_open() {
            return Err(SendStatus::Closed);
        }
        if bytes as u64 > command.info().max_bytes {
            return Err(SendStatus::TooLarge);
        }
        Ok(())
    }

    /// Ready when the outgoing buffer has room, or the channel is closed.
    pub fn poll_writable(&self, cx: &Context<'_>) -> Poll<()> {
        self.outgoing.poll_room(cx)
    }

    /// Ends the channel. Only the first reason counts. Subscriptions drain, what is queued is still written.
    pub fn close(&self, reason: CloseReason) {
        if self.reason.set(reason).is_ok() {
            self.messages.close();
            self.outgoing.close();
        }
    }

    /// Waits for the end of the channel: why it ended.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn ended(&self) -> &CloseReason {
        self.reason.wait().await
    }

    /// Why the channel ended; `None` while it lives.
    #[must_use]
    pub fn close_reason(&self) -> Option<&CloseReason> {
        self.reason.get()
    }
}

/// Records one more payload with the command's metering: how long it has to wait, if it has to.
fn delay(command: &Dispatcher) -> Option<SendStatus> {
    if !command.info().metering.is_on() {
        return None;
    }
    let delay = command.meter_sent(clock::now());
    let nanos = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
    (nanos > 0).then_some(SendStatus::Delayed { nanos })
}

const fn status(put: Put) -> SendStatus {
    match put {
        Put::Queued => SendStatus::Sent,
        Put::Full => SendStatus::Full,
        Put::Closed => SendStatus::Closed,
    }
}
