//! Who has which nick: one for each author, the same for all clients of this node.

use super::nick;
use std::collections::HashMap;

/// How many authors have nicks that can be written to. Later ones have nicks with a long suffix.
pub(crate) const AUTHORS: usize = 20_000;
/// How many nicks one author keeps others from, by having had them first.
const CLAIMS: u8 = 8;

/// An author who has a nick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// The author: 64 hexadecimal digits.
    pub(crate) author: String,
    /// The author's fingerprint.
    pub(crate) fingerprint: String,
    /// The name given last.
    pub(crate) name: String,
    /// The nick made of it.
    pub(crate) nick: String,
}

impl Known {
    /// What stands before a line of this author: `nick!user@host`.
    pub(crate) fn source(&self) -> String {
        source(&self.nick, &self.fingerprint)
    }
}

/// `nick!user@host`, where the host is the fingerprint.
pub(crate) fn source(nick: &str, fingerprint: &str) -> String {
    format!("{nick}!chat@{fingerprint}")
}

/// The authors with their nicks. Who had a nick first keeps it; others get a suffix of their fingerprint.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// By author.
    known: HashMap<String, Known>,
    /// The author of a nick.
    nicks: HashMap<String, String>,
    /// Who had a nick without a suffix first.
    claims: HashMap<String, String>,
    /// How many of them an author has.
    claimed: HashMap<String, u8>,
    /// This user's author.
    own: String,
}

impl Book {
    /// Takes this user down, who goes before everybody else.
    pub(crate) fn set_own(&mut self, author: &str, fingerprint: &str, name: &str) -> Known {
        self.own = author.to_owned();
        let base = nick::of_name(name);
        if nick::is_free(&base) {
            self.claims.insert(nick::folded(&base), author.to_owned());
        }
        self.introduce(author, fingerprint, name)
    }

    /// The nick of an author who uses this name now.
    pub(crate) fn introduce(&mut self, author: &str, fingerprint: &str, name: &str) -> Known {
        if let Some(known) =
            self.known.get(author).filter(|known| known.name == name && self.still_has(known))
        {
            return known.clone();
        }
        let nick = self.nick_for(author, fingerprint, name);
        let known = Known {
            author: author.to_owned(),
            fingerprint: fingerprint.to_owned(),
            name: name.to_owned(),
            nick,
        };
        if self.known.len() < AUTHORS || self.known.contains_key(author) || author == self.own {
            let old = self.known.insert(author.to_owned(), known.clone());
            if let Some(old) = old.filter(|old| self.still_has(old)) {
                self.nicks.remove(&nick::folded(&old.nick));
            }
            self.nicks.insert(nick::folded(&known.nick), author.to_owned());
        }
        known
    }

    /// An author as known now.
    pub(crate) fn known(&self, author: &str) -> Option<&Known> {
        self.known.get(author)
    }

    /// Whose nick it is.
    pub(crate) fn find(&self, nick: &str) -> Option<&Known> {
        self.known.get(self.nicks.get(&nick::folded(nick))?)
    }

    fn still_has(&self, known: &Known) -> bool {
        self.nicks.get(&nick::folded(&known.nick)) == Some(&known.author)
    }

    fn nick_for(&mut self, author: &str, fingerprint: &str, name: &str) -> String {
        let base = nick::of_name(name);
        if self.claim(&base, author) {
            return base;
        }
        let digits = if self.known.len() < AUTHORS { 4 } else { 16 };
        let suffixed = (digits..=16).step_by(4).map(|digits| nick::with_suffix(&base, fingerprint, digits));
        let is_free = |nick: &String| self.nicks.get(&nick::folded(nick)).is_none_or(|other| other == author);
        let found = suffixed.into_iter().find(is_free);
        // Two fingerprints that are the same need as many tries as it takes to break them.
        found.unwrap_or_else(|| nick::with_suffix(&base, author, 40))
    }

    /// Whether a nick is this author's, now if it was nobody's before.
    fn claim(&mut self, base: &str, author: &str) -> bool {
        let folded = nick::folded(base);
        if let Some(first) = self.claims.get(&folded) {
            return first == author;
        }
        let claimed = self.claimed.get(author).copied().unwrap_or_default();
        if !nick::is_free(base) || claimed == CLAIMS || self.claims.len() >= AUTHORS {
            return false;
        }
        self.claimed.insert(author.to_owned(), claimed + 1);
        self.claims.insert(folded, author.to_owned());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: (&str, &str) = ("a1", "aaaa-1111-0000-0000");
    const OTHER: (&str, &str) = ("b2", "bbbb-2222-0000-0000");
    const THIRD: (&str, &str) = ("c3", "bbbb-3333-0000-0000");

    fn nick(book: &mut Book, who: (&str, &str), name: &str) -> String {
        book.introduce(who.0, who.1, name).nick
    }

    #[test]
    fn who_had_a_name_first_keeps_the_nick_and_others_get_a_suffix() {
        let mut book = Book::default();
        assert_eq!(nick(&mut book, ALICE, "alice"), "alice");
        assert_eq!(nick(&mut book, OTHER, "Alice"), "Alice|bbbb");
        assert_eq!(nick(&mut book, THIRD, "alice"), "alice|bbbb3333");
        assert_eq!(nick(&mut book, ALICE, "alice"), "alice");
        assert_eq!(book.find("ALICE|BBBB").map(|known| known.author.as_str()), Some("b2"));
    }

    #[test]
    fn a_nick_that_was_given_up_is_nobody_elses() {
        let mut book = Book::default();
        nick(&mut book, ALICE, "alice");
        assert_eq!(nick(&mut book, ALICE, "alice away"), "alice_away");
        assert_eq!(book.find("alice"), None);
        assert_eq!(nick(&mut book, OTHER, "alice"), "alice|bbbb");
        assert_eq!(nick(&mut book, ALICE, "alice"), "alice");
    }

    #[test]
    fn this_user_goes_before_everybody_else() {
        let mut book = Book::default();
        nick(&mut book, ALICE, "me");
        assert_eq!(book.set_own(OTHER.0, OTHER.1, "me").nick, "me");
        assert_eq!(nick(&mut book, ALICE, "me"), "me|aaaa");
        assert_eq!(book.find("me").map(|known| known.author.as_str()), Some("b2"));
        assert_eq!(book.find("me|aaaa").map(|known| known.author.as_str()), Some("a1"));
    }

    #[test]
    fn nobody_takes_all_nicks() {
        let mut book = Book::default();
        for number in 0..20 {
            nick(&mut book, OTHER, &format!("name{number}"));
        }
        assert_eq!(nick(&mut book, ALICE, "name3"), "name3|aaaa");
        assert_eq!(nick(&mut book, ALICE, "name15"), "name15");
    }

    #[test]
    fn reserved_nicks_and_full_books_give_suffixes() {
        let mut book = Book::default();
        assert_eq!(nick(&mut book, ALICE, "NickServ"), "NickServ|aaaa");
        for number in 0..AUTHORS {
            book.introduce(&format!("x{number}"), "0000", &format!("x{number}"));
        }
        assert_eq!(nick(&mut book, OTHER, "bob"), "bob|bbbb222200000000");
        assert_eq!(book.find("bob|bbbb222200000000"), None);
        assert_eq!(book.set_own(OTHER.0, OTHER.1, "bob").nick, "bob");
    }
}
