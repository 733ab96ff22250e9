//! Looks at the files of a folder one after the other, as a node does before it opens them.

use super::{Taken, check, is_name, manifest};
use crate::plugin::folder::{is_same_file, name_of};
use crate::plugin::integrity::{Passed, pass};
use crate::settings::Settings;
use backplane_plugin::manifest::FileManifest;
use std::path::{Path, PathBuf};

/// The files that were looked at and are kept.
#[derive(Debug)]
pub(in crate::plugin) struct Screening {
    taken: Taken,
    kept: Vec<PathBuf>,
}

/// What becomes of a file.
#[derive(Debug)]
pub(in crate::plugin) enum Verdict {
    /// Nothing is against it, as far as can be told without opening it.
    Sound(Box<FileManifest>, Passed),
    /// The configuration disables it, as this says.
    Disabled(Named, String),
    /// It cannot be used.
    Refused(Named, String),
}

/// A plug-in that is not opened.
#[derive(Debug)]
pub(in crate::plugin) struct Named {
    /// Its name; what the file's name suggests when it does not say.
    pub(in crate::plugin) name: String,
    /// Its version; empty when the file does not say.
    pub(in crate::plugin) version: String,
}

impl Named {
    fn by_file(file: &Path) -> Self {
        Self { name: name_of(file), version: String::new() }
    }

    pub(in crate::plugin) fn by_manifest(manifest: FileManifest) -> Self {
        Self { name: manifest.name, version: manifest.version }
    }
}

impl Screening {
    /// Nothing kept yet, on a node where these names are taken.
    pub(in crate::plugin) const fn new(taken: Taken) -> Self {
        Self { taken, kept: Vec::new() }
    }

    /// Looks at a file, which is read only if its name does not tell already that it is disabled.
    pub(in crate::plugin) fn look(&self, file: &Path, settings: &Settings) -> Verdict {
        let named = Named::by_file(file);
        if let Some(reason) = settings.why_disabled(&named.name) {
            return Verdict::Disabled(named, reason);
        }
        if self.kept.iter().any(|other| is_same_file(other, file)) {
            return Verdict::Refused(named, "the same file is loaded already".to_owned());
        }
        let passed = match pass(&settings.plugins, file) {
            Ok(passed) => passed,
            Err(refusal) => return Verdict::Refused(named, refusal.to_string()),
        };
        let manifest = match manifest(passed.bytes()) {
            Ok(manifest) => manifest,
            Err(error) => return Verdict::Refused(named, error.to_string()),
        };
        if let Err(misfit) = check(&manifest) {
            let named = if is_name(&manifest.name) { Named::by_manifest(manifest) } else { named };
            return Verdict::Refused(named, misfit.to_string());
        }
        if let Some(reason) = settings.why_disabled(&manifest.name) {
            return Verdict::Disabled(Named::by_manifest(manifest), reason);
        }
        if let Err(refusal) = passed.suits(&manifest) {
            return Verdict::Refused(Named::by_manifest(manifest), refusal.to_string());
        }
        match self.taken.with(&manifest, &file.display().to_string()) {
            Ok(_) => Verdict::Sound(Box::new(manifest), passed),
            Err(clash) => Verdict::Refused(Named::by_manifest(manifest), clash.to_string()),
        }
    }

    /// Keeps a file that is sound: its names are taken from now on.
    pub(in crate::plugin) fn keep(&mut self, file: PathBuf, manifest: &FileManifest) {
        // It was free when the file was looked at.
        if self.taken.add(manifest, &file.display().to_string()).is_ok() {
            self.kept.push(file);
        }
    }
}
