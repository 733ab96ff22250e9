//! A database that cannot be used goes aside, whole; and one that a killed process left is as it was.

use crate::kit::{NOW, Node, lobby};
use backplane_chat::store::{MovedAside, Store};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn open(dir: &Path) -> (Store, Option<MovedAside>) {
    Store::open(dir, NOW).unwrap()
}

/// A folder with a database of some size, in which nothing is open.
fn filled() -> tempfile::TempDir {
    let mut ada = Node::new("ada");
    (0..300).for_each(|number| drop(ada.say(&format!("{number} ").repeat(50))));
    let Node { store, dir, .. } = ada;
    drop(store);
    dir
}

fn has_the_lobby(dir: &Path) -> bool {
    let (store, aside) = open(dir);
    aside.is_none() && store.has_room()
}

trait HasRoom {
    fn has_room(&self) -> bool;
}

impl HasRoom for Store {
    fn has_room(&self) -> bool {
        self.rooms().unwrap().iter().any(|row| row.room.id == lobby().id)
    }
}

/// Moves it aside, keeps its bytes, and goes on with a new one.
fn goes_aside(dir: &Path, word: &str, why: &str) {
    let path = dir.join("chat.db");
    let before = fs::read(&path).unwrap();
    let (store, aside) = open(dir);
    let aside = aside.unwrap_or_else(|| panic!("it was used: {why}"));
    assert!(aside.why.contains(why), "{}", aside.why);
    assert_eq!(aside.from, path);
    assert_eq!(aside.to, dir.join(format!("chat.db.{word}-1750000000")));
    assert_eq!(fs::read(&aside.to).unwrap(), before, "not one byte is another");
    assert!(!store.has_room());
    store.join(&lobby(), NOW).unwrap();
    drop(store);
    assert!(has_the_lobby(dir));
}

#[test]
fn a_damaged_database_goes_aside_and_not_one_byte_is_overwritten() {
    type Damage = fn(Vec<u8>) -> Vec<u8>;
    let damages: [(Damage, &str); 6] = [
        (|bytes| bytes[..bytes.len() / 2].to_vec(), ""),
        (|bytes| bytes[..bytes.len() - 100].to_vec(), ""),
        (|bytes| bytes[..100].to_vec(), ""),
        (|_| b"this is no database at all".repeat(1000), "not a database"),
        (
            |mut bytes| {
                bytes[0] = b'X';
                bytes
            },
            "not a database",
        ),
        (
            |mut bytes| {
                let half = bytes.len() / 2;
                bytes[half..half + 8192].fill(0xa5);
                bytes
            },
            "",
        ),
    ];
    for (damage, why) in damages {
        let dir = filled();
        let path = dir.path().join("chat.db");
        fs::write(&path, damage(fs::read(&path).unwrap())).unwrap();
        goes_aside(dir.path(), "damaged", why);
    }
}

#[test]
fn a_newer_database_goes_aside() {
    let dir = filled();
    let connection = rusqlite::Connection::open(dir.path().join("chat.db")).unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    connection.close().unwrap();
    goes_aside(dir.path(), "newer", "version 2");
}

#[test]
fn a_database_of_something_else_goes_aside() {
    let dir = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(dir.path().join("chat.db")).unwrap();
    connection.execute("CREATE TABLE recipes(name)", []).unwrap();
    connection.close().unwrap();
    goes_aside(dir.path(), "damaged", "no database of chat");
}

#[test]
fn an_empty_file_beside_a_log_goes_aside_with_it() {
    let dir = filled();
    fs::write(dir.path().join("chat.db"), b"").unwrap();
    fs::write(dir.path().join("chat.db-wal"), b"what was written last").unwrap();
    goes_aside(dir.path(), "damaged", "its log is not");
    let log = fs::read(dir.path().join("chat.db.damaged-1750000000-wal")).unwrap();
    assert_eq!(log, b"what was written last");
}

#[test]
fn what_went_aside_before_stays_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("chat.db");
    let mut names = Vec::new();
    for number in 0..3 {
        fs::write(&path, format!("garbage {number} ").repeat(100)).unwrap();
        names.push(open(dir.path()).1.unwrap().to);
    }
    for (number, name) in names.iter().enumerate() {
        assert!(fs::read_to_string(name).unwrap().starts_with(&format!("garbage {number}")));
    }
    assert!(names[2].ends_with("chat.db.damaged-1750000000.2"), "{names:?}");
}

#[test]
fn an_empty_file_becomes_a_database() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("chat.db"), b"").unwrap();
    let (store, aside) = open(dir.path());
    assert_eq!(aside, None);
    store.join(&lobby(), NOW).unwrap();
    drop(store);
    assert!(has_the_lobby(dir.path()));
}

#[test]
fn the_database_is_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    store.join(&lobby(), NOW).unwrap();
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 3);
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Store::open(Path::new("/nowhere/at/all"), NOW).unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all/chat.db"), "{error}");
}
