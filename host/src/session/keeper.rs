//! The keeper: what this node knows of others outlives it, on whatever way it ends.

use super::context::SessionContext;
use crate::blocking::run_blocking;
use crate::causes::chain;
use crate::clock;
use crate::hosts::{Hosts, HostsError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// The address book in the data folder.
pub const HOSTS: &str = "hosts.tsv";
/// The anchors beside it.
const ANCHORS: &str = "anchors.tsv";
/// The bans beside it.
const BANS: &str = "bans.tsv";
/// The secret of the address book.
pub const SECRET: &str = "hosts.key";

/// Who was found where, by their keys.
const NODE_IDS: &str = "node-ids.json";

/// Reads the bans, the address book, the anchors, and who was found where, away from the threads of the network.
///
/// # Errors
///
/// When a file of addresses is there and cannot be read.
pub async fn load(context: &Arc<SessionContext>) -> Result<(), HostsError> {
    load_node_ids(context).await;
    let (hosts, dir) = parts(context);
    let now = clock::unix_seconds();
    let loading = run_blocking(move || read(&hosts, &dir, now));
    loading.await.expect("reading the address book does not panic")
}

/// Saves the bans, the address book, and who was found where.
pub async fn save(context: &Arc<SessionContext>) {
    save_bans(context).await;
    save_hosts(context).await;
}

/// Writes the bans, and returns when they are on the disk.
pub async fn save_bans(context: &SessionContext) {
    write(context, |hosts, dir| hosts.save_bans(&dir.join(BANS))).await;
}

/// Saves what changes until the node stops: the bans and the anchors at once, the address book within its interval.
pub(super) async fn run(context: &Arc<SessionContext>) {
    tokio::join!(keep_bans(context), keep_hosts(context), keep_anchors(context));
}

async fn save_hosts(context: &Arc<SessionContext>) {
    save_node_ids(context).await;
    write(context, |hosts, dir| hosts.save(&dir.join(HOSTS))).await;
}

async fn keep_bans(context: &SessionContext) {
    let mut changed = context.hosts.bans_changed();
    changed.mark_changed();
    while next(context, &mut changed).await {
        save_bans(context).await;
    }
}

async fn keep_hosts(context: &Arc<SessionContext>) {
    let mut changed = context.hosts.changed();
    // What changed before this job began counts, too.
    changed.mark_changed();
    while next(context, &mut changed).await
        && context.pause(context.settings.now().network.hosts_save_interval).await
    {
        changed.mark_unchanged();
        save_hosts(context).await;
    }
}

async fn keep_anchors(context: &SessionContext) {
    let mut changed = context.hosts.anchors_changed();
    changed.mark_changed();
    while next(context, &mut changed).await {
        write(context, |hosts, dir| hosts.save_anchors(&dir.join(ANCHORS))).await;
    }
}

/// Waits for a change; false when the node stops.
async fn next(context: &SessionContext, changed: &mut watch::Receiver<u64>) -> bool {
    matches!(context.stop.run_until_cancelled(changed.changed()).await, Some(Ok(())))
}

fn read(hosts: &Hosts, dir: &Path, now: u64) -> Result<(), HostsError> {
    // First, so that no address of a banned host gets onto a list.
    let bans = hosts.load_bans(&dir.join(BANS), now)?;
    if !bans.damaged.is_empty() {
        tracing::warn!(lines = ?bans.damaged, "damaged lines of the bans were passed over");
    }
    let book = hosts.load(&dir.join(HOSTS), now)?;
    if !book.damaged.is_empty() {
        tracing::warn!(lines = ?book.damaged, "damaged lines of the address book were passed over");
    }
    let anchors = hosts.take_anchors(&dir.join(ANCHORS), now)?;
    tracing::info!(addresses = book.kept, anchors = anchors.kept, "the address book was read");
    Ok(())
}

/// Writes a file, away from the threads of the network. The task is cancelled only with its runtime.
async fn write(
    context: &SessionContext,
    write: impl FnOnce(&Hosts, &Path) -> Result<(), HostsError> + Send + 'static,
) {
    let (hosts, dir) = parts(context);
    if let Ok(Err(error)) = run_blocking(move || write(&hosts, &dir)).await {
        tracing::error!(error = chain(&error), "what is known of others cannot be saved");
    }
}

fn parts(context: &SessionContext) -> (Arc<Hosts>, PathBuf) {
    (Arc::clone(&context.hosts), context.settings.now().node.data_dir.clone())
}

async fn load_node_ids(context: &Arc<SessionContext>) {
    let owned = Arc::clone(context);
    let file = context.settings.now().node.data_dir.join(NODE_IDS);
    if let Ok(Err(error)) = run_blocking(move || owned.known.load(&file)).await {
        tracing::warn!(%error, "who was found at which address cannot be read, and is learnt anew");
    }
}

async fn save_node_ids(context: &Arc<SessionContext>) {
    let owned = Arc::clone(context);
    let file = context.settings.now().node.data_dir.join(NODE_IDS);
    if let Ok(Err(error)) = run_blocking(move || owned.known.save(&file)).await {
        tracing::error!(%error, "who was found at which address cannot be saved");
    }
}
