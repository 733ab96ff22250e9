//! Who the user is: the name and the key.

use super::{ChatError, Event, Myself, Service, view};
use crate::room::{check_name, limits};
use crate::secret::{Identity, IdentityText};
use crate::shared::Me;
use std::sync::Arc;

/// The setting with the name that was chosen.
pub(super) const NAME: &str = "name";

impl Service {
    /// The name that messages of this user carry.
    #[must_use]
    pub fn name(&self) -> String {
        self.shared.me().name.clone()
    }

    /// Takes another name; it is remembered.
    ///
    /// # Errors
    ///
    /// [`ChatError::NotAllowed`], [`ChatError::Store`].
    pub fn rename(&self, name: &str) -> Result<String, ChatError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(ChatError::NotAllowed("a name cannot be empty".to_owned()));
        }
        check(name).map_err(ChatError::NotAllowed)?;
        self.shared.store.set_setting(NAME, name)?;
        self.be(self.shared.me().identity.clone(), name)?;
        Ok(self.name())
    }

    /// Who this user is.
    #[must_use]
    pub fn myself(&self) -> Myself {
        let me = self.shared.me();
        Myself {
            author: view::hex(&me.author),
            fingerprint: me.identity.fingerprint().to_string(),
            name: me.name.clone(),
        }
    }

    /// The key of this user as text; whoever has it can write in this user's name.
    #[must_use]
    pub fn export(&self) -> IdentityText {
        self.shared.me().identity.export()
    }

    /// Becomes the user of an exported key. The key that was there stays beside it in the plug-in's folder.
    ///
    /// # Errors
    ///
    /// [`ChatError::WrongKey`], [`ChatError::Store`] when the file cannot be written.
    pub fn import(&self, key: &str) -> Result<Myself, ChatError> {
        let identity: Identity = key
            .parse()
            .map_err(|_| ChatError::WrongKey("expected backplane-identity-1: and 64 digits".to_owned()))?;
        let seconds = self.shared.now() / 1000;
        let kept = identity.replace(&self.shared.folder, seconds);
        if let Some(old) = kept.map_err(|error| ChatError::of_store(&error))? {
            tracing::info!(kept = %old.display(), "this user has another key now");
        }
        let name = self.shared.store.setting(NAME)?;
        self.shared.pairs.lock().clear();
        self.be(identity, &name.unwrap_or_else(|| self.shared.config.read().name.clone()))?;
        Ok(self.myself())
    }

    /// The name of the configuration holds, since no other one was chosen.
    pub(super) fn take_configured_name(&self) -> Result<(), ChatError> {
        let name = self.shared.config.read().name.clone();
        self.be(self.shared.me().identity.clone(), &name)
    }

    fn be(&self, identity: Identity, name: &str) -> Result<(), ChatError> {
        let me = Arc::new(Me::new(identity, name));
        self.shared.store.set_own(&me.author, &me.name)?;
        *self.shared.me.write() = Arc::clone(&me);
        self.emit(&Event::Name { name: me.name.clone() });
        Ok(())
    }
}

/// Whether a name can be taken; an empty one is none at all.
pub(super) fn check(name: &str) -> Result<(), String> {
    check_name(name).map_err(|error| error.to_string())?;
    if name.len() > limits::NAME_BYTES {
        return Err(format!("a name has at most {} bytes, and this one {}", limits::NAME_BYTES, name.len()));
    }
    Ok(())
}
