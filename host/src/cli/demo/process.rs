//! One node of the demo: a process of its own, called over its socket.

use super::plan::Plan;
use super::trouble::Trouble;
use crate::causes::chain;
use crate::rpc::{CallError, Client};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// How long a node may take until it answers.
const START_DEADLINE: Duration = Duration::from_secs(60);
/// A little more than the nodes' `shutdown_deadline` for the network and as much for the plug-ins.
const STOP_DEADLINE: Duration = Duration::from_secs(8);
/// How often a state is looked at that is waited for.
pub(super) const POLL: Duration = Duration::from_millis(20);
const LOG_LINES: usize = 15;

/// A running node.
#[derive(Debug)]
pub(super) struct NodeProcess {
    name: &'static str,
    home: PathBuf,
    child: Child,
    client: Option<Client>,
}

impl NodeProcess {
    /// Starts a node with a file of the plan and some keys beside.
    pub(super) fn start(
        plan: &Plan,
        name: &'static str,
        (file, plugins): (&str, &str),
        keys: &[String],
    ) -> Result<Self, Trouble> {
        let step = || format!("start {name}");
        let home = plan.make_home(name)?;
        let output = File::create(home.join("output")).map_err(|error| Trouble::new(step(), error))?;
        let executable = env::current_exe().map_err(|error| Trouble::new(step(), error))?;
        let mut command = Command::new(executable);
        command.arg("run").arg("--leash").arg(plan.path()).arg("--config").arg(plan.path().join(file));
        let own = [
            format!("network.node_id={name}"),
            format!("node.data_dir={}", home.join("data").display()),
            format!("log.file={}", home.join("log").display()),
            format!("rpc.listen=unix://{}", socket(&home).display()),
            format!("plugins.dir={}", plan.path().join(plugins).display()),
        ];
        own.iter().chain(keys).for_each(|key| {
            command.arg("--set").arg(key);
        });
        for (key, _) in env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("BACKPLANE_")) {
            command.env_remove(key);
        }
        // A group of its own keeps the terminal's Ctrl-C from it: the demo stops its nodes in order.
        command
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(output);
        let child = command.spawn().map_err(|error| Trouble::new(step(), error))?;
        Ok(Self { name, home, child, client: None })
    }

    /// The name.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Waits until the node answers.
    pub(super) async fn ready(&mut self) -> Result<(), Trouble> {
        let step = format!("wait for {}", self.name);
        let url = format!("unix://{}", socket(&self.home).display());
        let connecting = async {
            loop {
                if let Some(status) = self.exited() {
                    return Err(Trouble::at(self.name, &step, format!("it ended: {status}")));
                }
                match Client::connect(&url).await {
                    Ok(client) => return Ok(client),
                    Err(CallError::Connect { .. }) => sleep(POLL).await,
                    Err(error) => return Err(Trouble::at(self.name, &step, chain(&error))),
                }
            }
        };
        let connected = timeout(START_DEADLINE, connecting).await;
        let client = connected.map_err(|_| Trouble::at(self.name, &step, "it does not answer"))?;
        self.client = Some(client?);
        Ok(())
    }

    /// Calls a method of the node.
    pub(super) async fn call<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: Value,
    ) -> Result<T, Trouble> {
        let step = format!("call {method} of {}", self.name);
        let client = self.client.as_mut().ok_or_else(|| Trouble::new(&step, "it is not ready yet"))?;
        match client.call(method, params).await {
            Ok(answer) => serde_json::from_value(answer).map_err(|error| Trouble::at(self.name, step, error)),
            Err(error) => {
                let ended = self.exited().map(|status| format!(" (the node ended: {status})"));
                let cause = format!("{}{}", chain(&error), ended.unwrap_or_default());
                Err(Trouble::at(self.name, step, cause))
            }
        }
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The last lines that the node wrote.
    pub(super) fn last_words(&self) -> Vec<String> {
        let read = |file: &str| fs::read(self.home.join(file)).unwrap_or_default();
        let text = [read("log"), read("output")].concat();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().map(ToOwned::to_owned).collect();
        let skipped = lines.len().saturating_sub(LOG_LINES);
        lines.into_iter().skip(skipped).collect()
    }

    /// Asks the node to stop, and ends it when it does not: whether it stopped in order.
    pub(super) async fn stop(&mut self) -> bool {
        self.client = None;
        if let Some(mut leash) = self.child.stdin.take() {
            // A node that is gone already cannot be told.
            let _ = leash.write_all(b"s").await;
        }
        if let Ok(Ok(status)) = timeout(STOP_DEADLINE, self.child.wait()).await {
            return status.success();
        }
        self.kill().await;
        false
    }

    /// Ends the node at once.
    pub(super) async fn kill(&mut self) {
        // It fails only for a process that is gone.
        let _ = self.child.kill().await;
    }
}

fn socket(home: &Path) -> PathBuf {
    home.join("rpc.sock")
}
