//! `backplane config`: what the configuration is, without starting anything.

use super::{Failure, layers::LayerArguments, output};
use crate::settings::{Loaded, Row};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

/// Check or show the configuration
#[derive(Debug, Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check the configuration; exits with 2 at the first mistake
    #[command(after_help = CHECK_EXAMPLES)]
    Check(LayerArguments),
    /// Show each key with its value and the layer it came from
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        #[command(flatten)]
        layers: LayerArguments,
        /// Write one JSON object: {KEY: {"value": …, "origin": …}}
        #[arg(long)]
        json: bool,
        /// Show texts that may be passwords, too, instead of "…"
        #[arg(long)]
        secrets: bool,
    },
}

const CHECK_EXAMPLES: &str = "Examples:
  backplane config check --config config/chat.toml
  backplane config check --config config/chat.toml --set network.inbound=tcp://0.0.0.0:26661";

const SHOW_EXAMPLES: &str = "Examples:
  backplane config show
  BACKPLANE__LOG__LEVEL=debug backplane config show --config config/chat.toml
  backplane config show --config config/chat.toml --json";

impl ConfigCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::Check(layers) => {
                layers.load()?;
                output::lines(["The configuration is valid.".to_owned()])
            }
            Action::Show { layers, json, secrets } => {
                let loaded = layers.load()?;
                output::lines(if json { vec![object(&loaded, secrets)] } else { table(&loaded, secrets) })
            }
        }
    }
}

/// A value as it is shown.
fn shown(row: &Row<'_>, secrets: bool) -> Value {
    if row.is_secret() && !secrets { json!("…") } else { row.value.clone() }
}

fn table(loaded: &Loaded, secrets: bool) -> Vec<String> {
    let rows: Vec<_> =
        loaded.rows().map(|row| (format!("{} = {}", row.key, shown(&row, secrets)), row.origin)).collect();
    let width = rows
        .iter()
        .map(|(setting, _)| setting.chars().count())
        .filter(|width| *width <= 80)
        .max()
        .unwrap_or(0);
    rows.iter().map(|(setting, origin)| format!("{setting:width$}  # {origin}")).collect()
}

fn object(loaded: &Loaded, secrets: bool) -> String {
    let entry = |row: Row<'_>| json!({ "value": shown(&row, secrets), "origin": row.origin });
    let rows = loaded.rows().map(|row| (row.key.to_owned(), entry(row)));
    format!("{:#}", Value::from(Map::from_iter(rows)))
}
