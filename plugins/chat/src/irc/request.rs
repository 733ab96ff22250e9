//! What a client asks: one line, taken apart.

use irc_proto::message::Tag;
use irc_proto::{Command, Message};

/// Before a verb it keeps `irc-proto` from reading the arguments by what they usually mean, which would lose some of them, as
/// in `ISON`, `MODE #room b` and `WHO #room %n`.
const AS_IT_IS: char = '=';

/// One line of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// The verb in capitals.
    pub(crate) verb: String,
    /// What follows it.
    pub(crate) params: Vec<String>,
    tags: Vec<(String, String)>,
}

impl Request {
    /// Takes a line without its end apart; `None` when nothing is asked.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (tags, rest) = word_after(line.trim_start_matches(' '), '@');
        let (_, rest) = word_after(rest, ':');
        let text = match tags {
            Some(tags) => format!("@{tags} {AS_IT_IS}{rest}"),
            None => format!("{AS_IT_IS}{rest}"),
        };
        let message: Message = text.parse().ok()?;
        let Command::Raw(verb, params) = message.command else { return None };
        let verb = verb.trim_start_matches(AS_IT_IS).to_ascii_uppercase();
        let tags = message.tags.unwrap_or_default().into_iter();
        let tags = tags.map(|Tag(key, value)| (key, value.unwrap_or_default())).collect();
        (!verb.is_empty()).then_some(Self { verb, params, tags })
    }

    /// A parameter; `None` when there are fewer, or it is empty.
    pub(crate) fn param(&self, number: usize) -> Option<&str> {
        self.params.get(number).map(String::as_str).filter(|param| !param.is_empty())
    }

    /// A tag that has a value.
    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        let found = self.tags.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// The word behind a mark at the beginning of a line, and what follows.
fn word_after(line: &str, mark: char) -> (Option<&str>, &str) {
    let Some(marked) = line.strip_prefix(mark) else { return (None, line) };
    let (word, rest) = marked.split_once(' ').unwrap_or((marked, ""));
    (Some(word), rest.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(verb: &str, params: &[&str]) -> Option<Request> {
        let params = params.iter().map(ToString::to_string).collect();
        Some(Request { verb: verb.to_owned(), params, tags: Vec::new() })
    }

    #[test]
    fn takes_verbs_and_parameters_as_they_are() {
        for (line, verb, params) in [
            ("PRIVMSG #lobby :hello  world ", "PRIVMSG", &["#lobby", "hello  world "][..]),
            ("join #a,#b key", "JOIN", &["#a,#b", "key"]),
            ("  :ignored!a@b   PING   :x", "PING", &["x"]),
            ("ISON alice bob", "ISON", &["alice", "bob"]),
            ("MODE #lobby b", "MODE", &["#lobby", "b"]),
            ("MODE #lobby !x", "MODE", &["#lobby", "!x"]),
            ("WHO #lobby %n", "WHO", &["#lobby", "%n"]),
            ("CAP REQ :a b", "CAP", &["REQ", "a b"]),
            ("TOPIC #lobby :", "TOPIC", &["#lobby", ""]),
            ("AWAY", "AWAY", &[]),
            ("PRIVMSG #lobby ::)", "PRIVMSG", &["#lobby", ":)"]),
            ("433 x", "433", &["x"]),
        ] {
            assert_eq!(Request::parse(line), request(verb, params), "{line}");
        }
    }

    #[test]
    fn takes_tags_with_their_escapes() {
        let request = Request::parse(r"@label=x;+draft/reply=a\:b\s\\c;empty= TAGMSG #lobby").unwrap();
        assert_eq!((request.tag("label"), request.tag("+draft/reply")), (Some("x"), Some(r"a;b \c")));
        assert_eq!((request.tag("empty"), request.tag("none")), (None, None));
        assert_eq!((request.verb.as_str(), request.param(0)), ("TAGMSG", Some("#lobby")));
    }

    #[test]
    fn nothing_is_asked_by_an_empty_line() {
        for line in ["", " ", "@a", "@a=b ", ":source", ":source  ", "@a :b"] {
            assert_eq!(Request::parse(line), None, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn no_line_ends_the_plugin(line in "[@: =#a-zA-Z;\\\\+\u{1}\u{e9}-]{0,60}") {
            let _ = Request::parse(&line);
        }

        #[test]
        fn no_text_ends_the_plugin(line in ".{0,60}") {
            let _ = Request::parse(&line);
        }
    }
}
