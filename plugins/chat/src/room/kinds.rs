//! Rooms: who can find one, and who can read it.

use super::RoomName;
use crate::hash::{Hash, hash};
use crate::secret::{self, Fingerprint, Identity, Key, NotADirectKey};

/// Who can find a room and read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomKind {
    /// `#dchat`: the lines of a dchat network. It has neither authors nor a history that travels.
    Dchat,
    /// Everybody who knows the name.
    Public,
    /// Everybody who knows name and passphrase.
    Private,
    /// Two people.
    Direct,
}

impl RoomKind {
    /// Its name in views.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dchat => "dchat",
            Self::Public => "public",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }
}

/// A room, with all that is needed to read and write in it.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its id, which is what travels.
    pub id: Hash,
    /// Who can find and read it.
    pub kind: RoomKind,
    /// Its name here: `#lobby`, or `@` and the other's fingerprint.
    pub name: String,
    /// What its bodies are sealed with.
    pub key: Option<Key>,
    /// The two whose room it is: this node's identity at that time, and the other.
    pub pair: Option<(Hash, Hash)>,
}

impl Room {
    /// The room of the lines of a dchat network.
    #[must_use]
    pub fn dchat() -> Self {
        let id = hash("backplane chat.room dchat 1", &[]);
        Self { id, kind: RoomKind::Dchat, name: "#dchat".into(), key: None, pair: None }
    }

    /// The room that everybody finds by its name.
    #[must_use]
    pub fn public(name: &RoomName) -> Self {
        let id = hash("backplane chat.room public 1", &[name.as_str().as_bytes()]);
        Self { id, kind: RoomKind::Public, name: name.to_string(), key: None, pair: None }
    }

    /// The room of those who know the passphrase. Takes some ten milliseconds and 19 MiB, on purpose.
    #[must_use]
    pub fn private(name: &RoomName, passphrase: &str) -> Self {
        let (key, id) = secret::private(name.as_str(), passphrase);
        Self { id, kind: RoomKind::Private, name: name.to_string(), key: Some(key), pair: None }
    }

    /// The room of two people.
    ///
    /// # Errors
    ///
    /// When the other's key is none that a secret can be shared with.
    pub fn direct(own: &Identity, other: &Hash) -> Result<Self, NotADirectKey> {
        let pair = secret::pair(own, other)?;
        Ok(Self {
            id: pair.id,
            kind: RoomKind::Direct,
            name: format!("@{}", Fingerprint::of(other)),
            key: Some(pair.key),
            pair: Some((own.author(), *other)),
        })
    }

    /// The other one, of a room of two.
    #[must_use]
    pub fn peer(&self) -> Option<Hash> {
        self.pair.map(|(_, other)| other)
    }

    /// Whether this author may say something here.
    #[must_use]
    pub fn is_open_to(&self, author: &Hash) -> bool {
        match (self.kind, &self.pair) {
            (RoomKind::Dchat, _) => false,
            (RoomKind::Direct, Some((own, other))) => author == own || author == other,
            (RoomKind::Direct, None) => false,
            (RoomKind::Public | RoomKind::Private, _) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> RoomName {
        RoomName::parse(name).unwrap()
    }

    #[test]
    fn each_room_has_an_id_of_its_own() {
        let [alice, bob] = [1, 2].map(|seed| Identity::from_secret([seed; 32]));
        let rooms = [
            Room::dchat(),
            Room::public(&named("#dchat")),
            Room::public(&named("#lobby")),
            Room::private(&named("#lobby"), "x"),
            Room::private(&named("#lobby"), "y"),
            Room::direct(&alice, &bob.author()).unwrap(),
            Room::direct(&alice, &alice.author()).unwrap(),
        ];
        let mut ids: Vec<Hash> = rooms.iter().map(|room| room.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rooms.len());
    }

    #[test]
    fn a_room_of_two_is_open_to_the_two() {
        let [alice, bob, eve] = [1, 2, 3].map(|seed| Identity::from_secret([seed; 32]));
        let room = Room::direct(&alice, &bob.author()).unwrap();
        let open = [&alice, &bob, &eve].map(|identity| room.is_open_to(&identity.author()));
        assert_eq!(open, [true, true, false]);
        assert_eq!(room.name, format!("@{}", bob.fingerprint()));
        assert!(Room::public(&named("#lobby")).is_open_to(&eve.author()));
        assert!(!Room::dchat().is_open_to(&eve.author()));
    }
}
