//! What the victim did with an attacker, and what it held meanwhile.

use crate::attack::Answer;
use crate::witness::Line;
use backplane_tests::node::TestNode;
use std::collections::BTreeMap;
use tracing::Level;

/// What the victim did with an attacker.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Why it closed channels of the attacker, and how many for each reason.
    pub reasons: BTreeMap<String, usize>,
    /// How many connections it did not let in.
    pub refused: usize,
    /// How many of the attacker's hosts it banned.
    pub bans: usize,
    /// How many of other hosts.
    pub wrong_bans: usize,
    /// What it called an error of its own.
    pub errors: Vec<String>,
}

impl Evidence {
    /// What follows from the log and the bans.
    #[must_use]
    pub fn new(lines: &[Line], bans: usize, wrong_bans: usize) -> Self {
        let mut evidence = Self { bans, wrong_bans, ..Self::default() };
        for line in lines {
            if line.message == "channel closed" {
                *evidence.reasons.entry(line.reason.clone()).or_default() += 1;
            }
            if line.message.contains("set up") {
                *evidence.reasons.entry(line.message.clone()).or_default() += 1;
            }
            if line.message.contains("not let in") {
                evidence.refused += 1;
                *evidence.reasons.entry(line.reason.clone()).or_default() += 1;
            }
            if line.level == Level::ERROR {
                evidence.errors.push(format!("{}: {}", line.message, line.reason));
            }
        }
        evidence
    }

    /// What is wrong with it, when the victim should have given this answer.
    #[must_use]
    pub fn faults(&self, answer: Answer) -> Vec<String> {
        let mut faults: Vec<_> =
            self.errors.iter().map(|error| format!("an error was logged: {error}")).collect();
        if self.wrong_bans > 0 {
            faults.push(format!("{} others were banned", self.wrong_bans));
        }
        let is_peers_end = |reason: &String| ENDS.iter().any(|end| reason.contains(end));
        match answer {
            Answer::Tolerated => {
                let closed = self.reasons.keys().filter(|reason| !is_peers_end(reason));
                faults.extend(closed.map(|reason| format!("it was closed: {reason}")));
            }
            Answer::Closed(reason) | Answer::Banned(reason) => {
                if !self.reasons.keys().any(|other| other.contains(reason)) {
                    faults.push(format!("it was not closed for {reason:?} but {:?}", self.reasons));
                }
            }
        }
        if matches!(answer, Answer::Banned(_)) != (self.bans > 0) {
            faults.push(format!("{} hosts were banned", self.bans));
        }
        faults
    }
}

/// How channels end that the attacker ended, or the end of the node.
const ENDS: [&str; 4] = ["the peer closed the connection", "the connection broke", "the node stops", "done"];

/// The most that the victim held, by its own accounts.
#[derive(Debug, Clone, Default)]
pub struct Peak {
    /// What is above its bound: what, how much was held, how much may be.
    above: BTreeMap<&'static str, (usize, usize)>,
    /// Bytes that waited in all queues.
    pub memory: usize,
}

impl Peak {
    /// Looks at what it holds now.
    pub fn look_at(&mut self, victim: &TestNode) {
        let context = victim.node().context();
        let counts = context.hosts.counts();
        let overview = context.ledger.overview();
        self.memory = self.memory.max(overview.memory.open);
        let memory = overview.memory.limit.unwrap_or_default() + MEMORY_SLACK;
        for (what, held, bound) in [
            ("bytes in queues", overview.memory.open, memory),
            ("inbound connections", overview.inbound.open, overview.inbound.limit.unwrap_or_default()),
            ("pending handshakes", overview.pending.open, overview.pending.limit.unwrap_or_default()),
            ("tasks", context.tasks.len(), MOST_TASKS),
            ("grey addresses", counts.grey, 2_000),
            ("white addresses", counts.white, 5_000),
            ("gold addresses", counts.gold, 5_000),
            ("dark addresses", counts.dark, 1_000),
            ("bans", counts.black, 10_000),
        ] {
            if held > bound {
                let most = self.above.entry(what).or_insert((held, bound));
                most.0 = most.0.max(held);
            }
        }
    }

    /// Looks at what it holds when it has stopped: no place and no byte is left behind.
    pub fn look_at_the_end(&mut self, victim: &TestNode) {
        let overview = victim.node().context().ledger.overview();
        for (what, held) in [
            ("bytes in queues at the end", overview.memory.open),
            ("inbound connections at the end", overview.inbound.open),
            ("pending handshakes at the end", overview.pending.open),
        ] {
            if held > 0 {
                self.above.insert(what, (held, 0));
            }
        }
    }

    /// What of it is above the bounds of the victim.
    #[must_use]
    pub fn excess(&self) -> Vec<String> {
        let words = |(what, (held, bound)): (&&str, &(usize, usize))| {
            format!("{held} {what} were held, {bound} are the most")
        };
        self.above.iter().map(words).collect()
    }
}

/// What a queue may hold on top of the budget before the most demanding channel is closed: the largest message.
const MEMORY_SLACK: usize = 16 * 1024 * 1024;
/// One for each connection that is accepted, and those that every node has.
const MOST_TASKS: usize = 64 + 8 + 16;
