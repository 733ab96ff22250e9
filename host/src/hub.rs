//! Passes the events of plug-ins on to those who subscribed to them.
//!
//! While nobody has, telling an event costs one load. Each subscriber has a queue of its own, with what it asked for only;
//! one that does not keep up loses the oldest and is told how many, and nobody waits for it.

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// How many events wait for a subscriber at most.
const MAX_EVENTS: usize = 1024;

/// How many bytes of events wait for a subscriber at most; one event is let in whatever its size.
const MAX_BYTES: usize = 1 << 20;

/// A shared handle to the events of a node's plug-ins.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    watching: AtomicUsize,
    queues: Mutex<Vec<Arc<Queue>>>,
}

/// An event of a plug-in. As JSON: `{"event": "PLUGIN.EVENT", "data": …}`.
#[derive(Debug, Serialize)]
pub struct PluginEvent {
    event: String,
    data: Box<RawValue>,
}

/// What a subscriber is given.
#[derive(Debug, Clone)]
pub enum Told {
    /// An event that it asked for.
    Event(Arc<PluginEvent>),
    /// So many had no room in its queue.
    Lost(u64),
}

/// The text of an event is no JSON, or has more than one line.
#[derive(Debug, thiserror::Error)]
#[error("its data is no JSON text of one line")]
pub struct NotJson;

impl Hub {
    /// Whether anybody has subscribed.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.shared.watching.load(Ordering::Relaxed) > 0
    }

    /// Tells an event of a plug-in, if anybody wants it.
    ///
    /// # Errors
    ///
    /// When `data` is no JSON: the event is left out.
    pub fn emit(&self, plugin: &str, event: &str, data: &str) -> Result<(), NotJson> {
        if !self.is_watched() {
            return Ok(());
        }
        let event = format!("{plugin}.{event}");
        let queues = self.shared.queues.lock();
        let mut wanting = queues.iter().filter(|queue| queue.wants(&event)).peekable();
        if wanting.peek().is_none() {
            return Ok(());
        }
        let is_line = !data.contains(['\n', '\r']);
        let data = is_line.then(|| RawValue::from_string(data.to_owned()).ok()).flatten().ok_or(NotJson)?;
        let told = Arc::new(PluginEvent { event: event.clone(), data });
        wanting.for_each(|queue| queue.push(&told));
        Ok(())
    }

    /// Receives, from now on, the events with these names and those of the plug-ins with these names; all when there are
    /// none.
    #[must_use]
    pub fn subscribe(&self, names: Vec<String>) -> HubSubscription {
        let queue = Arc::new(Queue { names, waiting: Mutex::default(), ready: Notify::new() });
        self.shared.queues.lock().push(Arc::clone(&queue));
        self.shared.watching.fetch_add(1, Ordering::Relaxed);
        HubSubscription { queue, shared: Arc::clone(&self.shared) }
    }
}

/// What waits for one subscriber.
#[derive(Debug)]
struct Queue {
    names: Vec<String>,
    waiting: Mutex<Waiting>,
    ready: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Arc<PluginEvent>>,
    bytes: usize,
    lost: u64,
}

