//! One instance of a plug-in outside of any node, for those who try plug-ins out.

use super::file::Taken;
use super::instance::Instance;
use super::library::Library;
use super::manager::Services;
use super::names::method_names;
use super::record::Record;
use crate::protocol::{ProtocolEntry, RegisterError, standard};
use backplane_plugin::abi::{Manifest, Reconfigured};
use backplane_plugin::manifest::FileManifest;
use backplane_plugin::{PluginError, RpcError};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;

/// One instance of a plug-in, with threads of its own. Dropping it leaves the instance behind without asking it.
#[derive(Debug)]
pub struct Trial {
    instance: Instance,
    record: Arc<Record>,
    methods: Vec<String>,
}

impl Trial {
    /// Makes an instance; `config` is what its configuration holds.
    ///
    /// # Errors
    ///
    /// What the plug-in says.
    pub async fn create(library: &Library, services: &Services, config: &Value) -> Result<Self, PluginError> {
        let manifest = library.manifest();
        let (name, settings) = (manifest.name.as_str(), &services.settings);
        // Nobody decides on its failures but who tries it out.
        let bell = Arc::default();
        let record = Arc::new(Record::new(name, &settings.log.level, &settings.plugin(name), &bell));
        let instance = Instance::create(library, &record, services, config).await?;
        let methods = method_names(manifest).into_iter().map(|(name, _)| name).collect();
        Ok(Self { instance, record, methods })
    }

    /// The registry's entries for its protocols; `manifest` is the library's, perhaps with other limits. Once.
    ///
    /// # Errors
    ///
    /// When the manifest has session flags that this host does not know.
    pub fn entries(
        &self,
        manifest: &Manifest,
        services: &Services,
    ) -> Result<Vec<ProtocolEntry>, RegisterError> {
        self.instance.entries(manifest, services)
    }

    /// Lets the plug-in read a changed configuration; with `apply` it takes it over.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub async fn reconfigure(&self, config: &Value, apply: bool) -> Result<Reconfigured, PluginError> {
        self.instance.reconfigure(config, apply).await
    }

    /// The full names of its RPC methods.
    #[must_use]
    pub fn methods(&self) -> &[String] {
        &self.methods
    }

    /// Asks the RPC method with this index.
    pub fn rpc(
        &self,
        index: usize,
        params: Value,
    ) -> impl Future<Output = Result<Value, RpcError>> + Send + 'static {
        let (handle, host) = (self.instance.handle.clone(), self.instance.host.clone());
        let name = self.methods.get(index).cloned().unwrap_or_default();
        async move {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            super::bridge::rpc(&handle, &host, (index, &name), &params).await
        }
    }

    /// Ends its jobs, then the plug-in. Once it has ended, there is nothing more to do.
    ///
    /// # Errors
    ///
    /// What it failed with. It has ended all the same.
    pub async fn stop(&self) -> Result<(), PluginError> {
        self.instance.stop().await
    }

    /// The panics that were caught.
    #[must_use]
    pub fn panics(&self) -> u32 {
        self.record.panics()
    }
}

/// Which name in a manifest is there twice, or one that every node has itself.
#[must_use]
pub fn clash(manifest: &FileManifest) -> Option<String> {
    let clash = Taken::by_node(standard::names()).with(manifest, "itself").err()?;
    Some(clash.to_string())
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.instance.leave();
    }
}
