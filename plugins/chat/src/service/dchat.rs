//! The lines of a dchat network, as the room `#dchat`.

use super::{ChatError, Event, Hex, Service, view};
use crate::dchat::{DchatMsg, Inbox};
use crate::hash::Hash;
use crate::net::limits::Bucket;
use crate::room::Room;
use crate::room::limits::TEXT_BYTES;
use parking_lot::Mutex;
use std::borrow::Cow;

impl Service {
    /// Says a line in `#dchat`: to how many neighbours. It is said even if it cannot be kept.
    ///
    /// # Errors
    ///
    /// [`ChatError::NotAllowed`] when it cannot be sent.
    pub fn say(&self, text: &str) -> Result<usize, ChatError> {
        let (line, sent) = self.say_line(text)?;
        if let Err(error) = line {
            tracing::error!(%error, "a line cannot be kept");
        }
        Ok(sent)
    }

    /// Says a line: its id here, and to how many neighbours it went.
    pub(super) fn say_line(&self, text: &str) -> Result<(Result<Hex, ChatError>, usize), ChatError> {
        let shared = &self.shared;
        let line = shared.store.line(&kept(text), true, shared.now());
        let sent = shared.host.broadcast(&DchatMsg { msg: text.to_owned() });
        let sent = sent.map_err(|error| ChatError::NotAllowed(error.to_string()))?;
        let noted = line.and_then(|line| {
            shared.store.note_sent(&line, u32::try_from(sent).unwrap_or(u32::MAX))?;
            self.told_lines(&[line]);
            Ok(view::hex(&line))
        });
        Ok((noted.map_err(ChatError::from), sent))
    }

    /// A neighbour has said these lines. Of a flood only some are kept in the history: those that `pace` has room for.
    pub(crate) fn heard(&self, lines: Vec<String>, pace: &Mutex<Bucket>) {
        let shared = &self.shared;
        let count = pace.lock().take(shared.now(), lines.len());
        let texts: Vec<_> = lines.iter().take(count).map(|line| kept(line)).collect();
        match shared.store.lines(&texts.iter().map(AsRef::as_ref).collect::<Vec<_>>(), false, shared.now()) {
            Ok(ids) => self.told_lines(&ids),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "lines cannot be kept"),
        }
        lines.into_iter().for_each(|line| shared.inbox.push(line));
    }

    /// The lines received.
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.shared.inbox
    }

    fn told_lines(&self, ids: &[Hash]) {
        for id in ids {
            self.emit_lazily("message", || {
                let message = self.shared.store.message(id).ok().flatten()?;
                Some(Event::Message { message: view::message(message) })
            });
        }
        let room = Room::dchat().id;
        self.shared.grown.lock().insert(room);
        self.shared.changed.lock().insert(room);
        self.shared.due.set();
    }
}

/// As much of a line as a history keeps: they have no bound on the wire.
fn kept(line: &str) -> Cow<'_, str> {
    if line.len() <= TEXT_BYTES {
        return line.into();
    }
    let end = (0..=TEXT_BYTES - '…'.len_utf8()).rev().find(|end| line.is_char_boundary(*end));
    format!("{}…", line.get(..end.unwrap_or_default()).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_kept_in_part() {
        assert_eq!(kept("short"), "short");
        let longest = "x".repeat(TEXT_BYTES);
        assert_eq!(kept(&longest), longest);
        let long = "é".repeat(TEXT_BYTES);
        let kept = kept(&long);
        assert!(kept.len() <= TEXT_BYTES && kept.len() > TEXT_BYTES - 5 && kept.ends_with("é…"));
    }
}
