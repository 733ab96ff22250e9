//! The care for the ledger and the bans while a node runs: looks, lifting, and the file.

use super::context::SessionContext;
use crate::clock;
use crate::hosts::{HostsError, LoadReport};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

/// How often the counters of all channels are looked at, and bans whose time is over are lifted.
const LOOK: Duration = Duration::from_secs(1);

/// Reads the bans, away from the threads of the network.
///
/// # Errors
///
/// When there is a file that cannot be read.
pub async fn load_bans(context: &SessionContext) -> Result<LoadReport, HostsError> {
    let (hosts, file) = (Arc::clone(&context.hosts), bans_file(context));
    let loading = spawn_blocking(move || hosts.load_bans(&file, clock::unix_seconds()));
    loading.await.expect("reading the bans does not panic")
}

/// Writes the bans, and returns when they are on the disk.
pub async fn save_bans(context: &SessionContext) {
    let (hosts, file) = (Arc::clone(&context.hosts), bans_file(context));
    // The task is cancelled only with its runtime.
    if let Ok(Err(error)) = spawn_blocking(move || hosts.save_bans(&file)).await {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, cause, "the bans cannot be saved");
    }
}

/// Looks at the counters of the channels once a second, lifts bans, and writes the bans whenever they change.
pub(super) async fn run(context: Arc<SessionContext>) {
    let mut changed = context.hosts.bans_changed();
    // What changed before somebody looked is to be written, too.
    changed.mark_changed();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = context.stop.cancelled() => return,
            _ = looks.tick() => look(&context),
            // The address book is there as long as the context is.
            _ = changed.changed() => save_bans(&context).await,
        }
    }
}

fn look(context: &SessionContext) {
    for subject in context.hosts.lift_bans(clock::unix_seconds()) {
        tracing::info!(%subject, "a ban is over");
    }
}

fn bans_file(context: &SessionContext) -> PathBuf {
    context.settings.node.data_dir.join("bans.tsv")
}
