//! The `run` command: one node, until a signal stops it.

use super::layers::LayerArguments;
use super::leash::Leash;
use super::signals::Signals;
use super::{Failure, logging};
use crate::node::{Node, StartError};
use crate::plugin;
use crate::rpc::{self, Methods, Server};
use crate::settings::{Loaded, Settings};
use crate::transport::Transports;
use std::path::PathBuf;
use std::pin::pin;
use std::process;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const EXAMPLES: &str = "\
Examples:
  backplane run --config config/chat.toml
  backplane run --config chat.toml --set network.inbound=tcp://0.0.0.0:26661
  BACKPLANE__LOG__LEVEL=debug backplane run --config chat.toml

The node stops in order on SIGINT (Ctrl-C) and SIGTERM; a second signal ends it at once.";

/// Run a node.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    layers: LayerArguments,

    /// Stop when the standard input gives a byte or ends; in the second case remove FOLDER
    #[arg(long, value_name = "FOLDER", hide = true)]
    leash: Option<PathBuf>,
}

/// Runs the node.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let loaded = args.layers.load()?;
    logging::start(&loaded.settings.log)?;
    let leash = Leash::new(args.leash.clone());
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if loaded.settings.network.threads > 0 {
        builder.worker_threads(loaded.settings.network.threads.into());
    }
    let runtime =
        builder.thread_name("network").enable_all().build().map_err(|error| Failure::runtime(&error))?;
    let result = runtime.block_on(serve(&loaded, &leash));
    // What hangs in a plug-in must not keep the process.
    runtime.shutdown_background();
    leash.clean_up();
    result
}

async fn serve(loaded: &Loaded, leash: &Leash) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    // One and the same wait throughout: a second read of the standard input would miss what the first one took.
    let mut released = pin!(leash.released());
    let node = tokio::select! {
        started = Node::start(loaded.settings.clone(), Transports::standard()) => started,
        () = signals.next() => return Ok(()),
        () = &mut released => return Ok(()),
    };
    let node = Arc::new(node.map_err(|error| failure(&error, loaded))?);
    let server = match RpcServer::start(&loaded.settings, &node).await {
        Ok(server) => server,
        Err(failure) => {
            node.stop().await;
            return Err(failure);
        }
    };
    tracing::info!("the node is ready");
    tokio::select! {
        () = signals.next() => {}
        () = &mut released => {}
    }
    tracing::info!("stopping; a second signal ends the node at once");
    let stopping = async {
        server.stop().await;
        node.stop().await;
    };
    tokio::select! {
        () = stopping => Ok(()),
        () = signals.next() => process::exit(1),
    }
}

/// The RPC server, if there is one.
struct RpcServer {
    stop: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

impl RpcServer {
    async fn start(settings: &Settings, node: &Arc<Node>) -> Result<Self, Failure> {
        let stop = CancellationToken::new();
        let Some(listen) = &settings.rpc.listen else { return Ok(Self { stop, serving: None }) };
        let server = Server::bind(&listen.to_string()).await.map_err(|error| Failure::runtime(&error))?;
        let methods = Arc::new(Methods::new());
        rpc::register(&methods, node);
        let server = server.max_connections(settings.rpc.max_connections.into());
        let serving = TaskTracker::new().spawn(server.serve(methods, stop.clone()));
        Ok(Self { stop, serving: Some(serving) })
    }

    async fn stop(self) {
        self.stop.cancel();
        if let Some(Err(error)) = match self.serving {
            Some(serving) => Some(serving.await),
            None => None,
        } {
            tracing::error!(%error, "the RPC server failed");
        }
    }
}

/// A mistake of the operator's is blamed on the layer that made it.
fn failure(error: &StartError, loaded: &Loaded) -> Failure {
    match error {
        StartError::Plugin(plugin::StartError::Config { key, reason }) => {
            Failure::usage(&loaded.blame(key, reason.clone()))
        }
        StartError::Plugin(error @ plugin::StartError::NoPlugin { name, .. }) => {
            Failure::usage(&loaded.blame(&format!("plugin.{name}"), error.to_string()))
        }
        StartError::Plugin(plugin::StartError::Required { .. }) => Failure::usage(error),
        _ => Failure::runtime(error),
    }
}
