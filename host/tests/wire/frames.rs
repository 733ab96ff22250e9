//! Every recorded frame and stream.

use crate::foreign::DchatMsg;
use crate::recording::{Vector, bytes, check_all, load};
use backplane::frame::{self, FrameError, Magic};
use backplane::protocol::messages::{Addrs, GetAddrs, Ping, Pong, Verack, Version};
use backplane_plugin::wire;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The magic of the network on which streams were recorded.
const MAGIC: Magic = [0x7f, 0x40, 0x0c, 0xc9];

/// Frames cut off a stream, with what ended the cutting: an error, or bytes too few for another frame.
struct Cut {
    frames: Vec<(String, Vec<u8>)>,
    end: Result<Vec<u8>, FrameError>,
}

fn cut(mut stream: &[u8], magic: Magic) -> Cut {
    let mut frames = Vec::new();
    let end = loop {
        let name_and_frame = frame::header(stream, magic).and_then(|header| {
            header.map(|header| header.name().map(|name| (name.to_owned(), header))).transpose()
        });
        let (name, header) = match name_and_frame {
            Ok(Some(found)) => found,
            Ok(None) => break Ok(stream.to_vec()),
            Err(error) => break Err(error),
        };
        let length = usize::try_from(header.payload_len).expect("recorded payloads are small");
        let payload_and_rest = stream.get(header.header_len..).and_then(|rest| rest.split_at_checked(length));
        let Some((payload, rest)) = payload_and_rest else { break Ok(stream.to_vec()) };
        frames.push((name, payload.to_vec()));
        stream = rest;
    };
    Cut { frames, end }
}

#[derive(Debug, Deserialize)]
struct RecordedFrame {
    magic: String,
    command: String,
    payload_hex: String,
}

fn check_frame(vector: &Vector) -> Result<(), String> {
    if vector.kind != "frame" {
        return Err(format!("a frame of the kind {}, which no test knows", vector.kind));
    }
    let recorded = RecordedFrame::deserialize(&vector.value).map_err(|e| e.to_string())?;
    let magic: Magic = bytes(&recorded.magic).try_into().map_err(|_| "the magic has not four bytes")?;
    let payload = bytes(&recorded.payload_hex);

    let cut = cut(&vector.input(), magic);
    if cut.end != Ok(Vec::new()) || cut.frames != [(recorded.command.clone(), payload.clone())] {
        return Err(format!("is cut into {:?}, ending with {:?}", cut.frames, cut.end));
    }
    let written = frame::encode(magic, &recorded.command, &payload);
    if written == vector.input() { Ok(()) } else { Err(format!("is written as {written:02x?}")) }
}

#[test]
fn cuts_and_writes_every_frame_as_real_nodes_do() {
    let vectors = load("encodings.json", "vectors");
    let (checked, failures) = check_all(&vectors, |vector| vector.type_name == "frame", check_frame);
    assert_eq!(failures, [""; 0]);
    assert_eq!(checked, 15);
}

/// Bytes that were sent to a real node.
#[derive(Debug, Deserialize)]
struct Sent {
    name: String,
    hex: Option<String>,
}

/// How the cutting of a stream has to end, for those that do not consist of whole frames.
fn end_of(name: &str) -> Option<Result<&'static str, FrameError>> {
    let wrong_magic = |got: [u8; 4]| Some(Err(FrameError::WrongMagic { got: got.to_vec() }));
    match name {
        "node_bad_magic_after_handshake" => wrong_magic([0xde, 0xad, 0xbe, 0xef]),
        "node_bad_magic_first_bytes" => wrong_magic(*b"GET "),
        "node_default_magic_wrong_network" => wrong_magic([0xd9, 0xef, 0xb6, 0x7d]),
        "node_command_len_256" => Some(Err(FrameError::CommandTooLong { length: 256 })),
        "node_command_bad_utf8" => Some(Err(FrameError::CommandNotUtf8)),
        "node_command_len_nonminimal" => Some(Err(FrameError::CommandLengthNotMinimal)),
        "node_payload_len_nonminimal" => Some(Err(FrameError::PayloadLengthNotMinimal)),
        "node_fin_after_magic_and_half_command" => Some(Ok("7f400cc908446368")),
        "node_fin_after_command_before_length" => Some(Ok("7f400cc90844636861744d7367")),
        _ => None,
    }
}

#[test]
fn ends_every_recorded_stream_where_real_nodes_end_it() {
    let streams = load::<Sent>("behaviour.json", "cases").into_iter().filter_map(|s| Some((s.name, s.hex?)));
    let (mut whole, mut broken) = (0, 0);
    for (name, hex) in streams {
        let stream = bytes(&hex);
        let got = cut(&stream, MAGIC);
        if let Some(end) = end_of(&name) {
            assert_eq!(got.end, end.map(bytes), "{name}");
            broken += 1;
        } else {
            assert_eq!(got.end, Ok(Vec::new()), "{name}");
            assert!(!got.frames.is_empty(), "{name}");
            whole += 1;
        }
    }
    assert_eq!((whole, broken), (27, 9));
}

/// Real nodes read such a payload and lose the stream behind it.
#[test]
fn refuses_a_payload_with_a_surplus_byte() {
    let streams = load::<Sent>("behaviour.json", "cases").into_iter();
    let surplus = streams.filter(|sent| sent.name.starts_with("node_getaddr_trailing_byte"));
    let payloads: Vec<_> = surplus
        .filter_map(|sent| cut(&bytes(&sent.hex?), MAGIC).frames.into_iter().next())
        .map(|(_, payload)| wire::from_bytes::<GetAddrs>(&payload))
        .collect();
    let refused = Err(wire::Error::TrailingBytes { count: 1 });
    assert_eq!(payloads, [refused.clone(), refused]);
}

/// A conversation between two real nodes.
#[derive(Debug, Deserialize)]
struct Session {
    frames: Vec<SentFrame>,
}

#[derive(Debug, Deserialize)]
struct SentFrame {
    command: String,
    hex: String,
    payload_hex: String,
}

/// Whether the payload is written again as it was.
fn is_written_again(command: &str, payload: &[u8]) -> bool {
    fn again<T: Serialize + DeserializeOwned>(payload: &[u8]) -> bool {
        wire::from_bytes::<T>(payload).and_then(|value| wire::to_bytes(&value)).as_deref() == Ok(payload)
    }
    match command {
        "version" => again::<Version>(payload),
        "verack" => again::<Verack>(payload),
        "ping" => again::<Ping>(payload),
        "pong" => again::<Pong>(payload),
        "getaddr" => again::<GetAddrs>(payload),
        "addr" => again::<Addrs>(payload),
        "DchatMsg" => again::<DchatMsg>(payload),
        _ => false,
    }
}

#[test]
fn reads_and_writes_every_message_of_the_recorded_conversations() {
    let sessions: Vec<Session> = load("transcript_dchat.json", "sessions");
    let frames: Vec<_> = sessions.into_iter().flat_map(|session| session.frames).collect();
    for sent in &frames {
        let payload = bytes(&sent.payload_hex);
        let cut = cut(&bytes(&sent.hex), MAGIC);
        assert_eq!(cut.end, Ok(Vec::new()), "{sent:?}");
        assert_eq!(cut.frames, [(sent.command.clone(), payload.clone())]);
        assert!(is_written_again(&sent.command, &payload), "{sent:?}");
    }
    assert_eq!(frames.len(), 113);
}
