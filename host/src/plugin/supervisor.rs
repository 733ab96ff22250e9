//! Looks after plug-ins while they run: what they fail at, what they use, and what follows from it.

use super::kept::Kept;
use super::manager::PluginManager;
use crate::blocking::run_blocking;
use crate::clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often the use of memory is looked at; failures at once.
const LOOK: Duration = Duration::from_millis(250);
/// How often the data folders are measured.
const MEASURE: Duration = Duration::from_secs(10);

impl PluginManager {
    /// Looks after the plug-ins that there are, until `stop`.
    pub async fn supervise(self: Arc<Self>, stop: CancellationToken) {
        let plugins = self.all();
        if plugins.is_empty() {
            return;
        }
        let looking = async {
            tokio::join!(self.look_again_and_again(&plugins), measure_again_and_again(&plugins));
        };
        let _ = stop.run_until_cancelled(looking).await;
    }

    async fn look_again_and_again(&self, plugins: &[Arc<Kept>]) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.bell.notified() => {}
                _ = looks.tick() => {}
            }
            for plugin in plugins {
                if let Some(change) = plugin.look(clock::now()) {
                    // It goes on while others are looked after.
                    self.changes.spawn_on(change, &self.services.network);
                }
            }
        }
    }
}

async fn measure_again_and_again(plugins: &[Arc<Kept>]) {
    let mut rounds = interval(MEASURE);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        for plugin in plugins {
            let dir = plugin.data_dir();
            // Fails only when the runtime is gone.
            if let Ok(bytes) = run_blocking(move || super::data_folder::bytes_in(&dir)).await {
                plugin.measured(bytes);
            }
        }
    }
}
