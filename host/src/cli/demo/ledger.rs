//! The ledger: which lines each node has to receive, and which it did.

use std::collections::BTreeMap;

/// The lines sent and received.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// For each node and line: how often it was sent by others, how often it was received.
    entries: BTreeMap<(&'static str, String), (u64, u64)>,
}

impl Ledger {
    /// `node` has to receive a line once more.
    pub(super) fn expect(&mut self, node: &'static str, line: &str) {
        self.entries.entry((node, line.to_owned())).or_default().0 += 1;
    }

    /// `node` received a line.
    pub(super) fn received(&mut self, node: &'static str, line: &str) {
        self.entries.entry((node, line.to_owned())).or_default().1 += 1;
    }

    /// Whether no line is under way any more.
    pub(super) fn is_complete(&self) -> bool {
        self.entries.values().all(|(sent, received)| received >= sent)
    }

    /// What is missing, doubled or foreign, one line each.
    pub(super) fn faults(&self) -> Vec<String> {
        let wrong = self.entries.iter().filter(|(_, (sent, received))| sent != received);
        let describe =
            |((node, line), (sent, received)): (&(&str, String), &(u64, u64))| match (sent, received) {
                (0, _) => format!("{node} received what nobody else sent: {line}"),
                (sent, received) if received < sent => {
                    format!("{node} misses ({received} of {sent} arrived): {line}")
                }
                (sent, received) => {
                    format!("{node} received {received} times what was sent {sent} times: {line}")
                }
            };
        wrong.map(describe).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_exactly_once_is_no_fault() {
        let mut ledger = Ledger::default();
        for line in ["a", "b", "a"] {
            ledger.expect("bob", line);
        }
        ledger.received("bob", "a");
        ledger.received("bob", "b");
        assert!(!ledger.is_complete());
        ledger.received("bob", "a");
        assert!(ledger.is_complete());
        assert_eq!(ledger.faults(), Vec::<String>::new());
    }

    #[test]
    fn names_what_is_missing_doubled_or_foreign() {
        let mut ledger = Ledger::default();
        ledger.expect("bob", "missing");
        ledger.expect("carol", "doubled");
        ledger.received("carol", "doubled");
        ledger.received("carol", "doubled");
        ledger.received("alice", "foreign");
        assert_eq!(
            ledger.faults(),
            [
                "alice received what nobody else sent: foreign",
                "bob misses (0 of 1 arrived): missing",
                "carol received 2 times what was sent 1 times: doubled",
            ]
        );
    }
}
