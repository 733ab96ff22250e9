//! The `plugin release` command: a plug-in leaves its quarantine.

use super::layers::LayerArguments;
use super::{Failure, output};
use crate::plugin::flight::Crashes;
use crate::rpc::Client;
use serde_json::json;

pub(super) const EXAMPLES: &str = "\
Examples:
  backplane plugin release chat --config config/chat.toml
  backplane plugin release chat --rpc tcp://127.0.0.1:22222

Without --rpc what the node knows of crashes is changed in the configured node.data_dir.
The plug-in is loaded when the node starts the next time.";

/// Which plug-in, and where.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plug-in
    #[arg(value_name = "NAME")]
    name: String,
    /// Tell the running node that listens for calls here: tcp://host:port or unix:///path
    #[arg(long, value_name = "URL", env = "BACKPLANE_RPC", conflicts_with_all = ["files", "sets"])]
    rpc: Option<String>,
    #[command(flatten)]
    layers: LayerArguments,
}

/// Releases it, by the running node or in its data folder.
pub(super) async fn run(Args { name, rpc, layers }: &Args) -> Result<(), Failure> {
    let was_quarantined = if let Some(url) = rpc {
        let mut client = Client::connect(url).await.map_err(|error| Failure::runtime(&error))?;
        let answer = client.call("plugin.release", json!([name])).await;
        answer.map_err(|error| Failure::runtime(&error))?.as_bool().unwrap_or_default()
    } else {
        let crashes = Crashes::load(&layers.load()?.settings.node.data_dir);
        crashes.release(name).map_err(|error| Failure::runtime(&error))?
    };
    if !was_quarantined {
        return Err(Failure::Runtime(format!("the plug-in {name} is not in quarantine")));
    }
    output::lines([format!("the plug-in {name} is released; the node loads it at its next start")])
}
