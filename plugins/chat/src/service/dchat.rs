//! The lines of a dchat network, as the room `#dchat`.

use super::{ChatError, Event, Hex, Service, view};
use crate::dchat::{DchatMsg, Inbox};
use crate::hash::Hash;
use crate::room::Room;

impl Service {
    /// Says a line in `#dchat`: to how many neighbours.
    ///
    /// # Errors
    ///
    /// [`ChatError::NotAllowed`] when it cannot be sent, [`ChatError::Store`].
    pub fn say(&self, text: &str) -> Result<usize, ChatError> {
        Ok(self.say_line(text)?.1)
    }

    /// Says a line: its id here, and to how many neighbours it went.
    pub(super) fn say_line(&self, text: &str) -> Result<(Hex, usize), ChatError> {
        let shared = &self.shared;
        let line = shared.store.line(text, true, shared.now())?;
        let sent = shared.host.broadcast(&DchatMsg { msg: text.to_owned() });
        let sent = sent.map_err(|error| ChatError::NotAllowed(error.to_string()))?;
        shared.store.note_sent(&line, u32::try_from(sent).unwrap_or(u32::MAX))?;
        self.told_line(line);
        Ok((view::hex(&line), sent))
    }

    /// A neighbour has said a line.
    pub(crate) fn heard(&self, text: String) {
        match self.shared.store.line(&text, false, self.shared.now()) {
            Ok(line) => self.told_line(line),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a line cannot be kept"),
        }
        self.shared.inbox.push(text);
    }

    /// The lines received.
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.shared.inbox
    }

    fn told_line(&self, id: Hash) {
        self.emit_lazily("message", || {
            let message = self.shared.store.message(&id).ok().flatten()?;
            Some(Event::Message { message: view::message(message) })
        });
        self.shared.changed.lock().insert(Room::dchat().id);
        self.shared.due.set();
    }
}
