//! The channels that a client is on: which room each is, and who is shown in it.

use crate::irc::nick;
use crate::service::{Room, RoomKind};
use std::collections::BTreeMap;

/// How many channels a client can be on.
const CHANNELS: usize = 256;
/// How many authors are shown in a channel, those heard last.
pub(super) const MEMBERS: usize = 300;

/// A channel that the client is on.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) name: String,
    /// The room's id.
    pub(super) room: String,
    pub(super) kind: RoomKind,
    /// The authors shown, the one heard last at the end.
    members: Vec<String>,
}

impl Channel {
    pub(super) fn members(&self) -> &[String] {
        &self.members
    }

    pub(super) fn has(&self, author: &str) -> bool {
        self.members.iter().any(|member| member == author)
    }

    /// Notes that an author was heard: whether they are new, and who is no longer shown instead.
    pub(super) fn hear(&mut self, author: &str) -> (bool, Option<String>) {
        let at = self.members.iter().position(|member| member == author);
        at.map(|at| self.members.remove(at));
        self.members.push(author.to_owned());
        let too_many = self.members.len() > MEMBERS;
        (at.is_none(), too_many.then(|| self.members.remove(0)))
    }

    /// `@` of a channel that not everybody can read, else `=`.
    pub(super) const fn mark(&self) -> &'static str {
        match self.kind {
            RoomKind::Private => "@",
            _ => "=",
        }
    }

    /// Its modes: nobody speaks from outside, and what is private is secret.
    pub(super) const fn modes(&self) -> &'static str {
        match self.kind {
            RoomKind::Private => "+ns",
            _ => "+n",
        }
    }
}

/// The channels that a client is on. Which room a channel is does not change while the client is on it.
#[derive(Debug, Default)]
pub(super) struct Channels {
    /// By folded name.
    by_name: BTreeMap<String, Channel>,
}

impl Channels {
    pub(super) fn is_full(&self) -> bool {
        self.by_name.len() >= CHANNELS
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Channel> {
        self.by_name.values()
    }

    /// How many members are shown in all.
    pub(super) fn members(&self) -> usize {
        self.all().map(|channel| channel.members.len()).sum()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Channel> {
        self.by_name.get(&nick::folded(name))
    }

    pub(super) fn of_room(&self, room: &str) -> Option<&Channel> {
        self.all().find(|channel| channel.room == room)
    }

    pub(super) fn of_room_mut(&mut self, room: &str) -> Option<&mut Channel> {
        self.by_name.values_mut().find(|channel| channel.room == room)
    }

    /// Shows one author instead of another one, wherever that one is shown.
    pub(super) fn replace(&mut self, old: &str, new: &str) {
        let members = self.by_name.values_mut().flat_map(|channel| &mut channel.members);
        members.filter(|member| *member == old).for_each(|member| new.clone_into(member));
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Channel> {
        self.by_name.remove(&nick::folded(name))
    }

    /// Puts the client on a room, under the room's name or, if that is another channel's, one like it.
    pub(super) fn add(&mut self, room: &Room, rooms: &[Room], members: Vec<String>) -> &Channel {
        let name = self.free_name(room, rooms);
        let channel = Channel { name: name.clone(), room: room.room.clone(), kind: room.kind, members };
        self.by_name.entry(nick::folded(&name)).or_insert(channel)
    }

    fn free_name(&self, room: &Room, rooms: &[Room]) -> String {
        let name = name_of(room, rooms);
        if self.find(&name).is_none_or(|channel| channel.room == room.room) {
            return name;
        }
        let names = (4..=64).step_by(4).map(|digits| nick::with_suffix(&room.name, &room.room, digits));
        let is_free = |name: &String| self.find(name).is_none();
        names.into_iter().find(is_free).unwrap_or_else(|| room.room.clone())
    }
}

/// The name of a room as a channel. Of several rooms with one name, what is private goes before what is public: nobody's
/// secrets shall end where everybody reads. The others have a suffix of their id.
pub(super) fn name_of(room: &Room, rooms: &[Room]) -> String {
    let is_twin = |other: &&Room| nick::folded(&other.name) == nick::folded(&room.name);
    let order = |room: &&Room| (room.kind != RoomKind::Private, room.room.clone());
    let first = rooms.iter().filter(is_twin).min_by_key(order);
    if first.is_none_or(|first| first.room == room.room) {
        return room.name.clone();
    }
    nick::with_suffix(&room.name, &room.room, 4)
}

/// The joined room that is meant by a channel's name.
pub(super) fn room_named<'a>(name: &str, rooms: &'a [Room]) -> Option<&'a Room> {
    let wanted = nick::folded(name);
    let mut channels = rooms.iter().filter(|room| room.kind != RoomKind::Direct);
    channels.find(|room| nick::folded(&name_of(room, rooms)) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::irc::fake;

    #[test]
    fn rooms_of_one_name_are_different_channels_and_the_private_one_is_first() {
        let rooms = [
            fake::room("aa00", "#team", RoomKind::Public),
            fake::room("bb00", "#team", RoomKind::Private),
            fake::room("cc00", "#team", RoomKind::Private),
            fake::room("dd00", "#other", RoomKind::Public),
        ];
        let names: Vec<_> = rooms.iter().map(|room| name_of(room, &rooms)).collect();
        assert_eq!(names, ["#team|aa00", "#team", "#team|cc00", "#other"]);
        for (name, room) in names.iter().zip(&rooms) {
            assert_eq!(room_named(name, &rooms).map(|found| &found.room), Some(&room.room));
        }
        assert_eq!(room_named("#none", &rooms).map(|room| &room.room), None);
    }

    #[test]
    fn a_channel_stays_the_room_that_it_was() {
        let public = fake::room("aa00", "#team", RoomKind::Public);
        let private = fake::room("bb00", "#team", RoomKind::Private);
        let mut channels = Channels::default();
        assert_eq!(channels.add(&public, std::slice::from_ref(&public), vec![]).name, "#team");
        let rooms = [public, private.clone()];
        assert_eq!(channels.add(&private, &rooms, vec![]).name, "#team|bb00");
        assert_eq!(channels.find("#TEAM").map(|channel| channel.room.as_str()), Some("aa00"));
    }

    #[test]
    fn who_was_heard_long_ago_makes_room() {
        let mut channels = Channels::default();
        let room = fake::room("aa00", "#team", RoomKind::Public);
        channels.add(&room, &[], (0..MEMBERS).map(|number| format!("a{number}")).collect());
        let channel = channels.of_room_mut("aa00").unwrap();
        assert_eq!(channel.hear("a0"), (false, None));
        assert_eq!(channel.hear("new"), (true, Some("a1".to_owned())));
        assert!(channel.has("new") && channel.has("a0") && !channel.has("a1"));
    }
}
