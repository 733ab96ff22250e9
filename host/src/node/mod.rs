//! One running node: its parts put together, started and stopped in order.

mod policy;
mod reload;

pub use reload::{Refusal, ReloadError, Reloaded, Reloader, SetLogLevel};

use crate::address::Address;
use crate::channel::Channels;
use crate::clock;
use crate::events::Events;
use crate::hosts::{Hosts, HostsConfig, HostsError, Secret, is_told};
use crate::hub::Hub;
use crate::key::{KeyError, KnownNodes, NodeKey};
use crate::ledger::{Ledger, LedgerConfig};
use crate::plugin::{self, PluginManager, Services};
use crate::protocol::builtin::Builtin;
use crate::protocol::handshake::Identity;
use crate::protocol::standard;
use crate::protocol::{ProtocolRegistry, RegisterError};
use crate::random;
use crate::session::{
    self, DirectSession, DirectTable, InboundSlots, ManualPeers, SessionContext, Slots, Status, keeper,
};
use crate::settings::{LiveSettings, Loaded, Settings, SettingsError};
use crate::transport::upnp::MULTICAST;
use crate::transport::{TransportError, Transports};
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::timeout_at;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One running node.
#[derive(Debug)]
pub struct Node {
    context: Arc<SessionContext>,
    plugins: Arc<PluginManager>,
    inbound: Vec<Address>,
}

impl Node {
    /// Starts a node: the plug-ins first, then the listeners, then the sessions that dial.
    ///
    /// # Errors
    ///
    /// [`StartError`]. Whatever had been started is stopped again.
    pub async fn start(settings: Settings, transports: Transports) -> Result<Self, StartError> {
        Self::start_without(&[], settings, transports).await
    }

    /// Starts a node that lacks these of the built-in protocols: plug-ins can take their names and places.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn start_without(
        absent: &[&str],
        settings: Settings,
        transports: Transports,
    ) -> Result<Self, StartError> {
        make_dir(&settings.node.data_dir)?;
        let key = NodeKey::load_or_create(&settings.node.data_dir.join("node.key"))?;
        let transports = transports.equipped(&settings.network, &key);
        let secret = Secret::load_or_make(&settings.node.data_dir.join(keeper::SECRET), &mut random::rng())?;
        let hosts = Hosts::new(HostsConfig::of(&settings, transports.schemes(), secret));
        let context = Arc::new(context(settings, transports, &key, hosts));
        let services = Services {
            settings: context.settings.now(),
            channels: Arc::clone(&context.channels),
            registry: Arc::clone(&context.registry),
            network: Handle::current(),
            connect: Some(Arc::new(DirectSession::new(&context))),
            hub: Hub::default(),
        };
        let plugins = Arc::new(PluginManager::new(services));
        link_builtin(&context, &plugins, absent)?;
        let mut node = Self { context, plugins, inbound: Vec::new() };
        if let Err(error) = node.open().await {
            node.stop().await;
            return Err(error);
        }
        Ok(node)
    }

    async fn open(&mut self) -> Result<(), StartError> {
        self.plugins.start_all().await?;
        let context = &self.context;
        let (stop, plugins) = (context.stop.clone(), Arc::clone(&self.plugins));
        context.tasks.spawn(async move { stop.run_until_cancelled(plugins.watch()).await });
        keeper::load(context).await?;
        for address in &context.settings.now().network.inbound {
            self.inbound.push(session::listen(context, address).await?);
        }
        self.announce();
        session::start(context);
        context.tasks.spawn(Arc::clone(&self.plugins).supervise(context.stop.clone()));
        if context.settings.now().network.upnp {
            let (owned, inbound) = (Arc::clone(context), self.inbound.clone());
            context.tasks.spawn(async move { session::keep_open(&owned, &inbound, MULTICAST).await });
        }
        Ok(())
    }

    /// Fills in the ports of external addresses: 0 stands for the one that was bound.
    fn announce(&self) {
        let bound = |address: &Address| {
            let same = self.inbound.iter().find(|inbound| inbound.scheme() == address.scheme());
            match (address.port(), same.and_then(Address::port)) {
                (Some(0), Some(port)) => address.with_port(port),
                _ => address.clone(),
            }
        };
        let external: Vec<_> = self.context.settings.now().network.external.iter().map(bound).collect();
        external.iter().for_each(|address| self.context.hosts.add_own(address));
        *self.context.identity.external.write() = external;
    }

    /// Stops the node within the configured deadline: no new connections, the protocols, the channels, the plug-ins;
    /// then its state is saved. The network gets half of the time at most, so that some is left for the plug-ins.
    pub async fn stop(&self) {
        let (start, limit) = (clock::now(), self.context.settings.now().node.shutdown_deadline);
        self.context.stop.cancel();
        self.context.tasks.close();
        if timeout_at(start + limit / 2, self.context.tasks.wait()).await.is_err() {
            tracing::error!(tasks = self.context.tasks.len(), "tasks of the network did not end in time");
        }
        self.plugins.stop_all(start + limit).await;
        keeper::save(&self.context).await;
        tracing::info!("the node has stopped");
    }

    /// Puts other settings into force, as far as they can change while the node runs.
    fn adopt(&self, settings: Settings) {
        let context = &self.context;
        context.hosts.reconfigure(|config| config.adopt(&settings));
        context.inbound.set_limit(settings.network.inbound_connections.into());
        context.close_blocked();
        context.ledger.set_config(LedgerConfig::of(&settings));
        *context.limits.write() = policy::limits(&settings, context.ledger.budget());
        self.plugins.adopt(&settings);
        // Last: whoever is woken by it finds everything else in its place.
        context.settings.replace(settings);
    }

    /// What the sessions work with.
    #[must_use]
    pub const fn context(&self) -> &Arc<SessionContext> {
        &self.context
    }

    /// The plug-ins.
    #[must_use]
    pub const fn plugins(&self) -> &Arc<PluginManager> {
        &self.plugins
    }

    /// The addresses at which peers are accepted, with the ports that were bound.
    #[must_use]
    pub fn inbound(&self) -> &[Address] {
        &self.inbound
    }
}

