//! How many of the bytes that wait to be written are whose.

use std::collections::BTreeMap;
use std::sync::Arc;

/// How many of the bytes that wait to be written are which protocol's: of those that nobody has taken, and of those that the
/// writer has.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// A few, and they stay: protocols seldom change.
    shares: Vec<Share>,
}

#[derive(Debug)]
struct Share {
    protocol: Arc<str>,
    waiting: usize,
    taken: usize,
}

impl Shares {
    /// More bytes of a protocol wait.
    #[inline]
    pub(super) fn add(&mut self, protocol: &Arc<str>, bytes: usize) {
        // Most often the commands of a protocol share its name.
        let is_same =
            |share: &&mut Share| Arc::ptr_eq(&share.protocol, protocol) || share.protocol == *protocol;
        if let Some(share) = self.shares.iter_mut().find(is_same) {
            share.waiting += bytes;
        } else {
            self.shares.push(Share { protocol: Arc::clone(protocol), waiting: bytes, taken: 0 });
        }
    }

    /// The writer has taken everything that waits.
    pub(super) fn take(&mut self) {
        for share in &mut self.shares {
            share.taken = std::mem::take(&mut share.waiting);
        }
    }

    /// What the writer has taken is written.
    pub(super) fn written(&mut self) {
        self.shares.iter_mut().for_each(|share| share.taken = 0);
    }

    /// Adds what every protocol has of both.
    pub(super) fn sum(&self, sum: &mut BTreeMap<Arc<str>, usize>) {
        for share in self.shares.iter().filter(|share| share.waiting + share.taken > 0) {
            *sum.entry(Arc::clone(&share.protocol)).or_default() += share.waiting + share.taken;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_has_what_waits_and_what_is_being_written() {
        let (mut shares, chat, echo) = (Shares::default(), Arc::from("chat"), Arc::from("echo"));
        let sums = |shares: &Shares| {
            let mut sum = BTreeMap::from([(Arc::from("chat"), 1000)]);
            shares.sum(&mut sum);
            ["chat", "echo"].map(|name| sum.get(name).copied().unwrap_or_default())
        };
        shares.add(&chat, 3);
        shares.add(&echo, 5);
        shares.add(&Arc::from("chat"), 4);
        assert_eq!(sums(&shares), [1007, 5]);
        shares.take();
        shares.add(&echo, 1);
        assert_eq!(sums(&shares), [1007, 6]);
        shares.written();
        assert_eq!(sums(&shares), [1000, 1]);
    }
}
