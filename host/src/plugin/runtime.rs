//! The threads of one plug-in.

use std::io;
use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime of one plug-in, if it has one of its own.
#[derive(Debug)]
pub(super) struct PluginRuntime {
    own: Option<Runtime>,
}

impl PluginRuntime {
    /// A runtime with this many threads; with none, the plug-in's tasks run on the network's.
    pub(super) fn new(plugin: &str, threads: u16) -> io::Result<Self> {
        if threads == 0 {
            return Ok(Self { own: None });
        }
        let name = format!("plugin-{plugin}");
        let mut builder = Builder::new_multi_thread();
        let own = builder.worker_threads(threads.into()).thread_name(name).enable_all().build()?;
        Ok(Self { own: Some(own) })
    }

    pub(super) fn own(&self) -> Option<&Handle> {
        self.own.as_ref().map(Runtime::handle)
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
