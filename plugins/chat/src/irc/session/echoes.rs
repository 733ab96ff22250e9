//! What this client said itself, and is not to be told as news.

use std::collections::VecDeque;

/// How many are remembered; an event that has not come by then has been dropped.
const MOST: usize = 256;

/// Ids of own messages whose event is still to come.
#[derive(Debug, Default)]
pub(super) struct Echoes {
    waiting: VecDeque<String>,
}

impl Echoes {
    pub(super) fn expect(&mut self, what: impl Into<String>) {
        self.waiting.push_back(what.into());
        if self.waiting.len() > MOST {
            self.waiting.pop_front();
        }
    }

    /// Whether this was expected; it is not any more.
    pub(super) fn take(&mut self, what: &str) -> bool {
        let at = self.waiting.iter().position(|expected| expected == what);
        at.map(|at| self.waiting.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_comes_once() {
        let mut echoes = Echoes::default();
        echoes.expect("a");
        echoes.expect("a");
        assert_eq!(["a", "b", "a", "a"].map(|what| echoes.take(what)), [true, false, true, false]);
    }
}
