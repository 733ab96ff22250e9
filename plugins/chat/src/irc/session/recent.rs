//! What a client has been shown lately, so that a change of a message can be told from what it was.

use crate::service::{Message, Reaction};
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many messages are remembered.
const MESSAGES: usize = 1000;

/// The newest messages that were shown, by id.
#[derive(Debug, Default)]
pub(super) struct Recent {
    order: VecDeque<String>,
    states: HashMap<String, Shown>,
}

/// What was shown of a message.
#[derive(Debug)]
struct Shown {
    text: u64,
    deleted: bool,
    reactions: Vec<Reaction>,
}

/// What has changed of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It has another text.
    Edited,
    /// It was taken back.
    Deleted,
    /// An author reacts to it, or no longer.
    Reacted { author: String, emoji: String, on: bool },
}

impl Recent {
    /// Notes what is shown of a message.
    pub(super) fn show(&mut self, message: &Message) {
        let shown = Shown {
            text: digest(&message.text),
            deleted: message.deleted,
            reactions: message.reactions.clone(),
        };
        if self.states.insert(message.id.clone(), shown).is_none() {
            self.order.push_back(message.id.clone());
        }
        if self.order.len() > MESSAGES
            && let Some(oldest) = self.order.pop_front()
        {
            self.states.remove(&oldest);
        }
    }

    /// Whether a message was shown.
    pub(super) fn has(&self, id: &str) -> bool {
        self.states.contains_key(id)
    }

    /// What has changed of a message since it was shown; nothing of one that was not.
    pub(super) fn changes(&mut self, message: &Message) -> Vec<Change> {
        let Some(shown) = self.states.get(&message.id) else { return Vec::new() };
        let mut changes = Vec::new();
        if message.deleted {
            changes.extend((!shown.deleted).then_some(Change::Deleted));
        } else if shown.text != digest(&message.text) {
            changes.push(Change::Edited);
        }
        changes.extend(gone(&message.reactions, &shown.reactions, true));
        changes.extend(gone(&shown.reactions, &message.reactions, false));
        self.show(message);
        changes
    }
}

/// Who reacts in `these` and not in `those`.
fn gone<'a>(these: &'a [Reaction], those: &'a [Reaction], on: bool) -> impl Iterator<Item = Change> + 'a {
    let is_in = move |emoji: &str, author: &String| {
        those.iter().any(|other| other.emoji == emoji && other.authors.contains(author))
    };
    let each = |reaction: &'a Reaction| reaction.authors.iter().map(move |author| (&reaction.emoji, author));
    these
        .iter()
        .flat_map(each)
        .filter(move |(emoji, author)| !is_in(emoji, author))
        .map(move |(emoji, author)| Change::Reacted { author: author.clone(), emoji: emoji.clone(), on })
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::irc::fake;

    fn reacted(author: &str, emoji: &str, on: bool) -> Change {
        Change::Reacted { author: author.to_owned(), emoji: emoji.to_owned(), on }
    }

    #[test]
    fn a_change_is_what_differs_from_what_was_shown() {
        let mut recent = Recent::default();
        let mut message = fake::message("m1", "hello");
        assert_eq!(recent.changes(&message), []);
        recent.show(&message);
        message.sent = 3;
        assert_eq!(recent.changes(&message), []);
        message.text = "hello!".to_owned();
        message.reactions = vec![fake::reaction("👍", &["a", "b"])];
        let all = [Change::Edited, reacted("a", "👍", true), reacted("b", "👍", true)];
        assert_eq!(recent.changes(&message), all);
        assert_eq!(recent.changes(&message), []);
        message.reactions = vec![fake::reaction("👍", &["b"]), fake::reaction("🎉", &["b"])];
        assert_eq!(recent.changes(&message), [reacted("b", "🎉", true), reacted("a", "👍", false)]);
        (message.deleted, message.text) = (true, String::new());
        assert_eq!(recent.changes(&message), [Change::Deleted]);
        assert_eq!(recent.changes(&message), []);
    }

    #[test]
    fn what_was_shown_long_ago_is_forgotten() {
        let mut recent = Recent::default();
        (0..=MESSAGES).for_each(|number| recent.show(&fake::message(&number.to_string(), "text")));
        let changed = |id: usize| fake::message(&id.to_string(), "other");
        assert_eq!(recent.changes(&changed(0)), []);
        assert_eq!(recent.changes(&changed(1)), [Change::Edited]);
    }
}
