//! A plug-in that remembers over restarts.

use backplane_plugin::testkit::TestSetup;
use backplane_plugin::*;
use serde::de::IgnoredAny;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, io};

struct Counter {
    kept: Arc<Kept>,
}

/// What the jobs of the plug-in share with it.
struct Kept {
    count: AtomicU64,
    file: PathBuf,
}

impl Kept {
    fn load(folder: PathBuf) -> Result<Self, PluginError> {
        let file = folder.join("count");
        let count = match fs::read_to_string(&file) {
            Ok(text) => text.parse().map_err(PluginError::new)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(PluginError::new(error)),
        };
        Ok(Self { count: AtomicU64::new(count), file })
    }

    /// Writes aside and renames: a file that is there is whole, whenever the process ends.
    fn save(&self) -> io::Result<()> {
        let aside = self.file.with_extension("new");
        fs::write(&aside, self.count.load(Ordering::Relaxed).to_string())?;
        fs::rename(aside, &self.file)
    }
}

impl Plugin for Counter {
    type Config = NoConfig;
    const METHODS: &'static [MethodEntry<Self>] = methods![next];

    fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
        let kept = Arc::new(Kept::load(host.data_dir()?)?);
        host.spawn("save", save_every_minute(host.clone(), Arc::clone(&kept)));
        Ok(Self { kept })
    }

    async fn stop(&self) {
        if let Err(error) = self.kept.save() {
            tracing::error!(%error, "the count is lost");
        }
    }
}

async fn save_every_minute(host: Host, kept: Arc<Kept>) {
    loop {
        host.sleep(Duration::from_secs(60)).await;
        if let Err(error) = kept.save() {
            tracing::warn!(%error, "the count cannot be saved");
        }
    }
}

impl Counter {
    async fn next(self: Arc<Self>, _: IgnoredAny) -> Result<u64, RpcError> {
        Ok(self.kept.count.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

#[test]
fn goes_on_counting_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    for start in [0, 2] {
        let host = TestSetup::default().data_dir(folder.path()).start::<Counter>().unwrap();
        assert_eq!(host.call("next", json!([])), Ok(json!(start + 1)));
        assert_eq!(host.call("next", json!([])), Ok(json!(start + 2)));
        host.stop().unwrap();
    }
}

#[test]
fn saves_every_minute() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestSetup::default().data_dir(folder.path()).start::<Counter>().unwrap();
    host.call("next", json!([])).unwrap();
    host.advance(Duration::from_secs(59));
    assert!(!folder.path().join("count").exists());
    host.advance(Duration::from_secs(1));
    assert_eq!(fs::read_to_string(folder.path().join("count")).unwrap(), "1");
}

#[test]
fn a_file_that_is_no_number_keeps_the_plug_in_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("count"), "many").unwrap();
    assert!(TestSetup::default().data_dir(folder.path()).start::<Counter>().is_err());
}
