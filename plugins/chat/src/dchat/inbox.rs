//! The lines received, bounded in number and bytes.

use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The newest lines, in the order in which they arrived.
#[derive(Debug)]
pub(crate) struct Inbox {
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    max_lines: usize,
    max_bytes: usize,
    kept: VecDeque<String>,
    bytes: usize,
    /// How many lines have ever been received.
    total: u64,
}

/// What `chat.since` answers.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Received {
    /// How many lines have been received in all: what to ask with next.
    pub(crate) total: u64,
    /// The lines asked for that are still kept, oldest first.
    pub(crate) messages: Vec<String>,
}

impl Inbox {
    pub(crate) fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self { lines: Mutex::new(Lines { max_lines, max_bytes, ..Lines::default() }) }
    }

    /// Keeps at most so much from now on; the oldest lines that are too much go.
    pub(crate) fn resize(&self, max_lines: usize, max_bytes: usize) {
        let mut lines = self.lock();
        (lines.max_lines, lines.max_bytes) = (max_lines, max_bytes);
        lines.make_room();
    }

    /// Adds a line; the oldest make room for it.
    pub(crate) fn push(&self, line: String) {
        let mut lines = self.lock();
        lines.bytes += line.len();
        lines.kept.push_back(line);
        lines.total += 1;
        lines.make_room();
    }

    /// The lines after the first `seen` ones.
    pub(crate) fn since(&self, seen: u64) -> Received {
        let lines = self.lock();
        let dropped = lines.total - lines.kept.len() as u64;
        let skip = usize::try_from(seen.saturating_sub(dropped)).unwrap_or(usize::MAX);
        Received { total: lines.total, messages: lines.kept.iter().skip(skip).cloned().collect() }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn make_room(&mut self) {
        while self.kept.len() > self.max_lines || self.bytes > self.max_bytes {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(max_lines: usize, max_bytes: usize) -> Inbox {
        let inbox = Inbox::new(max_lines, max_bytes);
        ["a", "bb", "ccc"].into_iter().for_each(|line| inbox.push(line.to_owned()));
        inbox
    }

    #[test]
    fn answers_what_came_after_the_lines_seen() {
        let inbox = filled(10, 100);
        assert_eq!(inbox.since(1), Received { total: 3, messages: vec!["bb".into(), "ccc".into()] });
        assert_eq!(inbox.since(3), Received { total: 3, messages: vec![] });
        assert_eq!(inbox.since(u64::MAX), Received { total: 3, messages: vec![] });
    }

    #[test]
    fn the_oldest_lines_make_room() {
        assert_eq!(filled(2, 100).since(0).messages, ["bb", "ccc"]);
        assert_eq!(filled(10, 4).since(0).messages, ["ccc"]);
        assert_eq!(filled(2, 100).since(2).messages, ["ccc"]);
    }

    #[test]
    fn a_smaller_inbox_keeps_the_newest_lines() {
        let inbox = filled(10, 100);
        inbox.resize(2, 100);
        assert_eq!(inbox.since(0).messages, ["bb", "ccc"]);
        inbox.resize(10, 4);
        assert_eq!(inbox.since(0), Received { total: 3, messages: vec!["ccc".into()] });
    }
}
