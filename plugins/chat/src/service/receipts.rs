//! When others are told what has been read.

use crate::hash::Hash;
use std::collections::BTreeMap;

/// How often they are told of one room.
const PAUSE: u64 = 5000;

/// What has been read of each room.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    rooms: BTreeMap<Hash, Read>,
}

#[derive(Debug, Default)]
struct Read {
    /// What is to be told.
    message: Option<Hash>,
    told: Option<u64>,
}

impl Receipts {
    /// A room has been read up to a message.
    pub(crate) fn read(&mut self, room: &Hash, message: &Hash) {
        self.rooms.entry(*room).or_default().message = Some(*message);
    }

    /// What is to be told now: rooms and messages.
    pub(crate) fn due(&mut self, now: u64) -> Vec<(Hash, Hash)> {
        let mut due = Vec::new();
        for (room, read) in &mut self.rooms {
            if read.told.is_none_or(|told| now.saturating_sub(told) >= PAUSE)
                && let Some(message) = read.message.take()
            {
                read.told = Some(now);
                due.push((*room, message));
            }
        }
        // What was told long ago need not be remembered.
        self.rooms.retain(|_, read| {
            read.message.is_some() || read.told.is_some_and(|told| now.saturating_sub(told) < PAUSE)
        });
        due
    }

    /// When there is something to tell next.
    pub(crate) fn next(&self) -> Option<u64> {
        let waiting = self.rooms.values().filter(|read| read.message.is_some());
        waiting.map(|read| read.told.map_or(0, |told| told.saturating_add(PAUSE))).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_told_at_once_and_then_every_few_seconds_of_the_last_one() {
        let (mut receipts, room) = (Receipts::default(), [1; 32]);
        let id = |number| [number; 32];
        receipts.read(&room, &id(1));
        assert_eq!((receipts.next(), receipts.due(100)), (Some(0), vec![(room, id(1))]));
        receipts.read(&room, &id(2));
        receipts.read(&room, &id(3));
        assert_eq!((receipts.next(), receipts.due(100 + PAUSE - 1)), (Some(100 + PAUSE), vec![]));
        assert_eq!(receipts.due(100 + PAUSE), [(room, id(3))]);
        assert_eq!((receipts.next(), receipts.due(99_999)), (None, vec![]));
        assert!(receipts.rooms.is_empty());
    }
}
