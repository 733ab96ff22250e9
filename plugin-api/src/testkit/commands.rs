//! The commands of one channel: whose they are, who subscribes, how often they came and went.

use super::limits::TestLimits;
use super::meter::Meter;
use super::queue::Queue;
use super::report::CloseReason;
use crate::abi::{Bytes, Chunk, FrameRange};
use crate::message::MessageInfo;
use crate::registry::ProtocolInfo;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// One command of one channel.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) protocol: &'static str,
    pub(super) info: MessageInfo,
    /// Whether it may be sent: its protocol has started.
    pub(super) open: bool,
    /// Whether what comes is passed over: its protocol has ended.
    ended: bool,
    pub(super) sent: Meter,
    received: Meter,
    queues: Vec<Weak<Queue>>,
}

impl Command {
    /// The largest payload in bytes.
    pub(super) const fn most(&self, limits: &TestLimits) -> u64 {
        if self.info.max_bytes == 0 { limits.max_payload_bytes } else { self.info.max_bytes }
    }

    pub(super) fn queues(&self) -> impl Iterator<Item = Arc<Queue>> {
        self.queues.iter().filter_map(Weak::upgrade)
    }

    fn close(&mut self) {
        self.open = false;
        self.queues().for_each(|queue| queue.close());
    }
}

/// The commands of one channel.
#[derive(Debug, Default)]
pub(super) struct Commands {
    all: BTreeMap<&'static str, Command>,
}

impl Commands {
    pub(super) fn add(&mut self, protocol: &ProtocolInfo) {
        for info in protocol.messages {
            let command = Command {
                protocol: protocol.name,
                info: *info,
                open: false,
                ended: false,
                sent: Meter::default(),
                received: Meter::default(),
                queues: Vec::new(),
            };
            self.all.insert(info.name, command);
        }
    }

    /// A command that this protocol declares.
    pub(super) fn of(&mut self, protocol: &str, command: &str) -> Option<&mut Command> {
        self.all.get_mut(command).filter(|found| found.protocol == protocol)
    }

    pub(super) fn find(&mut self, command: &str) -> Option<&mut Command> {
        self.all.get_mut(command)
    }

    /// A new subscription of a command.
    pub(super) fn subscribe(command: &mut Command, closed: bool) -> Arc<Queue> {
        let queue = Arc::new(Queue::default());
        if closed {
            queue.close();
        }
        command.queues.retain(|queue| queue.strong_count() > 0);
        command.queues.push(Arc::downgrade(&queue));
        queue
    }

    pub(super) fn open(&mut self, protocol: &str) {
        self.all
            .values_mut()
            .filter(|command| command.protocol == protocol)
            .for_each(|command| command.open = true);
    }

    /// A command whose messages are taken.
    pub(super) fn wanted(&self, command: &str) -> Option<&Command> {
        self.all.get(command).filter(|command| !command.ended)
    }

    pub(super) fn close_of(&mut self, protocol: &str) {
        for command in self.all.values_mut().filter(|command| command.protocol == protocol) {
            command.close();
            command.ended = true;
        }
    }

    pub(super) fn close(&mut self) {
        self.all.values_mut().for_each(Command::close);
    }

    /// Protocol and command of a queue that is full.
    pub(super) fn full(&self, limits: &TestLimits) -> Option<(&'static str, &'static str)> {
        let full = |command: &&Command| command.queues().any(|queue| queue.is_full(limits));
        self.all.values().find(full).map(|command| (command.protocol, command.info.name))
    }

    /// How many messages wait to be received.
    pub(super) fn waiting(&self) -> usize {
        self.all.values().flat_map(Command::queues).map(|queue| queue.waiting()).sum()
    }

    /// Hands payloads that were read together to the subscriptions of their command; how long the channel is to rest.
    pub(super) fn dispatch(
        &mut self,
        name: &str,
        payloads: &[Vec<u8>],
        now: Duration,
    ) -> Result<Duration, CloseReason> {
        let Some(command) = self.find(name) else { return Ok(Duration::ZERO) };
        let bytes = Bytes::from(payloads.concat());
        for queue in command.queues() {
            let mut chunk = Chunk { bytes: bytes.clone(), frames: Vec::new().into() };
            let mut start = 0;
            for payload in payloads {
                // One read is far below 4 GiB.
                let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
                chunk.frames.push(FrameRange { start, len });
                start = start.saturating_add(len);
            }
            queue.push(chunk);
        }
        let cost = command.info.metering;
        let delay = payloads.iter().map(|_| command.received.push(now, &cost)).last().unwrap_or_default();
        if cost.is_on() && self.points(now) > self.budget() {
            return Err(CloseReason::OverBudget);
        }
        Ok(delay)
    }

    fn points(&mut self, now: Duration) -> u64 {
        self.all.values_mut().map(|command| command.received.points(now, &command.info.metering)).sum()
    }

    fn budget(&self) -> u64 {
        self.all.values().map(|command| u64::from(command.info.metering.threshold)).sum()
    }
}