impl Queue {
    fn wants(&self, event: &str) -> bool {
        let is_of = |name: &String| {
            event.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.names.is_empty() || self.names.iter().any(is_of)
    }

    fn push(&self, event: &Arc<PluginEvent>) {
        let mut waiting = self.waiting.lock();
        waiting.bytes += event.bytes();
        waiting.events.push_back(Arc::clone(event));
        while waiting.events.len() > MAX_EVENTS || (waiting.bytes > MAX_BYTES && waiting.events.len() > 1) {
            waiting.take();
            waiting.lost += 1;
        }
        drop(waiting);
        self.ready.notify_one();
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Arc<PluginEvent>> {
        let event = self.events.pop_front()?;
        self.bytes -= event.bytes();
        Some(event)
    }

    /// What was lost was older than all that waits.
    fn next(&mut self) -> Option<Told> {
        match std::mem::take(&mut self.lost) {
            0 => self.take().map(Told::Event),
            lost => Some(Told::Lost(lost)),
        }
    }
}

impl PluginEvent {
    /// Roughly what it takes.
    fn bytes(&self) -> usize {
        self.event.len() + self.data.get().len()
    }
}

/// A subscription; dropping it ends it.
#[derive(Debug)]
pub struct HubSubscription {
    queue: Arc<Queue>,
    shared: Arc<Shared>,
}

impl HubSubscription {
    /// What is told next.
    ///
    /// # Cancel safety
    ///
    /// Safe.
    pub async fn next(&mut self) -> Told {
        loop {
            if let Some(told) = self.queue.waiting.lock().next() {
                return told;
            }
            // One that comes in between has left its permit.
            self.queue.ready.notified().await;
        }
    }
}

impl Drop for HubSubscription {
    fn drop(&mut self) {
        self.shared.queues.lock().retain(|queue| !Arc::ptr_eq(queue, &self.queue));
        self.shared.watching.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    async fn next(subscription: &mut HubSubscription) -> Value {
        match subscription.next().await {
            Told::Event(event) => serde_json::to_value(&*event).unwrap(),
            Told::Lost(count) => json!({"lost": count}),
        }
    }

    #[tokio::test]
    async fn each_subscriber_is_told_what_it_asked_for_in_order() {
        let hub = Hub::default();
        hub.emit("chat", "message", "0").unwrap();
        assert!(!hub.is_watched());
        let (mut all, mut chat) = (hub.subscribe(Vec::new()), hub.subscribe(names(&["chat"])));
        let mut two = hub.subscribe(names(&["chat.room", "echo.heard"]));
        for (plugin, event, data) in
            [("chat", "message", "1"), ("chats", "x", "2"), ("echo", "heard", "3"), ("chat", "room", "4")]
        {
            hub.emit(plugin, event, data).unwrap();
        }
        let told = |event: &str, data: u32| json!({"event": event, "data": data});
        for (event, data) in [("chat.message", 1), ("chats.x", 2), ("echo.heard", 3), ("chat.room", 4)] {
            assert_eq!(next(&mut all).await, told(event, data));
        }
        for (event, data) in [("chat.message", 1), ("chat.room", 4)] {
            assert_eq!(next(&mut chat).await, told(event, data));
        }
        for (event, data) in [("echo.heard", 3), ("chat.room", 4)] {
            assert_eq!(next(&mut two).await, told(event, data));
        }
        drop((all, chat));
        assert!(hub.is_watched());
        drop(two);
        assert!(!hub.is_watched() && hub.shared.queues.lock().is_empty());
    }

    #[tokio::test]
    async fn a_slow_subscriber_is_told_how_many_it_lost_and_then_the_newest() {
        let hub = Hub::default();
        let (mut slow, mut quick) = (hub.subscribe(Vec::new()), hub.subscribe(Vec::new()));
        for number in 0..MAX_EVENTS + 10 {
            hub.emit("p", "e", &number.to_string()).unwrap();
            assert_eq!(next(&mut quick).await["data"], json!(number));
        }
        assert_eq!(next(&mut slow).await, json!({"lost": 10}));
        for number in 10..MAX_EVENTS + 10 {
            assert_eq!(next(&mut slow).await["data"], json!(number));
        }
        assert_eq!(slow.queue.waiting.lock().bytes, 0);
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_bytes_and_one_event_is_always_let_in() {
        let hub = Hub::default();
        let mut slow = hub.subscribe(Vec::new());
        let large = json!("x".repeat(MAX_BYTES)).to_string();
        for data in [large.as_str(), "1", "2", large.as_str()] {
            hub.emit("p", "e", data).unwrap();
        }
        assert_eq!(next(&mut slow).await, json!({"lost": 3}));
        assert_eq!(next(&mut slow).await["data"].to_string(), large);
        hub.emit("p", "e", "3").unwrap();
        assert_eq!(next(&mut slow).await["data"], json!(3));
    }

    #[test]
    fn what_is_no_json_of_one_line_is_left_out() {
        let hub = Hub::default();
        let slow = hub.subscribe(Vec::new());
        for data in ["", "{", "1 2", "[1,\n2]", "[1,\r2]"] {
            assert!(hub.emit("p", "e", data).is_err(), "{data:?}");
        }
        assert!(slow.queue.waiting.lock().events.is_empty());
    }
}
