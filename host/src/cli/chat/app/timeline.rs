//! The part of a room's history that is at hand, in the order of the history, and where in it the view is.

use crate::cli::chat::ask::Place;
use crate::cli::chat::cursor::Cursor;
use crate::cli::chat::model::{History, Message};

/// How many messages are kept at hand.
const MAX_MESSAGES: usize = 4000;

/// Whether what is at hand is what the node has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It has not been read since the connection was made.
    #[default]
    Stale,
    /// It is being read.
    Reading,
    Fresh,
}

/// The last row that is seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// That of the newest message, whichever that is.
    #[default]
    Bottom,
    /// A row of the message with this cursor.
    At { cursor: Cursor, row: usize },
}

/// Messages and the view on them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timeline {
    messages: Vec<Message>,
    older: bool,
    newer: bool,
    pub(crate) freshness: Freshness,
    /// The part that is being read instead of what is at hand.
    awaited: Option<Place>,
    pub(super) reading_older: bool,
    pub(super) reading_newer: bool,
    pub(crate) anchor: Anchor,
    /// The first message that had not been read when the room was last looked at.
    pub(crate) first_unread: Option<String>,
}

impl Timeline {
    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether the node has older messages than are at hand.
    pub(crate) const fn has_older(&self) -> bool {
        self.older
    }

    /// Whether the node has more than is at hand.
    pub(super) const fn is_part(&self) -> bool {
        self.older || self.newer
    }

