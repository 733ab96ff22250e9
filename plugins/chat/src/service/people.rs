//! The authors of a room, and what this user does not want of them.

use super::views::Named;
use super::{ChatError, Person, Service, view};
use crate::secret::Fingerprint;

/// How many people of a room are shown.
const MOST: usize = 1000;

impl Service {
    /// The authors known in a room, the one heard last first; a thousand at most.
    ///
    /// # Errors
    ///
    /// [`ChatError::NoSuchRoom`], [`ChatError::Store`].
    pub fn people(&self, room: &str) -> Result<Vec<Person>, ChatError> {
        let id = self.find(room)?.room.id;
        Ok(self.shared.store.people(&id, MOST)?.into_iter().map(view::person).collect())
    }

    /// The authors of all rooms but the blocked ones, with the name used last; who was heard first is the first.
    pub(crate) fn names(&self, most: usize) -> Result<Vec<Named>, ChatError> {
        let names = self.shared.store.names(most)?.into_iter().map(|(author, name)| Named {
            author: view::hex(&author),
            fingerprint: Fingerprint::of(&author).to_string(),
            name,
        });
        Ok(names.collect())
    }

    /// Whether an author's messages count as unread; they are shown as muted. The author is given as for [`direct`](Self::direct).
    ///
    /// # Errors
    ///
    /// [`ChatError::WrongKey`], [`ChatError::Store`].
    pub fn mute(&self, author: &str, on: bool) -> Result<(), ChatError> {
        let author = self.author(author)?;
        self.shared.store.set_muted(&author, on)?;
        self.all_rooms_changed();
        Ok(())
    }

    /// Whether an author's messages are left out everywhere. They are kept and passed on all the same, so that histories agree.
    ///
    /// # Errors
    ///
    /// [`ChatError::WrongKey`], [`ChatError::NotAllowed`] for this user, [`ChatError::Store`].
    pub fn block(&self, author: &str, on: bool) -> Result<(), ChatError> {
        let author = self.author(author)?;
        if author == self.shared.me().author {
            return Err(ChatError::NotAllowed("nobody blocks themselves".to_owned()));
        }
        self.shared.store.set_blocked(&author, on)?;
        // Whether a room of the two is joined when they write depends on it.
        self.shared.pairs.lock().clear();
        self.all_rooms_changed();
        Ok(())
    }

    fn all_rooms_changed(&self) {
        let rooms = self.shared.book.read().keys().copied().collect::<Vec<_>>();
        self.shared.changed.lock().extend(rooms);
        self.shared.due.set();
    }
}
