//! Crashes of plug-ins and their node: opening is watched, and those in quarantine are let out.

use super::integrity::{Copied, Gate, Passed, Refusal};
use super::library::Library;
use super::manager::PluginManager;
use super::state::State;
use crate::marks::{Generation, Label, Marker, Work};
use backplane_plugin::manifest::FileManifest;
use std::io;
use std::path::Path;

/// Opens a library, which runs code of it.
pub(super) fn open(file: &Path, passed: Passed<Copied>, said: &FileManifest) -> Result<Library, Refusal> {
    let mark = Marker::new(Generation::next(), &said.name, &said.version).mark("open");
    let _work = Work::begin(mark, 0, Label::NONE);
    Gate::open(file, passed, said)
}

impl PluginManager {
    /// Lets a plug-in out of its quarantine: it is loaded when the node starts again. Whether it was in one.
    ///
    /// # Errors
    ///
    /// When that cannot be written down.
    pub fn release(&self, name: &str) -> io::Result<bool> {
        let was_quarantined = self.crashes.release(name)?;
        let quarantined = State::Quarantined { reason: String::new() }.name();
        let after =
            State::Disabled { reason: "released: it is loaded when the node starts again".to_owned() };
        for status in self.others.write().iter_mut().filter(|status| status.name == name) {
            if status.state == quarantined {
                (status.state, status.reason) = (after.name(), after.reason().map(ToOwned::to_owned));
            }
        }
        Ok(was_quarantined)
    }
}
