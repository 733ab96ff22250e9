//! The message subsystem of one channel: generic publish/subscribe by command.
//!
//! A protocol adds a [`Dispatcher`] for each of its commands and subscribes to those it wants to hear. The channel's
//! reader finds the dispatcher of each frame's command and hands it all the payloads of one read together.
//! Nothing here decodes a payload: it stays bytes until the protocol takes it.

mod command;
mod dispatcher;
mod metering;
mod queue;
mod share;
mod subscription;

pub use command::{Command, CommandInfo};
pub use dispatcher::{Dispatcher, Malformed, Run};
pub use metering::MeteringQueue;
pub use queue::QueueLimits;
pub use share::QueueShare;
pub use subscription::Subscription;

use crate::ledger::Budget;
use parking_lot::RwLock;
use queue::QueueRules;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// The dispatchers of one channel.
#[derive(Debug, Default)]
pub struct MessageSubsystem {
    rules: Arc<QueueRules>,
    /// Sorted by command, short ones first: no search is long or compares much, and it takes no memory besides.
    dispatchers: RwLock<Vec<Arc<Dispatcher>>>,
    /// Counts the changes of the list, so that a reader may keep what it found.
    generation: AtomicU64,
    /// The channel has ended.
    closed: AtomicBool,
}

impl MessageSubsystem {
    /// No dispatchers yet; `limits` are those of every subscription, and `budget` the memory of all queues of the node.
    #[must_use]
    pub fn new(limits: QueueLimits, budget: &Arc<Budget>) -> Self {
        let rules = QueueRules { limits, budget: Arc::clone(budget) };
        Self { rules: Arc::new(rules), ..Self::default() }
    }

    /// How many bytes wait in all subscriptions, by protocol. None is listed without any.
    #[must_use]
    pub fn held(&self) -> BTreeMap<Arc<str>, usize> {
        let mut sum = BTreeMap::new();
        for dispatcher in &*self.dispatchers.read() {
            let held = dispatcher.held();
            if held > 0 {
                *sum.entry(Arc::clone(&dispatcher.info().protocol)).or_default() += held;
            }
        }
        sum
    }

