//! One command on one channel: its limits, its metering, its subscriptions.

use super::command::{Command, CommandInfo};
use super::metering::MeteringQueue;
use super::queue::{Queue, QueueRules};
use super::share::QueueShare;
use crate::frame::Prefix;
use backplane_plugin::abi::{Bytes, Chunk, FrameRange};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// One command on one channel.
#[derive(Debug)]
pub struct Dispatcher {
    command: Arc<Command>,
    rules: Arc<QueueRules>,
    /// Whether the protocol has started: only then may the command be sent.
    open: AtomicBool,
    /// No more payloads will come. Set and asked while the queues are locked.
    closed: AtomicBool,
    meters: Mutex<Meters>,
    /// Most often one.
    queues: Mutex<SmallVec<[Arc<Queue>; 1]>>,
    /// The reader's note to itself.
    slot: AtomicUsize,
}

#[derive(Debug, Default)]
struct Meters {
    received: MeteringQueue,
    sent: MeteringQueue,
}

/// Payloads of one command that were read together.
#[derive(Debug)]
pub struct Run {
    /// What was read.
    pub bytes: Bytes,
    /// Where in it the payloads lie.
    pub frames: Vec<FrameRange>,
    /// The sum of their lengths.
    pub payload_bytes: usize,
}

impl Dispatcher {
    pub(super) fn new(command: Arc<Command>, rules: Arc<QueueRules>) -> Self {
        Self {
            command,
            rules,
            open: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            meters: Mutex::default(),
            queues: Mutex::default(),
            slot: AtomicUsize::new(0),
        }
    }

    /// The command, which the channels of a node share.
    #[inline]
    pub(super) const fn command(&self) -> &Arc<Command> {
        &self.command
    }

    /// What the protocol said of the command.
    #[inline]
    #[must_use]
    pub fn info(&self) -> &CommandInfo {
        self.command.info()
    }

    /// What every frame of the command begins with.
    #[inline]
    #[must_use]
    pub fn prefix(&self) -> &Prefix {
        self.command.prefix()
    }

    /// Whether the command may be sent.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Where the channel's reader collects the frames of the command, as it noted last.
    #[inline]
    pub(crate) fn slot(&self) -> usize {
        self.slot.load(Ordering::Relaxed)
    }

    /// Notes where the channel's reader collects the frames of the command.
    #[inline]
    pub(crate) fn set_slot(&self, slot: usize) {
        self.slot.store(slot, Ordering::Relaxed);
    }

    pub(super) fn open(&self) {
        self.open.store(true, Ordering::Release);
    }

    pub(super) fn add_queue(&self, share: Option<Arc<QueueShare>>) -> Arc<Queue> {
        let queue = Arc::new(Queue::new(Arc::clone(&self.rules), share));
        let mut queues = self.queues.lock();
        if self.closed.load(Ordering::Relaxed) {
            queue.close();
        }
        queues.push(Arc::clone(&queue));
        queue
    }

    pub(super) fn unsubscribe(&self, queue: &Arc<Queue>) {
        self.queues.lock().retain(|other| !Arc::ptr_eq(other, queue));
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.queues.lock().len()
    }

    /// How many bytes wait in all subscriptions.
    pub(super) fn held(&self) -> usize {
        self.queues.lock().iter().map(|queue| queue.held()).sum()
    }

    /// Hands payloads to every subscription; whether one of them is full now.
    ///
    /// # Errors
    ///
    /// When nobody subscribes and a payload is not well-formed.
    pub fn dispatch(&self, run: Run) -> Result<bool, Malformed> {
        let queues = self.queues.lock();
        let Some((last, others)) = queues.split_last() else {
            return self.check(&run).map(|()| false);
        };
        let mut full = false;
        for queue in others {
            let chunk = Chunk { bytes: run.bytes.clone(), frames: run.frames.as_slice().into() };
            full |= queue.push(chunk, run.payload_bytes);
        }
        // Most often there is one, and nothing is copied.
        full |= last.push(Chunk { bytes: run.bytes, frames: run.frames.into() }, run.payload_bytes);
        Ok(full)
    }

    fn check(&self, run: &Run) -> Result<(), Malformed> {
        let Some(check) = self.info().check else { return Ok(()) };
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
        self.queues.lock().iter().find(|queue| !queue.has_room()).cloned()
    }

    /// Records payloads received at `now`: the delay that the command asks for then.
    pub(super) fn meter_received(&self, count: usize, now: Instant) -> Duration {
        let cost = &self.info().metering;
        let received = &mut self.meters.lock().received;
        (0..count).for_each(|_| received.push(now, cost));
        received.delay(cost)
    }

    /// The points of the command that were received and have not expired by `now`.
    pub(super) fn received_points(&self, now: Instant) -> u64 {
        let cost = &self.info().metering;
        let received = &mut self.meters.lock().received;
        received.forget(now, cost);
        received.total(cost)
    }

    /// Records a payload that is about to be sent: how long it has to wait first. The sender waits twice as long as
    /// a receiver would, so that a peer that counts the same way is never driven over its limit.
    pub fn meter_sent(&self, now: Instant) -> Duration {
        let cost = &self.info().metering;
        if !cost.is_on() {
            return Duration::ZERO;
        }
        let sent = &mut self.meters.lock().sent;
        sent.push(now, cost);
        sent.delay(cost) * 2
    }

    /// Whether nothing that comes is handed on.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Release);
        let queues = self.queues.lock();
        self.closed.store(true, Ordering::Relaxed);
        queues.iter().for_each(|queue| queue.close());
    }
}

/// A payload that does not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;
