//! The `run` command: one node, until a signal stops it.

use super::Failure;
use super::layers::LayerArguments;
use super::leash::Leash;
use super::logging::{self, Log};
use super::signals::{Hangups, Signals};
use crate::http;
use crate::node::{self, Node, Reloader, StartError};
use crate::plugin;
use crate::plugin::flight::{Limits, Recorder};
use crate::rpc::{self, Methods, Server};
use crate::settings::{Loaded, Settings, Sources};
use crate::transport::Transports;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::process;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const EXAMPLES: &str = "\
Examples:
  backplane run --config config/chat.toml
  backplane run --config chat.toml --set network.inbound=tcp://0.0.0.0:26661
  BACKPLANE__LOG__LEVEL=debug backplane run --config chat.toml

The node stops in order on SIGINT (Ctrl-C) and SIGTERM; a second signal ends it at once.
SIGHUP makes it read its configuration again, as the RPC method config.reload does, and open the file of its log again.";

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
    Hangups::ignore()?;
    let sources = args.layers.sources();
    let loaded = sources.load().map_err(|error| Failure::usage(&error))?;
    let log = logging::start(&loaded.settings.log)?;
    let leash = Leash::new(args.leash.clone());
    // Dropped at an orderly end, which so is known as one.
    let recorder = record(&loaded.settings);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if loaded.settings.network.threads > 0 {
        builder.worker_threads(loaded.settings.network.threads.into());
    }
    let runtime =
        builder.thread_name("network").enable_all().build().map_err(|error| Failure::runtime(&error))?;
    let result = runtime.block_on(serve(Configuration { sources, loaded, log }, &leash));
    // What hangs in a plug-in must not keep the process.
    runtime.shutdown_background();
    drop(recorder);
    leash.clean_up();
    result
}

/// Tells how the last process ended, and begins the record of this one.
fn record(settings: &Settings) -> Option<Recorder> {
    let limits = Limits { max: settings.plugins.crash_max, window: settings.plugins.crash_window };
    Recorder::start(&settings.node.data_dir, limits)
}

/// What the operator decided, with what it takes to decide otherwise.
struct Configuration {
    sources: Sources,
    loaded: Loaded,
    log: Log,
}

async fn serve(configuration: Configuration, leash: &Leash) -> Result<(), Failure> {
    let Configuration { sources, loaded, log } = configuration;
    let (mut signals, mut hangups) = (Signals::new()?, Hangups::new()?);
    // One and the same wait throughout: a second read of the standard input would miss what the first one took.
    let mut released = pin!(leash.released());
    let node = tokio::select! {
        biased;
        () = signals.next() => return Ok(()),
        () = &mut released => return Ok(()),
        started = Node::start(loaded.settings.clone(), Transports::standard()) => started,
    };
    let node = Arc::new(node.map_err(|error| failure(&error, &loaded))?);
    let settings = loaded.settings.clone();
    let reloader = Arc::new(Reloader::new(Arc::clone(&node), sources, loaded, log.set_level));
    let servers = match Servers::start(&settings, &node, &reloader).await {
        Ok(servers) => servers,
        Err(failure) => {
            node.stop().await;
            return Err(failure);
        }
    };
    tracing::info!("the node is ready");
    let outcome = tokio::select! {
        biased;
        () = signals.next() => Ok(()),
        () = &mut released => Ok(()),
        lost = node.plugins().lost() => Err(Failure::Runtime(lost)),
        () = reload_again_and_again(&reloader, &mut hangups, &log.reopen) => Ok(()),
    };
    tracing::info!("stopping; a second signal ends the node at once");
    let stopping = async {
        servers.stop().await;
        node.stop().await;
    };
    tokio::select! {
        biased;
        () = signals.next() => process::exit(1),
        () = stopping => outcome,
    }
}

/// Opens the file of the log and reads the configuration again at each SIGHUP, for ever.
async fn reload_again_and_again(
    reloader: &Reloader,
    hangups: &mut Hangups,
    reopen_log: &(dyn Fn() -> io::Result<()> + Sync),
) {
    loop {
        hangups.next().await;
        // First, so that what follows is in the new file.
        if let Err(error) = reopen_log() {
            tracing::error!(%error, "the file of the log cannot be opened again; the old one is written to");
        }
        // The outcome is in the log, which is all that a signal is answered with.
        let _ = reloader.reload_and_tell().await;
    }
}

/// What answers programs and browsers, as far as the operator wants it.
struct Servers {
    stop: CancellationToken,
    serving: JoinSet<()>,
}

impl Servers {
    async fn start(settings: &Settings, node: &Arc<Node>, reloader: &Arc<Reloader>) -> Result<Self, Failure> {
        let mut servers = Self { stop: CancellationToken::new(), serving: JoinSet::new() };
        let methods = Arc::new(Methods::new());
        rpc::register(&methods, node);
        rpc::register_reload(&methods, reloader);
        if let Some(listen) = &settings.rpc.listen {
            let server = Server::bind(&listen.to_string()).await.map_err(|error| Failure::runtime(&error))?;
            let server = server.max_connections(settings.rpc.max_connections.into());
            servers.serving.spawn(server.serve(Arc::clone(&methods), servers.stop.clone()));
        }
        let http = http::Server::bind(&settings.http).await.map_err(|error| Failure::runtime(&error))?;
        if let Some(server) = http {
            servers.serving.spawn(server.serve(Arc::clone(node), methods, servers.stop.clone()));
        }
        Ok(servers)
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while let Some(served) = self.serving.join_next().await {
            if let Err(error) = served {
                tracing::error!(%error, "a server of the node failed");
            }
        }
    }
}

/// A mistake of the operator's is blamed on the layer that made it.
fn failure(error: &StartError, loaded: &Loaded) -> Failure {
    let StartError::Plugin(mistake) = error else { return Failure::runtime(error) };
    match (node::blame(mistake, loaded), mistake) {
        (Some(line), _) => Failure::usage(&line),
        (None, plugin::StartError::Required { .. }) => Failure::usage(error),
        (None, _) => Failure::runtime(error),
    }
}
