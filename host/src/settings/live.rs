//! The settings in force, for those who have to follow their changes.

use super::sections::Settings;
use std::sync::Arc;
use tokio::sync::watch;

/// A shared handle to the settings in force. Whoever asks it anew each time follows a reload; whoever waits for a
/// change subscribes.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    current: Arc<watch::Sender<Arc<Settings>>>,
}

impl LiveSettings {
    /// Settings that are in force from now on.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { current: Arc::new(watch::Sender::new(Arc::new(settings))) }
    }

    /// The settings in force now.
    #[must_use]
    pub fn now(&self) -> Arc<Settings> {
        Arc::clone(&self.current.borrow())
    }

    /// Tells of each change from now on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<Settings>> {
        self.current.subscribe()
    }

    /// Puts other settings into force.
    pub fn replace(&self, settings: Settings) {
        self.current.send_replace(Arc::new(settings));
    }
}
