//! Where cargo put the plug-in libraries, and folders filled with them.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folder of the test executable: cargo puts the libraries that a test depends on beside it.
fn deps() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has an executable");
    test.parent().expect("an executable is in a folder").to_owned()
}

/// The folder that cargo puts the programs in: `target/<profile>`.
#[must_use]
pub fn profile_dir() -> PathBuf {
    let deps = deps();
    if deps.ends_with("deps") { deps.parent().map_or(deps.clone(), Path::to_owned) } else { deps }
}

/// The library of the crate `name`, such as `backplane_chat`.
///
/// # Panics
///
/// When it has not been built.
#[must_use]
pub fn library(name: &str) -> PathBuf {
    let file = file_name(name);
    let dirs = [deps(), profile_dir(), profile_dir().join("deps")];
    dirs.map(|dir| dir.join(&file)).into_iter().find(|path| path.is_file()).unwrap_or_else(|| {
        panic!("{file} is not in {}: make its package a dependency of this one", deps().display())
    })
}

/// The name of a library's file on this system.
#[must_use]
pub fn file_name(name: &str) -> String {
    format!("{DLL_PREFIX}{name}{DLL_SUFFIX}")
}

/// A new folder with copies of these libraries.
///
/// Copies, since the loader knows a file by its inode: nodes of one process that load the same file share its statics.
///
/// # Panics
///
/// When one has not been built, or cannot be copied.
#[must_use]
pub fn plugins_dir(names: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().expect("the system has a folder for temporary files");
    for name in names {
        put(&dir, name, &file_name(name));
    }
    dir
}

/// Copies the library of the crate `name` into a folder, under another file name.
///
/// # Panics
///
/// When it has not been built, or cannot be copied.
pub fn put(dir: &TempDir, name: &str, file: &str) -> PathBuf {
    let path = dir.path().join(file);
    fs::copy(library(name), &path).expect("a library can be copied into a temporary folder");
    path
}
