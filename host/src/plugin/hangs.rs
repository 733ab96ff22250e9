//! What follows when a plug-in hangs: its instance is left behind, and another one takes its place.

use super::bridge::is_on_network;
use super::kept::{Kept, Reason};
use super::manager::PluginManager;
use super::state::State;
use super::watchdog::{Hang, Terms, Watchdog};
use crate::marks::{Generation, Marker};
use crate::settings::PluginSettings;
use backplane_plugin::PluginError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Hangs that wait to be looked after.
const MOST_HANGS: usize = 64;
/// The time between two looks, at most and at least.
const SELDOM: Duration = Duration::from_millis(250);
const OFTEN: Duration = Duration::from_millis(5);

impl PluginManager {
    /// Watches the plug-ins that have been started, and looks after those that hang. At its end nobody is watched.
    ///
    /// # Cancel safety
    ///
    /// Safe: a change that is under way goes on.
    pub async fn watch(&self) {
        let plugins = self.all();
        if plugins.is_empty() {
            return;
        }
        let watched: Vec<_> = plugins.iter().map(|plugin| (Arc::clone(plugin), terms(plugin))).collect();
        let interval = interval(watched.iter().map(|(_, terms)| *terms));
        let (report, mut reports) = mpsc::channel(MOST_HANGS);
        let terms_of = move |generation| {
            let (_, terms) = watched.iter().find(|(plugin, _)| plugin.generation() == Some(generation))?;
            Some(*terms)
        };
        let _dog = match Watchdog::start(interval, terms_of, report) {
            Ok(dog) => dog,
            Err(error) => return tracing::error!(%error, "no watchdog: a plug-in that hangs is not noticed"),
        };
        while let Some(hang) = reports.recv().await {
            if let Some(plugin) = owner(&plugins, hang.generation).cloned() {
                self.changes
                    .spawn_on(async move { look_after(&plugin, &hang).await }, &self.services.network);
            }
        }
    }
}

impl Kept {
    /// Which instance runs.
    fn generation(&self) -> Option<Generation> {
        self.instance()?.host.marker().map(Marker::generation)
    }

    /// How many instances were left behind.
    fn abandoned(&self) -> u32 {
        self.current.lock().abandoned
    }

    /// The host's keys of it.
    fn settings(&self) -> PluginSettings {
        self.services.settings.plugin(self.name())
    }

    /// Leaves the instance of this generation behind, which hangs, if it still runs; with `is_replaced` another one takes
    /// its place.
    ///
    /// # Errors
    ///
    /// Why there is none.
    async fn hung(
        &self,
        generation: Generation,
        reason: String,
        is_replaced: bool,
    ) -> Result<(), PluginError> {
        let _turn = self.turn.lock().await;
        if self.generation() != Some(generation) {
            return Ok(());
        }
        let how = Reason::Hung(reason.clone());
        if is_replaced {
            return self.renew(how).await;
        }
        self.end(State::Hung { reason }, how).await?;
        self.tell_lost();
        Ok(())
    }
}

fn terms(plugin: &Kept) -> Terms {
    let PluginSettings { warn_after, hang_after, .. } = plugin.settings();
    Terms { warn_after, hang_after }
}

/// Whose instance it is.
fn owner(plugins: &[Arc<Kept>], generation: Generation) -> Option<&Arc<Kept>> {
    plugins.iter().find(|plugin| plugin.generation() == Some(generation))
}

/// How often to look so that a slow turn is noticed while it is little longer than it may be.
fn interval(terms: impl Iterator<Item = Terms>) -> Duration {
    let limits = terms.flat_map(|terms| [terms.warn_after, terms.hang_after]);
    let shortest = limits.filter(|limit| !limit.is_zero()).min().unwrap_or(SELDOM);
    (shortest / 4).clamp(OFTEN, SELDOM)
}

async fn look_after(plugin: &Kept, hang: &Hang) {
    let Hang { generation, doing, lasted } = hang;
    let reason = format!("it does not return since {:.1} s: {doing}", lasted.as_secs_f64());
    // Another instance would hold up the next thread of the network.
    let is_on_network = plugin.settings().threads == 0 || is_on_network(&doing.work);
    if is_on_network {
        tracing::error!(
            plugin = plugin.name(),
            "the plug-in holds up a thread of the network until the node is started again"
        );
    }
    let is_replaced = !is_on_network && plugin.abandoned() < plugin.settings().max_abandoned.into();
    // What went wrong is in the log and in the state of the plug-in.
    let _ = plugin.hung(*generation, reason, is_replaced).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_frequent_enough_for_the_shortest_limit() {
        let ms = Duration::from_millis;
        let of = |limits: &[(u64, u64)]| {
            let terms =
                limits.iter().map(|(warn, hang)| Terms { warn_after: ms(*warn), hang_after: ms(*hang) });
            interval(terms)
        };
        assert_eq!(of(&[(100, 5000)]), ms(25));
        assert_eq!(of(&[(0, 5000), (400, 0)]), ms(100));
        assert_eq!((of(&[(0, 0)]), of(&[(1, 1)]), of(&[(0, 60_000)])), (SELDOM / 4, OFTEN, SELDOM));
    }
}
