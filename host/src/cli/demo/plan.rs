//! The demo's folder: the configurations, the plug-in's copy, a folder for each node.

use super::trouble::Trouble;
use std::env::{self, consts};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SEED: &str = include_str!("../../../../config/demo/seed.toml");
const NODE: &str = include_str!("../../../../config/demo/node.toml");

/// What is on the disk while the demo runs. Dropping it removes all of it.
#[derive(Debug)]
pub(super) struct Plan {
    folder: TempDir,
    library: PathBuf,
}

impl Plan {
    /// Writes everything that the nodes need.
    pub(super) fn new() -> Result<Self, Trouble> {
        let library = find_library()?;
        let failed = |error| Trouble::new("prepare a temporary folder", error);
        let folder = tempfile::Builder::new().prefix("backplane-demo-").tempdir().map_err(failed)?;
        let path = folder.path();
        fs::write(path.join("seed.toml"), SEED).map_err(failed)?;
        fs::write(path.join("node.toml"), NODE).map_err(failed)?;
        for plugins in ["plugins", "no-plugins"] {
            fs::create_dir(path.join(plugins)).map_err(failed)?;
        }
        fs::copy(&library, path.join("plugins").join(library_name())).map_err(failed)?;
        Ok(Self { folder, library })
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The plug-in that the nodes load copies of.
    pub(super) fn library(&self) -> &Path {
        &self.library
    }

    /// The folder of a node, made now.
    pub(super) fn make_home(&self, name: &'static str) -> Result<PathBuf, Trouble> {
        let home = self.path().join(name);
        fs::create_dir(&home).map_err(|error| Trouble::new(format!("make the folder of {name}"), error))?;
        Ok(home)
    }

    /// Removes the folder.
    pub(super) fn remove(self) -> Result<(), Trouble> {
        let path = self.path().to_owned();
        match self.folder.close() {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Trouble::new(format!("remove {}", path.display()), error))
            }
            _ => Ok(()),
        }
    }
}

fn library_name() -> String {
    format!("{}backplane_chat{}", consts::DLL_PREFIX, consts::DLL_SUFFIX)
}

/// The newest chat library beside the executable, or where Cargo puts those that only tests ask for.
fn find_library() -> Result<PathBuf, Trouble> {
    const STEP: &str = "find the chat plug-in";
    let executable = env::current_exe().map_err(|error| Trouble::new(STEP, error))?;
    let folder = executable.parent().unwrap_or(Path::new("."));
    let places = [folder.join(library_name()), folder.join("deps").join(library_name())];
    let newest = places
        .iter()
        .filter(|place| place.is_file())
        .max_by_key(|place| fs::metadata(place).and_then(|metadata| metadata.modified()).ok());
    newest.cloned().ok_or_else(|| {
        let release = if folder.ends_with("release") { " --release" } else { "" };
        let [beside, deps] = places.each_ref().map(|place| place.display().to_string());
        let cause = format!(
            "there is neither {beside} nor {deps}; build it with: cargo build{release} -p backplane-chat"
        );
        Trouble::new(STEP, cause)
    })
}
