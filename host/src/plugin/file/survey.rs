//! What a node would make of the files in its folder of plug-ins, without opening any.

use super::Taken;
use super::screening::{Named, Screening, Verdict, look};
use crate::plugin::StartError;
use crate::plugin::flight::Crashes;
use crate::plugin::folder::libraries;
use crate::plugin::integrity::Contents;
use crate::protocol::standard;
use crate::settings::Settings;
use std::path::PathBuf;

/// What a node would make of one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The plug-in's name; what the file's name suggests when it does not say.
    pub name: String,
    /// Its version; empty when the file does not say.
    pub version: String,
    /// The file.
    pub file: PathBuf,
    /// `sound`, `disabled`, `quarantined` or `failed`.
    pub state: &'static str,
    /// Why it would not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The findings for all files of the configured folder, in the order in which a node takes them.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn survey(settings: &Settings) -> Result<Vec<Finding>, StartError> {
    let mut screening = Screening::new(Taken::by_node(standard::names()));
    let crashes = Crashes::load(&settings.node.data_dir);
    let mut findings = Vec::new();
    for file in libraries(&settings.plugins.dir)? {
        let looked = look(&file, settings, Contents::read);
        let (Named { name, version }, state, reason) = match screening.judge(&file, looked) {
            Verdict::Sound(manifest, _) => {
                let reason = crashes.quarantined(&manifest.name);
                if reason.is_none() {
                    screening.keep(file.clone(), &manifest);
                }
                let state = if reason.is_none() { "sound" } else { "quarantined" };
                (Named::by_manifest(*manifest), state, reason)
            }
            Verdict::Disabled(named, reason) => (named, "disabled", Some(reason)),
            Verdict::Refused(named, reason) => (named, "failed", Some(reason)),
        };
        findings.push(Finding { name, version, file, state, reason });
    }
    Ok(findings)
}
