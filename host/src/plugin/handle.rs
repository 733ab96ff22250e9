//! The object of one instance of a plug-in, for as long as it runs.

use backplane_plugin::PluginError;
use backplane_plugin::abi::PluginBox;
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;

/// A shared handle to the object of one instance. Whoever keeps one does not keep the instance: channels may learn later
/// than others that it has gone.
#[derive(Clone)]
pub struct PluginHandle {
    object: Arc<RwLock<Option<Arc<PluginBox>>>>,
}

impl PluginHandle {
    /// A handle to this object.
    #[must_use]
    pub fn new(object: PluginBox) -> Self {
        Self { object: Arc::new(RwLock::new(Some(Arc::new(object)))) }
    }

    /// The object, for one call.
    ///
    /// # Errors
    ///
    /// When the instance has stopped.
    pub fn get(&self) -> Result<Arc<PluginBox>, PluginError> {
        self.object.read().clone().ok_or_else(|| PluginError::new("the plug-in has stopped"))
    }

    /// Takes the object away from all handles.
    #[must_use]
    pub fn take(&self) -> Option<Arc<PluginBox>> {
        self.object.write().take()
    }
}

impl fmt::Debug for PluginHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PluginHandle").field(&self.object.read().is_some()).finish()
    }
}
