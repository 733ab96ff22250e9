//! Nodes without a network: an identity and a store each, and a clock that stands.

use backplane_chat::hash::Hash;
use backplane_chat::room::{Draft, Envelope, Opened, Reconciler, Room, RoomName, Signed, Writer};
use backplane_chat::secret::Identity;
use backplane_chat::store::{Inserted, Page, Store, StoredMessage};
use tempfile::TempDir;

/// Some time in 2025.
pub(crate) const NOW: u64 = 1_750_000_000_000;

pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) identity: Identity,
    pub(crate) name: String,
    pub(crate) clock: u64,
    random: u64,
    pub(crate) dir: TempDir,
}

pub(crate) fn public(name: &str) -> Room {
    Room::public(&RoomName::parse(name).unwrap())
}

pub(crate) fn lobby() -> Room {
    public("#lobby")
}

impl Node {
    /// A node that has joined `#lobby`.
    pub(crate) fn new(name: &str) -> Self {
        let node = Self::alone(name);
        node.store.join(&lobby(), NOW).unwrap();
        node
    }

    /// A node that has joined nothing.
    pub(crate) fn alone(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, aside) = Store::open(dir.path(), NOW).unwrap();
        assert_eq!(aside, None);
        let seed = u8::try_from(name.bytes().map(u32::from).sum::<u32>() % 251).unwrap();
        let identity = Identity::from_secret([seed; 32]);
        store.set_own(&identity.author(), name).unwrap();
        Self { store, identity, name: name.to_owned(), clock: NOW, random: seed.into(), dir }
    }

    pub(crate) fn author(&self) -> Hash {
        self.identity.author()
    }

    /// Writes a message, and keeps it nowhere.
    pub(crate) fn write(&mut self, room: &Room, draft: Draft<'_>) -> Opened {
        let heads = self.store.heads(&room.id).unwrap();
        let writer = Writer { identity: &self.identity, name: &self.name, room, heads: &heads };
        let random = &mut self.random;
        let mut draw = || {
            *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *random
        };
        writer.write(draft, self.clock, &mut draw).unwrap()
    }

    /// Says something in a room, a millisecond later than the last.
    pub(crate) fn say_in(&mut self, room: &Room, draft: Draft<'_>) -> Opened {
        self.clock += 1;
        let message = self.write(room, draft);
        let inserted = self.store.insert(&message, self.clock).unwrap();
        assert!(matches!(inserted, Inserted::New { .. }), "{inserted:?}");
        message
    }

    pub(crate) fn say(&mut self, text: &str) -> Opened {
        self.say_in(&lobby(), Draft::Text { text, reply: None })
    }

    /// Takes a message as it came from a peer.
    pub(crate) fn take(&self, message: &Opened) -> Inserted {
        self.take_envelope(message.envelope().clone())
    }

    pub(crate) fn take_envelope(&self, envelope: Envelope) -> Inserted {
        let room = self.store.room(&envelope.room).unwrap().room;
        let message = Opened::open(Signed::check(envelope, self.clock).unwrap(), &room).unwrap();
        self.store.insert(&message, self.clock).unwrap()
    }

    pub(crate) fn take_all<'a>(&self, messages: impl IntoIterator<Item = &'a Opened>) {
        messages.into_iter().for_each(|message| drop(self.take(message)));
    }

    /// All that is shown of a room.
    pub(crate) fn shown_in(&self, room: &Room) -> Vec<StoredMessage> {
        let history = self.store.history(&room.id, Page::Latest, 100_000).unwrap();
        assert!(!history.older && !history.newer);
        history.messages
    }

    pub(crate) fn shown(&self) -> Vec<StoredMessage> {
        self.shown_in(&lobby())
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.shown().into_iter().map(|message| message.text).collect()
    }

    pub(crate) fn message(&self, of: &Opened) -> StoredMessage {
        self.store.message(of.id()).unwrap().expect("the message is here")
    }

    /// Reconciles a room with another node, as two peers do, and returns in how many rounds.
    pub(crate) fn reconcile(&self, other: &Self, room: &Room) -> usize {
        let floor = |node: &Self| node.store.room(&room.id).unwrap().floor;
        let since = floor(self).max(floor(other));
        let [asks, answers] =
            [self, other].map(|node| Reconciler::new(node.store.items(&room.id, since).unwrap()));
        let mut next = Some(asks.initiate().unwrap());
        let (mut have, mut need, mut rounds) = (Vec::new(), Vec::new(), 0);
        while let Some(payload) = next {
            let difference = asks.proceed(&answers.answer(&payload).unwrap()).unwrap();
            have.extend(difference.have);
            need.extend(difference.need);
            next = difference.next;
            rounds += 1;
        }
        for (from, to, ids) in [(self, other, have), (other, self, need)] {
            let envelopes = from.store.envelopes(&ids).unwrap();
            assert_eq!(envelopes.len(), ids.len());
            envelopes.into_iter().for_each(|envelope| drop(to.take_envelope(envelope)));
        }
        rounds
    }
}

pub(crate) fn text(text: &str) -> Draft<'_> {
    Draft::Text { text, reply: None }
}
