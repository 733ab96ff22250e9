//! The examples of `docs/protocols/chat-room.md`: a message of each kind, byte by byte.

use backplane_chat::hash::Hash;
use backplane_chat::room::{Draft, Envelope, Heads, Opened, Room, RoomName, Signed, Writer};
use backplane_chat::secret::Identity;
use backplane_plugin::wire;

const DOCUMENT: &str = include_str!("../../../../docs/protocols/chat-room.md");
const NOW: u64 = 1_750_000_000_000;

fn ada() -> Identity {
    Identity::from_secret([1; 32])
}

fn bob() -> Identity {
    Identity::from_secret([2; 32])
}

fn room(name: &str) -> Room {
    Room::public(&RoomName::parse(name).unwrap())
}

fn garden() -> Room {
    Room::private(&RoomName::parse("#garden").unwrap(), "correct horse battery staple")
}

fn direct() -> Room {
    Room::direct(&ada(), &bob().author()).unwrap()
}

/// Ada writes at a fixed time; the nonce of a sealed body is 24 times the byte 7.
fn write(room: &Room, previous: &[Hash], draft: Draft<'_>) -> Opened {
    let heads = Heads { previous: previous.to_vec(), depth: previous.len() as u64, floor: 0 };
    let identity = ada();
    let writer = Writer { identity: &identity, name: "ada", room, heads: &heads };
    writer.write(draft, NOW, &mut || u64::from_le_bytes([7; 8])).unwrap()
}

/// One message after the other, of each kind.
fn examples() -> Vec<(&'static str, Opened)> {
    let lobby = room("#lobby");
    let text = write(&lobby, &[], Draft::Text { text: "Hello!", reply: None });
    let (id, after) = (*text.id(), [*text.id()]);
    let answer = write(&lobby, &after, Draft::Text { text: "Anybody?", reply: Some(id) });
    let edit = write(&lobby, &after, Draft::Edit { message: text.envelope(), text: "Hello, all!" });
    let delete = write(&lobby, &after, Draft::Delete { message: text.envelope() });
    let react = write(&lobby, &after, Draft::React { message: id, emoji: "👍", on: true });
    let unreact = write(&lobby, &after, Draft::React { message: id, emoji: "👍", on: false });
    let topic = write(&lobby, &after, Draft::Topic("Everything"));
    let seen = write(&lobby, &after, Draft::Seen(id));
    let private = write(&garden(), &[], Draft::Text { text: "Hello!", reply: None });
    let direct = write(&direct(), &[], Draft::Text { text: "Hello!", reply: None });
    vec![
        ("text", text),
        ("answer", answer),
        ("edit", edit),
        ("delete", delete),
        ("react", react),
        ("unreact", unreact),
        ("topic", topic),
        ("seen", seen),
        ("private", private),
        ("direct", direct),
    ]
}

/// Hexadecimal digits, 32 bytes a line.
fn lines(label: &str, bytes: &[u8]) -> String {
    let line = |(number, part): (usize, &[u8])| {
        let label = if number == 0 { label } else { "" };
        format!("{label:<10}{}\n", hex::encode(part))
    };
    if bytes.is_empty() { format!("{label}\n") } else { bytes.chunks(32).enumerate().map(line).collect() }
}

fn block(name: &str, message: &Opened) -> String {
    let envelope = wire::to_bytes(message.envelope()).unwrap();
    let head = format!("```text\n{name}\n");
    [
        head,
        lines("envelope", &envelope),
        lines("digest", &message.envelope().digest()),
        lines("id", message.id()),
        "```".into(),
    ]
    .concat()
}

/// The document has the block, and a failure prints it as it should be.
fn is_documented(block: &str) {
    assert!(DOCUMENT.contains(block), "docs/protocols/chat-room.md lacks this:\n{block}");
}

#[test]
fn each_kind_has_the_bytes_that_the_document_says() {
    for (name, message) in examples() {
        is_documented(&block(name, &message));
    }
}

#[test]
fn the_bytes_are_read_back_as_what_they_say() {
    for (name, message) in examples() {
        let block = block(name, &message);
        let (_, rest) = DOCUMENT.split_once(&format!("```text\n{name}\nenvelope")).expect(&block);
        let (digits, _) = rest.split_once("digest").unwrap();
        let bytes = hex::decode(digits.split_whitespace().collect::<String>()).unwrap();
        let envelope: Envelope = wire::from_bytes(&bytes).unwrap();
        let room =
            [room("#lobby"), garden(), direct()].into_iter().find(|room| room.id == envelope.room).unwrap();
        let opened = Opened::open(Signed::check(envelope, NOW).unwrap(), &room).unwrap();
        assert_eq!(opened, message, "{name}");
    }
}

#[test]
fn the_worked_example_is_taken_apart_in_the_document() {
    let message = &examples()[1].1;
    let (envelope, body) = (message.envelope(), message.body());
    let previous: Vec<u8> = [vec![1], envelope.previous.concat()].concat();
    let reference = [vec![1], body.reference.unwrap().to_vec()].concat();
    let parts = [
        ("room", envelope.room.to_vec()),
        ("author", envelope.author.to_vec()),
        ("time", envelope.time.to_le_bytes().to_vec()),
        ("depth", envelope.depth.to_le_bytes().to_vec()),
        ("previous", previous),
        ("body", wire::varint::encode(envelope.body.len() as u64).as_slice().to_vec()),
        ("  kind", vec![body.kind]),
        ("  name", wire::to_bytes(&body.name).unwrap()),
        ("  text", wire::to_bytes(&body.text).unwrap()),
        ("  refers", reference),
        ("signature", envelope.signature.to_vec()),
    ];
    let whole: Vec<u8> = parts.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    assert_eq!(whole, wire::to_bytes(envelope).unwrap());
    let taken_apart: String = parts.iter().map(|(label, bytes)| lines(label, bytes)).collect();
    is_documented(&format!("```text\n{taken_apart}```"));
}

#[test]
fn keys_and_ids_of_rooms_are_those_of_the_document() {
    let key = |room: &Room| room.key.as_ref().unwrap().bytes().to_vec();
    let (garden, direct, identities) = (garden(), direct(), [ada(), bob()]);
    let block = [
        lines("#lobby", &room("#lobby").id),
        lines("#garden", &garden.id),
        lines("  its key", &key(&garden)),
        lines("ada", &identities[0].author()),
        lines("bob", &identities[1].author()),
        lines("ada+bob", &direct.id),
        lines("  its key", &key(&direct)),
    ];
    is_documented(&format!("```text\n{}```", block.concat()));
    for identity in identities {
        is_documented(&format!("`{}`", identity.fingerprint()));
    }
}

#[test]
fn a_sealed_body_is_taken_apart_in_the_document() {
    let message = &examples()[8].1;
    let sealed = &message.envelope().body;
    let plain = wire::to_bytes(message.body()).unwrap();
    let (nonce, rest) = sealed.split_at(24);
    let (ciphertext, tag) = rest.split_at(plain.len());
    let block =
        [lines("plain", &plain), lines("nonce", nonce), lines("sealed", ciphertext), lines("tag", tag)];
    is_documented(&format!("```text\n{}```", block.concat()));
}
