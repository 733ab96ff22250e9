//! Range-based set reconciliation of two histories, as plain functions of a snapshot and what the other side says.

use crate::hash::Hash;
use negentropy::{Error, Id, Negentropy, NegentropyStorageVector};

/// The largest payload of one message, in bytes.
pub(crate) const FRAME: usize = 48 * 1024;

/// The messages of one room at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
    storage: NegentropyStorageVector,
    /// Nothing older is in it, in milliseconds since 1970.
    pub(crate) floor: u64,
}

/// What the side that began has learnt from an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Learnt {
    /// What the other side lacks, in order.
    pub(crate) have: Vec<Hash>,
    /// What this side lacks, in order.
    pub(crate) need: Vec<Hash>,
    /// What to say next; `None` when everything is known.
    pub(crate) next: Option<Vec<u8>>,
}

/// Why an answer or a question makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of a reconciliation cannot be read")]
pub(crate) struct Unreadable;

impl From<Error> for Unreadable {
    fn from(_: Error) -> Self {
        Self
    }
}

impl Snapshot {
    /// Of these messages, each with its time in milliseconds.
    pub(crate) fn new(floor: u64, items: impl IntoIterator<Item = (u64, Hash)>) -> Result<Self, Unreadable> {
        let items = items.into_iter();
        let mut storage = NegentropyStorageVector::with_capacity(items.size_hint().0);
        for (time, id) in items {
            storage.insert(time / 1000, Id::from_byte_array(id))?;
        }
        storage.seal()?;
        Ok(Self { storage, floor })
    }

    /// What the side that begins says first.
    pub(crate) fn begin(&self) -> Result<Vec<u8>, Unreadable> {
        Ok(self.round()?.initiate()?)
    }

    /// What the other side answers.
    pub(crate) fn answer(&self, question: &[u8]) -> Result<Vec<u8>, Unreadable> {
        Ok(self.round()?.reconcile(question)?)
    }

    /// What the side that began learns from an answer.
    pub(crate) fn learn(&self, answer: &[u8]) -> Result<Learnt, Unreadable> {
        let mut round = self.round()?;
        round.set_initiator();
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let next = round.reconcile_with_ids(answer, &mut have, &mut need)?;
        Ok(Learnt { have: sorted(have), need: sorted(need), next })
    }

    fn round(&self) -> Result<Negentropy<'_, NegentropyStorageVector>, Unreadable> {
        Ok(Negentropy::borrowed(&self.storage, FRAME as u64)?)
    }
}

/// In an order that does not depend on a hash table.
fn sorted(ids: Vec<Id>) -> Vec<Hash> {
    let mut ids: Vec<Hash> = ids.into_iter().map(Id::to_bytes).collect();
    ids.sort_unstable();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    type Items = BTreeSet<(u64, Hash)>;

    fn snapshot(items: &Items) -> Snapshot {
        Snapshot::new(0, items.iter().copied()).unwrap()
    }

    fn hash(number: u64) -> Hash {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        id
    }

    /// Reconciles: what the first side has and needs, and after how many rounds.
    fn reconcile(ours: &Items, theirs: &Items) -> (BTreeSet<Hash>, BTreeSet<Hash>, usize) {
        let (ours, theirs) = (snapshot(ours), snapshot(theirs));
        let (mut have, mut need) = (BTreeSet::new(), BTreeSet::new());
        let mut next = Some(ours.begin().unwrap());
        let mut rounds = 0;
        while let Some(question) = next {
            rounds += 1;
            assert!(question.len() <= FRAME && rounds < 1000);
            let answer = theirs.answer(&question).unwrap();
            assert!(answer.len() <= FRAME);
            let learnt = ours.learn(&answer).unwrap();
            have.extend(learnt.have);
            need.extend(learnt.need);
            next = learnt.next;
        }
        (have, need, rounds)
    }

    fn check(ours: &Items, theirs: &Items) -> usize {
        let (have, need, rounds) = reconcile(ours, theirs);
        assert_eq!(have, ours.difference(theirs).map(|(_, id)| *id).collect());
        assert_eq!(need, theirs.difference(ours).map(|(_, id)| *id).collect());
        rounds
    }

    fn items(numbers: impl IntoIterator<Item = u64>) -> Items {
        numbers.into_iter().map(|number| (number * 100, hash(number))).collect()
    }

    #[test]
    fn both_differences_are_found_whatever_the_sides_have() {
        check(&items([]), &items([]));
        check(&items(0..100), &items([]));
        check(&items([]), &items(0..3_000));
        check(&items(0..3_000), &items(1_000..5_000));
    }

    #[test]
    fn a_small_difference_of_large_histories_takes_few_rounds() {
        let (mut ours, mut theirs) = (items(0..20_000), items(0..20_000));
        ours.extend(items([30_000]));
        theirs.extend(items([40_000]));
        theirs.remove(&(500_000, hash(5_000)));
        assert!(check(&ours, &theirs) <= 4);
    }

    proptest! {
        #[test]
        fn any_two_histories_are_reconciled(
            ours in btree_set(0..400_u64, 0..300),
            theirs in btree_set(0..400_u64, 0..300),
        ) {
            check(&items(ours), &items(theirs));
        }

        #[test]
        fn whatever_a_peer_says_is_answered_or_refused(
            count in 0..200_u64,
            version in any::<bool>(),
            mut bytes in vec(any::<u8>(), 0..400),
        ) {
            if version && let Some(first) = bytes.first_mut() {
                *first = 0x61;
            }
            let snapshot = snapshot(&items(0..count));
            if let Ok(answer) = snapshot.answer(&bytes) {
                prop_assert!(answer.len() <= FRAME);
            }
            let _ = snapshot.learn(&bytes);
        }
    }
}
