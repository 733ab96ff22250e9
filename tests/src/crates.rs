//! Crates outside of the workspace, built by cargo without a network into the folder of this build.

use crate::libraries::{library, profile_dir};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
///
/// # Panics
///
/// When the sources are gone.
#[must_use]
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the package is inside the workspace").to_owned()
}

/// Lets a crate have the versions of dependencies that the workspace has: they are on this machine.
///
/// # Panics
///
/// When the file cannot be copied.
pub fn lock_as_here(folder: &Path) {
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock can be copied");
}

/// Runs cargo on a crate.
///
/// # Panics
///
/// When cargo fails, with what it says.
pub fn cargo(folder: &Path, arguments: &[&str]) {
    let target = profile_dir().parent().expect("a profile has a folder of its own").to_owned();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // As in the workspace, so that what both depend on is built once.
    command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only").env("CARGO_TARGET_DIR", target);
    let output = command.current_dir(folder).args(arguments).output().expect("cargo can be started");
    assert!(
        output.status.success(),
        "cargo {arguments:?} in {}: {}\n{}\n{}",
        folder.display(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// The library of a crate that [`cargo`] has built.
///
/// # Panics
///
/// When it has not been built.
#[must_use]
pub fn built(name: &str) -> PathBuf {
    let debug = profile_dir().with_file_name("debug").join(crate::libraries::file_name(name));
    if debug.is_file() { debug } else { library(name) }
}
