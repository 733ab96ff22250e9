//! A host with chat, authors elsewhere, and neighbours that follow the protocol as far as a test lets them.

use backplane_chat::Chat;
use backplane_chat::hash::Hash;
use backplane_chat::net::messages::{Announce, Fetch, Messages, Rooms, Sync};
use backplane_chat::room::{Draft, Envelope, Heads, Opened, Room, RoomName, Writer};
use backplane_chat::secret::Identity;
use backplane_plugin::SessionKind;
use backplane_plugin::testkit::{CloseReason, TestHost, TestPeer, TestSetup};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// What the clock of a host says at the beginning, in milliseconds.
pub(crate) const START: u64 = 1_767_225_600_000;

/// A host that has joined `#lobby`.
pub(crate) fn host() -> TestHost<Chat> {
    host_with(json!({}))
}

pub(crate) fn host_with(config: Value) -> TestHost<Chat> {
    TestSetup::default().config(config).start().expect("the configuration fits")
}

pub(crate) fn lobby() -> Room {
    public("#lobby")
}

pub(crate) fn public(name: &str) -> Room {
    Room::public(&RoomName::parse(name).unwrap())
}

/// Somebody elsewhere.
pub(crate) struct Author {
    pub(crate) identity: Identity,
    pub(crate) name: &'static str,
    random: u64,
}

impl Author {
    pub(crate) fn new(seed: u8, name: &'static str) -> Self {
        Self { identity: Identity::from_secret([seed; 32]), name, random: 0 }
    }

    pub(crate) fn hex(&self) -> String {
        hex(&self.identity.author())
    }

    /// A text in a room of which nothing is known, some milliseconds after the start.
    pub(crate) fn says(&mut self, room: &Room, text: &str, after: i64) -> Opened {
        self.writes(room, Draft::Text { text, reply: None }, &Heads::default(), after)
    }

    pub(crate) fn writes(&mut self, room: &Room, draft: Draft<'_>, heads: &Heads, after: i64) -> Opened {
        let writer = Writer { identity: &self.identity, name: self.name, room, heads };
        let random = &mut self.random;
        let mut draw = || {
            *random += 1;
            *random
        };
        writer.write(draft, START.saturating_add_signed(after), &mut draw).expect("it can be said")
    }
}

pub(crate) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A neighbour that follows the protocol.
pub(crate) struct Neighbour {
    pub(crate) peer: TestPeer,
    /// The messages that it has.
    pub(crate) has: BTreeMap<Hash, Envelope>,
}

impl Neighbour {
    /// One that has dialled the host.
    pub(crate) fn connect(host: &TestHost<Chat>) -> Self {
        Self::connect_as(host, SessionKind::Inbound)
    }

    pub(crate) fn connect_as(host: &TestHost<Chat>, session: SessionKind) -> Self {
        let neighbour = Self { peer: host.connect(session), has: BTreeMap::new() };
        host.run();
        neighbour
    }

    /// It says that it has joined these rooms.
    pub(crate) fn joins(&self, host: &TestHost<Chat>, rooms: &[&Room]) {
        let floors = vec![0; rooms.len()];
        self.peer.send(&Rooms { rooms: rooms.iter().map(|room| room.id).collect(), floors });
        host.run();
    }

    /// It has these messages, and announces them.
    pub(crate) fn announces(&mut self, host: &TestHost<Chat>, messages: &[&Opened]) {
        for message in messages {
            self.has.insert(*message.id(), message.envelope().clone());
            self.peer.send(&Announce { room: message.envelope().room, ids: vec![*message.id()] });
        }
        host.run();
    }

    /// It answers what it was asked for: how many ids.
    pub(crate) fn answers(&self, host: &TestHost<Chat>) -> usize {
        let mut asked = 0;
        loop {
            let fetches = self.peer.take_sent::<Fetch>();
            if fetches.is_empty() {
                return asked;
            }
            for Fetch { ids } in fetches {
                asked += ids.len();
                let (mut envelopes, mut gone, mut bytes) = (Vec::new(), Vec::new(), 0);
                for id in ids {
                    let Some(envelope) = self.has.get(&id) else {
                        gone.push(id);
                        continue;
                    };
                    bytes += envelope.wire_bytes();
                    if bytes > 200 * 1024 {
                        self.peer
                            .send(&Messages { envelopes: std::mem::take(&mut envelopes), gone: Vec::new() });
                        bytes = envelope.wire_bytes();
                    }
                    envelopes.push(envelope.clone());
                }
                self.peer.send(&Messages { envelopes, gone });
            }
            host.run();
        }
    }

    /// It announces messages and gives them when it is asked.
    pub(crate) fn gives(&mut self, host: &TestHost<Chat>, messages: &[&Opened]) {
        self.announces(host, messages);
        self.answers(host);
    }

    /// It asks for messages: those that it gets, and those that are gone.
    pub(crate) fn fetches(&self, host: &TestHost<Chat>, ids: &[Hash]) -> (Vec<Envelope>, Vec<Hash>) {
        self.peer.send(&Fetch { ids: ids.to_vec() });
        host.run();
        let answers = self.peer.take_sent::<Messages>();
        let gone = answers.iter().flat_map(|answer| answer.gone.clone()).collect();
        (answers.into_iter().flat_map(|answer| answer.envelopes).collect(), gone)
    }

    /// The ids that were announced to it since the last time.
    pub(crate) fn told(&self) -> Vec<Hash> {
        self.peer.take_sent::<Announce>().into_iter().flat_map(|announce| announce.ids).collect()
    }

    /// The rounds of reconciliations that were said to it since the last time.
    pub(crate) fn syncs(&self) -> Vec<Sync> {
        self.peer.take_sent::<Sync>()
    }

    /// For what it was closed, if it has misbehaved.
    pub(crate) fn misbehaved(&self) -> Option<String> {
        match self.peer.closed() {
            Some(CloseReason::Misbehaved { protocol, what }) if protocol == "chat.room" => Some(what),
            Some(other) => panic!("it is closed for another reason: {other:?}"),
            None => None,
        }
    }
}

/// The texts of a room, oldest first.
pub(crate) fn texts(host: &TestHost<Chat>, room: &str) -> Vec<String> {
    let history = host.call("history", json!({ "room": room, "limit": 200 })).expect("there is such a room");
    let messages = history["messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Says something in `#lobby`: its id.
pub(crate) fn say(host: &TestHost<Chat>, text: &str) -> Hash {
    let sent = host.call("send", json!(["#lobby", text])).expect("it can be said");
    id_of(&sent)
}

/// The id in an answer.
pub(crate) fn id_of(answer: &Value) -> Hash {
    backplane_chat::hash::parse_hash(answer["id"].as_str().expect("an answer has an id")).expect("it is one")
}

/// Lets some seconds go by.
pub(crate) fn wait(host: &TestHost<Chat>, seconds: u64) {
    host.advance(Duration::from_secs(seconds));
}
