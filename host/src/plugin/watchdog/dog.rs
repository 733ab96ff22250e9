//! The thread of the watchdog, which no plug-in can hold up.

use super::scan::{Finding, Kind, Scan, Terms};
use crate::clock;
use crate::marks::{self, Doing, Generation};
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// A turn that does not return.
#[derive(Debug)]
pub(in crate::plugin) struct Hang {
    /// Whose it is.
    pub(in crate::plugin) generation: Generation,
    /// What it is doing.
    pub(in crate::plugin) doing: Doing,
    /// For how long.
    pub(in crate::plugin) lasted: Duration,
}

/// The watchdog, until it is dropped.
#[derive(Debug)]
pub(in crate::plugin) struct Watchdog {
    /// Nothing is sent: the thread ends when it is gone.
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Looks every `interval` at what the threads do, tells of slow turns, and reports those that hang. What `terms` does
    /// not know is not watched.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub(in crate::plugin) fn start(
        interval: Duration,
        terms: impl Fn(Generation) -> Option<Terms> + Send + 'static,
        report: Sender<Hang>,
    ) -> io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        let watch = move || watch(interval, terms, &report, &stopped);
        let thread = Builder::new().name("watchdog".to_owned()).spawn(watch)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.stop.take());
        // It is done with its look before long, and what a panic said is in the log.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn watch(
    interval: Duration,
    terms: impl Fn(Generation) -> Option<Terms>,
    report: &Sender<Hang>,
    stopped: &Receiver<()>,
) {
    let mut scan = Scan::default();
    while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        for finding in scan.look(&marks::readings(), clock::now(), &terms) {
            tell(&finding, report);
        }
    }
}

fn tell(Finding { reading, lasted, kind }: &Finding, report: &Sender<Hang>) {
    let doing = reading.doing();
    let Doing { plugin, protocol, work, channel, command, .. } = &doing;
    match kind {
        Kind::Slow { unsaid } => tracing::warn!(
            plugin,
            work,
            protocol,
            channel,
            command,
            for_ms = lasted.as_millis(),
            others = unsaid,
            "a plug-in does not return: it holds up what else runs on its thread"
        ),
        Kind::Hung => {
            tracing::error!(plugin, work, protocol, channel, command, "a plug-in hangs");
            let hang = Hang { generation: reading.generation, doing, lasted: *lasted };
            if report.try_send(hang).is_err() {
                tracing::error!(
                    "too many plug-ins hang at once, or the node stops: this one is left as it is"
                );
            }
        }
    }
}
