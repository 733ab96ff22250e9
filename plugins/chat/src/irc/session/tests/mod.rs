//! Whole conversations, without a socket: what goes in, and what comes out.

mod any;
mod history;
mod others;
mod people;
mod registering;
mod rooms;
mod talking;

use super::{Answer, Next, Session};
use crate::irc::fake::Fake;
use crate::service::{Event, Message, Told};
use std::sync::Arc;

/// All capabilities that concern messages.
const MODERN: &str =
    "batch draft/chathistory draft/message-redaction echo-message labeled-response message-tags server-time";
/// The end of the year 2025.
const NOW: u64 = 1_767_225_599_000;
/// What stands before the lines of the user of the tests.
const ME: &str = ":me!chat@0000-0000-0000-0000";
/// What stands before alice's lines.
const ALICE: &str = ":alice!chat@aaaa-aaaa-aaaa-aaaa";

struct Client {
    chat: Fake,
    session: Session<Fake>,
}

fn lines(answer: &Answer) -> Vec<String> {
    let text = String::from_utf8(answer.bytes.clone()).expect("everything sent is UTF-8");
    let lines: Vec<_> = text.split_terminator("\r\n").map(ToOwned::to_owned).collect();
    assert!(text.is_empty() || text.ends_with("\r\n"), "{text:?}");
    lines
}

impl Client {
    /// A client that has said nothing yet.
    fn stranger(password: &str) -> Self {
        let chat = Fake::new();
        Self { session: Session::new(chat.clone(), Arc::default(), password), chat }
    }

    /// A registered client with these capabilities.
    fn with(caps: &str) -> Self {
        let mut client = Self::stranger("");
        client.register(caps);
        client
    }

    /// A registered client with these capabilities that is on `#lobby`.
    fn in_lobby(caps: &str) -> Self {
        let mut client = Self::with(caps);
        client.says("JOIN #lobby");
        client
    }

    /// Another client of the same node, on `#lobby`.
    fn second(&self, caps: &str) -> Self {
        let session = Session::new(self.chat.clone(), Arc::clone(&self.session.book), "");
        let mut second = Self { chat: self.chat.clone(), session };
        second.register(caps);
        second.says("JOIN #lobby");
        second
    }

    fn register(&mut self, caps: &str) {
        self.says(&format!("CAP REQ :{caps}"));
        ["NICK me", "USER me 0 * :Me", "CAP END"].iter().for_each(|line| drop(self.says(line)));
        assert!(self.session.is_registered());
    }

    fn answer(&mut self, line: &str) -> Answer {
        self.session.line(line.as_bytes(), NOW)
    }

    /// Says a line; what comes back.
    fn says(&mut self, line: &str) -> Vec<String> {
        lines(&self.answer(line))
    }

    /// What a client is sent for an event.
    fn told(&mut self, event: Event) -> Vec<String> {
        lines(&self.session.told(&Told::Event(Box::new(event))))
    }

    /// What a client is sent for a new message.
    fn hears(&mut self, message: Message) -> Vec<String> {
        self.told(Event::Message { message })
    }

    /// What a client is sent for a message that has changed.
    fn sees(&mut self, message: Message) -> Vec<String> {
        self.told(Event::Changed { message })
    }
}

/// Says lines one by one, and compares what comes back for each.
fn script(client: &mut Client, steps: &[(&str, &[&str])]) {
    for (line, expected) in steps {
        assert_eq!(client.says(line), *expected, "after {line}");
    }
}

#[test]
fn a_line_that_is_too_long_and_a_client_that_is_asked_get_their_words() {
    let mut client = Client::with("batch");
    assert_eq!(lines(&client.session.too_long()), [":irc.backplane 417 me :Input line was too long"]);
    assert_eq!(lines(&client.session.ping()), [":irc.backplane PING :irc.backplane"]);
    let closed = client.session.close("the node stops");
    assert_eq!(lines(&closed), [":irc.backplane ERROR :Closing link: the node stops"]);
    assert_eq!(closed.next, Next::Close { refused: false });
}
