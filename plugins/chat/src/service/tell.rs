//! Tells front ends what has happened. What nobody listens to is not even looked up.

use super::{Event, Service, view};
use crate::hash::Hash;
use crate::net::news::News;
use serde::ser::{Error as _, Serialize, Serializer};

/// An event that is made when it is written.
struct Lazy<F>(F);

impl<F: Fn() -> Option<Event>> Serialize for Lazy<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0)().ok_or_else(|| S::Error::custom("there is nothing to tell"))?.serialize(serializer)
    }
}

impl Service {
    /// Tells what the network has brought.
    pub(crate) fn tell(&self, news: Vec<News>) {
        for news in news {
            match news {
                News::Message(id) => self.emit_lazily("message", || self.message_event(&id, true)),
                News::Changed(id) => self.emit_lazily("changed", || self.message_event(&id, false)),
                News::Joined(room) | News::Room(room) => {
                    self.shared.grown.lock().insert(room);
                    self.shared.changed.lock().insert(room);
                    self.shared.due.set();
                }
                News::Peers => self.emit(&Event::Peers { peers: self.peers() }),
            }
        }
    }

    /// Tells of the rooms that have changed, as they are now.
    pub(super) fn tell_changed(&self) {
        let changed = std::mem::take(&mut *self.shared.changed.lock());
        for room in changed {
            self.emit_lazily("room", || {
                let row = self.shared.store.room(&room).ok()?;
                Some(Event::Room { room: self.view(row).ok()? })
            });
        }
    }

    /// Tells everybody who listens.
    pub(super) fn emit(&self, event: &Event) {
        self.shared.events.tell(event);
        if let Err(error) = self.shared.host.emit(event.name(), event) {
            tracing::debug!(%error, "an event is not told");
        }
    }

    /// As [`emit`](Self::emit), of an event that is made only if somebody listens.
    pub(super) fn emit_lazily(&self, name: &str, make: impl Fn() -> Option<Event>) {
        if !self.shared.events.is_watched() {
            // Who is blocked says nothing that could be told.
            let _ = self.shared.host.emit(name, &Lazy(make));
        } else if let Some(event) = make() {
            self.emit(&event);
        }
    }

    fn message_event(&self, id: &Hash, is_new: bool) -> Option<Event> {
        let message = view::message(self.shared.store.message(id).ok().flatten()?);
        Some(if is_new { Event::Message { message } } else { Event::Changed { message } })
    }
}
