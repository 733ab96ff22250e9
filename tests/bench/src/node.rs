//! The measured node: one or more whole nodes in a process, with plug-ins from their shared libraries.

use crate::child::{Failure, Role};
use backplane::address::Address;
use backplane::node::Node;
use backplane::session::{self, DialError};
use backplane::settings::Settings;
use backplane::transport::Transports;
use backplane_bench_work::Bench;
use backplane_plugin::manifest::Package;
use backplane_plugin::{ProtocolRegistry, SessionKind};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinSet;

/// The nodes of one process.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    nodes: Vec<(Node, TempDir)>,
    bench: Option<Bench>,
    /// The lives of the channels that were dialled.
    lives: JoinSet<()>,
}

/// Who the bench protocol is when it is linked in.
const PACKAGE: Package = Package {
    name: "bench-linked",
    version: "0",
    description: "Linked in",
    license: "MIT OR Apache-2.0",
    panic: "unwind",
};

/// How long a state may take to come about.
const DEADLINE: Duration = Duration::from_secs(60);

impl Role for Nodes {
    async fn act(&mut self, what: &str, with: Value) -> Result<Value, Failure> {
        let number = |at: usize| with.get(at).and_then(Value::as_u64).unwrap_or_default();
        match what {
            // threads of the plug-ins, the plug-ins' names, their configuration, peers
            "start" => self.start(&with).await,
            // a method of the first node with its parameters
            "call" => self.call(with.get(0).and_then(Value::as_str).unwrap_or_default(), with.get(1)).await,
            "report" => self.call("bench-plugin.report", None).await,
            "expect" => {
                for at in 0..self.nodes.len() {
                    self.call_at(at, "bench-plugin.expect", Some(&with)).await?;
                }
                Ok(Value::Null)
            }
            "reports" => self.reports().await,
            "channels" => self.wait_for_channels(usize::try_from(number(0))?).await,
            "handshakes" => self.handshakes(&with).await,
            "dial" => self.dial(&with).await,
            // The bench protocol linked in, instead of loaded as a plug-in.
            "link" => self.link(),
            "linked" => self.linked(with.get(0).and_then(Value::as_str), &with).await,
            other => Err(format!("a node cannot {other}").into()),
        }
    }
}

impl Nodes {
    async fn start(&mut self, with: &Value) -> Result<Value, Failure> {
        let folder = TempDir::new()?;
        let mut settings = Settings::default();
        settings.node.data_dir = folder.path().join("data");
        settings.plugins.dir = folder.path().join("plugins");
        settings.network.localnet = true;
        let scheme = with["scheme"].as_str().unwrap_or("tcp");
        settings.network.inbound = vec![format!("{scheme}://127.0.0.1:0").parse()?];
        settings.network.inbound_connections = u16::MAX;
        settings.network.outbound_connections = 0;
        settings.network.peers = serde_json::from_value(with["peers"].clone()).unwrap_or_default();
        std::fs::create_dir(&settings.plugins.dir)?;
        let names: Vec<String> = serde_json::from_value(with["plugins"].clone())?;
        let threads = u16::try_from(with["threads"].as_u64().unwrap_or(1))?;
        for name in names {
            let file = format!("libbackplane_{}.so", name.replace('-', "_"));
            std::os::unix::fs::symlink(library(&file)?, settings.plugins.dir.join(&file))?;
            let plugin = settings.plugin.entry(name).or_default();
            plugin.threads = threads;
            plugin.config = with["config"].as_object().cloned().unwrap_or_default();
        }
        let node = Node::start(settings, Transports::standard()).await?;
        let inbound = json!(node.inbound());
        self.nodes.push((node, folder));
        Ok(inbound)
    }

    fn link(&mut self) -> Result<Value, Failure> {
        let (node, _) = self.nodes.first().ok_or("the node is not started")?;
        let registry = ProtocolRegistry::of_plugin();
        let make = |host| self.bench.insert(Bench::new(host)).clone();
        node.plugins().link(PACKAGE, make, registry)?;
        Ok(Value::Null)
    }

