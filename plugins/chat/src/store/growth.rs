//! What the functions cost does not grow with the history: counted in the steps of SQLite's machine, not in time.

use super::{Page, Store};
use crate::hash::{Hash, hash};
use crate::room::{Draft, Heads, Opened, Room, RoomName, Writer};
use crate::secret::Identity;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

const NOW: u64 = 1_750_000_000_000;
const PEOPLE: usize = 20;

struct Filled {
    store: Store,
    room: Room,
    identities: Vec<Identity>,
    ids: Vec<Hash>,
    heads: Heads,
    _dir: TempDir,
}

impl Filled {
    /// A room with so many messages, every second with a reaction, every tenth edited, every fifth with a gap before it; all but the
    /// last ten are read.
    fn with(count: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path(), NOW).unwrap();
        let room = Room::public(&RoomName::parse("#lobby").unwrap());
        store.join(&room, NOW).unwrap();
        let identities =
            (0..PEOPLE).map(|seed| Identity::from_secret([u8::try_from(seed).unwrap(); 32])).collect();
        let mut filled =
            Self { store, room, identities, ids: Vec::new(), heads: Heads::default(), _dir: dir };
        filled.store.set_own(&filled.identities[0].author(), "nobody").unwrap();
        let mut batch = Vec::new();
        for number in 0..count {
            if number % 5 == 4 {
                filled.heads.previous.push(hash("missing", &[&number.to_le_bytes()]));
            }
            let text = format!("message {number}");
            let said = filled.write(number, Draft::Text { text: &text, reply: None });
            filled.ids.push(*said.id());
            batch.push(said.clone());
            if number % 2 == 1 {
                batch.push(
                    filled.write(number + 1, Draft::React { message: *said.id(), emoji: "👍", on: true }),
                );
            }
            if number % 10 == 9 {
                batch.push(filled.write(number, Draft::Edit { message: said.envelope(), text: "edited" }));
            }
        }
        filled.store.insert_all(&batch, NOW).unwrap();
        filled.store.mark_read(&filled.room.id, &filled.ids[count - 10]).unwrap();
        filled
    }

    fn write(&mut self, number: usize, draft: Draft<'_>) -> Opened {
        let (identity, name) = (&self.identities[number % PEOPLE], format!("person {}", number % PEOPLE));
        let writer = Writer { identity, name: &name, room: &self.room, heads: &self.heads };
        let said = writer.write(draft, NOW + number as u64, &mut || 1).unwrap();
        self.heads = Heads { previous: vec![*said.id()], depth: said.envelope().depth, floor: 0 };
        said
    }

    /// How many steps something takes, when its statements are prepared.
    fn steps(&self, mut call: impl FnMut(&Self)) -> u64 {
        call(self);
        let steps = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&steps);
        let count = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            false
        };
        self.store.lock().connection.progress_handler(1, Some(count)).unwrap();
        call(self);
        self.store.lock().connection.progress_handler(1, None::<fn() -> bool>).unwrap();
        steps.load(Ordering::Relaxed)
    }

    fn costs(&mut self) -> Vec<(&'static str, u64)> {
        let middle = self.ids[self.ids.len() / 2];
        let position = self.store.message(&middle).unwrap().unwrap().position;
        let mut more: Vec<Opened> =
            (0..2).map(|_| self.write(3, Draft::Text { text: "one more", reply: Some(middle) })).collect();
        let mut changes: Vec<Opened> =
            (0..2).map(|_| self.write(4, Draft::React { message: middle, emoji: "🎉", on: true })).collect();
        let room = self.room.id;
        let page = |page| move |it: &Self| drop(it.store.history(&room, page, 50).unwrap());
        let other = self.identities[5].author();
        let mut last = self.ids.iter().rev();
        vec![
            ("the last page", self.steps(page(Page::Latest))),
            ("a page before", self.steps(page(Page::Before(position)))),
            ("a page after", self.steps(page(Page::After(position)))),
            ("a page around", self.steps(page(Page::Around(middle)))),
            ("a message", self.steps(|it| drop(it.store.message(&middle).unwrap()))),
            ("the heads", self.steps(|it| drop(it.store.heads(&room).unwrap()))),
            ("the unread", self.steps(|it| assert_eq!(it.store.unread(&room).unwrap(), 9))),
            ("the rooms", self.steps(|it| drop(it.store.rooms().unwrap()))),
            ("what is missing", self.steps(|it| drop(it.store.missing(&room, 10).unwrap()))),
            (
                "the latest items",
                self.steps(|it| drop(it.store.items(&room, position.time + 1_000_000).unwrap())),
            ),
            ("envelopes", self.steps(|it| drop(it.store.envelopes(&it.ids[..20]).unwrap()))),
            ("marking read", self.steps(|it| assert!(!it.store.mark_read(&room, &middle).unwrap()))),
            ("noting to how many it went", self.steps(|it| it.store.note_sent(&middle, 3).unwrap())),
            (
                "noting who has seen",
                self.steps(|it| {
                    drop(it.store.set_seen(&room, &other, last.next().unwrap()).unwrap());
                }),
            ),
            ("one more message", self.steps(|it| drop(it.store.insert(&more.pop().unwrap(), NOW).unwrap()))),
            (
                "one more reaction",
                self.steps(|it| drop(it.store.insert(&changes.pop().unwrap(), NOW).unwrap())),
            ),
            (
                "retention with nothing to do",
                self.steps(|it| {
                    assert_eq!(it.store.retain(&room, 1, 1 << 40, NOW).unwrap(), 0);
                }),
            ),
        ]
    }
}

#[test]
fn what_a_call_costs_does_not_grow_with_the_history() {
    let small = Filled::with(300).costs();
    let large = Filled::with(6000).costs();
    assert_eq!(small.len(), large.len());
    for ((what, small), (_, large)) in small.into_iter().zip(large) {
        assert!(
            large <= small + small / 4 + 50,
            "{what}: {small} steps in a small room, {large} in a large one"
        );
    }
}
