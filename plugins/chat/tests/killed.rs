//! A process that is killed has lost nothing of what it acknowledged.
//!
//! The test is its own child: it starts itself, reads what the child says to have kept, and kills it in the middle of its work.

use backplane_chat::hash::{Hash, parse_hash};
use backplane_chat::room::{Draft, Opened, Room, RoomName, Writer};
use backplane_chat::secret::Identity;
use backplane_chat::store::{Page, Store};
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const NOW: u64 = 1_750_000_000_000;
const NAME: &str = "what_was_acknowledged_is_there_after_a_kill";
const FOLDER: &str = "BACKPLANE_TEST_KILLED_FOLDER";
/// After how many acknowledgements it is killed. The child stops by itself after the largest of them and some more.
const AFTER: [usize; 5] = [1, 7, 60, 400, 1500];
const AT_MOST: usize = 5000;

fn main() {
    if let Some(folder) = env::var_os(FOLDER) {
        return child(Path::new(&folder));
    }
    // As other tests do: what is named is what runs.
    if env::args().skip(1).any(|argument| !argument.starts_with('-') && !NAME.contains(&argument)) {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let mut acknowledged = Vec::new();
    for after in AFTER {
        acknowledged.extend(killed_after(after, dir.path()));
        check(dir.path(), &acknowledged);
    }
    let mut out = std::io::stdout();
    writeln!(out, "test {NAME} ... ok\n\n1 passed, 0 failed").expect("somebody reads");
}

fn lobby() -> Room {
    Room::public(&RoomName::parse("#lobby").expect("a name"))
}

/// Runs the child until it has acknowledged so many, kills it, and reads what else it had acknowledged.
fn killed_after(count: usize, folder: &Path) -> Vec<Hash> {
    let mut child = Command::new(env::current_exe().expect("this program"))
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut ids = Vec::new();
    let mut read = |line: Option<std::io::Result<String>>| {
        let line = line?.expect("its output can be read");
        // The last line may have been cut.
        ids.extend(parse_hash(&line));
        Some(())
    };
    for _ in 0..count {
        read(lines.next()).expect("it goes on until it is killed");
    }
    // SIGKILL.
    child.kill().expect("it still runs");
    while read(lines.next()).is_some() {}
    let status = child.wait().expect("it ends");
    assert!(!status.success(), "it was killed before it was done");
    assert!(ids.len() >= count);
    ids
}

fn check(folder: &Path, acknowledged: &[Hash]) {
    let (store, aside) = Store::open(folder, NOW).expect("it opens again");
    assert_eq!(aside, None);
    for id in acknowledged {
        assert!(store.has(id).expect("it answers"), "{} was lost", hex::encode(id));
    }
    // All of it is whole: what is there is shown and found, and no message is there by half.
    let shown = store.history(&lobby().id, Page::Latest, 1_000_000).expect("it answers").messages;
    let items = store.items(&lobby().id, 0).expect("it answers");
    assert_eq!(shown.len(), items.len());
    assert!(shown.len() >= acknowledged.len());
    let found = store.search("kept", None, 1_000_000, None).expect("it answers").messages;
    assert_eq!(found.len(), shown.len());
    assert!(shown.iter().all(|message| !message.gap));
}

/// Keeps messages, one at a time and many at once, and says so of each once it is kept.
fn child(folder: &Path) {
    let (store, aside) = Store::open(folder, NOW).expect("it opens");
    assert_eq!(aside, None);
    let room = lobby();
    store.join(&room, NOW).expect("it joins");
    let identity = Identity::from_secret([1; 32]);
    let mut out = std::io::stdout().lock();
    for round in 0..AT_MOST {
        let mut heads = store.heads(&room.id).expect("it answers");
        let mut batch: Vec<Opened> = Vec::new();
        for number in 0..[1, 20][usize::from(round % 10 == 9)] {
            let text = format!("kept {number}");
            let writer = Writer { identity: &identity, name: "ada", room: &room, heads: &heads };
            let draft = Draft::Text { text: &text, reply: None };
            let message = writer.write(draft, NOW, &mut || 1).expect("it may be said");
            heads.previous = vec![*message.id()];
            heads.depth = message.envelope().depth;
            batch.push(message);
        }
        store.insert_all(&batch, NOW).expect("it is kept");
        for message in batch {
            writeln!(out, "{}", hex::encode(message.id())).expect("the other one reads");
        }
        out.flush().expect("the other one reads");
    }
}
