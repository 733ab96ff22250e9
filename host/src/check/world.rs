//! A host around one plug-in, made of the parts of a node.

use super::case::Case;
use super::outcome::{Stop, Verdict, failed};
use super::patience::PATIENCE;
use super::visit::{Line, Visit};
use super::watch::Watch;
use crate::channel::Channels;
use crate::hub::Hub;
use crate::plugin::{Library, Services, Trial};
use crate::protocol::ProtocolRegistry;
use backplane_plugin::abi::Manifest;
use backplane_plugin::{SessionFlags, SessionKind};
use serde_json::Value;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// A host around one plug-in.
#[derive(Debug)]
pub(super) struct World {
    pub(super) library: Library,
    pub(super) trial: Trial,
    pub(super) watch: Arc<Watch>,
    pub(super) services: Services,
    /// What the plug-in's configuration holds.
    pub(super) config: Value,
    line: Line,
    case: Case,
    last_channel: AtomicU32,
}

/// One message type of the plug-in.
#[derive(Debug, Clone)]
pub(super) struct Speech {
    pub(super) command: String,
    /// A session on which it may come.
    pub(super) session: SessionKind,
    pub(super) max_bytes: usize,
}

impl World {
    /// The plug-in as it is, but for its metering: nobody is to be slowed down.
    pub(super) async fn create(case: &Case) -> Result<Self, Stop> {
        Self::with(case, Line::usual(), unmetered).await
    }

    /// The plug-in on channels like these, with its manifest changed.
    pub(super) async fn with(
        case: &Case,
        line: Line,
        change: impl FnOnce(&mut Manifest),
    ) -> Result<Self, Stop> {
        let library = case.open()?;
        let (services, config) = services(case, &library)?;
        let made = Trial::create(&library, &services, &config).await;
        let trial = made.or_else(|error| failed(format!("it cannot be made: {error}")))?;
        let mut manifest = library.manifest().clone();
        change(&mut manifest);
        let watch = Arc::new(Watch::default());
        let entries = trial.entries(&manifest, &services).or_else(failed)?;
        let entries = entries.into_iter().map(|entry| watch.over(entry)).collect();
        services.registry.register(entries).or_else(failed)?;
        let (case, last_channel) = (case.clone(), AtomicU32::new(0));
        Ok(Self { library, trial, watch, services, config, line, case, last_channel })
    }

    /// A new channel, to which its protocols are attached.
    pub(super) fn visit(&self, session: SessionKind) -> Result<Visit, Stop> {
        let id = self.last_channel.fetch_add(1, Ordering::Relaxed);
        let visit = Visit::new(&self.services, &self.line, id, session);
        self.watch.unstarted().map_or(Ok(visit), failed)
    }

    /// A new channel, on which its protocols run.
    pub(super) fn start(&self, session: SessionKind) -> Result<Visit, Stop> {
        let mut visit = self.visit(session)?;
        visit.start();
        self.watch.unstarted().map_or(Ok(visit), failed)
    }

    /// The sessions of its protocols.
    pub(super) fn sessions(&self) -> Result<Vec<SessionKind>, Stop> {
        let bits = self.library.manifest().protocols.iter().fold(0, |all, one| all | one.sessions);
        let sessions: Vec<_> =
            SessionFlags::from_bits(bits).into_iter().flat_map(SessionFlags::iter).collect();
        if sessions.is_empty() { Err(Stop::Skipped("it has no protocols")) } else { Ok(sessions) }
    }

    /// Its message types.
    pub(super) fn speeches(&self) -> Result<Vec<Speech>, Stop> {
        let host_limit = self.services.settings.network.max_payload_bytes;
        let mut speeches = Vec::new();
        for protocol in &self.library.manifest().protocols {
            let mut sessions =
                SessionFlags::from_bits(protocol.sessions).into_iter().flat_map(SessionFlags::iter);
            let Some(session) = sessions.next() else { continue };
            speeches.extend(protocol.messages.iter().map(|message| Speech {
                command: message.name.to_string(),
                session,
                max_bytes: match message.max_bytes {
                    0 => host_limit,
                    bytes => usize::try_from(bytes).unwrap_or(usize::MAX).min(host_limit),
                },
            }));
        }
        if speeches.is_empty() { Err(Stop::Skipped("it has no messages")) } else { Ok(speeches) }
    }

    /// Notes what is done next, for the case that it is the last thing.
    pub(super) fn begin(&self, what: impl Display) {
        self.case.begin(what);
    }

    /// Fails if the plug-in has panicked; `after` is what was done.
    pub(super) fn sound(&self, after: impl FnOnce() -> String) -> Verdict {
        if self.trial.panics() == 0 {
            return Ok(());
        }
        let panic = self.watch.panic().unwrap_or_else(|| "it panicked, as the log has it".to_owned());
        failed(format!("{}: {panic}", after()))
    }

    /// Stops the plug-in, which has to be sound until then. How it stops is another check.
    pub(super) async fn end(self) -> Verdict {
        self.sound(|| "at the end".to_owned())?;
        let _ = timeout(PATIENCE, self.trial.stop()).await;
        Ok(())
    }
}

/// Takes the metering away from every message.
pub(super) fn unmetered(manifest: &mut Manifest) {
    let messages = manifest.protocols.iter_mut().flat_map(|protocol| protocol.messages.iter_mut());
    messages.for_each(|message| message.threshold = 0);
}

/// What the plug-in is made with, and its configuration.
pub(super) fn services(case: &Case, library: &Library) -> Result<(Services, Value), Stop> {
    let name = library.manifest().name.as_str();
    let settings = Arc::new(case.settings(name)?);
    let config = settings.plugin_config_json(name);
    let registry = Arc::new(ProtocolRegistry::new(settings.network.magic_bytes));
    let channels = Arc::new(Channels::default());
    let (network, hub) = (Handle::current(), Hub::default());
    Ok((Services { settings, channels, registry, network, connect: None, hub }, config))
}
