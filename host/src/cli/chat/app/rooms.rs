//! The joined rooms, each with what is at hand of it.

use super::composer::Composer;
use super::timeline::{Freshness, Timeline};
use crate::cli::chat::model::{Message, Person, Room, RoomKind};

/// A room with its messages, its people and what is being typed there.
#[derive(Debug, Clone, Default)]
pub(crate) struct RoomState {
    pub(crate) room: Room,
    pub(crate) timeline: Timeline,
    pub(crate) people: Vec<Person>,
    pub(super) people_freshness: Freshness,
    pub(crate) composer: Composer,
    /// The message up to which the node was told that it was read.
    pub(super) told_read: Option<String>,
}

/// All rooms, in the order in which the node tells them, and which one is looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rooms {
    list: Vec<RoomState>,
    current: usize,
}

impl Rooms {
    pub(crate) fn list(&self) -> &[RoomState] {
        &self.list
    }

    pub(crate) fn current(&self) -> Option<&RoomState> {
        self.list.get(self.current)
    }

    pub(super) fn current_mut(&mut self) -> Option<&mut RoomState> {
        self.list.get_mut(self.current)
    }

    pub(crate) fn is_current(&self, id: &str) -> bool {
        self.current().is_some_and(|state| state.room.room == id)
    }

    pub(super) fn get(&mut self, id: &str) -> Option<&mut RoomState> {
        self.list.iter_mut().find(|state| state.room.room == id)
    }

