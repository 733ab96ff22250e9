//! Where a plug-in's jobs run.

use std::io;
use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime of one plug-in: its own, or the network's.
#[derive(Debug)]
pub(super) struct PluginRuntime {
    handle: Handle,
    own: Option<Runtime>,
}

impl PluginRuntime {
    /// A runtime with this many threads; with none, the jobs run on the network's.
    pub(super) fn new(plugin: &str, threads: u16, network: &Handle) -> io::Result<Self> {
        if threads == 0 {
            return Ok(Self { handle: network.clone(), own: None });
        }
        let name = format!("plugin-{plugin}");
        let own = Builder::new_multi_thread()
            .worker_threads(threads.into())
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Self { handle: own.handle().clone(), own: Some(own) })
    }

    pub(super) const fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for PluginRuntime {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            // A job that hangs must not keep the node from stopping.
            own.shutdown_background();
        }
    }
}