fn make_dir(dir: &PathBuf) -> Result<(), StartError> {
    std::fs::create_dir_all(dir).map_err(|source| StartError::DataDir { dir: dir.clone(), source })
}

fn context(settings: Settings, transports: Transports, key: &NodeKey, hosts: Hosts) -> SessionContext {
    let network = &settings.network;
    let ledger = Ledger::new(LedgerConfig::of(&settings));
    let identity = Identity {
        node_id: network.node_id.clone(),
        app_name: network.app_name.clone(),
        app_version: network.app_version.clone().into(),
        nonce: random::number(),
        external: RwLock::new(network.external.clone()),
    };
    SessionContext {
        identity: Arc::new(identity),
        registry: Arc::new(ProtocolRegistry::new(network.magic_bytes)),
        roster: Arc::default(),
        channels: Arc::new(Channels::default()),
        hosts: Arc::new(hosts),
        inbound: InboundSlots::new(network.inbound_connections.into(), &ledger),
        limits: RwLock::new(policy::limits(&settings, ledger.budget())),
        ledger,
        transports,
        events: Events::new(),
        slots: Slots::default(),
        direct: DirectTable::default(),
        status: Status::default(),
        nodes: Mutex::new(BTreeMap::new()),
        known: KnownNodes::new(key.id()),
        peers: ManualPeers::default(),
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
        settings: LiveSettings::new(settings),
    }
}

fn link_builtin(
    context: &Arc<SessionContext>,
    plugins: &PluginManager,
    absent: &[&str],
) -> Result<(), RegisterError> {
    let make = |host| Builtin {
        host,
        channels: Arc::clone(&context.channels),
        hosts: Arc::clone(&context.hosts),
        identity: Arc::clone(&context.identity),
        settings: context.settings.clone(),
        schemes: context
            .transports
            .schemes()
            .filter(|scheme| is_told(scheme))
            .map(ToOwned::to_owned)
            .collect(),
    };
    plugins.link(standard::PACKAGE, make, Builtin::registry(absent))
}

/// A mistake of the operator's about plug-ins, blamed on the layer that made it; none when it is no such mistake.
#[must_use]
pub fn blame(error: &plugin::StartError, loaded: &Loaded) -> Option<SettingsError> {
    match error {
        plugin::StartError::Config { key, reason } => Some(loaded.blame(key, reason.clone())),
        plugin::StartError::NoPlugin { name, .. } => {
            Some(loaded.blame(&format!("plugin.{name}"), error.to_string()))
        }
        _ => None,
    }
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot make the data folder {} (node.data_dir)", dir.display())]
    DataDir {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The node has no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A plug-in is in the way.
    #[error(transparent)]
    Plugin(#[from] plugin::StartError),
    /// The built-in protocols are in one another's way.
    #[error("the built-in protocols cannot be registered")]
    Builtin(#[from] RegisterError),
    /// The address book cannot be read.
    #[error(transparent)]
    Hosts(#[from] HostsError),
    /// An address cannot be listened at.
    #[error(transparent)]
    Transport(#[from] TransportError),
}
