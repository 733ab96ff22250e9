//! The start of the plug-ins in a folder: each file is looked at, and becomes a plug-in or is left out for a reason.

use super::error::{StartError, config_error};
use super::file::{Named, Screening, Taken, Verdict, look, unmet};
use super::folder::libraries;
use super::integrity::{Copied, Passed};
use super::kept::Kept;
use super::manager::PluginManager;
use super::quarantine::open;
use super::state::State;
use super::status::PluginStatus;
use crate::blocking::run_blocking;
use backplane_plugin::PluginError;
use backplane_plugin::manifest::FileManifest;
use futures_util::{Stream, StreamExt, stream};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many files are looked at at once.
const LOOKED_AT: usize = 8;

impl PluginManager {
    /// Starts every plug-in of the configured folder, in the order of the file names. One that fails is left out, with
    /// a line that names its file, unless it is required.
    ///
    /// # Errors
    ///
    /// [`StartError`]: what the operator has to change.
    pub async fn start_all(&self) -> Result<(), StartError> {
        let settings = Arc::clone(&self.services.settings);
        let files = libraries(&settings.plugins.dir)?;
        let mut screening = Screening::new(self.taken());
        if files.is_empty() {
            tracing::info!(dir = %settings.plugins.dir.display(), "no plug-ins in plugins.dir");
        }
        let mut looked_at = self.look(files);
        while let Some((file, looked)) = looked_at.next().await {
            match screening.judge(&file, looked) {
                Verdict::Disabled(named, reason) => self.disabled(&file, &named, reason),
                Verdict::Refused(named, reason) => self.failed(&file, &named, &PluginError::new(reason))?,
                Verdict::Sound(manifest, passed) => {
                    if let Some(reason) = self.crashes.quarantined(&manifest.name) {
                        self.quarantined(&file, &Named::by_manifest(*manifest), reason)?;
                        continue;
                    }
                    match self.start(&file, passed, &manifest).await {
                        Ok(()) => screening.keep(file, &manifest),
                        Err(error) => self.failed(&file, &Named::by_manifest(*manifest), &error)?,
                    }
                }
            }
        }
        self.check_tables(&settings)
    }

    /// Copies the files and looks at them, several at once. They come in their order.
    fn look(&self, files: Vec<PathBuf>) -> impl Stream<Item = (PathBuf, Verdict<Copied>)> + Unpin + use<> {
        let (gate, settings) = (Arc::clone(&self.gate), Arc::clone(&self.services.settings));
        let looking = files.into_iter().map(move |file| {
            let (gate, settings) = (Arc::clone(&gate), Arc::clone(&settings));
            let work = run_blocking(move || {
                let looked = look(&file, &settings, |file| gate.copy(file));
                (file, looked)
            });
            async { work.await.expect("looking at a file does not panic") }
        });
        Box::pin(stream::iter(looking).buffered(LOOKED_AT))
    }

    /// The names that the node has without plug-ins.
    fn taken(&self) -> Taken {
        Taken::by_node(self.services.registry.entries().iter().map(|entry| {
            let commands = entry.messages.iter().map(|command| command.info().name.to_string());
            (entry.name.to_string(), entry.sessions, commands.collect())
        }))
    }

    async fn start(
        &self,
        file: &Path,
        passed: Passed<Copied>,
        said: &FileManifest,
    ) -> Result<(), PluginError> {
        for (limit, wanted, allowed) in unmet(&said.limits, &self.services.settings.plugin(&said.name).limits)
        {
            tracing::warn!(
                plugin = said.name,
                limit,
                wanted,
                allowed,
                "the plug-in wants more than its limits allow"
            );
        }
        let library = open(file, passed, said).map_err(PluginError::new)?;
        let plugin = Kept::start(library, &self.owner()).await?;
        let protocols: Vec<_> = said.protocols.iter().map(|protocol| protocol.name.as_str()).collect();
        tracing::info!(plugin = said.name, version = said.version, protocols = ?protocols, file = %file.display(), "plug-in loaded");
        self.plugins.write().push(Arc::new(plugin));
        Ok(())
    }

    fn disabled(&self, file: &Path, named: &Named, reason: String) {
        tracing::info!(plugin = named.name, file = %file.display(), "plug-in disabled");
        self.note(file, named, &State::Disabled { reason }, false);
    }

    fn failed(&self, file: &Path, named: &Named, error: &PluginError) -> Result<(), StartError> {
        self.leave_out(file, named, error, &State::Failed { reason: error.to_string() })
    }

    fn quarantined(&self, file: &Path, named: &Named, reason: String) -> Result<(), StartError> {
        self.leave_out(file, named, &PluginError::new(&reason), &State::Quarantined { reason })
    }

    fn leave_out(
        &self,
        file: &Path,
        named: &Named,
        error: &PluginError,
        state: &State,
    ) -> Result<(), StartError> {
        let name = &named.name;
        if let Some(error) = config_error(name, error) {
            return Err(error);
        }
        if self.services.settings.plugin(name).required {
            let (name, error) = (name.clone(), error.clone());
            return Err(StartError::Required { file: file.to_owned(), name, error });
        }
        tracing::error!(file = %file.display(), plugin = name, %error, "plug-in left out");
        self.note(file, named, state, error.is_panic());
        Ok(())
    }

    fn note(&self, file: &Path, named: &Named, state: &State, panicked: bool) {
        self.others.write().push(PluginStatus {
            name: named.name.clone(),
            version: named.version.clone(),
            file: file.to_owned(),
            state: state.name(),
            reason: state.reason().map(ToOwned::to_owned),
            last_crash: None,
            protocols: Vec::new(),
            methods: BTreeMap::new(),
            panics: u32::from(panicked),
            abandoned: 0,
            proof: None,
            usage: None,
        });
    }
}
