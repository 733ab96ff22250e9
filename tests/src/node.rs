//! A node in the process of the test.

use crate::libraries::plugins_dir;
use crate::wait::{eventually, within};
use backplane::address::Address;
use backplane::channel::Channel;
use backplane::node::{Node, StartError};
use backplane::plugin::{PluginMethod, PluginStatus};
use backplane::settings::{self, Settings};
use backplane::transport::Transports;
use backplane_plugin::RpcError;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

/// What every node of a test is told: a network of this machine only, with ports that are free.
const SETTINGS: &[&str] = &[
    "network.localnet=true",
    "network.outbound_connections=0",
    "network.inbound=tcp://127.0.0.1:0",
    "log.level=off",
];

/// A running node with temporary folders of its own. Its sessions end when it is dropped.
#[derive(Debug)]
pub struct TestNode {
    node: Node,
    dirs: Dirs,
}

/// The folders of a node, removed when dropped.
#[derive(Debug)]
pub struct Dirs {
    /// `node.data_dir`.
    pub data: TempDir,
    /// `plugins.dir`.
    pub plugins: TempDir,
}

impl Dirs {
    /// Folders with these plug-ins.
    #[must_use]
    pub fn with(plugins: &[&str]) -> Self {
        Self::of(plugins_dir(plugins))
    }

    /// Folders around this one of plug-ins.
    ///
    /// # Panics
    ///
    /// When the system has no folder for temporary files.
    #[must_use]
    pub fn of(plugins: TempDir) -> Self {
        let data = tempfile::tempdir().expect("the system has a folder for temporary files");
        Self { data, plugins }
    }

    /// The settings of a test's node in these folders, with more on top.
    ///
    /// # Panics
    ///
    /// When `sets` is not valid.
    #[must_use]
    pub fn settings(&self, sets: &[&str]) -> Settings {
        let mut all: Vec<String> = SETTINGS.iter().chain(sets).map(|set| (*set).to_owned()).collect();
        all.push(format!("node.data_dir={}", self.data.path().display()));
        all.push(format!("plugins.dir={}", self.plugins.path().display()));
        match settings::load(&[], &all, std::iter::empty()) {
            Ok(loaded) => loaded.settings,
            Err(error) => panic!("the settings of the test: {error}"),
        }
    }
}

impl TestNode {
    /// Starts a node with these plug-ins.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start(plugins: &[&str], sets: &[&str]) -> Self {
        match Self::try_start(Dirs::with(plugins), sets).await {
            Ok(node) => node,
            Err(error) => panic!("the node does not start: {error}"),
        }
    }

    /// Starts a node in these folders.
    ///
    /// # Errors
    ///
    /// Those of [`Node::start`].
    pub async fn try_start(dirs: Dirs, sets: &[&str]) -> Result<Self, StartError> {
        Self::try_start_over(Transports::standard(), dirs, sets).await
    }

    /// Starts a node in these folders that reaches its peers by these transports.
    ///
    /// # Errors
    ///
    /// Those of [`Node::start`].
    pub async fn try_start_over(
        transports: Transports,
        dirs: Dirs,
        sets: &[&str],
    ) -> Result<Self, StartError> {
        let node = Node::start(dirs.settings(sets), transports).await?;
        Ok(Self { node, dirs })
    }

    /// Puts a node around one that was started in another way.
    #[must_use]
    pub const fn around(node: Node, dirs: Dirs) -> Self {
        Self { node, dirs }
    }

    /// The node.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// Its folders.
    #[must_use]
    pub const fn dirs(&self) -> &Dirs {
        &self.dirs
    }

    /// Where it accepts peers.
    ///
    /// # Panics
    ///
    /// When it accepts none.
    #[must_use]
    pub fn address(&self) -> &Address {
        self.node.inbound().first().expect("the node accepts peers")
    }

    /// Where it accepts peers, as a setting that makes another node dial it.
    #[must_use]
    pub fn as_peer(&self) -> String {
        format!("network.peers={}", self.address())
    }

    /// Its channels that have passed their handshake.
    #[must_use]
    pub fn channels(&self) -> Vec<Arc<Channel>> {
        self.node.context().channels.all()
    }

    /// Waits until a protocol runs on this many channels, and on no more.
    pub async fn speaks(&self, protocol: &str, channels: usize) {
        let runs = |channel: &Arc<Channel>| {
            channel.messages().open_protocols().iter().any(|open| **open == *protocol)
        };
        eventually(&format!("{protocol} on {channels} channels"), || {
            self.channels().iter().filter(|channel| runs(channel)).count() == channels
        })
        .await;
    }

    /// The RPC method of a plug-in.
    ///
    /// # Panics
    ///
    /// When there is none of this name.
    #[must_use]
    pub fn method(&self, name: &str) -> PluginMethod {
        let methods = self.node.plugins().methods();
        methods.into_iter().find(|method| method.name == name).unwrap_or_else(|| panic!("no method {name}"))
    }

    /// Asks an RPC method of a plug-in.
    ///
    /// # Errors
    ///
    /// Its answer instead of a result.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        within(method, self.method(method).call(&params)).await
    }

    /// Says a line of chat; how many peers it went to.
    ///
    /// # Panics
    ///
    /// When chat fails.
    pub async fn say(&self, line: &str) -> u64 {
        let peers = self.call("chat.broadcast", json!([line])).await.expect("chat broadcasts any line");
        peers.as_u64().expect("chat answers with a number")
    }

    /// The lines of chat received so far.
    ///
    /// # Panics
    ///
    /// When chat fails.
    pub async fn lines(&self) -> Vec<String> {
        let lines = self.call("chat.recv", json!([])).await.expect("chat always answers");
        serde_json::from_value(lines).expect("chat answers with lines")
    }

    /// Waits until this line of chat has been received.
    pub async fn hears(&self, line: &str) {
        crate::wait::eventually_some(&format!("the line {line:?}"), async || {
            self.lines().await.iter().any(|other| other == line).then_some(())
        })
        .await;
    }

    /// Waits until it has received as many lines of chat as were sent, numbered from 0: each once, in order.
    ///
    /// # Panics
    ///
    /// When they are others.
    pub async fn hears_numbers(&self, count: usize) {
        let lines = crate::wait::eventually_some(&format!("{count} lines"), async || {
            let lines = self.lines().await;
            (lines.len() >= count).then_some(lines)
        })
        .await;
        assert_eq!(lines, (0..count).map(|number| number.to_string()).collect::<Vec<_>>());
    }

    /// How the plug-in with this name is.
    ///
    /// # Panics
    ///
    /// When there is not exactly one.
    #[must_use]
    pub fn plugin(&self, name: &str) -> PluginStatus {
        let mut found: Vec<_> =
            self.node.plugins().status().into_iter().filter(|status| status.name == name).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// Stops it in order.
    pub async fn stop(&self) {
        within("the node's stop", self.node.stop()).await;
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        self.node.context().stop.cancel();
    }
}
