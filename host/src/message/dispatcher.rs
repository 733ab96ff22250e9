//! One command on one channel: its limits, its metering, its subscriptions.

use super::metering::MeteringQueue;
use super::queue::{Queue, QueueLimits};
use crate::frame::{Magic, Prefix};
use backplane_plugin::Metering;
use backplane_plugin::abi::{Bytes, Chunk, FrameRange};
use parking_lot::Mutex;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// What a protocol says of one of its commands.
#[derive(Debug, Clone)]
pub struct CommandInfo {
    /// The command.
    pub name: Arc<str>,
    /// The protocol that declared it.
    pub protocol: Arc<str>,
    /// The largest payload in bytes.
    pub max_bytes: u64,
    /// The metering cost, both ways.
    pub metering: Metering,
    /// Whether a payload is well-formed, asked when nobody subscribes to it.
    pub check: Option<fn(&[u8]) -> bool>,
}

/// One command on one channel.
#[derive(Debug)]
pub struct Dispatcher {
    info: CommandInfo,
    /// What every frame of the command begins with.
    prefix: Prefix,
    limits: QueueLimits,
    /// Whether the protocol has started: only then may the command be sent.
    open: AtomicBool,
    received: Mutex<MeteringQueue>,
    sent: Mutex<MeteringQueue>,
    queues: Mutex<Queues>,
}

#[derive(Debug, Default)]
struct Queues {
    list: Vec<Arc<Queue>>,
    /// No more payloads will come.
    closed: bool,
}

/// Payloads of one command that were read together.
#[derive(Debug)]
pub struct Run<'a> {
    /// What was read.
    pub bytes: &'a Bytes,
    /// Where in it the payloads lie.
    pub frames: &'a [FrameRange],
    /// The sum of their lengths.
    pub payload_bytes: usize,
}

impl Dispatcher {
    pub(super) fn new(info: CommandInfo, magic: Magic, limits: QueueLimits) -> Self {
        Self {
            prefix: Prefix::new(magic, &info.name),
            info,
            limits,
            open: AtomicBool::new(false),
            received: Mutex::default(),
            sent: Mutex::default(),
            queues: Mutex::default(),
        }
    }

    /// What the protocol said of the command.
    #[must_use]
    pub const fn info(&self) -> &CommandInfo {
        &self.info
    }

    /// What every frame of the command begins with.
    #[must_use]
    pub const fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Whether the command may be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(super) fn open(&self) {
        self.open.store(true, Ordering::Release);
    }

    pub(super) fn add_queue(&self) -> Arc<Queue> {
        let queue = Arc::new(Queue::new(self.limits));
        let mut queues = self.queues.lock();
        if queues.closed {
            queue.close();
        }
        queues.list.push(Arc::clone(&queue));
        queue
    }

    pub(super) fn unsubscribe(&self, queue: &Arc<Queue>) {
        self.queues.lock().list.retain(|other| !Arc::ptr_eq(other, queue));
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.queues.lock().list.len()
    }

    /// Hands payloads to every subscription; whether one of them is full now.
    ///
    /// # Errors
    ///
    /// When nobody subscribes and a payload is not well-formed.
    pub fn dispatch(&self, run: &Run<'_>) -> Result<bool, Malformed> {
        let queues = self.queues.lock();
        if queues.list.is_empty() {
            return self.check(run).map(|()| false);
        }
        let mut full = false;
        for queue in &queues.list {
            let chunk = Chunk { bytes: run.bytes.clone(), frames: run.frames.into() };
            full |= queue.push(chunk, run.payload_bytes);
        }
        Ok(full)
    }

    fn check(&self, run: &Run<'_>) -> Result<(), Malformed> {
        let Some(check) = self.info.check else { return Ok(()) };
        let payload = |range: &FrameRange| {
            let start = range.start as usize;
            run.bytes.get(start..start + range.len as usize).unwrap_or_default()
        };
        if run.frames.iter().all(|range| check(payload(range))) { Ok(()) } else { Err(Malformed) }
    }

    /// Waits until no subscription is full.
    pub async fn room(&self) {
        while let Some(queue) = self.full_queue() {
            poll_fn(|cx| queue.poll_room(cx)).await;
        }
    }

    fn full_queue(&self) -> Option<Arc<Queue>> {
        self.queues.lock().list.iter().find(|queue| !queue.has_room()).cloned()
    }

    /// Records payloads received at `now`: the delay that the command asks for then.
    pub(super) fn meter_received(&self, count: usize, now: Instant) -> Duration {
        let mut queue = self.received.lock();
        (0..count).for_each(|_| queue.push(now, &self.info.metering));
        queue.delay(&self.info.metering)
    }

    /// The points of the command that were received and have not expired by `now`.
    pub(super) fn received_points(&self, now: Instant) -> u64 {
        let mut queue = self.received.lock();
        queue.forget(now, &self.info.metering);
        queue.total()
    }

    /// Records a payload that is about to be sent: how long it has to wait first. The sender waits twice as long as
    /// a receiver would, so that a peer that counts the same way is never driven over its limit.
    pub fn meter_sent(&self, now: Instant) -> Duration {
        if !self.info.metering.is_on() {
            return Duration::ZERO;
        }
        let mut queue = self.sent.lock();
        queue.push(now, &self.info.metering);
        queue.delay(&self.info.metering) * 2
    }

    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Release);
        let mut queues = self.queues.lock();
        queues.closed = true;
        queues.list.iter().for_each(|queue| queue.close());
    }
}

/// A payload that does not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;