    /// Whether the node has newer messages than are at hand.
    pub(crate) const fn has_newer(&self) -> bool {
        self.newer
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    pub(crate) fn place_of(&self, cursor: &Cursor) -> Result<usize, usize> {
        self.messages.binary_search_by(|message| message.cursor.cmp(cursor))
    }

    /// Another part is being read.
    pub(super) fn await_part(&mut self, place: Place) {
        self.freshness = Freshness::Reading;
        self.awaited = Some(place);
    }

    /// Takes a part that was read; whether it is of use still.
    pub(super) fn take(&mut self, place: &Place, history: History) -> bool {
        match place {
            Place::Before(cursor) => {
                self.reading_older = false;
                let fits = self.messages.first().is_some_and(|first| first.cursor == *cursor);
                fits.then(|| self.extend_back(history)).is_some()
            }
            Place::After(cursor) => {
                self.reading_newer = false;
                let fits = self.messages.last().is_some_and(|last| last.cursor == *cursor);
                fits.then(|| self.extend_forth(history)).is_some()
            }
            Place::Latest | Place::Around(_) => {
                let awaited = self.awaited.take_if(|awaited| awaited == place).is_some();
                awaited.then(|| self.replace(history)).is_some()
            }
        }
    }

    /// Takes this part of the history and no other. The view stays where it is, if that is in it.
    fn replace(&mut self, history: History) {
        (self.messages, self.older, self.newer) = (history.messages, history.older, history.newer);
        self.sort();
        (self.reading_older, self.reading_newer) = (false, false);
        self.freshness = Freshness::Fresh;
        if let Anchor::At { cursor, .. } = &self.anchor
            && self.place_of(cursor).is_err()
        {
            self.anchor = Anchor::Bottom;
        }
    }

    /// Takes what is older.
    fn extend_back(&mut self, history: History) {
        self.older = history.older && !history.messages.is_empty();
        self.messages.extend(history.messages);
        self.sort();
        if self.messages.len() > MAX_MESSAGES {
            self.messages.truncate(MAX_MESSAGES);
            self.newer = true;
        }
    }

    /// Takes what is newer.
    fn extend_forth(&mut self, history: History) {
        self.newer = history.newer && !history.messages.is_empty();
        self.messages.extend(history.messages);
        self.sort();
        self.shorten_front();
    }

    /// Takes one message that is new here; whether it is at hand now.
    pub(super) fn insert(&mut self, message: Message) -> bool {
        let Err(place) = self.place_of(&message.cursor) else {
            self.change(message);
            return true;
        };
        // What belongs into a part that is not at hand comes when that is read.
        let before = place == 0 && self.older;
        let after = place == self.messages.len() && self.newer;
        if before || after {
            return false;
        }
        self.messages.insert(place, message);
        if self.anchor == Anchor::Bottom {
            self.shorten_front();
        }
        true
    }

    /// Takes a message as it is now, if it is at hand.
    pub(super) fn change(&mut self, message: Message) {
        if let Some(old) = self.messages.iter_mut().find(|old| old.id == message.id) {
            *old = message;
            self.sort();
        }
    }

    /// Leaves out an author's messages.
    pub(super) fn leave_out(&mut self, author: &str) {
        self.messages.retain(|message| message.author.as_deref() != Some(author));
    }

    /// Marks what is not read: what comes after the message read last, or, where that is not at hand, the newest `unread`
    /// messages of others.
    pub(super) fn mark_unread(&mut self, read: Option<&str>, unread: u64) {
        let of_others = |message: &&Message| !message.own && !message.muted;
        let at = read.and_then(|id| self.messages.iter().position(|message| message.id == id));
        let first = match (at, usize::try_from(unread).unwrap_or(usize::MAX).checked_sub(1)) {
            (_, None) => return,
            (Some(at), Some(_)) => self.messages.iter().skip(at + 1).find(of_others),
            (None, Some(before)) => self.messages.iter().rev().filter(of_others).nth(before),
        };
        self.first_unread = first.map(|message| message.id.clone());
    }

    /// What is at hand is not what the node has, or not any more.
    pub(super) fn distrust(&mut self) {
        self.freshness = Freshness::Stale;
        self.awaited = None;
        self.reading_older = false;
        self.reading_newer = false;
    }

    /// What was asked for did not come; it is not asked for again until the next connection.
    pub(super) fn give_up(&mut self) {
        self.freshness = Freshness::Fresh;
        (self.older, self.newer) = (false, false);
        (self.reading_older, self.reading_newer) = (false, false);
    }

    fn shorten_front(&mut self) {
        let surplus = self.messages.len().saturating_sub(MAX_MESSAGES);
        if surplus > 0 {
            self.messages.drain(..surplus);
            self.older = true;
        }
    }

    fn sort(&mut self) {
        self.messages.sort_by(|a, b| a.cursor.cmp(&b.cursor));
        self.messages.dedup_by(|a, b| a.cursor == b.cursor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: usize) -> Message {
        let cursor = Cursor::new(&format!("{number}.0.a"));
        Message { id: format!("id{number}"), cursor, ..Message::default() }
    }

    fn history(numbers: std::ops::Range<usize>, older: bool, newer: bool) -> History {
        History { messages: numbers.map(message).collect(), older, newer }
    }

    #[test]
    fn a_part_that_comes_too_late_is_of_no_use() {
        let mut timeline = Timeline::default();
        timeline.replace(history(50..60, true, false));
        timeline.await_part(Place::Around("id10".to_owned()));
        assert!(!timeline.take(&Place::Latest, history(50..70, true, false)));
        assert!(timeline.take(&Place::Around("id10".to_owned()), history(5..15, true, true)));
        assert!(!timeline.take(&Place::Before(message(50).cursor), history(40..50, true, true)));
        assert!(timeline.take(&Place::After(message(14).cursor), history(15..20, true, true)));
        assert_eq!(cursors(&timeline), (5..20).collect::<Vec<_>>());
    }

    fn cursors(timeline: &Timeline) -> Vec<usize> {
        let number = |message: &Message| message.id.trim_start_matches("id").parse().unwrap();
        timeline.messages.iter().map(number).collect()
    }

    #[test]
    fn messages_are_where_the_history_has_them() {
        let mut timeline = Timeline::default();
        timeline.replace(history(10..12, true, false));
        assert!(timeline.insert(message(14)));
        assert!(timeline.insert(message(12)));
        assert!(!timeline.insert(message(3)), "it is in a part that was not read");
        timeline.extend_back(history(2..10, false, false));
        assert_eq!(cursors(&timeline), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14]);
        assert!(timeline.insert(message(1)) && !timeline.has_older());
    }

    #[test]
    fn a_message_that_comes_twice_is_there_once() {
        let mut timeline = Timeline::default();
        timeline.replace(history(1..4, false, false));
        timeline.insert(Message { edited: true, ..message(2) });
        timeline.change(Message { deleted: true, ..message(9) });
        timeline.extend_back(history(1..3, false, false));
        assert_eq!(cursors(&timeline), [1, 2, 3]);
    }

    #[test]
    fn what_is_newer_than_the_part_at_hand_waits_until_that_is_read() {
        let mut timeline = Timeline::default();
        timeline.replace(history(5..8, true, true));
        assert!(!timeline.insert(message(20)));
        timeline.extend_forth(history(8..21, true, false));
        assert!(!timeline.has_newer() && timeline.insert(message(21)));
    }

    #[test]
    fn a_bounded_number_is_kept_at_hand() {
        let mut timeline = Timeline::default();
        timeline.replace(history(0..MAX_MESSAGES, false, false));
        timeline.insert(message(MAX_MESSAGES));
        assert_eq!((cursors(&timeline)[0], timeline.messages.len()), (1, MAX_MESSAGES));
        assert!(timeline.has_older());
        timeline.extend_back(history(0..1, false, false));
        assert_eq!((cursors(&timeline)[0], timeline.messages.len()), (0, MAX_MESSAGES));
        assert!(timeline.has_newer());
    }

    #[test]
    fn the_view_stays_at_its_message_as_long_as_that_is_there() {
        let mut timeline = Timeline::default();
        let anchor = Anchor::At { cursor: message(5).cursor, row: 1 };
        timeline.anchor = anchor.clone();
        timeline.replace(history(0..9, false, false));
        assert_eq!(timeline.anchor, anchor);
        timeline.replace(history(6..9, false, false));
        assert_eq!(timeline.anchor, Anchor::Bottom);
    }

    #[test]
    fn unread_messages_are_those_of_others() {
        let mut timeline = Timeline::default();
        timeline.replace(history(0..5, false, false));
        timeline.messages[3].own = true;
        timeline.messages[2].muted = true;
        timeline.mark_unread(None, 2);
        assert_eq!(timeline.first_unread.as_deref(), Some("id1"));
        timeline.mark_unread(Some("id2"), 1);
        assert_eq!(timeline.first_unread.as_deref(), Some("id4"));
        timeline.mark_unread(Some("gone"), 2);
        assert_eq!(timeline.first_unread.as_deref(), Some("id1"));
        timeline.mark_unread(Some("id4"), 0);
        assert_eq!(
            timeline.first_unread.as_deref(),
            Some("id1"),
            "nothing new is no reason to forget the old"
        );
    }
}
