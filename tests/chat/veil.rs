//! A private room, over a node that relays it and cannot read it.

use crate::stranger::{Stranger, read};
use backplane_chat::net::messages::{Announce, Fetch, Messages};
use backplane_chat::room::{Room, RoomName};
use backplane_plugin::Message as _;
use backplane_tests::node::{Dirs, TestNode};
use backplane_tests::process::{Program, run_arguments};
use backplane_tests::vectors::MAGIC_SETTING;
use backplane_tests::wait::eventually_some;
use serde_json::json;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const PASSPHRASE: &str = "a passphrase that the relay never hears";
const TEXT: &str = "the words that only members of the garden may read";

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Whether these bytes are anywhere in the memory of a process.
fn is_in_memory(process: u32, part: &[u8]) -> bool {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let mut found = false;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (range, _) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        // What has gone meanwhile, or is no memory, has nothing in it.
        if memory.seek(SeekFrom::Start(start)).is_ok() && memory.read_exact(&mut bytes).is_ok() {
            found |= contains(&bytes, part);
        }
    }
    found
}

/// Whether these bytes are in a file of a folder.
fn is_on_disk(folder: &Path, part: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() { is_on_disk(&path, part) } else { contains(&fs::read(path).unwrap(), part) }
    })
}

#[tokio::test]
async fn a_relay_has_the_words_of_a_private_room_neither_in_memory_nor_on_disk_nor_on_the_wire() {
    let dirs = Dirs::with(&["backplane_chat"]);
    let sets = [MAGIC_SETTING, "network.inbound=tcp://127.0.0.1:0"];
    let mut relay = Program::start(&run_arguments(&dirs, &sets));
    let address = relay.logs_address("listening for peers").await;
    let as_peer = format!("network.peers={address}");
    let mut members = Vec::new();
    for _ in 0..2 {
        let member = TestNode::start(&["backplane_chat"], &[MAGIC_SETTING, &as_peer]).await;
        member.speaks("chat.room", 1).await;
        member.call("chat.join", json!({ "name": "#garden", "passphrase": PASSPHRASE })).await.unwrap();
        members.push(member);
    }
    let sent = members[0].call("chat.send", json!(["#garden", TEXT])).await.unwrap();
    let got = eventually_some("the words", async || {
        members[1].call("chat.message", json!([sent["id"]])).await.ok()
    })
    .await;
    assert_eq!(got["text"], TEXT);

    // Whoever asks the relay for everything gets what was sealed.
    let room = Room::private(&RoomName::parse("#garden").unwrap(), PASSPHRASE);
    let mut stranger = Stranger::dial(&address).await;
    let envelope = loop {
        let frame = stranger.hear().await.expect("the relay tells what it has");
        if frame.command == Announce::NAME {
            let Announce { ids, .. } = read(&frame);
            stranger.say(&Fetch { ids }).await;
        }
        if frame.command == Messages::NAME {
            let Messages { envelopes, .. } = read(&frame);
            assert!(!contains(&frame.payload, TEXT.as_bytes()), "the words are on the wire");
            if let Some(envelope) = envelopes.into_iter().find(|envelope| envelope.room == room.id) {
                break envelope;
            }
        }
    };
    let folder = dirs.data.path();
    // What it does have is found, so that what is not found is not there.
    assert!(is_in_memory(relay.id(), &envelope.body), "the relay has the sealed words in memory");
    for (what, secret) in [("words", TEXT), ("passphrase", PASSPHRASE), ("name of the room", "#garden")] {
        assert!(!is_in_memory(relay.id(), secret.as_bytes()), "the {what} are in its memory");
        assert!(!is_on_disk(folder, secret.as_bytes()), "the {what} are on its disk");
    }
    let key = room.key.unwrap();
    assert!(!is_in_memory(relay.id(), key.bytes()));
    let member = members[1].dirs().data.path();
    assert!(is_on_disk(member, TEXT.as_bytes()), "members keep the words");
}
