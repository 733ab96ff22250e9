//! A channel as the protocol that is attached to it sees it.

use crate::channel::{Channel, CloseReason, Payload};
use crate::clock;
use crate::marks::{self, Label};
use crate::message::{self, Dispatcher, Subscription};
use crate::plugin::quotas::Quotas;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RSlice, RStr};
use async_ffi::{FfiContext, FfiPoll};
use backplane_plugin::abi::{
    AbiError, ChannelDecl, ChannelObject, ChunkList, Part, SendStatus, SentMany, SubscriptionBox,
    SubscriptionObject, SubscriptionObject_TO,
};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// A channel, for one protocol.
#[derive(Debug, Clone)]
pub(super) struct ChannelBridge {
    channel: Arc<Channel>,
    protocol: Arc<str>,
    /// The protocol's commands, sorted.
    commands: Arc<[Arc<Dispatcher>]>,
    quotas: Arc<Quotas>,
}

impl ChannelBridge {
    pub(super) fn new(channel: &Arc<Channel>, protocol: Arc<str>, quotas: &Arc<Quotas>) -> Self {
        let commands = channel.messages().of_protocol(&protocol).into();
        Self { channel: Arc::clone(channel), protocol, commands, quotas: Arc::clone(quotas) }
    }

    fn find(&self, command: RStr<'_>) -> Option<&Arc<Dispatcher>> {
        message::find(&self.commands, command.as_str().as_bytes())
    }

    /// How long the plug-in's speed lets a payload wait; nothing is recorded of it.
    fn held_back(&self) -> Option<u64> {
        let wait = self.quotas.record().held_back();
        (!wait.is_zero()).then(|| u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX))
    }
}

pub(super) fn describe(channel: &Channel) -> ChannelDecl {
    ChannelDecl {
        id: channel.id(),
        session: channel.session() as u32,
        address: channel.address().as_str().into(),
    }
}

impl ChannelObject for ChannelBridge {
    fn info(&self) -> ChannelDecl {
        describe(&self.channel)
    }

    fn subscribe(&self, command: RStr<'_>) -> RResult<SubscriptionBox, AbiError> {
        let Some(dispatcher) = self.find(command) else {
            let text = format!("{command} is not among the messages that {} declares", self.protocol);
            return RResult::RErr(AbiError::failed(&text));
        };
        let place = match self.quotas.subscription() {
            Ok(place) => place,
            Err(refusal) => return RResult::RErr(refusal),
        };
        let subscription = dispatcher.subscribe_within(self.quotas.queues());
        let subscription =
            SubscriptionBridge { subscription, command: Label::of_command(command.as_str()), _place: place };
        RResult::ROk(SubscriptionObject_TO::from_value(subscription, TD_Opaque))
    }

    fn try_send(
        &self,
        command: RStr<'_>,
        payload: RSlice<'_, u8>,
        parts: RSlice<'_, Part>,
        prepaid: bool,
    ) -> SendStatus {
        let Some(command) = self.find(command) else { return SendStatus::NotDeclared };
        if let Some(nanos) = self.held_back() {
            // It comes again as one that metering has let pass.
            let metered = if prepaid { Duration::ZERO } else { command.meter_sent(clock::now()) };
            let metered = u64::try_from(metered.as_nanos()).unwrap_or(u64::MAX);
            return SendStatus::Delayed { nanos: nanos.max(metered) };
        }
        let payload = Payload { bytes: payload.as_slice(), parts: parts.as_slice() };
        let bytes = payload.len();
        let status = self.channel.send(command, payload, prepaid);
        if status == SendStatus::Sent {
            self.quotas.record().sent(bytes);
        }
        status
    }

    fn poll_writable(&self, cx: &mut FfiContext<'_>) -> FfiPoll<()> {
        cx.with_context(|cx| self.channel.poll_writable(cx)).into()
    }

    fn close(&self, reason: RStr<'_>) {
        self.channel.close(CloseReason::Requested {
            protocol: Arc::clone(&self.protocol),
            reason: reason.as_str().to_owned(),
        });
    }

    fn misbehaved(&self, what: RStr<'_>) {
        self.channel.close(CloseReason::Misbehaved {
            protocol: Arc::clone(&self.protocol),
            what: what.as_str().to_owned(),
        });
    }

    fn try_send_many(
        &self,
        command: RStr<'_>,
        payloads: RSlice<'_, u8>,
        lengths: RSlice<'_, u32>,
    ) -> SentMany {
        let Some(command) = self.find(command) else {
            return SentMany { taken: 0, status: SendStatus::NotDeclared };
        };
        if let Some(nanos) = self.held_back() {
            return SentMany { taken: 0, status: SendStatus::Delayed { nanos } };
        }
        let lengths = lengths.as_slice();
        let sent = self.channel.send_many(command, payloads.as_slice(), lengths);
        self.quotas.record().sent(lengths.iter().take(sent.taken).map(|length| *length as usize).sum());
        sent
    }
}

struct SubscriptionBridge {
    subscription: Subscription,
    command: Label,
    /// Free again when the plug-in has dropped it.
    _place: OwnedSemaphorePermit,
}

impl SubscriptionObject for SubscriptionBridge {
    fn poll_receive(&self, cx: &mut FfiContext<'_>, out: &mut ChunkList) -> FfiPoll<bool> {
        let received: Poll<bool> = cx.with_context(|cx| self.subscription.poll_receive(cx, out));
        if received.is_ready() {
            marks::handed_over(self.command);
        }
        received.into()
    }
}