    /// The room's name, for one that is not joined any more its id.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        let known = self.list.iter().find(|state| state.room.room == id);
        known.map_or(id, |state| state.room.name.as_str())
    }

    /// The room that was typed: `#lobby`, `lobby`, `@bob` or an id.
    pub(super) fn find(&self, typed: &str) -> Option<&RoomState> {
        let typed = typed.trim().to_lowercase();
        let is = |state: &&RoomState| {
            let name = state.room.name.as_str().to_lowercase();
            name == typed || name.strip_prefix('#') == Some(&typed) || state.room.room == typed
        };
        self.list.iter().find(is)
    }

    /// Takes the rooms that the node has. What is at hand of those that stay is kept, and has to be read again.
    pub(super) fn replace(&mut self, rooms: Vec<Room>) {
        let current = self.current().map(|state| state.room.room.clone());
        let mut old = std::mem::take(&mut self.list);
        for room in rooms {
            let kept = old.iter().position(|state| state.room.room == room.room);
            let mut state = kept.map(|at| old.swap_remove(at)).unwrap_or_default();
            state.room = room;
            self.list.push(state);
        }
        let same = current.and_then(|id| self.position(&id));
        self.current = same.unwrap_or_else(|| self.first());
    }

    /// What is read next instead of trusting what is at hand.
    pub(super) fn distrust(&mut self) {
        for state in &mut self.list {
            state.timeline.distrust();
            state.people_freshness = Freshness::Stale;
        }
    }

    /// Takes a room as it is now, or a new one.
    pub(super) fn update(&mut self, room: Room) {
        let current = self.current().map(|state| state.room.room.clone());
        match self.get(&room.room) {
            Some(state) => state.room = room,
            None => self.list.push(RoomState { room, ..RoomState::default() }),
        }
        // As the node has them.
        self.list.sort_by(|a, b| (&a.room.name, &a.room.room).cmp(&(&b.room.name, &b.room.room)));
        self.current = current.and_then(|id| self.position(&id)).unwrap_or_else(|| self.first());
    }

    /// Forgets a room that was left.
    pub(super) fn remove(&mut self, id: &str) {
        let Some(at) = self.position(id) else { return };
        self.list.remove(at);
        if at < self.current || self.current >= self.list.len() {
            self.current = self.current.saturating_sub(1);
        }
    }

    /// Looks at a room; whether there is such a one.
    pub(super) fn open(&mut self, id: &str) -> bool {
        let Some(at) = self.position(id) else { return false };
        if at != self.current {
            self.depart();
            self.current = at;
        }
        true
    }

    /// Looks at the room that is so many further down, round and round.
    pub(super) fn step(&mut self, by: isize) {
        let count = isize::try_from(self.list.len()).unwrap_or(isize::MAX);
        let at = isize::try_from(self.current).unwrap_or(0).saturating_add(by);
        let at = at.checked_rem_euclid(count).and_then(|at| usize::try_from(at).ok());
        let id = at.and_then(|at| self.list.get(at)).map(|state| state.room.room.clone());
        id.map(|id| self.open(&id));
    }

    /// Looks at the next room with something that was not read; whether there is one.
    pub(super) fn step_unread(&mut self) -> bool {
        let order = self.list.iter().skip(self.current + 1).chain(self.list.iter().take(self.current));
        let mentioned = order.clone().find(|state| state.room.mentions > 0);
        let next = mentioned.or_else(|| order.clone().find(|state| state.room.unread > 0));
        let id = next.map(|state| state.room.room.clone());
        id.is_some_and(|id| self.open(&id))
    }

    /// Leaves out an author's messages everywhere.
    pub(super) fn leave_out(&mut self, author: &str) {
        self.list.iter_mut().for_each(|state| state.timeline.leave_out(author));
    }

    /// Puts a new message where it belongs. `attentive` is whether the user looks at what comes in the current room.
    pub(super) fn insert(&mut self, message: Message, attentive: bool) {
        let attentive = attentive && self.is_current(&message.room);
        let Some(state) = self.get(&message.room) else { return };
        let stranger = message.author.as_deref().is_some_and(|author| {
            !state.people.iter().any(|person| person.author == author && person.name == message.name)
        });
        if stranger && state.people_freshness == Freshness::Fresh {
            state.people_freshness = Freshness::Stale;
        }
        let unread = !attentive && !message.own && !message.muted;
        let id = message.id.clone();
        if state.timeline.freshness == Freshness::Fresh
            && state.timeline.insert(message)
            && unread
            && state.timeline.first_unread.is_none()
        {
            state.timeline.first_unread = Some(id);
        }
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.list.iter().position(|state| state.room.room == id)
    }

    /// Where to begin: a room in which people talk.
    fn first(&self) -> usize {
        self.list.iter().position(|state| state.room.kind != RoomKind::Dchat).unwrap_or(0)
    }

    /// What was new when the room was opened has been seen.
    fn depart(&mut self) {
        if let Some(state) = self.current_mut()
            && state.room.unread == 0
        {
            state.timeline.first_unread = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::printable::Label;

    fn room(id: &str, name: &str) -> Room {
        let kind = if name == "#dchat" { RoomKind::Dchat } else { RoomKind::Public };
        Room { room: id.to_owned(), name: Label::new(name), kind, ..Room::default() }
    }

    fn three() -> Rooms {
        let mut rooms = Rooms::default();
        rooms.replace(vec![room("d", "#dchat"), room("l", "#lobby"), room("o", "#ops")]);
        rooms
    }

    fn current(rooms: &Rooms) -> &str {
        rooms.current().map_or("", |state| state.room.room.as_str())
    }

    #[test]
    fn begins_where_people_talk_and_stays_there() {
        let mut rooms = three();
        assert_eq!(current(&rooms), "l");
        rooms.replace(vec![room("a", "#a"), room("o", "#ops"), room("l", "#lobby")]);
        assert_eq!(current(&rooms), "l");
        rooms.replace(vec![room("d", "#dchat")]);
        assert_eq!(current(&rooms), "d");
    }

    #[test]
    fn steps_round_and_to_what_is_unread() {
        let mut rooms = three();
        rooms.step(2);
        assert_eq!(current(&rooms), "d");
        rooms.step(-1);
        assert_eq!(current(&rooms), "o");
        assert!(!rooms.step_unread());
        rooms.update(Room { unread: 2, ..room("d", "#dchat") });
        rooms.update(Room { unread: 1, mentions: 1, ..room("l", "#lobby") });
        assert!(rooms.step_unread());
        assert_eq!(current(&rooms), "l");
        Rooms::default().step(1);
    }

    #[test]
    fn a_new_room_has_the_place_that_the_node_gives_it() {
        let mut rooms = three();
        rooms.update(room("c", "#cellar"));
        let names: Vec<_> = rooms.list().iter().map(|state| state.room.name.as_str()).collect();
        assert_eq!(names, ["#cellar", "#dchat", "#lobby", "#ops"]);
        assert_eq!(current(&rooms), "l");
    }

    #[test]
    fn stays_in_the_list_when_rooms_go() {
        let mut rooms = three();
        rooms.open("o");
        rooms.remove("d");
        assert_eq!(current(&rooms), "o");
        rooms.remove("o");
        assert_eq!(current(&rooms), "l");
        rooms.remove("l");
        assert!(rooms.current().is_none());
    }

    #[test]
    fn finds_a_room_as_it_is_typed() {
        let rooms = three();
        for typed in ["#lobby", "lobby", " #LOBBY ", "l"] {
            assert_eq!(rooms.find(typed).map(|state| state.room.room.as_str()), Some("l"), "{typed}");
        }
        assert!(rooms.find("#lob").is_none());
    }
}
