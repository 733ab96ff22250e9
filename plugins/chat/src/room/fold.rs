//! What edits, deletions and reactions make of a message.

use super::Position;
use crate::hash::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// One message about another, of the same room. Edits and deletions are by the same author: of others there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<'a> {
    /// Other words.
    Edit(Position, &'a str),
    /// No words any more.
    Delete,
    /// By whom an emoji was added (`true`) or taken away.
    React(Position, Hash, &'a str, bool),
}

/// What a message is shown as.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The words; none when it was deleted.
    pub text: String,
    /// Whether they are others than at first.
    pub edited: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Who reacted with what.
    pub reactions: BTreeMap<String, BTreeSet<Hash>>,
}

/// What a message is shown as after these changes, in whatever order and however often they are given.
///
/// The last edit counts, and of the reactions of one author with one emoji the last. Nothing undoes a deletion. So what an earlier
/// change said makes no difference once there is a later one, and it may be left out.
#[must_use]
pub fn fold<'a>(text: &str, changes: impl IntoIterator<Item = Change<'a>>) -> Shown {
    let mut shown = Shown::default();
    let mut edit: Option<(Position, &str)> = None;
    let mut reactions: BTreeMap<(&str, Hash), (Position, bool)> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Edit(position, text) => edit = edit.max(Some((position, text))),
            Change::Delete => shown.deleted = true,
            Change::React(position, author, emoji, on) => {
                let last = reactions.entry((emoji, author)).or_insert((position, on));
                *last = (*last).max((position, on));
            }
        }
    }
    if !shown.deleted {
        shown.edited = edit.is_some();
        shown.text = edit.map_or(text, |(_, text)| text).to_owned();
        for ((emoji, author), _) in reactions.into_iter().filter(|(_, (_, on))| *on) {
            shown.reactions.entry(emoji.to_owned()).or_default().insert(author);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(depth: u64) -> Position {
        Position { depth, time: 0, id: [0; 32] }
    }

    #[test]
    fn the_last_edit_counts_and_nothing_undoes_a_deletion() {
        let edits = [Change::Edit(at(3), "three"), Change::Edit(at(2), "two")];
        let shown = fold("one", edits.clone());
        assert_eq!((&*shown.text, shown.edited, shown.deleted), ("three", true, false));
        let deleted = fold("one", [Change::Delete].into_iter().chain(edits));
        assert_eq!(deleted, Shown { deleted: true, ..Shown::default() });
        assert_eq!(fold("one", []), Shown { text: "one".into(), ..Shown::default() });
    }

    #[test]
    fn of_the_reactions_of_one_author_with_one_emoji_the_last_counts() {
        let (ada, bob) = ([1; 32], [2; 32]);
        let shown = fold(
            "",
            [
                Change::React(at(5), ada, "👍", true),
                Change::React(at(4), ada, "👍", false),
                Change::React(at(2), bob, "👍", true),
                Change::React(at(3), bob, "👍", false),
                Change::React(at(1), bob, "🎉", true),
            ],
        );
        let expected = BTreeMap::from([
            ("👍".to_owned(), BTreeSet::from([ada])),
            ("🎉".to_owned(), BTreeSet::from([bob])),
        ]);
        assert_eq!(shown.reactions, expected);
    }

    fn change() -> impl Strategy<Value = Change<'static>> {
        let texts = prop::sample::select(vec!["a", "b"]);
        // As in a room: one position is one message, which says one thing.
        (0..20_u64, texts, 0..8_u8).prop_map(|(depth, text, what)| match what {
            0 => Change::Delete,
            1..3 => Change::Edit(at(depth), if depth % 2 == 0 { "x" } else { "y" }),
            _ => Change::React(at(depth), [what % 2; 32], text, depth % 3 > 0),
        })
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_makes_a_difference(changes in prop::collection::vec(change(), 0..12), seed in any::<u64>()) {
            let mut other = changes.clone();
            let mut seed = seed;
            for place in (1..other.len()).rev() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                other.swap(place, usize::try_from(seed % (place as u64 + 1)).unwrap());
            }
            other.extend(changes.first().cloned());
            prop_assert_eq!(fold("text", changes), fold("text", other));
        }
    }
}
