//! The `plugin` commands: what plug-ins a node runs, and what a file is.

use super::{Failure, layers::LayerArguments, lock, output};
use crate::causes::chain;
use crate::plugin::{Examined, Refusal, Signer, examine, method_names};
use crate::rpc::{CallError, Client};
use backplane_plugin::SessionFlags;
use backplane_plugin::abi::{Manifest, MessageDecl, ProtocolDecl};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const LIST_EXAMPLES: &str = "\
Examples:
  backplane plugin list
  backplane plugin list --rpc unix:///run/backplane.sock --json";

const INSPECT_EXAMPLES: &str = "\
Examples:
  backplane plugin inspect plugins/libbackplane_chat.so
  backplane plugin inspect --json plugins/libbackplane_chat.so

The file is opened, and its start-up code runs. A signature beside it is held against plugins.trusted_keys.";

const SWITCH_EXAMPLES: &str = "\
Examples:
  backplane plugin disable chat
  backplane plugin enable chat --rpc unix:///run/backplane.sock
  backplane plugin restart chat";

/// Look at plug-ins, and switch those of a running node.
#[derive(Debug, clap::Subcommand)]
pub(super) enum PluginCommand {
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
    /// Show what a plug-in file has: protocols, messages, sessions, RPC methods
    #[command(after_help = INSPECT_EXAMPLES)]
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
            Self::List { rpc, json } => list(&rpc, json).await,
            Self::Enable(args) => switch("plugin.enable", &args).await,
            Self::Disable(args) => switch("plugin.disable", &args).await,
            Self::Restart(args) => switch("plugin.restart", &args).await,
            Self::Inspect { file, layers, json } => inspect(&file, &layers, json),
            Self::Lock { layers } => lock::run(&layers),
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
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
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

fn inspect(file: &Path, layers: &LayerArguments, as_json: bool) -> Result<(), Failure> {
    let keys = layers.load()?.settings.plugins.trusted_keys;
    let Examined { library, signature } =
        examine(file, &keys).map_err(|error| Failure::Runtime(format!("{}: {error}", file.display())))?;
    let (major, minor) = library.abi();
    let (manifest, proof) = (library.manifest(), library.checked().proof());
    if as_json {
        let mut value = as_value(manifest, (major, minor));
        value["sha256"] = json!(proof.sha256);
        value["signature"] = signature.map_or(Value::Null, |found| signature_value(&found));
        return output::lines([format!("{value:#}")]);
    }
    let header = [
        format!("{} {}", manifest.name, manifest.version),
        format!("  {}", manifest.description),
        format!(
            "  licence {}, ABI {major}.{minor}, backplane-plugin {}",
            manifest.license, manifest.api_version
        ),
        format!("  sha256 {}", proof.sha256),
        format!("  {}", signature_line(signature.as_ref())),
    ];
    let protocols = manifest.protocols.iter().flat_map(protocol_lines);
    let methods = method_names(manifest).into_iter().map(|(name, aliases)| {
        let also = if aliases.is_empty() { String::new() } else { format!(" (also {})", aliases.join(", ")) };
        format!("method {name}{also}")
    });
    output::lines(header.into_iter().chain(protocols).chain(methods))
}

fn signature_line(signature: Option<&Result<Signer, Refusal>>) -> String {
    match signature {
        None => "not signed".to_owned(),
        Some(Ok(Signer { key, comment })) => format!("signed by {key}: {comment}"),
        Some(Err(refusal)) => format!("no signature that counts: {refusal}"),
    }
}

fn signature_value(signature: &Result<Signer, Refusal>) -> Value {
    match signature {
        Ok(Signer { key, comment }) => json!({"signed_by": key, "trusted_comment": comment}),
        Err(refusal) => json!({"refused": refusal.to_string()}),
    }
}

fn protocol_lines(protocol: &ProtocolDecl) -> Vec<String> {
    let negotiation = if protocol.assumed { "assumed" } else { "negotiated" };
    let sessions = sessions(protocol);
    let mut lines =
        vec![format!("protocol {} {}: {negotiation}, on {sessions}", protocol.name, protocol.version)];
    lines.extend(protocol.messages.iter().map(|message| {
        let limit = match message.max_bytes {
            0 => "the host's limit".to_owned(),
            bytes => format!("at most {bytes} bytes"),
        };
        let metering = if message.threshold == 0 {
            "not metered".to_owned()
        } else {
            format!("{} free in {} s", message.threshold, message.expiry_ms / 1000)
        };
        format!("  message {}: {limit}, {metering}", message.name)
    }));
    lines
}

fn sessions(protocol: &ProtocolDecl) -> String {
    let known = SessionFlags::from_bits(protocol.sessions);
    known.map_or_else(|| format!("unknown sessions {:#b}", protocol.sessions), |flags| flags.to_string())
}

fn as_value(manifest: &Manifest, (major, minor): (u32, u32)) -> Value {
    let message = |message: &MessageDecl| {
        json!({
            "name": message.name.as_str(),
            "max_bytes": message.max_bytes,
            "metering": {
                "score": message.score,
                "threshold": message.threshold,
                "sleep_step_ms": message.sleep_step_ms,
                "expiry_ms": message.expiry_ms,
            },
        })
    };
    let protocol = |protocol: &ProtocolDecl| {
        json!({
            "name": protocol.name.as_str(),
            "version": protocol.version,
            "sessions": sessions(protocol),
            "assumed": protocol.assumed,
            "messages": protocol.messages.iter().map(message).collect::<Vec<_>>(),
        })
    };
    let methods: serde_json::Map<_, _> =
        method_names(manifest).into_iter().map(|(name, aliases)| (name, json!(aliases))).collect();
    json!({
        "name": manifest.name.as_str(),
        "version": manifest.version.as_str(),
        "description": manifest.description.as_str(),
        "license": manifest.license.as_str(),
        "abi": format!("{major}.{minor}"),
        "api_version": manifest.api_version.as_str(),
        "protocols": manifest.protocols.iter().map(protocol).collect::<Vec<_>>(),
        "methods": methods,
    })
}
