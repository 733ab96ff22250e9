//! One plug-in of a node, over all its instances: it starts, restarts, is withdrawn, and stops.

use super::Services;
use super::instance::Instance;
use super::library::Library;
use super::record::Record;
use super::state::State;
use super::watch::Watch;
use crate::settings::Settings;
use backplane_plugin::PluginError;
use backplane_plugin::abi::Reconfigured;
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout, timeout_at};

/// How long an instance may take to stop before it is left behind.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

/// Why an instance is replaced or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It can still be asked to stop.
    Sound(String),
    /// It does not return from a call: it is left behind with its threads.
    Hung(String),
}

/// One plug-in of a node, over all its instances.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) library: Library,
    pub(super) services: Services,
    pub(super) record: Arc<Record>,
    /// The configuration in force.
    config: Mutex<Value>,
    pub(super) current: Mutex<Current>,
    /// Held for a whole change of the state, so that changes take turns.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) watch: Mutex<Watch>,
    /// A change that the node decided on is under way.
    pub(super) is_changing: AtomicBool,
    /// Its node stops: there is no other instance after this one.
    is_stopping: AtomicBool,
    /// Told when the node has to go without a plug-in that is required.
    lost: Option<watch::Sender<Option<String>>>,
}

/// Whose a plug-in is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) services: &'a Services,
    /// Rung when something has to be decided.
    pub(super) bell: &'a Arc<Notify>,
    /// Told when the node has to go without a plug-in that is required.
    pub(super) lost: &'a watch::Sender<Option<String>>,
}

#[derive(Debug)]
pub(super) struct Current {
    pub(super) state: State,
    /// Present while it runs.
    instance: Option<Arc<Instance>>,
    /// The instances that were left behind.
    pub(super) abandoned: u32,
}

impl Kept {
    /// Starts the plug-in of a library, and registers its protocols.
    ///
    /// # Errors
    ///
    /// What the plug-in says, or which name or command is taken.
    pub(super) async fn start(library: Library, owner: &Owner<'_>) -> Result<Self, PluginError> {
        let services = owner.services;
        let name = library.manifest().name.as_str();
        let settings = services.settings.plugin(name);
        let record = Arc::new(Record::new(name, &services.settings.log.level, &settings, owner.bell));
        let config = services.settings.plugin_config_json(name);
        let instance = Instance::create(&library, &record, services, &config).await?;
        let entries = instance.entries(library.manifest(), services);
        let registered = entries.and_then(|entries| services.registry.register(entries));
        if let Err(error) = registered {
            instance.leave();
            return Err(PluginError::new(error));
        }
        let current = Current { state: State::Running, instance: Some(Arc::new(instance)), abandoned: 0 };
        Ok(Self {
            library,
            services: services.clone(),
            record,
            config: Mutex::new(config),
            current: Mutex::new(current),
            turn: tokio::sync::Mutex::default(),
            watch: Mutex::default(),
            is_changing: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            lost: settings.required.then(|| owner.lost.clone()),
        })
    }

    pub(super) fn name(&self) -> &str {
        self.library.manifest().name.as_str()
    }

    /// The instance that runs.
    pub(super) fn instance(&self) -> Option<Arc<Instance>> {
        self.current.lock().instance.clone()
    }

    pub(super) fn state(&self) -> State {
        self.current.lock().state.clone()
    }

    /// Takes over changed limits and a changed `log.level`.
    pub(super) fn adopt(&self, settings: &Settings) {
        self.record.adopt(&settings.plugin(self.name()), &settings.log.level);
        if let Some(instance) = self.instance() {
            instance.host.quotas().adopt();
        }
    }

    /// Withdraws its protocols from every channel. It goes on running, with its RPC methods.
    pub(super) async fn withdraw(&self) -> Result<(), PluginError> {
        let _turn = self.turn.lock().await;
        let Some(instance) = self.instance() else {
            return Err(PluginError::new(format!("the plug-in is {}", self.state())));
        };
        self.current.lock().state = State::Withdrawn;
        self.services.registry.withdraw(&self.protocols());
        instance.host.release();
        Ok(())
    }

    /// Lets it run: its protocols are offered again, those of a new instance if there is none.
    pub(super) async fn enable(&self) -> Result<(), PluginError> {
        let _turn = self.turn.lock().await;
        self.record.forgive();
        if self.instance().is_none() {
            return self.replace().await;
        }
        self.current.lock().state = State::Running;
        self.services.registry.offer(&self.protocols());
        Ok(())
    }

    /// Ends the instance that runs, and lets a new one take its place, with the configuration in force.
    ///
    /// # Errors
    ///
    /// Why there is none: the plug-in has failed, or did not run before.
    pub(super) async fn restart(&self, reason: Reason) -> Result<(), PluginError> {
        let _turn = self.turn.lock().await;
        self.renew(reason).await
    }

