//! The message subsystem of one channel: generic publish/subscribe by command.
//!
//! A protocol adds a [`Dispatcher`] for each of its commands and subscribes to those it wants to hear. The channel's
//! reader finds the dispatcher of each frame's command and hands it all the payloads of one read together.
//! Nothing here decodes a payload: it stays bytes until the protocol takes it.

mod command;
mod dispatcher;
mod metering;
mod queue;
mod subscription;

pub use command::{Command, CommandInfo};
pub use dispatcher::{Dispatcher, Malformed, Run};
pub use metering::MeteringQueue;
pub use queue::QueueLimits;
pub use subscription::Subscription;

use parking_lot::RwLock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// The dispatchers of one channel.
#[derive(Debug, Default)]
pub struct MessageSubsystem {
    limits: QueueLimits,
    /// Few enough that looking along the list beats a hash table in time and memory.
    dispatchers: RwLock<Vec<Arc<Dispatcher>>>,
    /// Counts the changes of the list, so that a reader may keep what it found.
    generation: AtomicU64,
    /// The channel has ended.
    closed: AtomicBool,
}

impl MessageSubsystem {
    /// No dispatchers yet; `limits` are those of every subscription.
    #[must_use]
    pub fn new(limits: QueueLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds a dispatcher for a command; one that the same protocol has already stays.
    ///
    /// # Errors
    ///
    /// When another protocol has the command.
    pub fn add(&self, command: &Arc<Command>) -> Result<Arc<Dispatcher>, Taken> {
        let info = command.info();
        let mut dispatchers = self.dispatchers.write();
        if let Some(other) = dispatchers.iter().find(|other| other.info().name == info.name) {
            if other.info().protocol == info.protocol {
                return Ok(Arc::clone(other));
            }
            return Err(Taken {
                command: Arc::clone(&info.name),
                protocol: Arc::clone(&other.info().protocol),
            });
        }
        let dispatcher = Arc::new(Dispatcher::new(Arc::clone(command), self.limits));
        dispatchers.push(Arc::clone(&dispatcher));
        self.generation.fetch_add(1, Ordering::Release);
        if self.closed.load(Ordering::Acquire) {
            dispatcher.close();
        }
        Ok(dispatcher)
    }

    /// Removes the dispatchers of a protocol; its subscriptions run dry.
    pub fn remove_protocol(&self, protocol: &str) {
        self.dispatchers.write().retain(|dispatcher| {
            let keep = &*dispatcher.info().protocol != protocol;
            if !keep {
                dispatcher.close();
            }
            keep
        });
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Lets the commands of a protocol be sent.
    pub fn open_protocol(&self, protocol: &str) {
        self.of_protocol(protocol).iter().for_each(|dispatcher| dispatcher.open());
    }

    /// The dispatchers of a protocol.
    #[must_use]
    pub fn of_protocol(&self, protocol: &str) -> Vec<Arc<Dispatcher>> {
        let dispatchers = self.dispatchers.read();
        dispatchers.iter().filter(|dispatcher| &*dispatcher.info().protocol == protocol).cloned().collect()
    }

    /// The protocols whose commands may be sent, in the order in which they were added.
    #[must_use]
    pub fn open_protocols(&self) -> Vec<Arc<str>> {
        let dispatchers = self.dispatchers.read();
        let open = dispatchers.iter().filter(|dispatcher| dispatcher.is_open());
        let mut names: Vec<_> = open.map(|dispatcher| Arc::clone(&dispatcher.info().protocol)).collect();
        names.dedup();
        names
    }

    /// The dispatcher of a command.
    #[must_use]
    pub fn find(&self, command: &[u8]) -> Option<Arc<Dispatcher>> {
        self.dispatchers.read().iter().find(|other| other.info().name.as_bytes() == command).cloned()
    }

    /// Changes whenever a dispatcher comes or goes.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Records `count` payloads received at `now`, and says how long to wait before reading on.
    ///
    /// # Errors
    ///
    /// When the channel's points are above the sum of all thresholds.
    pub fn meter_received(
        &self,
        dispatcher: &Dispatcher,
        count: usize,
        now: Instant,
    ) -> Result<Duration, OverBudget> {
        if !dispatcher.info().metering.is_on() {
            return Ok(Duration::ZERO);
        }
        let delay = dispatcher.meter_received(count, now);
        let dispatchers = self.dispatchers.read();
        let points: u64 = dispatchers.iter().map(|other| other.received_points(now)).sum();
        let budget: u64 = dispatchers.iter().map(|other| u64::from(other.info().metering.threshold)).sum();
        if points > budget { Err(OverBudget { points, budget }) } else { Ok(delay) }
    }

    /// Lets every subscription drain, and then end.
    pub fn close(&self) {
        // Before the list is looked at: a dispatcher that is added meanwhile sees this or is seen.
        self.closed.store(true, Ordering::Release);
        self.dispatchers.read().iter().for_each(|dispatcher| dispatcher.close());
    }
}

/// The command has a dispatcher already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the command {command} is taken by the protocol {protocol}")]
pub struct Taken {
    /// The command.
    pub command: Arc<str>,
    /// Whose it is.
    pub protocol: Arc<str>,
}

/// More metered messages within the window than the thresholds of all commands together allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverBudget {
    /// The points of all commands.
    pub points: u64,
    /// The sum of the thresholds.
    pub budget: u64,
}
