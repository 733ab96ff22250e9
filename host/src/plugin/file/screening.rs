//! Looks at the files of a folder, as a node does before it opens them: at each by itself, then at one after the other.

use super::{Taken, check, is_name, manifest};
use crate::plugin::folder::{is_same_file, name_of};
use crate::plugin::integrity::{Contents, Passed, Refusal, pass};
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
pub(in crate::plugin) enum Verdict<C> {
    /// Nothing is against it, as far as can be told without opening it.
    Sound(Box<FileManifest>, Passed<C>),
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

/// Looks at a file by itself. `read` gets what it holds, unless its name tells already that it is disabled. Blocks on the
/// disk.
pub(in crate::plugin) fn look<C: AsRef<Contents>>(
    file: &Path,
    settings: &Settings,
    read: impl FnOnce(&Path) -> Result<C, Refusal>,
) -> Verdict<C> {
    let named = Named::by_file(file);
    if let Some(reason) = settings.why_disabled(&named.name) {
        return Verdict::Disabled(named, reason);
    }
    let passed = match pass(&settings.plugins, file, read) {
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
    match passed.suits(&manifest) {
        Ok(()) => Verdict::Sound(Box::new(manifest), passed),
        Err(refusal) => Verdict::Refused(Named::by_manifest(manifest), refusal.to_string()),
    }
}

impl Screening {
    /// Nothing kept yet, on a node where these names are taken.
    pub(in crate::plugin) const fn new(taken: Taken) -> Self {
        Self { taken, kept: Vec::new() }
    }

    /// What becomes of a file that was looked at, beside those that are kept.
    pub(in crate::plugin) fn judge<C>(&self, file: &Path, looked: Verdict<C>) -> Verdict<C> {
        if matches!(looked, Verdict::Disabled(..)) {
            return looked;
        }
        if self.kept.iter().any(|other| is_same_file(other, file)) {
            return Verdict::Refused(Named::by_file(file), "the same file is loaded already".to_owned());
        }
        let Verdict::Sound(manifest, passed) = looked else { return looked };
        match self.taken.with(&manifest, &file.display().to_string()) {
            Ok(_) => Verdict::Sound(manifest, passed),
            Err(clash) => Verdict::Refused(Named::by_manifest(*manifest), clash.to_string()),
        }
    }

    /// Keeps a file that is sound: its names are taken from now on.
    pub(in crate::plugin) fn keep(&mut self, file: PathBuf, manifest: &FileManifest) {
        // It was free when the file was judged.
        if self.taken.add(manifest, &file.display().to_string()).is_ok() {
            self.kept.push(file);
        }
    }
}
