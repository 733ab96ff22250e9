//! Rows of the store as front ends see them.

use super::views::{Clock, Hex, Kept, Message, MessageKind, Person, Reaction, Reply, Room, RoomKind, State};
use crate::hash::Hash;
use crate::room;
use crate::secret::Fingerprint;
use crate::store::{self, RoomRow, ShownKind, StoredMessage};

pub(super) fn hex(hash: &Hash) -> Hex {
    hex::encode(hash)
}

pub(super) fn message(stored: StoredMessage) -> Message {
    let state = match (stored.own, stored.sent) {
        (true, 0) => State::Pending,
        (true, _) => State::Sent,
        (false, _) => State::Received,
    };
    Message {
        id: hex(&stored.id),
        room: hex(&stored.room),
        author: stored.author.as_ref().map(hex),
        fingerprint: stored.author.as_ref().map(|author| Fingerprint::of(author).to_string()),
        name: stored.name,
        own: stored.own,
        same_name: stored.same_name,
        time: stored.position.time,
        received: stored.received,
        clock: stored.clock.map(|clock| match clock {
            store::Clock::Ahead => Clock::Ahead,
            store::Clock::Behind => Clock::Behind,
        }),
        kind: match stored.kind {
            ShownKind::Text => MessageKind::Text,
            ShownKind::Topic => MessageKind::Topic,
            ShownKind::Dchat => MessageKind::Dchat,
            ShownKind::Other => MessageKind::Other,
        },
        text: stored.text,
        edited: stored.edited,
        deleted: stored.deleted,
        reply: stored.reply.map(|reply| Reply {
            id: hex(&reply.id),
            name: reply.name,
            text: reply.text,
            known: reply.known,
        }),
        reactions: stored.reactions.into_iter().map(reaction).collect(),
        state,
        sent: stored.sent.into(),
        seen: stored.seen,
        gap: stored.gap,
        mention: stored.mention,
        muted: stored.muted,
        cursor: stored.position.to_string(),
    }
}

fn reaction(stored: store::Reaction) -> Reaction {
    let authors = stored.authors.iter().map(hex).collect();
    Reaction { emoji: stored.emoji, count: stored.count, own: stored.own, names: stored.names, authors }
}

pub(super) fn person(stored: store::Person) -> Person {
    Person {
        author: hex(&stored.author),
        fingerprint: Fingerprint::of(&stored.author).to_string(),
        name: stored.name,
        names: stored.names,
        own: stored.own,
        last: stored.last,
        muted: stored.muted,
        blocked: stored.blocked,
        same_name: stored.same_name,
    }
}

/// What the network knows of a room.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    pub(super) missing: u64,
    pub(super) syncing: bool,
    pub(super) peers: u64,
}

pub(super) fn room(row: RoomRow, summary: store::RoomSummary, way: Way, name: String, keep: Kept) -> Room {
    Room {
        room: hex(&row.room.id),
        name,
        kind: match row.room.kind {
            room::RoomKind::Dchat => RoomKind::Dchat,
            room::RoomKind::Public => RoomKind::Public,
            room::RoomKind::Private => RoomKind::Private,
            room::RoomKind::Direct => RoomKind::Direct,
        },
        topic: row.topic,
        unread: summary.unread,
        mentions: summary.mentions,
        read: row.read.as_ref().map(hex),
        people: summary.people,
        last: summary.last.map(message),
        missing: summary.missing.max(way.missing),
        syncing: way.syncing,
        peers: way.peers,
        keep,
        author: row.room.peer().as_ref().map(hex),
    }
}
