//! Protocols that are linked into the node, run like those of a plug-in.

use super::Services;
use super::bridge::{self, HostBridge};
use super::handle::PluginHandle;
use super::quotas::Quotas;
use super::record::Record;
use crate::protocol::RegisterError;
use crate::settings::{PluginLimits, PluginSettings};
use backplane_plugin::abi::{self, Calls, Reconfigured};
use backplane_plugin::manifest::Package;
use backplane_plugin::{Host, ProtocolRegistry};
use std::sync::Arc;

/// See [`PluginManager::link`](super::PluginManager::link).
pub(super) fn link<P: Send + Sync + 'static>(
    package: Package,
    make: impl FnOnce(Host) -> P,
    registry: ProtocolRegistry<P>,
    services: &Services,
) -> Result<(), RegisterError> {
    let manifest = abi::tables(&package, &registry);
    let name: Arc<str> = manifest.name.as_str().into();
    // Nobody rings for them: they are the node's own.
    let record = Record::new(&name, &services.settings.log.level, &boundless(), &Arc::default());
    let host = HostBridge::new(&name, services, None, Quotas::new(&Arc::new(record)), None);
    let object = host.object();
    let shared = Arc::new(make(abi::host(object.clone())));
    let calls = Calls {
        stop: |_: &P| Box::pin(async {}),
        // They read the node's settings.
        reconfigure: |_, _, _| Ok(Reconfigured::Done),
        pressure: |_, _| {},
    };
    let plugin = PluginHandle::new(abi::build(shared, registry, object, calls));
    let entries = bridge::entries(&manifest, &plugin, &host, (&*services.settings).into())?;
    host.set_protocols(entries.iter().map(|entry| Arc::clone(&entry.name)).collect());
    services.registry.register(entries)
}

/// Limits that nothing reaches.
fn boundless() -> PluginSettings {
    let limits = PluginLimits {
        queue_bytes: 0,
        jobs: u32::MAX,
        subscriptions: u32::MAX,
        bytes_per_second: 0,
        log_lines_per_second: 0,
        ..PluginLimits::default()
    };
    PluginSettings { limits, ..PluginSettings::default() }
}
