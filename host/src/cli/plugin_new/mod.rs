//! `plugin new`: writes a crate with a small plug-in that works, for its author to change.

mod files;
mod name;

use super::{Failure, output};
use files::Skeleton;
use name::PluginName;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  backplane plugin new weather
  backplane plugin new weather --path ../plug-ins/weather --api ../backplane/plugin-api

The crate builds and passes its tests as it is: cargo test.";

/// The arguments of `plugin new`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The plug-in's name, as in [plugin.NAME]: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: String,
    /// The folder to make; NAME in the working directory unless it is given
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// What it is built against: a version of backplane-plugin, or the folder of its sources
    #[arg(long, value_name = "PATH|VERSION", default_value = backplane_plugin::manifest::API_VERSION)]
    api: String,
}

/// Writes the crate.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let name: PluginName = args.name.parse().map_err(|error| Failure::usage(&error))?;
    let folder = args.path.clone().unwrap_or_else(|| PathBuf::from(name.as_str()));
    let skeleton = Skeleton { name: &name, api: &api(&args.api)? };
    write(&skeleton, &folder)
        .map_err(|error| Failure::Runtime(format!("{} cannot be made: {error}", folder.display())))?;
    let folder = folder.display();
    output::lines([
        format!("{folder} has the plug-in {name}: cargo test tries it, cargo build --release makes"),
        format!("{folder}/target/release/{}, which goes into plugins.dir", name.library()),
    ])
}

/// The dependency on the contract as it stands in a `Cargo.toml`, without the braces around it.
fn api(text: &str) -> Result<String, Failure> {
    let path = Path::new(text);
    if path.join("Cargo.toml").is_file() {
        let path = path.canonicalize().map_err(|error| Failure::usage(&error))?;
        // A text of JSON is one of TOML, too.
        return Ok(format!("path = {}", serde_json::Value::from(path.display().to_string())));
    }
    match semver::VersionReq::parse(text) {
        Ok(_) => Ok(format!("version = \"{text}\"")),
        Err(_) => Err(Failure::Usage(format!(
            "--api {text} is neither a version nor a folder with the sources of backplane-plugin"
        ))),
    }
}

/// Writes everything aside, and gives it its name in one step: nothing is there in halves.
fn write(skeleton: &Skeleton<'_>, folder: &Path) -> io::Result<()> {
    if folder.symlink_metadata().is_ok() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    let parent = folder.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let aside = tempfile::Builder::new().prefix(".backplane-new-").tempdir_in(parent)?;
    // A folder inside, which has the mode that new folders have.
    let whole = aside.path().join("whole");
    for (file, text) in skeleton.files() {
        let file = whole.join(file);
        fs::create_dir_all(file.parent().unwrap_or(&whole))?;
        fs::write(file, text)?;
    }
    fs::rename(whole, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path, name: &str, api: &str) -> Args {
        Args { name: name.to_owned(), path: Some(folder.join("made")), api: api.to_owned() }
    }

    fn refusal(folder: &Path, name: &str, api: &str) -> String {
        run(&args(folder, name, api)).unwrap_err().to_string()
    }

    #[test]
    fn makes_a_crate_whose_manifest_names_plug_in_and_contract() {
        let dir = tempfile::tempdir().unwrap();
        run(&args(dir.path(), "chat-room", "0.1")).unwrap();
        let manifest = fs::read_to_string(dir.path().join("made/Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        assert_eq!(manifest["package"]["name"].as_str(), Some("backplane-chat-room"));
        assert_eq!(manifest["dependencies"]["backplane-plugin"]["version"].as_str(), Some("0.1"));
        let types = manifest["lib"]["crate-type"].as_array().unwrap();
        assert_eq!(types.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>(), ["cdylib", "rlib"]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        let others = ["src/lib.rs", "tests/behaviour.rs", "README.md", ".gitignore"];
        for file in others {
            let text = fs::read_to_string(dir.path().join("made").join(file)).unwrap();
            assert!(!text.to_lowercase().contains("skeleton"), "{file} has a name that was not replaced");
        }
    }

    #[test]
    fn the_contract_may_be_a_folder_of_sources() {
        let dir = tempfile::tempdir().unwrap();
        run(&args(dir.path(), "weather", concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin-api"))).unwrap();
        let manifest = fs::read_to_string(dir.path().join("made/Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let path = manifest["dev-dependencies"]["backplane-plugin"]["path"].as_str().unwrap();
        assert!(Path::new(path).is_absolute() && Path::new(path).join("src/lib.rs").is_file(), "{path}");
    }

    #[test]
    fn what_is_refused_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        assert!(refusal(dir.path(), "Weather", "0.1").contains("lower-case"));
        assert!(refusal(dir.path(), "weather", "nowhere/at/all").contains("neither a version nor a folder"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_taken_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let taken = dir.path().join("made");
        fs::create_dir(&taken).unwrap();
        assert!(refusal(dir.path(), "weather", "0.1").contains("exists"));
        assert_eq!(fs::read_dir(&taken).unwrap().count(), 0);
        fs::remove_dir(&taken).unwrap();
        std::os::unix::fs::symlink("nowhere", &taken).unwrap();
        assert!(refusal(dir.path(), "weather", "0.1").contains("exists"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
