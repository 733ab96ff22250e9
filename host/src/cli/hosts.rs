//! The `hosts` commands: what a node knows of others.

use super::{Failure, layers::LayerArguments, output};
use crate::clock;
use crate::hosts::{Analysis, Concentration, Hosts, HostsConfig, Secret};
use crate::key::NodeKey;
use crate::random;
use crate::rpc::Client;
use crate::session::keeper;
use crate::transport::Transports;
use serde_json::json;

const ANALYZE_EXAMPLES: &str = "\
Examples:
  backplane hosts analyze --rpc tcp://127.0.0.1:22222
  backplane hosts analyze --config config/chat.toml
  backplane hosts analyze --set node.data_dir=/var/lib/backplane --json

Without --rpc the file of the configured node.data_dir is read, which a running node saves within
network.hosts_save_interval. Nothing is written.";

/// Look at the address book.
#[derive(Debug, clap::Subcommand)]
pub(super) enum HostsCommand {
    /// Show how concentrated the lists are, and what an attacker would need to fill them
    #[command(after_help = ANALYZE_EXAMPLES)]
    Analyze {
        /// Ask the running node that listens for calls here: tcp://host:port or unix:///path
        #[arg(long, value_name = "URL", env = "BACKPLANE_RPC", conflicts_with_all = ["files", "sets"])]
        rpc: Option<String>,
        #[command(flatten)]
        layers: LayerArguments,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl HostsCommand {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self::Analyze { rpc, layers, json } = self;
        let analysis = match rpc {
            Some(url) => ask(&url).await?,
            None => read(&layers)?,
        };
        if json {
            let value = serde_json::to_value(&analysis).map_err(|error| Failure::runtime(&error))?;
            return output::lines([format!("{value:#}")]);
        }
        output::lines(render(&analysis))
    }
}

async fn ask(url: &str) -> Result<Analysis, Failure> {
    let mut client = Client::connect(url).await.map_err(|error| Failure::runtime(&error))?;
    let answer = client.call("hosts.analyze", json!([])).await.map_err(|error| Failure::runtime(&error))?;
    serde_json::from_value(answer).map_err(|error| Failure::runtime(&error))
}

fn read(layers: &LayerArguments) -> Result<Analysis, Failure> {
    let settings = layers.load()?.settings;
    let dir = &settings.node.data_dir;
    let secret = Secret::load(&dir.join(keeper::SECRET)).map_err(|error| Failure::runtime(&error))?;
    let secret = secret.unwrap_or_else(|| Secret::new(&mut random::rng()));
    // Which schemes are dialled does not depend on the key, which is the node's to make.
    let transports = Transports::standard().equipped(&settings.network, &NodeKey::fresh());
    let hosts = Hosts::new(HostsConfig::of(&settings, transports.schemes(), secret));
    let file = dir.join(keeper::HOSTS);
    hosts.load(&file, clock::unix_seconds()).map_err(|error| Failure::runtime(&error))?;
    Ok(hosts.analyse(settings.network.outbound_connections.into()))
}

fn render(analysis: &Analysis) -> Vec<String> {
    let mut lines = Vec::new();
    if analysis.lists.is_empty() {
        lines.push("The address book is empty.".to_owned());
    }
    for list in &analysis.lists {
        lines.push(format!("{}: {}", list.colour, concentration(&list.groups, "addresses", "groups")));
        if list.sources.count > 0 {
            let sources = concentration(&list.sources, "of them heard of", "groups of sources");
            lines.push(format!("  {sources}"));
        }
    }
    for fill in &analysis.fill {
        let lists = if fill.colour == "grey" { "grey" } else { "white and gold" };
        let needs = needed(fill.groups);
        lines.push(format!(
            "To fill {} % of the {lists} places an attacker needs {needs} and {} addresses.",
            fill.percent, fill.addresses
        ));
    }
    for takeover in &analysis.takeover {
        lines.push(format!(
            "To have all {} outbound slots with a chance of {} % it needs {}.",
            analysis.slots,
            takeover.percent,
            needed(takeover.groups)
        ));
    }
    lines
}

fn concentration(found: &Concentration, things: &str, groups: &str) -> String {
    let largest = found.largest.as_deref().unwrap_or("none");
    format!(
        "{} {things} in {} {groups}, as concentrated as {:.1} even ones; the largest is {largest} with {:.1} %",
        found.count,
        found.groups,
        found.effective,
        100.0 * found.largest_share
    )
}

fn needed(groups: Option<u32>) -> String {
    groups
        .map_or_else(|| "more groups than there are".to_owned(), |groups| format!("{groups} address groups"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Parser, error::ErrorKind};
    use std::fs;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: HostsCommand,
    }

    fn layers(words: &[&str]) -> LayerArguments {
        let line = Line::try_parse_from([&["x", "analyze"], words].concat()).unwrap();
        let HostsCommand::Analyze { layers, .. } = line.command;
        layers
    }

    #[test]
    fn reads_the_file_of_a_node_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let lines = "grey\ttcp://1.1.1.1:1/\t5\theard\t9.9.9.9\ngrey\ttcp://1.1.2.2:1/\t5\theard\t9.9.9.9\n\
                     white\ttcp://2.2.2.2:1/\t6\n";
        fs::write(folder.path().join("hosts.tsv"), lines).unwrap();
        let dir = format!("node.data_dir={}", folder.path().display());
        let analysis = read(&layers(&["--set", &dir, "--set", "network.outbound_connections=3"])).unwrap();
        let text = render(&analysis);
        assert_eq!(
            text[..3],
            [
                "grey: 2 addresses in 1 groups, as concentrated as 1.0 even ones; the largest is 1.1.0.0/16 with 100.0 %",
                "  2 of them heard of in 1 groups of sources, as concentrated as 1.0 even ones; the largest is 9.9.0.0/16 with 100.0 %",
                "white: 1 addresses in 1 groups, as concentrated as 1.0 even ones; the largest is 2.2.0.0/16 with 100.0 %",
            ]
        );
        assert!(
            text[4].starts_with("To fill 50 % of the grey places an attacker needs 11 address groups"),
            "{}",
            text[4]
        );
        assert!(
            text[9].starts_with("To have all 3 outbound slots with a chance of 10 % it needs"),
            "{}",
            text[9]
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn asks_either_a_node_or_a_file() {
        let both = Line::try_parse_from(["x", "analyze", "--rpc", "tcp://a:1", "--set", "a=b"]);
        assert_eq!(both.unwrap_err().kind(), ErrorKind::ArgumentConflict);
    }
}
