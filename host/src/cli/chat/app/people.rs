//! Who is meant by a name that was typed.

use crate::cli::chat::model::Person;
use std::collections::BTreeMap;

/// The shortest beginning of a fingerprint that is taken for one.
const SHORTEST: usize = 4;

/// Finds who is meant at the beginning of a text: the person and what follows. People are named by their names, their names
/// with the beginning of the fingerprint (`bob|1a2b`), the fingerprint or the key.
///
/// # Errors
/// When nobody is meant, or one of several, for the user.
pub(super) fn find<'a, 'b>(people: &'a [Person], text: &'b str) -> Result<(&'a Person, &'b str), String> {
    let mut best = 0;
    let mut meant: BTreeMap<&str, (&Person, &str)> = BTreeMap::new();
    for person in people {
        let Some((length, rest)) =
            names(person).filter_map(|name| follows(text, &name)).max_by_key(|(length, _)| *length)
        else {
            continue;
        };
        if length > best {
            meant.clear();
            best = length;
        }
        if length == best {
            meant.insert(&person.author, (person, rest));
        }
    }
    let first = meant.values().next();
    match (first, meant.len()) {
        (Some(found), 1) => Ok(*found),
        (Some(_), _) => {
            let handles: Vec<_> = meant.values().map(|(person, _)| person.full_handle()).collect();
            Err(format!("several are called so, say which one: {}", handles.join(", ")))
        }
        (None, _) => {
            let name = text.split_whitespace().next().unwrap_or_default();
            Err(format!("nobody here is called {name}: /people lists who is known"))
        }
    }
}

fn names(person: &Person) -> impl Iterator<Item = String> + '_ {
    let handle = person.full_handle();
    let fingerprint = person.fingerprint.as_str();
    let starts = fingerprint.split('-').next().into_iter().filter(|start| start.len() >= SHORTEST);
    [person.name.as_str(), &handle, fingerprint, &person.author]
        .map(ToOwned::to_owned)
        .into_iter()
        .chain(starts.map(ToOwned::to_owned))
}

/// How long the name is and what follows it, if the text begins with it as a whole.
fn follows<'a>(text: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let text = text.trim_start();
    let text = text.strip_prefix('@').unwrap_or(text);
    let rest = text.get(name.len()..).filter(|_| !name.is_empty())?;
    let same = text.get(..name.len())?.to_lowercase() == name.to_lowercase();
    let ended = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (same && ended).then(|| (name.len(), rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::printable::Label;

    fn person(author: &str, name: &str, fingerprint: &str) -> Person {
        Person {
            author: author.to_owned(),
            name: Label::new(name),
            fingerprint: Label::new(fingerprint),
            ..Person::default()
        }
    }

    #[test]
    fn finds_who_is_meant_and_what_follows() {
        let people = [
            person("k1", "bob", "1a2b-0000-0000-0001"),
            person("k2", "bob", "9f00-0000-0000-0002"),
            person("k3", "Mary Ann", "aaaa-0000-0000-0003"),
            person("k4", "mary", "bbbb-0000-0000-0004"),
        ];
        for (text, author, rest) in [
            ("bob|1a2b hello", "k1", "hello"),
            ("9f00-0000-0000-0002 hi you", "k2", "hi you"),
            ("9f00", "k2", ""),
            ("k1", "k1", ""),
            ("mary ann is here", "k3", "is here"),
            ("@Mary hello", "k4", "hello"),
        ] {
            let (found, after) = find(&people, text).unwrap();
            assert_eq!((found.author.as_str(), after), (author, rest), "{text}");
        }
        assert!(find(&people, "bob hello").unwrap_err().contains("bob|1a2b, bob|9f00"));
        for text in ["bobby", "", "|"] {
            assert!(find(&people, text).unwrap_err().starts_with("nobody"), "{text}");
        }
    }
}