    async fn linked(&self, what: Option<&str>, with: &Value) -> Result<Value, Failure> {
        let bench = self.bench.as_ref().ok_or("the protocol is not linked")?;
        let number = |at: usize| with.get(at).and_then(Value::as_u64).unwrap_or_default();
        match what {
            Some("expect") => bench.expect(number(1)),
            Some("report") => return Ok(json!(bench.report())),
            _ => {
                // On the network's runtime, as a plug-in's method.
                let mut streaming = JoinSet::new();
                streaming.spawn(Arc::new(bench.clone()).stream((usize::try_from(number(1))?, number(2))));
                streaming.join_all().await.into_iter().collect::<Result<(), _>>()?;
            }
        }
        Ok(Value::Null)
    }

    async fn call(&self, method: &str, params: Option<&Value>) -> Result<Value, Failure> {
        self.call_at(0, method, params).await
    }

    async fn call_at(&self, at: usize, method: &str, params: Option<&Value>) -> Result<Value, Failure> {
        let (node, _) = self.nodes.get(at).ok_or("the node is not started")?;
        let found = node.plugins().methods().into_iter().find(|other| other.name == method);
        let found = found.ok_or_else(|| format!("no method {method}"))?;
        Ok(found.call(params.unwrap_or(&json!([]))).await?)
    }

    async fn reports(&self) -> Result<Value, Failure> {
        let mut all = Vec::new();
        for at in 0..self.nodes.len() {
            all.push(self.call_at(at, "bench-plugin.report", None).await?);
        }
        Ok(all.into())
    }

    /// Waits until the first node has so many channels with all protocols running.
    async fn wait_for_channels(&self, count: usize) -> Result<Value, Failure> {
        let (node, _) = self.nodes.first().ok_or("the node is not started")?;
        let started = now();
        while node.context().channels.len() < count {
            if started.elapsed() > DEADLINE {
                return Err(format!("{} of {count} channels", node.context().channels.len()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Value::Null)
    }

    /// Whole handshakes with another node, one after the other: how many nanoseconds they took in all.
    async fn handshakes(&self, with: &Value) -> Result<Value, Failure> {
        let (node, _) = self.nodes.first().ok_or("the node is not started")?;
        let address: Address = serde_json::from_value(with[0].clone())?;
        let (context, count) = (Arc::clone(node.context()), with[1].as_u64().unwrap_or_default());
        // On the network's runtime, where sessions dial.
        let mut dialling = JoinSet::new();
        dialling.spawn(async move {
            let started = now();
            for _ in 0..count {
                session::dial(&context, &address, SessionKind::Refine).await?.done().await;
            }
            Ok::<_, DialError>(started.elapsed())
        });
        let elapsed = dialling.join_next().await.ok_or("nothing was dialled")???;
        Ok(json!(u64::try_from(elapsed.as_nanos())?))
    }

    /// Dials an address many times, and keeps the channels.
    async fn dial(&mut self, with: &Value) -> Result<Value, Failure> {
        let (node, _) = self.nodes.first().ok_or("the node is not started")?;
        let address: Address = serde_json::from_value(with[0].clone())?;
        for _ in 0..with[1].as_u64().unwrap_or_default() {
            let live = session::dial(node.context(), &address, SessionKind::Direct).await?;
            self.lives.spawn(async move {
                live.ended().await;
            });
        }
        Ok(Value::Null)
    }
}

/// Where cargo put a plug-in's library: beside this program, or with the other things it depends on.
pub(crate) fn library(file: &str) -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("."));
    let found = [folder.join("deps").join(file), folder.join(file)].into_iter().find(|path| path.exists());
    found.ok_or_else(|| format!("{file} is not beside {}", program.display()).into())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}
