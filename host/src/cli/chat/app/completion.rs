//! What the word before the cursor may become.

use super::App;
use super::command::COMMANDS;
use super::emoji;
use super::rooms::RoomState;
use crate::cli::chat::model::Person;

/// The candidates for a part of the text, one of which stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Completion {
    start: usize,
    candidates: Vec<String>,
    at: Option<usize>,
}

impl Completion {
    /// Where the part begins.
    pub(super) const fn start(&self) -> usize {
        self.start
    }

    /// The next candidate, or the one before, round and round.
    pub(super) fn next(&mut self, back: bool) -> String {
        let count = self.candidates.len().max(1);
        let at = match (self.at, back) {
            (None, false) => 0,
            (None, true) => count - 1,
            (Some(at), false) => (at + 1) % count,
            (Some(at), true) => (at + count - 1) % count,
        };
        self.at = Some(at);
        self.candidates.get(at).cloned().unwrap_or_default()
    }
}

impl App {
    /// The candidates for what stands before the cursor.
    pub(super) fn completion_here(&self) -> Option<Completion> {
        let people = self.rooms.current().map(|state| state.people.as_slice()).unwrap_or_default();
        completion(self.editor().before(), people, self.rooms.list())
    }
}

fn completion(before: &str, people: &[Person], rooms: &[RoomState]) -> Option<Completion> {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + before.get(at..).map_or(0, first));
    let word = before.get(start..)?;
    let (command, is_argument) = match before.split_once(' ') {
        Some((command, rest)) if command.starts_with('/') => (command, !rest.contains(' ')),
        _ => ("", false),
    };
    let candidates: Vec<String> = if start == 0 && word.starts_with('/') {
        let names = COMMANDS.iter().filter(|(name, _, _)| name.starts_with(word));
        names
            .map(
                |(name, arguments, _)| {
                    if arguments.is_empty() { (*name).to_owned() } else { format!("{name} ") }
                },
            )
            .collect()
    } else if word.starts_with('#') || (is_argument && ["/leave", "/join"].contains(&command)) {
        named(rooms.iter().map(|state| state.room.name.to_string()), word, " ")
    } else if let Some(name) = word.strip_prefix(':').filter(|name| !name.is_empty()) {
        emoji::beginning(name).map(ToOwned::to_owned).collect()
    } else if let Some(name) = word.strip_prefix('@') {
        let handles = handles(people).map(|handle| format!("@{handle}"));
        named(handles, &format!("@{name}"), " ")
    } else if word.is_empty() && start > 0 && !is_argument {
        Vec::new()
    } else {
        named(handles(people), word, if start == 0 { ": " } else { " " })
    };
    (!candidates.is_empty()).then_some(Completion { start, candidates, at: None })
}

fn first(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// Those who were heard last come first.
fn handles(people: &[Person]) -> impl Iterator<Item = String> {
    let mut people: Vec<_> = people.iter().filter(|person| !person.own && !person.blocked).collect();
    people.sort_by_key(|person| std::cmp::Reverse(person.last));
    people.into_iter().map(Person::handle)
}

fn named(names: impl Iterator<Item = String>, start: &str, after: &str) -> Vec<String> {
    let start = start.to_lowercase();
    names.filter(|name| name.to_lowercase().starts_with(&start)).map(|name| name + after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::chat::model::Room;
    use crate::cli::printable::Label;

    fn person(name: &str, last: u64) -> Person {
        Person { name: Label::new(name), last, fingerprint: Label::new("1a2b-0"), ..Person::default() }
    }

    fn complete(before: &str) -> Option<(usize, Vec<String>)> {
        let mut twin = person("bert", 0);
        twin.same_name = true;
        let people = [person("bob", 1), person("Berta", 2), twin, person("zoë", 3)];
        let room = |name: &str| RoomState {
            room: Room { name: Label::new(name), ..Room::default() },
            ..RoomState::default()
        };
        let rooms = [room("#lobby"), room("#long"), room("@bob")];
        completion(before, &people, &rooms).map(|found| (found.start, found.candidates))
    }

    fn found(start: usize, candidates: &[&str]) -> Option<(usize, Vec<String>)> {
        Some((start, candidates.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn completes_what_the_word_begins_with() {
        for (before, expected) in [
            ("b", found(0, &["Berta: ", "bob: ", "bert|1a2b: "])),
            ("ask bo", found(4, &["bob "])),
            ("日本\u{3000}bo", found(9, &["bob "])),
            ("see #l", found(4, &["#lobby ", "#long "])),
            ("/leave ", found(7, &["#lobby ", "#long ", "@bob "])),
            ("/msg zo", found(5, &["zoë "])),
            ("/mu", found(0, &["/mute "])),
            ("/pe", found(0, &["/people"])),
            ("nice :tad", found(5, &["🎉"])),
            ("hi @BO", found(3, &["@bob "])),
            ("nothing", None),
            ("done ", None),
            ("nice :", None),
        ] {
            assert_eq!(complete(before), expected, "{before:?}");
        }
    }

    #[test]
    fn goes_round_both_ways() {
        let candidates = ["a", "b"].map(ToOwned::to_owned).to_vec();
        let mut completion = Completion { start: 0, candidates, at: None };
        assert_eq!(
            [false, false, false, true, true].map(|back| completion.next(back)),
            ["a", "b", "a", "b", "a"]
        );
    }
}