    /// Adds a dispatcher for a command; one that the same protocol has already stays, unless it is muted.
    ///
    /// # Errors
    ///
    /// When another protocol has the command.
    pub fn add(&self, command: &Arc<Command>) -> Result<Arc<Dispatcher>, Taken> {
        let info = command.info();
        let mut dispatchers = self.dispatchers.write();
        let place = position(&dispatchers, info.name.as_bytes());
        if let Some(other) = place.ok().and_then(|found| dispatchers.get(found)) {
            if other.info().protocol != info.protocol {
                return Err(Taken {
                    command: Arc::clone(&info.name),
                    protocol: Arc::clone(&other.info().protocol),
                });
            }
            if !other.is_closed() {
                return Ok(Arc::clone(other));
            }
        }
        let dispatcher = Arc::new(Dispatcher::new(Arc::clone(command), Arc::clone(&self.rules)));
        match place {
            Ok(muted) => dispatchers[muted] = Arc::clone(&dispatcher),
            Err(place) => dispatchers.insert(place, Arc::clone(&dispatcher)),
        }
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

    /// Keeps the dispatchers of a protocol, which passes over whatever still comes: its subscriptions run dry, and nothing
    /// is sent any more.
    pub fn mute_protocol(&self, protocol: &str) {
        self.of_protocol(protocol).iter().for_each(|dispatcher| dispatcher.close());
    }

    /// Lets the commands of a protocol be sent.
    pub fn open_protocol(&self, protocol: &str) {
        self.of_protocol(protocol).iter().for_each(|dispatcher| dispatcher.open());
    }

    /// The dispatchers of a protocol, sorted by command.
    #[must_use]
    pub fn of_protocol(&self, protocol: &str) -> Vec<Arc<Dispatcher>> {
        let dispatchers = self.dispatchers.read();
        dispatchers.iter().filter(|dispatcher| &*dispatcher.info().protocol == protocol).cloned().collect()
    }

    /// The protocols whose commands may be sent, sorted by name.
    #[must_use]
    pub fn open_protocols(&self) -> Vec<Arc<str>> {
        let dispatchers = self.dispatchers.read();
        let open = dispatchers.iter().filter(|dispatcher| dispatcher.is_open());
        let mut names: Vec<_> = open.map(|dispatcher| Arc::clone(&dispatcher.info().protocol)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The dispatcher of a command.
    #[must_use]
    pub fn find(&self, command: &[u8]) -> Option<Arc<Dispatcher>> {
        find(&self.dispatchers.read(), command).cloned()
    }

    /// The dispatcher of a command, which most often is where it was on the channel that was asked before.
    pub(crate) fn find_near(&self, command: &[u8], place: &mut Place) -> Option<Arc<Dispatcher>> {
        let dispatchers = self.dispatchers.read();
        if let Some(dispatcher) = dispatchers.get(place.at).filter(|found| place.is_of(found.command())) {
            return Some(Arc::clone(dispatcher));
        }
        let at = position(&dispatchers, command).ok()?;
        let dispatcher = dispatchers.get(at)?;
        *place = Place { at, command: Some(Arc::clone(dispatcher.command())) };
        Some(Arc::clone(dispatcher))
    }

    /// Changes whenever a dispatcher comes or goes.
    #[inline]
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

/// The dispatcher of a command in a list that is sorted by command.
pub(crate) fn find<'a>(sorted: &'a [Arc<Dispatcher>], command: &[u8]) -> Option<&'a Arc<Dispatcher>> {
    sorted.get(position(sorted, command).ok()?)
}

/// Where a command is in a sorted list, or where it would be.
fn position(sorted: &[Arc<Dispatcher>], command: &[u8]) -> Result<usize, usize> {
    let order = |name: &[u8]| name.len().cmp(&command.len()).then_with(|| name.cmp(command));
    sorted.binary_search_by(|other| order(other.info().name.as_bytes()))
}

/// Where a command was found on the channel that was asked last: commands are shared by the channels of a node, so that one
/// is told by its address, without comparing names.
#[derive(Debug, Default)]
pub(crate) struct Place {
    at: usize,
    command: Option<Arc<Command>>,
}

impl Place {
    fn is_of(&self, command: &Arc<Command>) -> bool {
        self.command.as_ref().is_some_and(|known| Arc::ptr_eq(known, command))
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

#[cfg(test)]
mod tests {
    use super::*;
    use backplane_plugin::Metering;

    fn add(messages: &MessageSubsystem, name: &str, protocol: &str) -> Result<Arc<Dispatcher>, Taken> {
        let metering = Metering::NONE;
        let info =
            CommandInfo { name: name.into(), protocol: protocol.into(), max_bytes: 1, metering, check: None };
        messages.add(&Command::new([0; 4], info))
    }

    #[test]
    fn a_command_is_found_among_many_in_whatever_order_they_came_and_went() {
        let messages = MessageSubsystem::new(QueueLimits::default(), &Arc::default());
        for number in 0..100 {
            // Seven and a hundred have no common divisor, so that every number comes once.
            let protocol = if number % 2 == 0 { "even" } else { "odd" };
            add(&messages, &format!("t{}", number * 7 % 100), protocol).unwrap();
        }
        let found = |name: &str| messages.find(name.as_bytes()).map(|found| found.info().name.to_string());
        assert!((0..100).all(|number| found(&format!("t{number}")) == Some(format!("t{number}"))));
        assert_eq!((found("t"), found("t100"), found("")), (None, None, None));
        let taken = add(&messages, "t7", "even").unwrap_err();
        assert_eq!(taken, Taken { command: "t7".into(), protocol: "odd".into() });
        messages.remove_protocol("odd");
        assert_eq!(found("t7"), None);
        assert_eq!(found("t14"), Some("t14".to_owned()));
        add(&messages, "t7", "even").unwrap();
        assert_eq!(messages.of_protocol("even").len(), 51);
    }
}
