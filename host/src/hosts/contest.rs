//! Contests for a place among the tried addresses: the holder is tried before it has to go.

use crate::address::Address;

/// The most contests at a time. A newcomer beyond them waits on the grey list like any other.
const LIMIT: usize = 10;

/// The contests that are not decided.
#[derive(Debug, Default)]
pub(super) struct Contests {
    open: Vec<Contest>,
}

#[derive(Debug)]
struct Contest {
    holder: Address,
    newcomer: Address,
}

impl Contests {
    /// Notes that a newcomer wants the place of a holder. Both can be in one contest only.
    pub(super) fn open(&mut self, holder: &Address, newcomer: &Address) {
        let is_free = |contest: &Contest| contest.newcomer != *newcomer && contest.holder != *holder;
        if self.open.len() < LIMIT && self.open.iter().all(is_free) {
            self.open.push(Contest { holder: holder.clone(), newcomer: newcomer.clone() });
        }
    }

    pub(super) fn has_holder(&self, address: &Address) -> bool {
        self.open.iter().any(|contest| contest.holder == *address)
    }

    /// Those to be tried, the longest waiting first.
    pub(super) fn holders(&self) -> impl Iterator<Item = &Address> {
        self.open.iter().map(|contest| &contest.holder)
    }

    /// Decides the contest of a holder: who wanted its place.
    pub(super) fn settle(&mut self, holder: &Address) -> Option<Address> {
        let found = self.open.iter().position(|contest| contest.holder == *holder)?;
        Some(self.open.remove(found).newcomer)
    }

    /// Forgets the contests in which one of both is no longer what it was.
    pub(super) fn retain(&mut self, keep: impl Fn(&Address, &Address) -> bool) {
        self.open.retain(|contest| keep(&contest.holder, &contest.newcomer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: usize) -> Address {
        format!("tcp://1.1.1.1:{port}").parse().unwrap()
    }

    #[test]
    fn a_holder_and_a_newcomer_are_in_one_contest_only() {
        let mut contests = Contests::default();
        for (holder, newcomer) in [(1, 2), (1, 3), (4, 2), (5, 6)] {
            contests.open(&address(holder), &address(newcomer));
        }
        assert_eq!(contests.holders().cloned().collect::<Vec<_>>(), [address(1), address(5)]);
        assert_eq!(contests.settle(&address(1)), Some(address(2)));
        assert_eq!(contests.settle(&address(1)), None);
    }

    #[test]
    fn no_more_contests_than_can_be_decided_soon() {
        let mut contests = Contests::default();
        for port in (1..100).step_by(2) {
            contests.open(&address(port), &address(port + 1));
        }
        assert_eq!(contests.holders().count(), LIMIT);
    }
}
