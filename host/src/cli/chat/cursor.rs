//! Places in a history, in the order of the history.

use serde::{Deserialize, Deserializer};
use std::cmp::Ordering;

/// A message's place, as the node writes it: depth, time and id. They are compared in this order, the numbers as numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    depth: u64,
    time: u64,
    text: String,
}

impl Cursor {
    pub(crate) fn new(text: &str) -> Self {
        let mut parts = text.splitn(3, '.');
        let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        Self { depth: number(), time: number(), text: text.to_owned() }
    }

    /// What the node is given back.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.depth, self.time, &self.text).cmp(&(other.depth, other.time, &other.text))
    }
}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_numbers_and_then_of_ids() {
        let ordered = ["1.900.ff", "2.5.ff", "2.60.a1", "2.60.a2", "10.0.00"].map(Cursor::new);
        assert!(ordered.is_sorted());
        assert_eq!(Cursor::new("2.60.a1").as_str(), "2.60.a1");
    }
}
