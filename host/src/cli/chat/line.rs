//! A message as one line of text, for logs and pipes.

use super::model::{Message, MessageKind};
use super::stamp::Clock;

/// The line of a message in the room of this name.
pub(super) fn of(message: &Message, room: &str, clock: &Clock) -> String {
    let time = clock.full(message.time);
    let (who, text) = (message.handle(), message.text.one_line());
    let edited = if message.edited { " (edited)" } else { "" };
    match message.kind {
        _ if message.deleted => format!("{time} {room} {who}: (deleted)"),
        MessageKind::Topic => format!("{time} {room} * {who} has set the topic: {text}"),
        MessageKind::Other => format!("{time} {room} * {who}: (something that this version does not show)"),
        _ if message.action().is_some() => {
            let does = text.split_once(' ').map_or("", |(_, does)| does);
            format!("{time} {room} * {who} {does}{edited}")
        }
        MessageKind::Text | MessageKind::Dchat if who.is_empty() => format!("{time} {room} {text}{edited}"),
        MessageKind::Text | MessageKind::Dchat => format!("{time} {room} {who}: {text}{edited}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::printable::{Label, Plain};

    #[test]
    fn a_message_is_one_line_whatever_is_in_it() {
        let message = Message {
            name: Label::new("bob\n"),
            text: Plain::new("a\nb\x1b[2J"),
            time: 1_778_076_309_000,
            ..Message::default()
        };
        let line = |message: &Message| of(message, "#lobby", &Clock::utc());
        assert_eq!(line(&message), "2026-05-06 14:05:09 #lobby bob: a ↵ b␛[2J");
        assert_eq!(
            line(&Message { edited: true, ..message.clone() }),
            "2026-05-06 14:05:09 #lobby bob: a ↵ b␛[2J (edited)"
        );
        let topic = Message { kind: MessageKind::Topic, ..message.clone() };
        assert_eq!(line(&topic), "2026-05-06 14:05:09 #lobby * bob has set the topic: a ↵ b␛[2J");
        let action = Message { text: Plain::new("/me waves"), ..message.clone() };
        assert_eq!(line(&action), "2026-05-06 14:05:09 #lobby * bob waves");
        let deleted = Message { deleted: true, ..message.clone() };
        assert_eq!(line(&deleted), "2026-05-06 14:05:09 #lobby bob: (deleted)");
        let line_of_dchat = Message { name: Label::default(), ..message };
        assert_eq!(line(&line_of_dchat), "2026-05-06 14:05:09 #lobby a ↵ b␛[2J");
    }
}