    /// As [`restart`](Self::restart), with the turn taken.
    pub(super) async fn renew(&self, reason: Reason) -> Result<(), PluginError> {
        let was_withdrawn = self.state() == State::Withdrawn;
        let text = match &reason {
            Reason::Sound(text) | Reason::Hung(text) => text.clone(),
        };
        self.end(State::Restarting { reason: text.clone() }, reason).await?;
        tracing::warn!(plugin = self.name(), reason = text, "the plug-in is restarted");
        self.replace().await?;
        if was_withdrawn {
            self.current.lock().state = State::Withdrawn;
            self.services.registry.withdraw(&self.protocols());
        }
        Ok(())
    }

    /// Ends the instance that runs, for good: `after` is how the plug-in is then.
    ///
    /// # Errors
    ///
    /// When none runs.
    pub(super) async fn disable(&self, after: State, reason: Reason) -> Result<(), PluginError> {
        let _turn = self.turn.lock().await;
        self.end(after, reason).await?;
        self.tell_lost();
        Ok(())
    }

    /// From here on nothing of the instance is seen on any channel or by RPC; then it is stopped, or left behind.
    pub(super) async fn end(&self, after: State, reason: Reason) -> Result<(), PluginError> {
        let instance = self.take(after)?;
        self.services.registry.withdraw(&self.protocols());
        let is_stopped = match reason {
            Reason::Hung(_) => None,
            Reason::Sound(_) => timeout(STOP_DEADLINE, instance.stop()).await.ok(),
        };
        self.left(&instance, is_stopped);
        Ok(())
    }

    /// Takes the instance that runs out of its place: `after` is how the plug-in is then.
    fn take(&self, after: State) -> Result<Arc<Instance>, PluginError> {
        let mut current = self.current.lock();
        let Some(instance) = current.instance.take() else {
            return Err(PluginError::new(format!("the plug-in is {}", current.state)));
        };
        current.state = after;
        Ok(instance)
    }

    /// Tells how an instance has ended; `None` when it has not.
    fn left(&self, instance: &Instance, ended: Option<Result<(), PluginError>>) {
        let plugin = self.name();
        match ended {
            Some(Ok(())) => tracing::info!(plugin, "plug-in stopped"),
            Some(Err(error)) => tracing::error!(plugin, %error, "the plug-in failed to stop"),
            None => {
                tracing::error!(
                    plugin,
                    "the plug-in did not stop in time; it is left behind with its threads"
                );
                self.current.lock().abandoned += 1;
            }
        }
        instance.leave();
    }

    /// A new instance in the place of one that has ended.
    async fn replace(&self) -> Result<(), PluginError> {
        if self.is_stopping.load(Ordering::Acquire) {
            return Err(PluginError::new("the node stops"));
        }
        // What was measured before is not the new one's, and it has been told of nothing.
        *self.watch.lock() = Watch::default();
        let config = self.config.lock().clone();
        let made = self.make(&config).await;
        let mut current = self.current.lock();
        match made {
            Ok(instance) => {
                current.instance = Some(instance);
                current.state = State::Running;
                Ok(())
            }
            Err(error) => {
                current.state = State::Failed { reason: error.to_string() };
                drop(current);
                self.tell_lost();
                Err(error)
            }
        }
    }

    async fn make(&self, config: &Value) -> Result<Arc<Instance>, PluginError> {
        let instance = Instance::create(&self.library, &self.record, &self.services, config).await?;
        let entries = instance.entries(self.library.manifest(), &self.services).map_err(PluginError::new)?;
        self.services.registry.replace(entries);
        Ok(Arc::new(instance))
    }

    /// A plug-in that is required does not run any more.
    pub(super) fn tell_lost(&self) {
        if let Some(lost) = &self.lost {
            let (plugin, state) = (self.name(), self.state());
            tracing::error!(plugin, %state, "a required plug-in is lost: the node stops");
            lost.send_replace(Some(format!("the required plug-in {plugin} is {state}")));
        }
    }

    /// Lets it read a changed configuration; with `apply` it takes it over, or the next instance does.
    pub(super) async fn reconfigure(&self, config: Value, apply: bool) -> Result<Reconfigured, PluginError> {
        let done = match self.instance() {
            Some(instance) => instance.reconfigure(&config, apply).await?,
            None => Reconfigured::Done,
        };
        if apply && matches!(done, Reconfigured::Done) {
            *self.config.lock() = config;
        }
        Ok(done)
    }

    /// Stops it with its node, by the deadline.
    pub(super) async fn stop(&self, deadline: Instant) {
        self.is_stopping.store(true, Ordering::Release);
        let Ok(_turn) = timeout_at(deadline, self.turn.lock()).await else {
            tracing::error!(plugin = self.name(), "the plug-in did not stop in time: it is being changed");
            return;
        };
        let after = State::Disabled { reason: "the node stops".to_owned() };
        let Ok(instance) = self.take(after) else { return };
        let ended = timeout_at(deadline, instance.stop()).await.ok();
        self.left(&instance, ended);
    }

    fn protocols(&self) -> Vec<Arc<str>> {
        self.library.manifest().protocols.iter().map(|protocol| protocol.name.as_str().into()).collect()
    }
}
