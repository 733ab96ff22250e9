//! What one side offers: protocols with their versions, in little memory.

use std::sync::Arc;

/// Protocols with their versions, each once and sorted by name: a channel keeps two of these for its life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers(Box<[(Arc<str>, u32)]>);

impl Offers {
    /// The version of a protocol; `None` when it is not offered.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&u32> {
        let at = self.0.binary_search_by(|(other, _)| (**other).cmp(name)).ok()?;
        self.0.get(at).map(|(_, version)| version)
    }

    /// Whether a protocol is offered.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Those for which `keep` is true.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&Arc<str>, u32) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, version)| keep(name, *version)).cloned().collect())
    }

    /// Whether nothing is offered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Arc<str>, u32)> for Offers {
    /// Of a name that comes twice the first version stands.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, u32)>>(offers: I) -> Self {
        let mut offers: Vec<_> = offers.into_iter().collect();
        offers.sort_by(|(one, _), (other, _)| one.cmp(other));
        offers.dedup_by(|(one, _), (other, _)| one == other);
        Self(offers.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_name_once_whatever_the_order() {
        let offers: Offers = [("b", 2), ("a", 1), ("b", 3)]
            .map(|(name, version)| (name.into(), version))
            .into_iter()
            .collect();
        assert_eq!(["a", "b", "c"].map(|name| offers.get(name).copied()), [Some(1), Some(2), None]);
        let rest = offers.filtered(|name, _| **name != *"a");
        assert!(!rest.contains("a") && rest.contains("b") && !rest.is_empty());
    }
}
