//! A channel of the simulated host, and jobs on it, as a protocol gets them.

use super::super::data::{AbiError, ChannelDecl, Chunk, Part, SendStatus, SentMany};
use super::super::objects::{
    ChannelObject, Job, JobsObject, SubscriptionBox, SubscriptionObject, SubscriptionObject_TO,
};
use super::{describe, limit, task};
use crate::testkit::{CloseReason, Link, Node, Owner, Queue};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RSlice, RStr, RVec};
use async_ffi::{FfiContext, FfiPoll};
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct MockChannel {
    pub(super) link: Arc<Link>,
    pub(super) protocol: &'static str,
}

impl ChannelObject for MockChannel {
    fn info(&self) -> ChannelDecl {
        describe(&self.link)
    }

    fn subscribe(&self, command: RStr<'_>) -> RResult<SubscriptionBox, AbiError> {
        match self.link.subscribe(self.protocol, command.as_str()) {
            Some(queue) => {
                RResult::ROk(SubscriptionObject_TO::from_value(MockSubscription(queue), TD_Opaque))
            }
            None => RResult::RErr(AbiError::failed(&format!(
                "{command} is not among the messages that {} declares",
                self.protocol
            ))),
        }
    }

    fn try_send(
        &self,
        command: RStr<'_>,
        payload: RSlice<'_, u8>,
        parts: RSlice<'_, Part>,
        prepaid: bool,
    ) -> SendStatus {
        self.link.send((self.protocol, command.as_str()), payload.as_slice(), parts.as_slice(), prepaid)
    }

    fn poll_writable(&self, cx: &mut FfiContext<'_>) -> FfiPoll<()> {
        cx.with_context(|cx| self.link.poll_writable(cx)).into()
    }

    fn close(&self, reason: RStr<'_>) {
        let (protocol, reason) = (self.protocol.to_owned(), reason.into());
        self.link.close(CloseReason::Requested { protocol, reason });
    }

    fn misbehaved(&self, what: RStr<'_>) {
        let (protocol, what) = (self.protocol.to_owned(), what.into());
        self.link.close(CloseReason::Misbehaved { protocol, what });
    }

    fn try_send_many(
        &self,
        command: RStr<'_>,
        payloads: RSlice<'_, u8>,
        lengths: RSlice<'_, u32>,
    ) -> SentMany {
        let mut rest = payloads.as_slice();
        let mut taken = 0;
        for length in lengths {
            let Some((payload, others)) = rest.split_at_checked(*length as usize) else { break };
            match self.link.send((self.protocol, command.as_str()), payload, &[], false) {
                SendStatus::Sent => (taken, rest) = (taken + 1, others),
                status => return SentMany { taken, status },
            }
        }
        SentMany { taken, status: SendStatus::Sent }
    }
}

struct MockSubscription(Arc<Queue>);

impl SubscriptionObject for MockSubscription {
    fn poll_receive(&self, cx: &mut FfiContext<'_>, out: &mut RVec<Chunk>) -> FfiPoll<bool> {
        cx.with_context(|cx| self.0.poll_receive(cx, out)).into()
    }
}

#[derive(Clone)]
pub(super) struct MockJobs {
    pub(super) node: Arc<Node>,
    pub(super) link: Arc<Link>,
    pub(super) protocol: &'static str,
}

impl JobsObject for MockJobs {
    fn spawn(&self, name: RStr<'static>, job: Job) {
        // Nobody is told of a job above the limit.
        let _ = self.try_spawn(name, job);
    }

    fn try_spawn(&self, name: RStr<'static>, job: Job) -> RResult<(), AbiError> {
        if !self.link.takes_jobs(self.protocol) {
            return RResult::ROk(());
        }
        let owner = Owner::Protocol(self.link.id, self.protocol);
        limit(self.node.spawn(owner, name.as_str(), task(job)))
    }
}
