//! The log of the process.

use super::Failure;
use crate::settings::{LogFormat, LogSettings};
use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log as configured: to the standard error, or to a file.
pub(super) fn start(settings: &LogSettings) -> Result<(), Failure> {
    match &settings.file {
        None => install(settings, io::stderr, io::stderr().is_terminal()),
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
                Failure::Usage(format!("log.file: cannot open {}: {error}", path.display()))
            })?;
            install(settings, file, false)
        }
    }
}

fn install<W>(settings: &LogSettings, writer: W, colours: bool) -> Result<(), Failure>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter: Targets =
        settings.level.parse().map_err(|error| Failure::Usage(format!("log.level: {error}")))?;
    let layer = fmt::layer().with_writer(writer).with_ansi(colours);
    let layer = match settings.format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    let installed = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    installed.map_err(|error| Failure::Runtime(error.to_string()))
}
