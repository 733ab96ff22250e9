//! What happens on the network, told to those who watch: events behind one switch.
//!
//! While the switch is off, telling an event costs one load. While it is on, each subscriber has a queue of
//! [`QUEUE`] events; one that does not keep up loses the oldest, and nobody waits for it.

mod event;

pub use event::{Chan, DiscoveryState, Event};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::broadcast::{self, error::RecvError};

/// How many events wait for a subscriber at most.
pub const QUEUE: usize = 1024;

/// A shared handle to the events of a node.
#[derive(Debug, Clone)]
pub struct Events {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    on: AtomicBool,
    sender: broadcast::Sender<Arc<Event>>,
}

impl Events {
    /// Events that are switched off, without a subscriber.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared { on: AtomicBool::new(false), sender: broadcast::Sender::new(QUEUE) }),
        }
    }

    /// Switches all events on or off.
    pub fn switch(&self, on: bool) {
        self.shared.on.store(on, Ordering::Relaxed);
    }

    /// Whether events are told.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.shared.on.load(Ordering::Relaxed)
    }

    /// Tells an event, which is made only when somebody may want it.
    pub fn tell(&self, event: impl FnOnce() -> Event) {
        if self.is_on() {
            // Without a subscriber there is nobody to tell.
            let _ = self.shared.sender.send(Arc::new(event()));
        }
    }

    /// How many subscribers there are.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.shared.sender.receiver_count()
    }

    /// Receives every event from now on.
    #[must_use]
    pub fn subscribe(&self) -> EventSubscription {
        EventSubscription { receiver: self.shared.sender.subscribe() }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}

/// The queue of one subscriber.
#[derive(Debug)]
pub struct EventSubscription {
    receiver: broadcast::Receiver<Arc<Event>>,
}

impl EventSubscription {
    /// The next event; `None` when the node is gone. Those that had no room in the queue are passed over.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            match self.receiver.recv().await {
                Ok(event) => return Some(event),
                Err(RecvError::Lagged(lost)) => tracing::debug!(lost, "a subscriber to events is too slow"),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeping(slot: usize) -> Event {
        Event::OutboundSlotSleeping { slot }
    }

    #[tokio::test]
    async fn events_are_told_only_while_they_are_switched_on() {
        let events = Events::new();
        let mut subscription = events.subscribe();
        events.tell(|| panic!("made although nobody wants it"));
        events.switch(true);
        events.tell(|| sleeping(1));
        events.switch(false);
        events.tell(|| panic!("made although nobody wants it"));
        assert_eq!(*subscription.next().await.unwrap(), sleeping(1));
        drop(events);
        assert_eq!(subscription.next().await, None);
    }

    #[tokio::test]
    async fn a_slow_subscriber_loses_the_oldest_and_no_other_subscriber_anything() {
        let events = Events::new();
        events.switch(true);
        let (mut slow, mut quick) = (events.subscribe(), events.subscribe());
        for slot in 0..QUEUE + 10 {
            events.tell(|| sleeping(slot));
            assert_eq!(*quick.next().await.unwrap(), sleeping(slot));
        }
        for slot in 10..QUEUE + 10 {
            assert_eq!(*slow.next().await.unwrap(), sleeping(slot));
        }
        drop(events);
        assert_eq!(slow.next().await, None);
    }
}
