//! Messages that are kept for a while although their rooms are not joined, or because no store keeps them.

use crate::hash::Hash;
use crate::room::Envelope;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many messages there are at most.
const MESSAGES: usize = 4096;
/// How many bytes they have at most.
const BYTES: usize = 8 * 1024 * 1024;

/// The newest messages that passed; the oldest make room.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    kept: HashMap<Hash, (u64, Arc<Envelope>)>,
    order: BTreeMap<u64, Hash>,
    count: u64,
    bytes: usize,
}

impl Relay {
    /// Keeps a message.
    pub(crate) fn keep(&mut self, id: Hash, envelope: Envelope) {
        if self.kept.contains_key(&id) {
            return;
        }
        self.count += 1;
        self.bytes += envelope.wire_bytes();
        self.order.insert(self.count, id);
        self.kept.insert(id, (self.count, Arc::new(envelope)));
        while self.kept.len() > MESSAGES || self.bytes > BYTES {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.drop_one(&oldest);
        }
    }

    pub(crate) fn has(&self, id: &Hash) -> bool {
        self.kept.contains_key(id)
    }

    pub(crate) fn get(&self, id: &Hash) -> Option<Arc<Envelope>> {
        self.kept.get(id).map(|(_, envelope)| Arc::clone(envelope))
    }

    /// Takes out the messages of a room, which is kept in another way from now on.
    pub(crate) fn take_room(&mut self, room: &Hash) -> Vec<Envelope> {
        let of_room = |id: &Hash| self.kept.get(id).is_some_and(|(_, envelope)| envelope.room == *room);
        let ids: Vec<_> = self.order.values().filter(|id| of_room(id)).copied().collect();
        let mut taken = Vec::new();
        for id in ids {
            if let Some((number, envelope)) = self.drop_one(&id) {
                self.order.remove(&number);
                taken.push(Arc::unwrap_or_clone(envelope));
            }
        }
        taken
    }

    /// Keeps nothing of what there was.
    pub(crate) fn clear(&mut self) {
        *self = Self { count: self.count, ..Self::default() };
    }

    /// All that are kept with their rooms, the oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Hash, Hash)> + '_ {
        self.order.values().filter_map(|id| Some((self.kept.get(id)?.1.room, *id)))
    }

    /// How many there are, and how many bytes.
    #[cfg(test)]
    fn size(&self) -> (usize, usize) {
        (self.kept.len(), self.bytes)
    }

    fn drop_one(&mut self, id: &Hash) -> Option<(u64, Arc<Envelope>)> {
        let (number, envelope) = self.kept.remove(id)?;
        self.bytes -= envelope.wire_bytes();
        Some((number, envelope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(room: u8, bytes: usize) -> Envelope {
        Envelope {
            room: [room; 32],
            author: [2; 32],
            time: 0,
            depth: 1,
            previous: Vec::new(),
            body: vec![0; bytes],
            signature: [0; 64],
        }
    }

    fn id(number: usize) -> Hash {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        id
    }

    #[test]
    fn neither_many_messages_nor_large_ones_take_more_than_there_is() {
        let mut relay = Relay::default();
        (0..MESSAGES + 10).for_each(|number| relay.keep(id(number), envelope(1, 10)));
        assert_eq!(relay.size().0, MESSAGES);
        assert!(!relay.has(&id(9)) && relay.has(&id(10)));
        (10_000..12_000).for_each(|number| relay.keep(id(number), envelope(1, 10_000)));
        let (count, bytes) = relay.size();
        assert!(bytes <= BYTES && count < 2000, "{count} messages of {bytes} bytes");
        assert!(relay.has(&id(11_999)));
    }

    #[test]
    fn a_room_that_is_joined_is_taken_out_in_order() {
        let mut relay = Relay::default();
        [1, 2, 1]
            .into_iter()
            .enumerate()
            .for_each(|(number, room)| relay.keep(id(number), envelope(room, number)));
        let taken = relay.take_room(&[1; 32]);
        assert_eq!(taken, [envelope(1, 0), envelope(1, 2)]);
        assert_eq!(relay.all().collect::<Vec<_>>(), [([2; 32], id(1))]);
        assert_eq!(relay.size(), (1, envelope(2, 1).wire_bytes()));
    }
}
