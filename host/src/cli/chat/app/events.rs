//! What the node tells without being asked.

use super::{App, Effect};
use crate::cli::chat::ask::Ask;
use crate::cli::chat::model::{Message, RoomKind};
use crate::cli::chat::told::Told;

impl App {
    pub(super) fn told(&mut self, told: Told) {
        match told {
            Told::Message(message) => self.message_came(*message),
            Told::Changed(message) => {
                if let Some(state) = self.rooms.get(&message.room) {
                    state.timeline.change(*message);
                }
            }
            Told::Room(room) => self.rooms.update(*room),
            Told::Left(id) => self.rooms.remove(&id),
            Told::Peers(peers) => self.status.peers = peers,
            Told::Name(name) => self.status.name = name,
            // What is shown may be anything between then and now.
            Told::Lost(_) => self.read_again(),
            Told::Subscribed | Told::Other => {}
        }
        self.open_wanted();
    }

    /// Opens the room that was asked for, once it is there.
    pub(super) fn open_wanted(&mut self) {
        let id = self
            .wanted
            .as_deref()
            .and_then(|wanted| self.rooms.find(wanted))
            .map(|state| state.room.room.clone());
        if let Some(id) = id {
            self.rooms.open(&id);
            self.wanted = None;
        }
    }

    fn read_again(&mut self) {
        self.rooms.distrust();
        self.effects.extend([Effect::Ask(Ask::Status), Effect::Ask(Ask::Rooms)]);
    }

    fn message_came(&mut self, message: Message) {
        let attentive = self.is_attentive();
        let direct = self.rooms.get(&message.room).is_some_and(|state| state.room.kind == RoomKind::Direct);
        let calls = (message.mention || direct) && !message.own && !message.muted;
        if calls && !self.focused {
            self.effects.push(Effect::Bell);
        }
        self.rooms.insert(message, attentive);
    }

    /// Whether the user sees what comes in the current room.
    pub(super) fn is_attentive(&self) -> bool {
        use super::Mode;
        self.focused
            && self.at_bottom()
            && matches!(self.mode, Mode::Typing | Mode::Selecting(_) | Mode::Asking(_))
    }
}
