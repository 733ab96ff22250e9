//! The anchors: the peers that a node goes back to first after a restart.

use crate::address::Address;

/// How many there are.
pub(super) const ANCHORS: usize = 4;

/// The peers that this node is connected to by its own choice, and some that it was.
///
/// Those connected longest are the anchors: a newcomer cannot push them out.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// The first connected first.
    connected: Vec<Address>,
    /// The last lost first.
    lost: Vec<Address>,
    changes: u64,
}

impl Anchors {
    pub(super) fn connected(&mut self, address: &Address) {
        self.note(|anchors| {
            anchors.lost.retain(|other| other != address);
            if !anchors.connected.contains(address) {
                anchors.connected.push(address.clone());
            }
        });
    }

    pub(super) fn ended(&mut self, address: &Address) {
        self.note(|anchors| {
            anchors.connected.retain(|other| other != address);
            anchors.lost.insert(0, address.clone());
            anchors.lost.truncate(ANCHORS);
        });
    }

    /// Forgets those that may not be dialled any more.
    pub(super) fn retain(&mut self, keep: impl Fn(&Address) -> bool) {
        self.note(|anchors| {
            anchors.connected.retain(&keep);
            anchors.lost.retain(&keep);
        });
    }

    /// The anchors, the best first.
    pub(super) fn chosen(&self) -> Vec<Address> {
        self.connected.iter().chain(&self.lost).take(ANCHORS).cloned().collect()
    }

    /// How often the choice has changed.
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    fn note(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.chosen();
        change(self);
        self.changes += u64::from(self.chosen() != before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Connects and ends as the numbers say, those below zero ending; the ports of the anchors.
    fn after(events: &[i32]) -> Vec<i32> {
        let mut anchors = Anchors::default();
        for event in events {
            let address = format!("tcp://1.1.1.1:{}", event.abs()).parse().unwrap();
            if *event > 0 { anchors.connected(&address) } else { anchors.ended(&address) }
        }
        anchors.chosen().iter().filter_map(Address::port).map(i32::from).collect()
    }

    #[test]
    fn those_connected_longest_come_first_then_those_lost_last() {
        for (events, expected) in [
            (&[][..], &[][..]),
            (&[1, 2], &[1, 2]),
            (&[1, 2, 3, 4, 5, 6], &[1, 2, 3, 4]),
            (&[1, 2, 3, 4, 5, 6, -2], &[1, 3, 4, 5]),
            (&[1, 2, -1], &[2, 1]),
            (&[1, 2, -1, -2], &[2, 1]),
            (&[1, -1, 2, -2, 3, -3, 4, -4, 5, -5], &[5, 4, 3, 2]),
            (&[1, 2, -1, 1], &[2, 1]),
        ] {
            assert_eq!(after(events), expected, "{events:?}");
        }
    }

    #[test]
    fn only_another_choice_is_a_change() {
        let mut anchors = Anchors::default();
        for port in 1..8 {
            anchors.connected(&format!("tcp://1.1.1.1:{port}").parse().unwrap());
        }
        assert_eq!(anchors.changes(), 4);
        anchors.ended(&"tcp://1.1.1.1:7".parse().unwrap());
        assert_eq!(anchors.changes(), 4);
        anchors.retain(|address| address.port() != Some(1));
        assert_eq!((anchors.changes(), anchors.chosen().len()), (5, 4));
    }
}
