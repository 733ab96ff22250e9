//! The file `plugins.lock`: which bytes an operator has decided to trust.

use super::pin::{Change, Pin};
use super::refusal::Refusal;
use super::writers;
use crate::durable;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Its name, in the folder of the plug-ins.
const NAME: &str = "plugins.lock";
/// The version of its form.
const FORMAT: u32 = 1;
/// The longest file that is read, in bytes: thousands of plug-ins.
const MAX_BYTES: u64 = 1 << 20;
const HEADER: &str = "# Written by `backplane plugin lock`. With plugins.policy = \"pinned\" these files are loaded, and no others.\n";

/// The plug-ins that are pinned, in an order that depends on nothing but them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    format: u32,
    #[serde(default, rename = "plugin")]
    pins: Vec<Pin>,
}

impl Lock {
    /// A lock with these pins.
    #[must_use]
    pub fn new(mut pins: Vec<Pin>) -> Self {
        pins.sort();
        Self { format: FORMAT, pins }
    }

    /// Where the lock of a folder is.
    #[must_use]
    pub fn path(dir: &Path) -> PathBuf {
        dir.join(NAME)
    }

    /// Reads the lock of a folder, if nobody else can write it; `None` when there is none.
    pub(super) fn load(dir: &Path) -> Result<Option<Self>, Refusal> {
        let lock = Self::path(dir);
        if !lock.exists() {
            return Ok(None);
        }
        let real = writers::check(&lock)?;
        let bad = |reason: String| Refusal::BadLock { lock: lock.clone(), reason };
        let bytes = durable::read(&real, MAX_BYTES).map_err(|error| bad(error.to_string()))?;
        Self::parse(&String::from_utf8_lossy(&bytes.unwrap_or_default())).map(Some).map_err(bad)
    }

    /// Writes the lock of a folder. Everybody may read it: the node may run as another user than its operator.
    pub(super) fn save(&self, dir: &Path) -> io::Result<()> {
        let text = self.render();
        durable::replace_for_all(&Self::path(dir), |file| file.write_all(text.as_bytes()))
    }

    /// The pins.
    #[must_use]
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// The pin of a library.
    pub(super) fn pin(&self, source: &str) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.source == source)
    }

    /// What is different from an earlier lock, by source.
    #[must_use]
    pub fn changes_since(&self, old: &Self) -> Vec<Change> {
        let mut changes: Vec<_> =
            self.pins.iter().filter_map(|pin| pin.change_from(old.pin(&pin.source))).collect();
        let gone = old.pins.iter().filter(|pin| self.pin(&pin.source).is_none());
        changes.extend(gone.cloned().map(Change::Removed));
        changes.sort_by(|one, other| one.source().cmp(other.source()));
        changes
    }

    fn parse(text: &str) -> Result<Self, String> {
        let lock: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            format!("in line {line}: {}", error.message().replace('\n', ", "))
        })?;
        if lock.format != FORMAT {
            return Err(format!("format {}, where this version reads {FORMAT}", lock.format));
        }
        let lock = Self::new(lock.pins);
        let twice = lock.pins.iter().find(|pin| lock.pin(&pin.source) != Some(pin));
        twice.map_or(Ok(()), |pin| Err(format!("two entries with source = {:?}", pin.source)))?;
        Ok(lock)
    }

    fn render(&self) -> String {
        let body = toml::to_string(self).expect("it is a number and tables of texts");
        format!("{HEADER}{body}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::integrity::sha256::Sha256;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    fn pin(name: &str, version: &str, source: &str) -> Pin {
        let sha256 = Sha256::of(format!("{name} {version}").as_bytes());
        Pin { name: name.to_owned(), version: version.to_owned(), sha256, source: source.to_owned() }
    }

    #[test]
    fn what_was_written_is_read_and_the_order_of_the_files_does_not_matter() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Lock::load(dir.path()).unwrap(), None);
        let pins = [pin("chat", "1.0.0", "libchat.so"), pin("a \"b\"", "2.0.0", "z\\\n.so")];
        let lock = Lock::new(pins.to_vec());
        lock.save(dir.path()).unwrap();
        assert_eq!(Lock::load(dir.path()).unwrap(), Some(lock.clone()));
        let mode = fs::metadata(Lock::path(dir.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        let backwards = Lock::new(pins.iter().rev().cloned().collect());
        assert_eq!(backwards.render(), lock.render());
    }

    #[test]
    fn its_form_is_this() {
        let lock = Lock::new(vec![pin("chat", "1.0.0", "libchat.so")]);
        let expected = format!(
            "{HEADER}format = 1\n\n[[plugin]]\nname = \"chat\"\nversion = \"1.0.0\"\nsha256 = \"{}\"\nsource = \"libchat.so\"\n",
            Sha256::of(b"chat 1.0.0")
        );
        assert_eq!(lock.render(), expected);
    }

    #[test]
    fn a_damaged_file_is_told_with_its_line_and_pins_nothing() {
        let entry = "[[plugin]]\nname = \"a\"\nversion = \"1\"\nsource = \"s\"\nsha256 = \"";
        let hash = Sha256::of(b"").to_string();
        for (text, expected) in [
            ("format = 1\n[[plugin]]\nname =".to_owned(), "in line 3: "),
            ("format = 1\n[[plugin]]\nname = \"a\"\n".to_owned(), "in line 2: missing field `version`"),
            (format!("format = 1\n{entry}12\"\n"), "in line 6: a sha256 that has not 64 hexadecimal digits"),
            (format!("format = 1\n{entry}{hash}\"\nmore = 1\n"), "in line 7: unknown field `more`"),
            (format!("format = 2\n{entry}{hash}\"\n"), "format 2, where this version reads 1"),
            (
                format!("format = 1\n{entry}{hash}\"\n{entry}{}\"\n", Sha256::of(b"1")),
                "two entries with source = \"s\"",
            ),
            (String::new(), "in line 1: missing field `format`"),
        ] {
            let reason = Lock::parse(&text).unwrap_err();
            assert!(reason.starts_with(expected), "{reason}");
        }
    }

    #[test]
    fn a_lock_that_others_can_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Lock::new(Vec::new()).save(dir.path()).unwrap();
        fs::set_permissions(Lock::path(dir.path()), Permissions::from_mode(0o666)).unwrap();
        assert!(matches!(Lock::load(dir.path()), Err(Refusal::Writable { mode: 0o666, .. })));
    }

    #[test]
    fn what_changed_is_told_by_source() {
        let old = Lock::new(vec![pin("a", "1", "a.so"), pin("b", "1", "b.so"), pin("c", "1", "c.so")]);
        let new = Lock::new(vec![pin("a", "1", "a.so"), pin("b", "2", "b.so"), pin("d", "1", "d.so")]);
        let changes = new.changes_since(&old);
        let expected = [
            Change::Changed { from: pin("b", "1", "b.so"), to: pin("b", "2", "b.so") },
            Change::Removed(pin("c", "1", "c.so")),
            Change::Added(pin("d", "1", "d.so")),
        ];
        assert_eq!(changes, expected);
        assert_eq!(new.changes_since(&new), []);
        let line =
            format!("changed b.so b 2 sha256 {}, was b 1 sha256 {}", Sha256::of(b"b 2"), Sha256::of(b"b 1"));
        assert_eq!(changes[0].to_string(), line);
    }
}
