//! A map of bounded size: what was used longest ago goes.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A map that forgets what was used longest ago.
#[derive(Debug)]
pub(crate) struct Lru<K, V> {
    most: usize,
    entries: HashMap<K, (u64, V)>,
    /// By the time of the last use.
    order: BTreeMap<u64, K>,
    used: u64,
}

impl<K: Hash + Eq + Copy, V> Lru<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, entries: HashMap::new(), order: BTreeMap::new(), used: 0 }
    }

    /// What is kept under a key, made if there is nothing. Either way it has been used.
    pub(crate) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.used += 1;
        let used = self.used;
        if let Some((before, _)) = self.entries.get(&key) {
            self.order.remove(before);
        } else if self.entries.len() >= self.most
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.entries.remove(&oldest);
        }
        self.order.insert(used, key);
        let (last, value) = self.entries.entry(key).or_insert_with(|| (used, make()));
        *last = used;
        value
    }

    /// Keeps something; whether there was nothing under this key.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        let is_new = !self.contains(&key);
        let mut value = Some(value);
        let kept = self.entry(key, || value.take().expect("it is made once"));
        if let Some(value) = value {
            *kept = value;
        }
        is_new
    }

    /// What is kept under a key; that is no use of it.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// Whether something is kept under this key; that is no use of it.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.order.clear();
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes() {
        let mut lru = Lru::new(3);
        for key in 1..=3 {
            assert!(lru.insert(key, key * 10));
        }
        assert_eq!(*lru.entry(1, || 0), 10);
        assert!(lru.insert(4, 40));
        assert_eq!([1, 2, 3, 4].map(|key| lru.contains(&key)), [true, false, true, true]);
        assert_eq!(lru.len(), 3);
    }

    #[test]
    fn what_is_kept_twice_is_there_once_with_its_last_value() {
        let mut lru = Lru::new(2);
        assert!(lru.insert("a", 1));
        assert!(!lru.insert("a", 2));
        assert_eq!((*lru.entry("a", || 0), lru.len(), lru.order.len()), (2, 1, 1));
    }
}
