//! A channel as the protocol that is attached to it sees it.

use crate::channel::{Channel, CloseReason, Payload};
use crate::marks::{self, Label};
use crate::message::{self, Dispatcher, Subscription};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RSlice, RStr};
use async_ffi::{FfiContext, FfiPoll};
use backplane_plugin::abi::{
    AbiError, ChannelDecl, ChannelObject, ChunkList, Part, SendStatus, SentMany, SubscriptionBox,
    SubscriptionObject, SubscriptionObject_TO,
};
use std::sync::Arc;
use std::task::Poll;

/// A channel, for one protocol.
#[derive(Debug, Clone)]
pub(super) struct ChannelBridge {
    channel: Arc<Channel>,
    protocol: Arc<str>,
    /// The protocol's commands, sorted.
    commands: Arc<[Arc<Dispatcher>]>,
}

impl ChannelBridge {
    pub(super) fn new(channel: &Arc<Channel>, protocol: Arc<str>) -> Self {
        let commands = channel.messages().of_protocol(&protocol).into();
        Self { channel: Arc::clone(channel), protocol, commands }
    }

    fn find(&self, command: RStr<'_>) -> Option<&Arc<Dispatcher>> {
        message::find(&self.commands, command.as_str().as_bytes())
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
        let subscription = SubscriptionBridge {
            subscription: dispatcher.subscribe(),
            command: Label::of_command(command.as_str()),
        };
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
        self.channel.send(command, Payload { bytes: payload.as_slice(), parts: parts.as_slice() }, prepaid)
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
        self.channel.send_many(command, payloads.as_slice(), lengths.as_slice())
    }
}

struct SubscriptionBridge {
    subscription: Subscription,
    command: Label,
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
