//! A line for a client: it cannot hold more than one line, whatever is put into it.

use super::caps::{Cap, Caps};
use super::split;
use irc_proto::Response;

/// The name that this server goes by.
pub(crate) const SERVER: &str = "irc.backplane";

/// How long a line is without its tags, in bytes and with its end.
pub(crate) const LINE: usize = 512;

/// One line that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    tags: Vec<(&'static str, String)>,
    source: String,
    verb: String,
    middle: Vec<String>,
    last: Option<String>,
}

impl Line {
    /// A line of somebody, `nick!user@host`.
    pub(crate) fn from(source: impl Into<String>, verb: impl Into<String>) -> Self {
        Self { tags: Vec::new(), source: source.into(), verb: verb.into(), middle: Vec::new(), last: None }
    }

    /// A line of this server.
    pub(crate) fn server(verb: impl Into<String>) -> Self {
        Self::from(SERVER, verb)
    }

    /// A numeric reply to a nick.
    pub(crate) fn numeric(number: Response, nick: &str) -> Self {
        Self::number(number as u16, nick)
    }

    /// A numeric reply that has no name.
    pub(crate) fn number(number: u16, nick: &str) -> Self {
        Self::server(format!("{number:03}")).param(nick)
    }

    /// Adds a word.
    pub(crate) fn param(mut self, word: impl Into<String>) -> Self {
        self.middle.push(word.into());
        self
    }

    /// Adds the text at the end.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.last = Some(text.into());
        self
    }

    /// Adds a tag, which only clients see that asked for it.
    pub(crate) fn tag(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.tags.push((key, value.into()));
        self
    }

    /// Whether it has a tag.
    pub(crate) fn has_tag(&self, key: &str) -> bool {
        self.tags.iter().any(|(name, _)| *name == key)
    }

    /// Appends it as bytes, with the tags that a client with these capabilities is to see.
    pub(crate) fn encode(&self, caps: Caps, out: &mut Vec<u8>) {
        let tags: Vec<_> = self.tags.iter().filter(|(key, _)| caps.has(needed_by(key))).collect();
        for (number, (key, value)) in tags.iter().enumerate() {
            out.push(if number == 0 { b'@' } else { b';' });
            out.extend_from_slice(key.as_bytes());
            out.push(b'=');
            out.extend_from_slice(escaped(value).as_bytes());
        }
        if !tags.is_empty() {
            out.push(b' ');
        }
        let body = self.body();
        out.extend_from_slice(split::head(&body, LINE - 2).as_bytes());
        out.extend_from_slice(b"\r\n");
    }

    fn body(&self) -> String {
        let mut body = format!(":{} {}", word(&self.source), word(&self.verb));
        for param in &self.middle {
            body.push(' ');
            body.push_str(&word(param));
        }
        if let Some(last) = &self.last {
            body.push_str(" :");
            body.extend(last.chars().map(|character| if ends_a_line(character) { ' ' } else { character }));
        }
        body
    }
}

/// The capability that a client needs to be sent a tag.
fn needed_by(tag: &str) -> Cap {
    match tag {
        "time" => Cap::ServerTime,
        "batch" => Cap::Batch,
        "label" => Cap::LabeledResponse,
        _ => Cap::MessageTags,
    }
}

fn ends_a_line(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\0')
}

/// A text as one word that is no beginning of the text at the end.
fn word(text: &str) -> String {
    let text = if text.is_empty() { "*" } else { text };
    let one = |character| if ends_a_line(character) || character == ' ' { '_' } else { character };
    let word: String = text.chars().map(one).collect();
    match word.strip_prefix(':') {
        Some(rest) => format!("_{rest}"),
        None => word,
    }
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            ';' => text.push_str("\\:"),
            ' ' => text.push_str("\\s"),
            '\\' => text.push_str("\\\\"),
            '\r' => text.push_str("\\r"),
            '\n' => text.push_str("\\n"),
            '\0' => (),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(line: &Line, caps: Caps) -> String {
        let mut out = Vec::new();
        line.encode(caps, &mut out);
        String::from_utf8(out).expect("what is cut is cut between characters")
    }

    #[test]
    fn a_client_sees_the_tags_that_it_asked_for() {
        let line = Line::from("a!b@c", "PRIVMSG").param("#x").text("hi").tag("time", "T").tag("msgid", "m;1");
        assert_eq!(encoded(&line, Caps::default()), ":a!b@c PRIVMSG #x :hi\r\n");
        let mut caps = Caps::default();
        caps.set(Cap::ServerTime, true);
        assert_eq!(encoded(&line, caps), "@time=T :a!b@c PRIVMSG #x :hi\r\n");
        caps.set(Cap::MessageTags, true);
        assert_eq!(encoded(&line, caps), "@time=T;msgid=m\\:1 :a!b@c PRIVMSG #x :hi\r\n");
    }

    #[test]
    fn nothing_put_into_a_line_ends_it() {
        let line = Line::from("a\r\nb c", "PRIVMSG").param(":#x y\n").param("").text("one\r\nQUIT :\0two");
        assert_eq!(encoded(&line, Caps::default()), ":a__b_c PRIVMSG _#x_y_ * :one  QUIT : two\r\n");
        let line = Line::numeric(Response::RPL_WELCOME, "alice").text("");
        assert_eq!(encoded(&line, Caps::default()), ":irc.backplane 001 alice :\r\n");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_two_characters() {
        let line = Line::server("NOTICE").param("a").text("é".repeat(400));
        let text = encoded(&line, Caps::default());
        assert!(text.len() > LINE - 2 && text.len() <= LINE && text.ends_with("é\r\n"), "{}", text.len());
    }

    proptest! {
        #[test]
        fn whatever_is_put_in_stays_one_line(source in ".{0,40}", middle in "(?s).{0,40}", last in "(?s).{0,600}") {
            let line = Line::from(source, "X").param(middle).text(last.clone()).tag("msgid", last);
            let mut caps = Caps::default();
            caps.set(Cap::MessageTags, true);
            let text = encoded(&line, caps);
            let body = text.strip_suffix("\r\n").expect("it has an end");
            prop_assert!(!body.contains(['\r', '\n', '\0']));
            let untagged = body.split_once(' ').map_or("", |(_, rest)| rest);
            prop_assert!(untagged.starts_with(':') && untagged.len() <= LINE - 2);
        }
    }
}
