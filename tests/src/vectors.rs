//! The recordings of real nodes in `tests/vectors`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The magic of the network that was recorded.
pub const MAGIC: [u8; 4] = [0x7f, 0x40, 0x0c, 0xc9];
/// The same as a setting.
pub const MAGIC_SETTING: &str = "network.magic_bytes=127,64,12,201";

/// Two dchat nodes that connect, chat, exchange addresses and part.
pub const MAIN: u32 = 13;
/// A dchat node that asks a seed, which knows no addresses.
pub const SEED_WITHOUT_ADDRESSES: u32 = 2;
/// A dchat node that asks a seed, which knows an address.
pub const SEED_WITH_AN_ADDRESS: u32 = 11;

/// A recorded connection.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    /// What it is, for people.
    pub title: String,
    /// Its number.
    pub id: u32,
    /// The frames of both sides, in the order of their times.
    pub frames: Vec<RecordedFrame>,
}

/// A frame of a recorded connection.
#[derive(Debug, Clone, Deserialize)]
pub struct RecordedFrame {
    /// `c2s` from the dialling side, `s2c` from the other.
    pub dir: String,
    /// The command.
    pub command: String,
    hex: String,
    payload_hex: String,
}

impl RecordedFrame {
    /// The whole frame.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        bytes(&self.hex)
    }

    /// Its payload.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        bytes(&self.payload_hex)
    }

    /// Whether the dialling side sent it.
    #[must_use]
    pub fn is_of_the_dialler(&self) -> bool {
        self.dir == "c2s"
    }
}

/// Bytes that were sent to a real node, with what it did.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Whether the version exchange was done before.
    pub after_handshake: bool,
    hex: Option<String>,
    /// What was sent, where there are no bytes.
    pub description: Option<String>,
    /// What the node did.
    pub verdict: String,
}

impl Case {
    /// The bytes that were sent, where they were recorded.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.hex.as_deref().filter(|hex| !hex.is_empty()).map(bytes)
    }
}

/// The recorded connection with this number.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn session(id: u32) -> Session {
    let sessions: Vec<Session> = list("transcript_dchat.json", "sessions");
    sessions.into_iter().find(|session| session.id == id).expect("the session was recorded")
}

/// What a real node did with bytes that it was sent.
#[must_use]
pub fn behaviour() -> Vec<Case> {
    list("behaviour.json", "cases")
}

fn list<T: DeserializeOwned>(file: &str, key: &str) -> Vec<T> {
    let path = format!("{}/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the recordings are part of the repository");
    let json: Value = serde_json::from_str(&text).expect("the recordings are JSON");
    let list = json.get(key).cloned().expect("the recordings have this list");
    serde_json::from_value(list).expect("every recording of a list has the same fields")
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("the recordings are hexadecimal")
}
