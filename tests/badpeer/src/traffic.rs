//! Honest traffic: three nodes that talk all the time, and what of it arrived.

use backplane::clock;
use backplane_tests::node::TestNode;
use backplane_tests::wait::DEADLINE;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How often a node is asked what it has heard.
const INTERVAL: Duration = Duration::from_millis(1);

/// The nodes that talk: each line of the victim goes to all others, each line of another one to the victim.
#[derive(Debug)]
pub struct Traffic {
    victim: Talker,
    others: Vec<Talker>,
}

/// What was said and heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines said, each counted for every node that has to hear it.
    pub said: u64,
    /// Lines heard, each in its turn.
    pub heard: u64,
}

/// A node that talks.
#[derive(Debug)]
struct Talker {
    name: String,
    node: Arc<TestNode>,
    said: u64,
    /// How many lines the victim had said before this one joined.
    joined: u64,
    /// How many lines of whomever have been looked at.
    seen: u64,
    /// The number of the next line, by name.
    heard: BTreeMap<String, u64>,
}

/// The answer of `chat.since`.
#[derive(Debug, Deserialize)]
struct Since {
    total: u64,
    messages: Vec<String>,
}

impl Traffic {
    /// Between a node and some that it is connected to, each with a name of its own.
    #[must_use]
    pub fn new(victim: &Arc<TestNode>, others: &[(&str, &Arc<TestNode>)]) -> Self {
        let others = others.iter().map(|(name, node)| Talker::new(name, node)).collect();
        Self { victim: Talker::new("victim", victim), others }
    }

    /// Another node that talks from now on.
    pub fn add(&mut self, name: &str, node: &Arc<TestNode>) {
        let joined = self.victim.said;
        let heard = BTreeMap::from([(self.victim.name.clone(), joined)]);
        self.others.push(Talker { joined, heard, ..Talker::new(name, node) });
    }

    /// Everybody says so many lines; how long it took until all were heard, or until nobody waits any longer.
    pub async fn round(&mut self, lines: u64) -> Duration {
        let start = clock::now();
        let Self { victim, others } = self;
        let others = async {
            for other in others {
                other.say(lines).await;
            }
        };
        tokio::join!(victim.say(lines), others);
        // Whatever is missing at the deadline is missing in the tally.
        let _ = timeout(DEADLINE, self.hear_all()).await;
        clock::now().saturating_duration_since(start)
    }

    async fn hear_all(&mut self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.victim.listen().await;
            for other in &mut self.others {
                other.listen().await;
            }
            let tally = self.tally();
            if tally.heard == tally.said {
                return;
            }
            ticks.tick().await;
        }
    }

    /// What was said and heard so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for other in &self.others {
            tally.said += self.victim.said - other.joined + other.said;
            tally.heard += other.heard_of(&self.victim) - other.joined + self.victim.heard_of(other);
        }
        tally
    }
}

impl Talker {
    fn new(name: &str, node: &Arc<TestNode>) -> Self {
        let (name, node) = (name.to_owned(), Arc::clone(node));
        Self { name, node, said: 0, joined: 0, seen: 0, heard: BTreeMap::new() }
    }

    async fn say(&mut self, lines: u64) {
        for _ in 0..lines {
            self.node.say(&format!("{} {}", self.name, self.said)).await;
            self.said += 1;
        }
    }

    /// Counts the lines that have come since. One out of its turn is as good as lost.
    async fn listen(&mut self) {
        let answer = self.node.call("chat.since", json!([self.seen])).await;
        let Some(since) = answer.ok().and_then(|answer| serde_json::from_value::<Since>(answer).ok()) else {
            return;
        };
        self.seen = since.total;
        for line in since.messages {
            let Some((name, number)) = line.split_once(' ') else { continue };
            let Some(number) = number.parse::<u64>().ok() else { continue };
            let next = self.heard.entry(name.to_owned()).or_default();
            if *next == number {
                *next += 1;
            }
        }
    }

    fn heard_of(&self, other: &Self) -> u64 {
        self.heard.get(&other.name).copied().unwrap_or_default()
    }
}
