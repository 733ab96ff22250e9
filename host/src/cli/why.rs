//! `plugin why`: why a plug-in does not run, or that it does.

use super::{Failure, layers::LayerArguments, output};
use crate::plugin::file;
use crate::rpc::Client;
use crate::settings::Settings;
use serde_json::{Value, json};

pub(super) const EXAMPLES: &str = "\
Examples:
  backplane plugin why chat --rpc tcp://127.0.0.1:22222
  backplane plugin why chat --config config/chat.toml

A running node is asked, at --rpc or where the configuration lets it listen. If none answers there, the files in
plugins.dir are looked at as a node would before it opens any.";

/// What is asked.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plug-in
    #[arg(value_name = "NAME")]
    name: String,
    /// Ask the running node that listens for calls here, and look at no files: tcp://host:port or unix:///path
    #[arg(long, value_name = "URL", env = "BACKPLANE_RPC", conflicts_with_all = ["files", "sets"])]
    rpc: Option<String>,
    #[command(flatten)]
    layers: LayerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints how every plug-in of this name is.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let (plugins, source) = match &args.rpc {
        Some(url) => (ask(url).await.map_err(|error| Failure::Runtime(error.to_string()))?, url.clone()),
        None => ask_or_look(&args.layers.load()?.settings).await?,
    };
    let plugins = plugins.as_array().cloned().unwrap_or_default();
    let (found, others): (Vec<_>, Vec<_>) =
        plugins.into_iter().partition(|plugin| plugin["name"] == *args.name);
    if found.is_empty() {
        let others: Vec<_> = others.iter().filter_map(|plugin| plugin["name"].as_str()).collect();
        let reason = format!("{source} has no plug-in {} (found: {})", args.name, others.join(", "));
        return Err(Failure::Runtime(reason));
    }
    if args.json {
        return output::lines([format!("{:#}", Value::from(found))]);
    }
    output::lines(found.iter().map(line))
}

/// What a node says, and where.
async fn ask_or_look(settings: &Settings) -> Result<(Value, String), Failure> {
    if let Some(listen) = &settings.rpc.listen {
        let url = listen.to_string();
        if let Ok(plugins) = ask(&url).await {
            return Ok((plugins, url));
        }
    }
    let findings = file::survey(settings).map_err(|error| Failure::runtime(&error))?;
    Ok((json!(findings), settings.plugins.dir.display().to_string()))
}

async fn ask(url: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let mut client = Client::connect(url).await?;
    Ok(client.call("plugin.list", json!([])).await?)
}

fn line(plugin: &Value) -> String {
    let text = |key: &str| plugin[key].as_str().unwrap_or_default();
    let (name, version, file) = (text("name"), text("version"), text("file"));
    let named = if version.is_empty() { name.to_owned() } else { format!("{name} {version}") };
    match (text("state"), text("reason")) {
        ("sound", _) => format!("{named}: nothing is against it, and no node runs it ({file})"),
        (state, "") => format!("{named}: {state} ({file})"),
        (state, reason) => format!("{named}: {state}: {reason} ({file})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_state_reason_and_file() {
        for (state, reason, expected) in [
            ("running", None, "chat 1.0.0: running (f.so)"),
            ("failed", Some("cut short"), "chat 1.0.0: failed: cut short (f.so)"),
            ("sound", None, "chat 1.0.0: nothing is against it, and no node runs it (f.so)"),
        ] {
            let plugin =
                json!({"name": "chat", "version": "1.0.0", "state": state, "reason": reason, "file": "f.so"});
            assert_eq!(line(&plugin), expected);
        }
    }
}
