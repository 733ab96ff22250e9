//! The address book behind its lock, with word to those who wait for it to change.

use super::book::Book;
use parking_lot::Mutex;
use tokio::sync::watch;

/// The address book, shared by [`Hosts`](super::Hosts) and all reservations.
#[derive(Debug)]
pub(super) struct Shared {
    book: Mutex<Book>,
    /// How often the lists have changed.
    pub(super) lists: watch::Sender<u64>,
    /// How often the choice of the anchors has changed.
    pub(super) anchors: watch::Sender<u64>,
    /// How often something new to dial came in.
    pub(super) inserted: watch::Sender<u64>,
    /// How often a ban came or went.
    pub(super) banned: watch::Sender<u64>,
    /// Held while the bans are written, so that what is newer is written later.
    pub(super) ban_file: Mutex<()>,
}

impl Shared {
    pub(super) fn new(book: Book) -> Self {
        Self {
            book: Mutex::new(book),
            lists: watch::Sender::new(0),
            anchors: watch::Sender::new(0),
            inserted: watch::Sender::new(0),
            banned: watch::Sender::new(0),
            ban_file: Mutex::new(()),
        }
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&Book) -> T) -> T {
        read(&self.book.lock())
    }

    pub(super) fn update<T>(&self, update: impl FnOnce(&mut Book) -> T) -> T {
        let (result, lists, anchors) = {
            let mut book = self.book.lock();
            let result = update(&mut book);
            (result, book.lists.changes(), book.anchors.changes())
        };
        let note = |count: u64| move |known: &mut u64| std::mem::replace(known, count) != count;
        self.lists.send_if_modified(note(lists));
        self.anchors.send_if_modified(note(anchors));
        result
    }
}
