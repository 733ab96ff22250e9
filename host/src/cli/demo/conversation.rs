//! The conversation: lines that nodes say, and where they arrive.

use super::display::Display;
use super::ledger::Ledger;
use super::process::{NodeProcess, POLL};
use super::trouble::Trouble;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long a line may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What everybody says before anybody else does.
pub(super) const OPENING: [(&str, &str); 4] = [
    ("alice", "Hello! Is anybody there?"),
    ("bob", "Hello alice, bob here. Who else?"),
    ("carol", "Carol. The seed brought us together."),
    ("alice", "Then all three of us are connected."),
];

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    ledger: Ledger,
    /// How many lines each node is known to have received.
    seen: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Deserialize)]
struct Since {
    total: u64,
    messages: Vec<String>,
}

impl Conversation {
    /// Says a line, and waits until everybody else has it, or the time is over: the check at the end tells.
    pub(super) async fn say(
        &mut self,
        nodes: &mut [NodeProcess],
        (speaker, line): (&str, &str),
        display: &Display,
    ) -> Result<(), Trouble> {
        let Some(index) = nodes.iter().position(|node| node.name() == speaker) else {
            return Err(Trouble::new("say a line", format!("there is no {speaker}")));
        };
        display.step(speaker, &format!("says: {line}"));
        for node in nodes.iter().filter(|node| node.name() != speaker) {
            self.ledger.expect(node.name(), line);
        }
        if let Some(node) = nodes.get_mut(index) {
            node.call::<u64>("chat.broadcast", json!([line])).await?;
        }
        let arriving = async {
            loop {
                self.collect(nodes, display).await?;
                if self.ledger.is_complete() {
                    return Ok(());
                }
                sleep(POLL).await;
            }
        };
        timeout(DEADLINE, arriving).await.unwrap_or_else(|_| {
            let seconds = DEADLINE.as_secs();
            let cause = format!("not within {seconds} s: {}", self.ledger.faults().join("; "));
            Err(Trouble::at(nodes.get(index).map_or("seed", NodeProcess::name), "deliver a line", cause))
        })
    }

    /// Takes and shows what has arrived.
    async fn collect(&mut self, nodes: &mut [NodeProcess], display: &Display) -> Result<(), Trouble> {
        for node in nodes {
            let seen = self.seen.entry(node.name()).or_default();
            let Since { total, messages } = node.call("chat.since", json!([*seen])).await?;
            *seen = total;
            for line in messages {
                display.step(node.name(), &format!("received: {line}"));
                self.ledger.received(node.name(), &line);
            }
        }
        Ok(())
    }

    /// Looks once more at what arrived: every line has to be at every other node exactly once.
    pub(super) async fn check(
        &mut self,
        nodes: &mut [NodeProcess],
        display: &Display,
    ) -> Result<(), Trouble> {
        self.collect(nodes, display).await?;
        let faults = self.ledger.faults();
        if faults.is_empty() {
            return Ok(());
        }
        Err(Trouble::new("check that every line arrived exactly once", faults.join("; ")))
    }
}
