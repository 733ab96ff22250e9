//! Word of each message of a channel to those who watch the network.

use super::Channel;
use crate::events::Event;
use crate::message::Dispatcher;

impl Channel {
    /// Tells those who watch of messages that were queued.
    pub(super) fn tell_sent(&self, command: &Dispatcher, count: usize) {
        if self.events.is_on() {
            let event = || Event::send(&self.address, self.id, &command.info().name);
            (0..count).for_each(|_| self.events.tell(event));
        }
    }

    /// Tells those who watch of a message that has arrived.
    pub(super) fn tell_received(&self, command: &Dispatcher) {
        self.events.tell(|| Event::recv(&self.address, self.id, &command.info().name));
    }
}
