//! The signals that stop a command, or make it read its configuration again.

use super::Failure;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT and SIGTERM, from when it is made.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens for both.
    pub(super) fn new() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::runtime(&error));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for the next of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// SIGHUP, from when it is made: from then on it ends nothing.
#[derive(Debug)]
pub(super) struct Hangups {
    hangup: Signal,
}

impl Hangups {
    /// Listens for it.
    pub(super) fn new() -> Result<Self, Failure> {
        let hangup = signal(SignalKind::hangup()).map_err(|error| Failure::runtime(&error))?;
        Ok(Self { hangup })
    }

    /// Keeps SIGHUP from ending the process while there is no runtime yet that could listen to it.
    pub(super) fn ignore() -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let runtime = runtime.map_err(|error| Failure::runtime(&error))?;
        let _entered = runtime.enter();
        // What is installed for a signal stays for as long as the process lives.
        Self::new().map(drop)
    }

    /// Waits for the next one. Those that came meanwhile count as one.
    pub(super) async fn next(&mut self) {
        if self.hangup.recv().await.is_none() {
            std::future::pending().await
        }
    }
}
