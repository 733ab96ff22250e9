//! The RPC methods of a plug-in, whichever instance of it runs.

use super::bridge;
use super::kept::Kept;
use super::names::method_names;
use backplane_plugin::RpcError;
use serde_json::Value;
use std::sync::Arc;

/// The code of the error with which a method of a plug-in that does not run is answered.
const NOT_RUNNING: i64 = -32001;

/// One RPC method of a plug-in.
#[derive(Debug, Clone)]
pub struct PluginMethod {
    /// The name, with the plug-in's in front.
    pub name: String,
    /// The bare names.
    pub aliases: Vec<String>,
    plugin: Arc<Kept>,
    index: u32,
}

impl PluginMethod {
    /// Asks the method.
    ///
    /// # Errors
    ///
    /// What it answers instead of a result, or why the plug-in does not run.
    pub async fn call(&self, params: &Value) -> Result<Value, RpcError> {
        let Some(instance) = self.plugin.instance() else {
            return Err(RpcError::new(NOT_RUNNING, format!("plug-in {}", self.plugin.state())));
        };
        let (handle, host) = (instance.handle.clone(), instance.host.clone());
        // Not kept while it answers: a call that never ends would keep its threads.
        drop(instance);
        bridge::rpc(&handle, &host, (self.index, &self.name), params).await
    }
}

/// The RPC methods of a plug-in.
pub(super) fn methods(plugin: &Arc<Kept>) -> impl Iterator<Item = PluginMethod> {
    let plugin = Arc::clone(plugin);
    let names = method_names(plugin.library.manifest());
    (0..).zip(names).map(move |(index, (name, aliases))| PluginMethod {
        name,
        aliases,
        plugin: Arc::clone(&plugin),
        index,
    })
}
