//! A history that was written before the node starts: straight into its store, since nobody may write that fast.

use backplane::clock;
use backplane_chat::room::{Draft, Heads, Room, RoomName, Writer};
use backplane_chat::secret::Identity;
use backplane_chat::store::Store;
use std::path::Path;

/// How far the messages are apart, in milliseconds.
const APART: u64 = 90_000;
/// How many go into one transaction.
const TOGETHER: usize = 500;

/// Writes numbered messages of three people into `#lobby`, the last one just now.
pub(crate) fn write(folder: &Path, messages: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let now = clock::unix_seconds() * 1000;
    let (store, _) = Store::open(folder, now).unwrap();
    let room = Room::public(&RoomName::parse("#lobby").unwrap());
    store.join(&room, now - messages * APART).unwrap();
    let people = [("Ada", 1), ("tom", 2), ("Louise", 3)]
        .map(|(name, secret)| (name, Identity::from_secret([secret; 32])));
    let (mut heads, mut random, mut written) = (Heads::default(), 0, Vec::new());
    for number in 0..messages {
        let (name, identity) = &people[usize::try_from(number / 3 % 3).unwrap()];
        let text = format!("{number}: a line of the past with a needle in it");
        let writer = Writer { identity, name, room: &room, heads: &heads };
        let time = now - (messages - number) * APART;
        let next = &mut || {
            random += 1;
            random
        };
        let message = writer.write(Draft::Text { text: &text, reply: None }, time, next).unwrap();
        heads = Heads { previous: vec![*message.id()], depth: number + 1, floor: 0 };
        written.push(message);
    }
    for some in written.chunks(TOGETHER) {
        store.insert_all(some, now).unwrap();
    }
}
