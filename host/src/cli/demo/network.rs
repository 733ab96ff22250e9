//! The demo's network: a seed and three chat nodes, brought up, talked through, stopped.

use super::conversation::{Conversation, OPENING};
use super::display::Display;
use super::input::{Input, SPEAKERS, Wish};
use super::plan::Plan;
use super::process::NodeProcess;
use super::topology::{self, info};
use super::trouble::Trouble;
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;

const HELP: &str = "  TEXT        alice says it
  NAME: TEXT  NAME says it: alice, bob or carol
  /peers      who is connected with whom
  /quit       the end, as Ctrl-D and Ctrl-C";

/// Everything that runs.
#[derive(Debug)]
pub(super) struct Network {
    plan: Plan,
    seed: Option<NodeProcess>,
    nodes: Vec<NodeProcess>,
}

#[derive(Debug, Deserialize)]
struct PluginInfo {
    name: String,
    version: String,
    file: PathBuf,
    state: String,
}

impl Network {
    /// Nothing runs yet.
    pub(super) const fn new(plan: Plan) -> Self {
        Self { plan, seed: None, nodes: Vec::new() }
    }

    /// Starts everything, and waits until everybody is connected.
    pub(super) async fn bring_up(&mut self, display: &Display) -> Result<(), Trouble> {
        display.step("demo", &format!("the chat plug-in is {}", self.plan.library().display()));
        let seed = self.start_seed(display).await?;
        for name in SPEAKERS {
            let keys = [format!("network.seeds={seed}")];
            self.nodes.push(NodeProcess::start(&self.plan, name, ("node.toml", "plugins"), &keys)?);
        }
        for node in &mut self.nodes {
            node.ready().await?;
            introduce(node, display).await?;
        }
        topology::settle(&mut self.nodes, display).await?;
        display.step("demo", "everybody has one channel to each of the others");
        Ok(())
    }

    /// The address of the seed, which runs now.
    async fn start_seed(&mut self, display: &Display) -> Result<String, Trouble> {
        let started = NodeProcess::start(&self.plan, "seed", ("seed.toml", "no-plugins"), &[])?;
        let seed = self.seed.insert(started);
        seed.ready().await?;
        let inbound = info(seed).await?.inbound;
        let address = inbound.into_iter().next();
        let address = address.ok_or_else(|| Trouble::at("seed", "ask the seed", "it does not listen"))?;
        display.step("seed", &format!("is up at {address}"));
        Ok(address)
    }

    /// Carries the conversation, then what is given, and checks what arrived.
    pub(super) async fn talk(&mut self, input: &mut Input, display: &Display) -> Result<(), Trouble> {
        let mut conversation = Conversation::default();
        for line in OPENING {
            conversation.say(&mut self.nodes, line, display).await?;
        }
        if input.is_person() {
            display.plain("\nType a line; /help tells more.");
        }
        while let Some(wish) = input.next().await? {
            match wish {
                Wish::Say(speaker, line) => {
                    conversation.say(&mut self.nodes, (speaker, &line), display).await?;
                }
                Wish::Peers => self.show_peers(display).await?,
                Wish::Help => display.plain(HELP),
                Wish::Quit => break,
            }
        }
        conversation.check(&mut self.nodes, display).await?;
        display.step("demo", "every node received every line of the others exactly once");
        Ok(())
    }

    async fn show_peers(&mut self, display: &Display) -> Result<(), Trouble> {
        for node in &mut self.nodes {
            for channel in info(node).await?.channels {
                let line = format!("{} {} at {}", channel.session, channel.peer(), channel.url);
                display.step(node.name(), &line);
            }
        }
        Ok(())
    }

    /// The last lines that a node wrote.
    pub(super) fn last_words(&self, name: &str) -> Vec<String> {
        let mut all = self.nodes.iter().chain(&self.seed);
        all.find(|node| node.name() == name).map(NodeProcess::last_words).unwrap_or_default()
    }

    /// Stops the nodes, then the seed: those that had to be forced.
    pub(super) async fn stop(&mut self) -> Vec<&'static str> {
        let mut forced = Vec::new();
        for node in self.nodes.iter_mut().chain(&mut self.seed) {
            if !node.stop().await {
                forced.push(node.name());
            }
        }
        forced
    }

    /// Ends everything at once.
    pub(super) async fn kill(&mut self) {
        for node in self.nodes.iter_mut().chain(&mut self.seed) {
            node.kill().await;
        }
    }

    /// Removes the files. Nothing runs any more.
    pub(super) fn remove(self) -> Result<(), Trouble> {
        self.plan.remove()
    }
}

/// Tells that a node is up, with its plug-ins.
async fn introduce(node: &mut NodeProcess, display: &Display) -> Result<(), Trouble> {
    let inbound = info(node).await?.inbound;
    display.step(node.name(), &format!("is up at {}", inbound.join(", ")));
    let plugins: Vec<PluginInfo> = node.call("plugin.list", json!([])).await?;
    for plugin in plugins.iter().filter(|plugin| plugin.state == "running") {
        let file = plugin.file.file_name().unwrap_or_default().to_string_lossy();
        display
            .step(node.name(), &format!("loaded the plug-in {} {} from {file}", plugin.name, plugin.version));
    }
    Ok(())
}
