//! Messages are found by their words.

use super::numbers::row_of;
use super::page::messages;
use super::value::int;
use super::{Found, Store, StoreError};
use crate::hash::Hash;
use crate::room::Position;
use rusqlite::named_params;

/// How many words of a query count.
const WORDS_MOST: usize = 16;

impl Store {
    /// At most `limit` messages with all words of the query, the last of which may be the beginning of one; latest first, by the
    /// authors' clocks. `before` is the position of the last one of the part before.
    ///
    /// # Errors
    ///
    /// When the room was not joined, or the database fails.
    pub fn search(
        &self,
        query: &str,
        room: Option<&Hash>,
        limit: usize,
        before: Option<Position>,
    ) -> Result<Found, StoreError> {
        let Some(query) = phrase(query) else { return Ok(Found::default()) };
        self.read(|connection, own| {
            let room = match room {
                Some(room) => Some(row_of(connection, room)?.ok_or(StoreError::NoRoom)?.n),
                None => None,
            };
            let mut statement = connection.prepare_cached(
                "SELECT m.n FROM words JOIN messages m ON m.n = words.rowid LEFT JOIN authors a ON a.n = m.author
                 WHERE words MATCH :query AND m.listed = 1 AND m.deleted = 0 AND coalesce(a.blocked, 0) = 0
                     AND (:room IS NULL OR m.room = :room) AND (:time IS NULL OR (m.time, m.id) < (:time, :id))
                 ORDER BY m.time DESC, m.id DESC LIMIT :limit",
            )?;
            let rows = statement.query_map(
                named_params! {
                    ":query": query,
                    ":room": room,
                    ":time": before.map(|position| int(position.time)),
                    ":id": before.map(|position| position.id),
                    ":limit": int(limit as u64).saturating_add(1),
                },
                |row| row.get(0),
            )?;
            let mut rows = rows.collect::<Result<Vec<i64>, _>>()?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            Ok(Found { messages: messages(connection, own, &rows)?, more })
        })
    }
}

/// A text as it is indexed. Scripts that write no spaces between words are indexed by the character: each is a word then, and a word
/// of several a phrase.
pub(super) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        if is_a_word(character) {
            words.extend([' ', character, ' ']);
        } else {
            words.push(character);
        }
    }
    words
}

/// What SQLite is asked: each word quoted, so that nothing in it is syntax. Nothing when there is no word.
fn phrase(query: &str) -> Option<String> {
    let has_letters = |word: &&str| word.chars().any(char::is_alphanumeric);
    let quoted = |word: &str| format!("\"{}\"*", words(&word.replace(['"', '\0'], " ")).trim());
    let words: Vec<String> =
        query.split_whitespace().filter(has_letters).take(WORDS_MOST).map(quoted).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Han, Hiragana and Katakana, Thai, Lao, Khmer and Burmese.
const fn is_a_word(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_query_is_syntax() {
        for (query, asked) in [
            ("hello wor", Some("\"hello\"* \"wor\"*")),
            ("a\"b OR NOT -c", Some("\"a b\"* \"OR\"* \"NOT\"* \"-c\"*")),
            ("text:x*", Some("\"text:x*\"*")),
            ("  ", None),
            ("!? \" *", None),
            ("今日は", Some("\"今  日  は\"*")),
        ] {
            assert_eq!(phrase(query).as_deref(), asked, "{query}");
        }
    }
}
