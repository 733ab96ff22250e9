//! The beginning and the end of chat.

use super::identity::NAME;
use super::{ChatError, Service};
use crate::config::ChatConfig;
use crate::hash::Hash;
use crate::room::{Room, RoomKind, RoomName};
use crate::secret::Identity;
use crate::shared::{Me, Shared};
use crate::store::{Store, StoreError};
use backplane_plugin::{Host, PluginError};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Set once the rooms of the configuration have been joined.
const STARTED: &str = "started";

impl Service {
    /// Opens the store and the identity in the plug-in's folder, makes them at the first start, and begins the upkeep.
    pub(crate) fn open(host: Host, config: ChatConfig) -> Result<Self, PluginError> {
        let rooms = parsed(&config)?;
        let folder = host.data_dir()?;
        let now = u64::try_from(host.unix_time().as_millis()).unwrap_or(u64::MAX);
        let identity = Identity::load(&folder, &mut || host.random()).map_err(|error| chain(&error))?;
        let (store, moved) = Store::open(&folder, now).map_err(|error| chain(&error))?;
        if let Some(moved) = moved {
            let (from, to) = (moved.from.display().to_string(), moved.to.display().to_string());
            tracing::warn!(
                why = moved.why,
                from,
                to,
                "the database of chat cannot be used and was moved aside"
            );
        }
        let chosen = store.setting(NAME).map_err(|error| chain(&error))?;
        let me = Me::new(identity, chosen.as_deref().unwrap_or(&config.name));
        store.set_own(&me.author, &me.name).map_err(|error| chain(&error))?;
        let shared = Arc::new(Shared::new(host, (folder, store), config, me));
        let service = Self { shared };
        service.enter_all(rooms).map_err(|error| chain(&error))?;
        service.keep_up();
        Ok(service)
    }

    /// Takes over a changed configuration.
    pub(crate) fn reconfigure(&self, config: ChatConfig) -> Result<(), PluginError> {
        parsed(&config)?;
        let shared = &self.shared;
        shared.inbox.resize(config.inbox_messages, config.inbox_bytes);
        let needs_restart = {
            let now = shared.config.read();
            now.irc_listen != config.irc_listen || now.irc_password != config.irc_password
        };
        if needs_restart {
            return Err(PluginError::needs_restart());
        }
        let is_new = shared.config.read().name != config.name;
        *shared.config.write() = config;
        if is_new && shared.store.setting(NAME).is_ok_and(|chosen| chosen.is_none()) {
            self.take_configured_name().map_err(PluginError::new)?;
        }
        shared.due.set();
        Ok(())
    }

    /// The end: whoever listens is told, and the upkeep ends.
    pub fn stop(&self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.shared.due.set();
        self.shared.events.end();
    }

    /// Enters the rooms that were joined before; at the first start, those of the configuration.
    fn enter_all(&self, configured: Vec<RoomName>) -> Result<(), StoreError> {
        let shared = &self.shared;
        shared.store.join(&Room::dchat(), shared.now())?;
        if shared.store.setting(STARTED)?.is_none() {
            for name in configured {
                shared.store.join(&Room::public(&name), shared.now())?;
            }
            shared.store.set_setting(STARTED, "1")?;
        }
        for row in shared.store.rooms()? {
            if row.room.kind != RoomKind::Dchat {
                let (id, floor): (Hash, u64) = (row.room.id, row.floor);
                shared.book.write().insert(id, Arc::new(row.room));
                shared.gossip.lock().join(&id, floor, shared.moment());
            }
        }
        Ok(())
    }
}

/// The configured rooms, and that the configured name is one.
fn parsed(config: &ChatConfig) -> Result<Vec<RoomName>, PluginError> {
    if let Err(error) = super::identity::check(&config.name) {
        return Err(PluginError::config("name", error));
    }
    let names = config.rooms.iter().enumerate().map(|(number, name)| {
        RoomName::parse(name).map_err(|error| PluginError::config(format!("rooms[{number}]"), error))
    });
    names.collect()
}

/// An error with its causes in one line.
fn chain(error: &(dyn Error + 'static)) -> PluginError {
    PluginError::new(ChatError::of_store(error))
}
