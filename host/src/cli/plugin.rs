//! The `plugin` commands: what plug-ins a node runs, and what a file is.

use super::{Failure, inspect, layers::LayerArguments, lock, output, plugin_check, plugin_new, release, why};
use crate::causes::chain;
use crate::rpc::{CallError, Client};
use serde_json::{Value, json};
use std::path::PathBuf;

const LIST_EXAMPLES: &str = "\
Examples:
  backplane plugin list
  backplane plugin list --rpc unix:///run/backplane.sock --json";

const SWITCH_EXAMPLES: &str = "\
Examples:
  backplane plugin disable chat
  backplane plugin enable chat --rpc unix:///run/backplane.sock
  backplane plugin restart chat";

/// Look at plug-ins, switch those of a running node, begin one.
#[derive(Debug, clap::Subcommand)]
pub(super) enum PluginCommand {
    /// Write a crate with a small plug-in that works, for its author to change
    New(plugin_new::Args),
    /// List the plug-ins of a running node
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Where the node listens for calls: tcp://host:port or unix:///path
        #[arg(long, value_name = "URL", env = "BACKPLANE_RPC", default_value = "tcp://127.0.0.1:22222")]
        rpc: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a plug-in of a running node run again, also one that was disabled because it failed too often
    #[command(after_help = SWITCH_EXAMPLES)]
    Enable(SwitchArgs),
    /// Withdraw the protocols of a plug-in of a running node from all its peers
    #[command(after_help = SWITCH_EXAMPLES)]
    Disable(SwitchArgs),
    /// Replace the instance of a plug-in of a running node by a new one of the same library
    #[command(after_help = SWITCH_EXAMPLES)]
    Restart(SwitchArgs),
    /// Let a plug-in out of its quarantine, and forget its crashes
    #[command(after_help = release::EXAMPLES)]
    Release(release::Args),
    /// Show what a plug-in file has, without opening it: protocols, messages, sessions, RPC methods, configuration
    #[command(after_help = inspect::EXAMPLES)]
    Inspect {
        /// The plug-in's library
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        layers: LayerArguments,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Pin the plug-ins that are in the folder now, for plugins.policy = "pinned"
    #[command(after_help = lock::EXAMPLES)]
    Lock {
        #[command(flatten)]
        layers: LayerArguments,
    },
    /// Say why a plug-in does not run
    #[command(after_help = why::EXAMPLES)]
    Why(why::Args),
    /// Try out a plug-in: whether it can be loaded, and what harm it could do
    #[command(after_help = plugin_check::EXAMPLES)]
    Check(plugin_check::Args),
    /// Run one check of `check`
    #[command(hide = true)]
    CheckOne(plugin_check::OneArgs),
}

/// Which plug-in of which node.
#[derive(Debug, clap::Args)]
pub(super) struct SwitchArgs {
    /// Where the node listens for calls: tcp://host:port or unix:///path
    #[arg(long, value_name = "URL", env = "BACKPLANE_RPC", default_value = "tcp://127.0.0.1:22222")]
    rpc: String,
    /// The plug-in's name; `plugin list` has them
    #[arg(value_name = "NAME")]
    name: String,
}

impl PluginCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::New(args) => plugin_new::run(&args),
            Self::List { rpc, json } => list(&rpc, json).await,
            Self::Enable(args) => switch("plugin.enable", &args).await,
            Self::Disable(args) => switch("plugin.disable", &args).await,
            Self::Restart(args) => switch("plugin.restart", &args).await,
            Self::Release(args) => release::run(&args).await,
            Self::Inspect { file, layers, json } => inspect::run(&file, &layers, json),
            Self::Lock { layers } => lock::run(&layers),
            Self::Why(args) => why::run(args).await,
            Self::Check(args) => plugin_check::run(args).await,
            Self::CheckOne(args) => plugin_check::run_one_check(args).await,
        }
    }
}

async fn list(rpc: &str, json: bool) -> Result<(), Failure> {
    let mut client = Client::connect(rpc).await.map_err(|error| Failure::runtime(&error))?;
    let plugins = client.call("plugin.list", json!([])).await.map_err(|error| Failure::runtime(&error))?;
    if json {
        return output::lines([format!("{plugins:#}")]);
    }
    let plugins = plugins.as_array().cloned().unwrap_or_default();
    if plugins.is_empty() {
        return output::lines(["no plug-ins".to_owned()]);
    }
    let text =
        |plugin: &Value, key: &str| plugin.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    output::lines(plugins.iter().map(|plugin| {
        let reason = text(plugin, "reason");
        let crash = text(plugin, "last_crash");
        let reason = match (reason.is_empty(), crash.is_empty()) {
            (false, _) => format!(": {reason}"),
            (true, false) => format!("; it last crashed {crash}"),
            (true, true) => String::new(),
        };
        let (name, version) = (text(plugin, "name"), text(plugin, "version"));
        let checked = match (text(plugin, "sha256"), text(plugin, "signed_by")) {
            (hash, _) if hash.is_empty() => String::new(),
            (hash, key) if key.is_empty() => format!(" sha256 {hash}"),
            (hash, key) => format!(" sha256 {hash} signed by {key}: {}", text(plugin, "trusted_comment")),
        };
        format!(
            "{name:<16} {version:<10} {:<9} {}{checked}{reason}",
            text(plugin, "state"),
            text(plugin, "file")
        )
    }))
}

/// Calls a method that switches a plug-in. Silence is success.
async fn switch(method: &str, SwitchArgs { rpc, name }: &SwitchArgs) -> Result<(), Failure> {
    let mut client = Client::connect(rpc).await.map_err(|error| Failure::runtime(&error))?;
    client.call(method, json!([name])).await.map(drop).map_err(|error| {
        let detail = match &error {
            CallError::Method(refusal) => refusal.data.as_ref().and_then(Value::as_str),
            _ => None,
        };
        Failure::Runtime(detail.map_or_else(|| chain(&error), ToOwned::to_owned))
    })
}
