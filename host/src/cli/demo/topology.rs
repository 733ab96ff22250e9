//! Waits until every node has exactly one channel to each of the others, and tells of it.

use super::display::Display;
use super::process::{NodeProcess, POLL};
use super::trouble::Trouble;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const DEADLINE: Duration = Duration::from_secs(60);
/// How many looks in a row have to show the same channels.
const STABLE_LOOKS: u32 = 10;
/// How many looks without a change are worth a line.
const PATIENCE: u32 = 100;

/// What a node says of itself; the part that the demo reads.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Info {
    /// Its channels.
    pub(super) channels: Vec<ChannelInfo>,
    /// Where it listens.
    pub(super) inbound: Vec<String>,
    hosts: Known,
}

/// One of its channels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct ChannelInfo {
    id: u32,
    /// Such as `inbound`.
    pub(super) session: String,
    /// The peer's address.
    pub(super) url: String,
    name: Option<String>,
    protocols: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Known {
    gold: usize,
    white: usize,
    grey: usize,
}

impl ChannelInfo {
    /// The peer's name for itself.
    pub(super) fn peer(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn carries_chat(&self) -> bool {
        self.protocols.iter().any(|protocol| protocol == "chat")
    }
}

/// Asks a node.
pub(super) async fn info(node: &mut NodeProcess) -> Result<Info, Trouble> {
    node.call("p2p.get_info", json!([])).await
}

/// Waits until the network has settled.
pub(super) async fn settle(nodes: &mut [NodeProcess], display: &Display) -> Result<(), Trouble> {
    let mut watch = Watch::default();
    let settling = async {
        loop {
            let mut looks = BTreeMap::new();
            for node in nodes.iter_mut() {
                looks.insert(node.name(), info(node).await?);
            }
            watch.tell(&looks, display);
            if watch.is_settled(looks) {
                return Ok(());
            }
            sleep(POLL).await;
        }
    };
    let settled = timeout(DEADLINE, settling).await;
    settled.unwrap_or_else(|_| {
        let cause = format!("not within {} seconds: {}", DEADLINE.as_secs(), watch.state());
        // The first one's log is as good as any.
        let node = nodes.first().map(NodeProcess::name);
        Err(Trouble { node, ..Trouble::new("connect everybody with everybody", cause) })
    })
}

/// What has been seen and told.
#[derive(Debug, Default)]
struct Watch {
    known: BTreeMap<&'static str, usize>,
    pairs: Vec<(&'static str, &'static str)>,
    channels: BTreeMap<&'static str, Vec<ChannelInfo>>,
    same: u32,
}

impl Watch {
    /// Tells what is new.
    fn tell(&mut self, looks: &BTreeMap<&'static str, Info>, display: &Display) {
        for (name, info) in looks {
            let known = info.hosts.gold + info.hosts.white + info.hosts.grey;
            if known > self.known.get(name).copied().unwrap_or(0) {
                self.known.insert(name, known);
                let plural = if known == 1 { "" } else { "s" };
                display.step(name, &format!("found {known} peer{plural} through the seed"));
            }
        }
        for (one, info) in looks {
            for channel in info.channels.iter().filter(|channel| channel.carries_chat()) {
                let Some((other, theirs)) = looks.get_key_value(channel.peer()) else { continue };
                let mutual = theirs.channels.iter().any(|back| back.peer() == *one && back.carries_chat());
                let pair = if one < other { (*one, *other) } else { (*other, *one) };
                if mutual && !self.pairs.contains(&pair) {
                    self.pairs.push(pair);
                    let dialled = if channel.session == "inbound" { other } else { one };
                    display.step(pair.0, &format!("shook hands with {} ({dialled} dialled)", pair.1));
                }
            }
        }
        if self.same > 0 && self.same.is_multiple_of(PATIENCE) {
            display.step("demo", &format!("still waiting: {}", self.state()));
        }
    }

    fn is_settled(&mut self, looks: BTreeMap<&'static str, Info>) -> bool {
        let channels = looks.into_iter().map(|(name, info)| (name, info.channels)).collect();
        self.same = if channels == self.channels { self.same + 1 } else { 0 };
        self.channels = channels;
        self.same >= STABLE_LOOKS && self.is_complete()
    }

    /// Whether everybody has exactly one channel to each of the others.
    fn is_complete(&self) -> bool {
        self.channels.iter().all(|(one, channels)| {
            let others = self.channels.keys().filter(|other| *other != one);
            let count = |other: &str| channels.iter().filter(|channel| channel.peer() == other).count();
            others.clone().all(|other| count(other) == 1)
                && channels.len() == others.count()
                && channels.iter().all(ChannelInfo::carries_chat)
        })
    }

    fn state(&self) -> String {
        let one = |(name, channels): (&&str, &Vec<ChannelInfo>)| {
            let peers: Vec<_> = channels.iter().map(ChannelInfo::peer).collect();
            format!("{name} has [{}]", peers.join(", "))
        };
        self.channels.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(peers: &[(&str, u32, &[&str])]) -> Info {
        let channel = |(peer, id, protocols): &(&str, u32, &[&str])| ChannelInfo {
            id: *id,
            session: "outbound".to_owned(),
            url: "tcp://127.0.0.1:1/".to_owned(),
            name: Some((*peer).to_owned()),
            protocols: protocols.iter().map(|protocol| (*protocol).to_owned()).collect(),
        };
        let channels = peers.iter().map(channel).collect();
        Info { channels, inbound: Vec::new(), hosts: Known { gold: 0, white: 0, grey: 0 } }
    }

    fn settles(alice: &[(&str, u32, &[&str])], bob: &[(&str, u32, &[&str])]) -> bool {
        let mut watch = Watch::default();
        let looks = BTreeMap::from([("alice", look(alice)), ("bob", look(bob))]);
        (0..=STABLE_LOOKS).any(|_| watch.is_settled(looks.clone()))
    }

    #[test]
    fn settles_only_with_one_chatting_channel_each() {
        let chat: &[&str] = &["chat"];
        assert!(settles(&[("bob", 1, chat)], &[("alice", 2, chat)]));
        assert!(!settles(&[("bob", 1, chat)], &[]));
        assert!(!settles(&[("bob", 1, chat), ("bob", 3, chat)], &[("alice", 2, chat)]));
        assert!(!settles(&[("bob", 1, &["ping"])], &[("alice", 2, chat)]));
    }

    #[test]
    fn a_channel_that_is_replaced_starts_the_count_again() {
        let mut watch = Watch::default();
        for id in 0..STABLE_LOOKS * 3 {
            let looks = BTreeMap::from([
                ("alice", look(&[("bob", id, &["chat"])])),
                ("bob", look(&[("alice", 1, &["chat"])])),
            ]);
            assert!(!watch.is_settled(looks));
        }
    }
}
