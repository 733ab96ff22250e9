//! What front ends are told of, each over a bounded queue of its own.

use super::views::{Hex, Message, Room};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

/// How many events wait for a subscriber; the oldest are dropped.
const QUEUE: usize = 1024;

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// `chat.message`: a message is new in a joined room; own ones too.
    Message {
        /// The message.
        message: Message,
    },
    /// `chat.changed`: a message was edited, deleted, reacted to, has gone further, or its gap has closed.
    Changed {
        /// The message as it is now.
        message: Message,
    },
    /// `chat.room`: a room was joined, or something of it but its messages has changed.
    Room {
        /// The room as it is now.
        room: Room,
    },
    /// `chat.left`: a room was left.
    Left {
        /// Its id.
        room: Hex,
    },
    /// `chat.peers`: the number of channels on which `chat.room` runs.
    Peers {
        /// How many.
        peers: u64,
    },
    /// `chat.name`: this user has another name.
    Name {
        /// The name.
        name: String,
    },
}

impl Event {
    /// The name behind `chat.`, under which the node tells it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message { .. } => "message",
            Self::Changed { .. } => "changed",
            Self::Room { .. } => "room",
            Self::Left { .. } => "left",
            Self::Peers { .. } => "peers",
            Self::Name { .. } => "name",
        }
    }
}

/// What a subscriber is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something has happened.
    Event(Box<Event>),
    /// So many events were dropped, since too many waited: read again what is shown.
    Lost(u64),
}

/// The subscribers in this process.
#[derive(Debug, Default)]
pub(crate) struct Events {
    queues: Mutex<Vec<Weak<Mutex<Queue>>>>,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Event>,
    lost: u64,
    waker: Option<Waker>,
    ended: bool,
}

/// One subscriber's queue; dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    queue: Arc<Mutex<Queue>>,
}

impl Events {
    pub(crate) fn subscribe(&self) -> Subscription {
        let queue = Arc::default();
        self.queues.lock().push(Arc::downgrade(&queue));
        Subscription { queue }
    }

    /// Whether anybody listens.
    pub(crate) fn is_watched(&self) -> bool {
        self.queues.lock().iter().any(|queue| queue.strong_count() > 0)
    }

    /// Puts an event into every queue.
    pub(crate) fn tell(&self, event: &Event) {
        self.each(|queue| queue.push(event.clone()));
    }

    /// Ends every subscription.
    pub(crate) fn end(&self) {
        self.each(|queue| queue.ended = true);
    }

    fn each(&self, change: impl Fn(&mut Queue)) {
        self.queues.lock().retain(|queue| {
            let Some(queue) = queue.upgrade() else { return false };
            let waker = {
                let mut queue = queue.lock();
                change(&mut queue);
                queue.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
            true
        });
    }
}

impl Queue {
    fn push(&mut self, event: Event) {
        if self.events.len() == QUEUE {
            self.events.pop_front();
            self.lost += 1;
        }
        self.events.push_back(event);
    }
}

impl Subscription {
    /// The next thing to tell; `None` when the plug-in stops.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, nothing is lost.
    pub async fn next(&mut self) -> Option<Told> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Like [`next`](Self::next), as a poll function.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Told>> {
        let mut queue = self.queue.lock();
        if queue.lost > 0 {
            return Poll::Ready(Some(Told::Lost(std::mem::take(&mut queue.lost))));
        }
        if let Some(event) = queue.events.pop_front() {
            return Poll::Ready(Some(Told::Event(Box::new(event))));
        }
        if queue.ended {
            return Poll::Ready(None);
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(peers: u64) -> Event {
        Event::Peers { peers }
    }

    fn next(subscription: &mut Subscription) -> Poll<Option<Told>> {
        subscription.poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_subscriber_that_is_slow_is_told_how_much_it_has_missed() {
        let events = Events::default();
        let mut subscription = events.subscribe();
        (0..QUEUE as u64 + 3).for_each(|number| events.tell(&peers(number)));
        assert_eq!(next(&mut subscription), Poll::Ready(Some(Told::Lost(3))));
        assert_eq!(next(&mut subscription), Poll::Ready(Some(Told::Event(Box::new(peers(3))))));
    }

    #[test]
    fn what_waits_is_told_before_the_end() {
        let events = Events::default();
        let mut subscription = events.subscribe();
        assert_eq!(next(&mut subscription), Poll::Pending);
        events.tell(&peers(1));
        events.end();
        assert_eq!(next(&mut subscription), Poll::Ready(Some(Told::Event(Box::new(peers(1))))));
        assert_eq!(next(&mut subscription), Poll::Ready(None));
    }

    #[test]
    fn nobody_listens_once_the_subscription_is_dropped() {
        let events = Events::default();
        let subscription = events.subscribe();
        assert!(events.is_watched());
        drop(subscription);
        assert!(!events.is_watched());
    }
}
