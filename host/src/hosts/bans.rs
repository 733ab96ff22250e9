//! The banned hosts.

use super::list::{Colour, HostEntry};
use crate::address::{Address, HostKey};
use std::{cmp::Reverse, collections::HashMap};

/// The longest reason that is kept, in characters.
const REASON: usize = 200;

/// A ban: nothing is dialled, accepted or taken from the address's host, whatever the scheme and the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// The address that was banned, one of those that its host may use.
    pub address: Address,
    /// Why.
    pub reason: String,
    /// Since when, in seconds since 1970.
    pub since: u64,
}

/// The bans in force. When there are too many the oldest leaves.
#[derive(Debug, Default)]
pub(super) struct Bans {
    bans: HashMap<HostKey, (u64, Ban)>,
    /// The number of the next ban: their order, whatever the system's clock does.
    next: u64,
}

impl Bans {
    pub(super) fn insert(&mut self, host: HostKey, address: &Address, reason: &str, now: u64) {
        let reason = reason.chars().take(REASON).collect();
        self.bans.insert(host, (self.next, Ban { address: address.clone(), reason, since: now }));
        self.next += 1;
        if self.bans.len() > Colour::Black.limit() {
            let oldest = self.bans.iter().min_by_key(|(_, (number, _))| number);
            let oldest = oldest.map(|(host, _)| host.clone());
            oldest.map(|host| self.bans.remove(&host));
        }
    }

    pub(super) fn contains(&self, host: &HostKey) -> bool {
        self.bans.contains_key(host)
    }

    pub(super) fn len(&self) -> usize {
        self.bans.len()
    }

    /// The bans, the newest first.
    pub(super) fn all(&self) -> Vec<Ban> {
        let mut bans: Vec<_> = self.bans.values().collect();
        bans.sort_unstable_by_key(|(number, _)| Reverse(*number));
        bans.into_iter().map(|(_, ban)| ban.clone()).collect()
    }

    /// The bans as the black list.
    pub(super) fn entries(&self) -> Vec<HostEntry> {
        self.all().into_iter().map(|ban| HostEntry { address: ban.address, last_seen: ban.since }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(bans: &mut Bans, name: &str, now: u64) -> HostKey {
        let address: Address = format!("quic://{name}:1").parse().unwrap();
        let host = HostKey::of(&address).unwrap();
        bans.insert(host.clone(), &address, name, now);
        host
    }

    #[test]
    fn the_oldest_ban_leaves_when_there_are_too_many() {
        let mut bans = Bans::default();
        let first = ban(&mut bans, "first", 5);
        let second = ban(&mut bans, "second", 5);
        ban(&mut bans, "first", 6);
        for number in 2..=Colour::Black.limit() {
            ban(&mut bans, &format!("n{number}"), 0);
        }
        assert_eq!(bans.len(), Colour::Black.limit());
        assert!(bans.contains(&first) && !bans.contains(&second));
    }

    #[test]
    fn a_reason_is_cut_at_its_limit() {
        let mut bans = Bans::default();
        let host = ban(&mut bans, "node", 1);
        let address = "quic://node:1".parse().unwrap();
        bans.insert(host, &address, &"é".repeat(1000), 2);
        assert_eq!(bans.all(), [Ban { address, reason: "é".repeat(REASON), since: 2 }]);
    }
}
