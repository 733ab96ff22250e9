//! The log of the process.

use super::Failure;
use crate::node::SetLogLevel;
use crate::settings::{LogFormat, LogSettings};
use parking_lot::Mutex;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;

/// What of the log changes while the process runs.
pub(super) struct Log {
    /// Sets its level.
    pub(super) set_level: SetLogLevel,
    /// Opens its file again, if it has one: the old one may have been moved away.
    pub(super) reopen: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
}

/// Starts the log as configured: to the standard error, or to a file.
pub(super) fn start(settings: &LogSettings) -> Result<Log, Failure> {
    let Some(path) = settings.file.clone() else {
        let set_level = install(settings, io::stderr, io::stderr().is_terminal())?;
        return Ok(Log { set_level, reopen: Box::new(|| Ok(())) });
    };
    let file = open(&path)
        .map_err(|error| Failure::Usage(format!("log.file: cannot open {}: {error}", path.display())))?;
    let current = Arc::new(Mutex::new(Arc::new(file)));
    let written = Arc::clone(&current);
    let set_level = install(settings, move || Arc::clone(&written.lock()), false)?;
    let reopen = move || {
        *current.lock() = Arc::new(open(&path)?);
        Ok(())
    };
    Ok(Log { set_level, reopen: Box::new(reopen) })
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn install<W>(settings: &LogSettings, writer: W, colours: bool) -> Result<SetLogLevel, Failure>
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
    let (filter, handle) = reload::Layer::new(filter);
    let installed = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    installed.map_err(|error| Failure::Runtime(error.to_string()))?;
    Ok(Box::new(move |level| {
        let filter: Targets = level.parse().map_err(|error| format!("{error}"))?;
        handle.reload(filter).map_err(|error| error.to_string())
    }))
}
