//! What a real dchatd did with the bytes it was sent, asked of this node.

use backplane::frame::{self, Prefix};
use backplane::protocol::messages::Verack;
use backplane_plugin::wire;
use backplane_tests::node::TestNode;
use backplane_tests::raw_peer::RawPeer;
use backplane_tests::vectors::{self, Case, MAGIC, MAGIC_SETTING};
use backplane_tests::wait::eventually;

/// What becomes of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Closed,
    Banned,
}
use Outcome::{Accepted, Banned, Closed};

/// Where this node does something else on purpose: what, and why. See `docs/wire.md`, section 16.
const DIFFERENT: &[(&str, Outcome, &str)] = &[
    ("node_command_unknown", Accepted, "unknown commands are skipped, with an allowance"),
    ("node_command_wrong_case_Ping", Accepted, "as any unknown command"),
    ("node_hpreq_no_dispatcher", Accepted, "as any unknown command"),
    ("node_getaddr_trailing_byte_then_ping", Banned, "a surplus byte in a payload is malformed"),
    ("node_getaddr_trailing_byte_only", Banned, "a surplus byte in a payload is malformed"),
    ("node_fin_after_command_before_length", Closed, "a broken connection is never a reason for a ban"),
];

/// What a peer does.
struct Script {
    /// How it begins.
    opening: Opening,
    /// What it sends then, in one write.
    bytes: Vec<u8>,
    /// Whether it ends its half of the connection then.
    finish: bool,
    /// What the node is told for it.
    setting: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
enum Opening {
    /// With nothing.
    None,
    /// With the handshake.
    Handshake,
    /// With the handshake and the answer to the node's ping.
    Ponged,
    /// With the handshake, and a pong of another nonce than the node's ping.
    WrongPong,
}

fn frame_of(command: &str, payload: &[u8]) -> Vec<u8> {
    frame::encode(MAGIC, command, payload)
}

/// The first frame with this command that the dialling side of the recorded connection sent.
fn recorded(command: &str) -> Vec<u8> {
    let session = vectors::session(vectors::MAIN);
    let mut frames = session.frames.iter();
    let found = frames.find(|frame| frame.is_of_the_dialler() && frame.command == command);
    found.expect("it was recorded").bytes()
}

fn line(text: &str) -> Vec<u8> {
    frame_of("DchatMsg", &wire::to_bytes(&(text,)).expect("text can be encoded"))
}

fn header_of_addr(payload_len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    Prefix::new(MAGIC, "addr").put_header(&mut bytes, payload_len);
    bytes
}

/// The steps of a case; those without recorded bytes are made from their descriptions.
fn script(case: &Case) -> Script {
    let sent = case.bytes().unwrap_or_default();
    let plain = |opening, bytes| Script { opening, bytes, finish: false, setting: "network.node_id=" };
    let name = case.name.as_str();
    match (name, case.description.as_deref().unwrap_or_default()) {
        ("node_version_2044_bytes", _) => plain(Opening::None, frame_of("version", &[0; 2044])),
        ("node_verack_pre_release_differs_ok", _) => {
            let verack = Verack {
                app_version: "0.4.1-rc.1+x".parse().expect("it is a version"),
                app_name: "dchatd".to_owned(),
            };
            let verack = frame_of("verack", &wire::to_bytes(&verack).expect("a verack can be encoded"));
            plain(Opening::None, [recorded("version"), verack].concat())
        }
        ("node_version_msg_says_other_app_9.9.9_but_verack_ok", _) => {
            plain(Opening::None, [sent, recorded("verack")].concat())
        }
        ("node_dchat_before_handshake", _) => {
            plain(Opening::None, [sent, recorded("version"), recorded("verack")].concat())
        }
        ("node_pong_wrong_nonce", _) => plain(Opening::WrongPong, Vec::new()),
        (_, "handshake, never pong") => Script {
            setting: "network.profiles.tcp.connect_timeout=50ms",
            ..plain(Opening::Handshake, Vec::new())
        },
        (_, "ping x25") => plain(Opening::Ponged, frame_of("ping", &[1, 0]).repeat(25)),
        (_, "getaddr x25") => plain(Opening::Ponged, recorded("getaddr").repeat(25)),
        (_, "getaddr x26") => plain(Opening::Ponged, recorded("getaddr").repeat(26)),
        (_, "DchatMsg x5000") => plain(Opening::Ponged, line("flood").repeat(5000)),
        (_, "addr header, length 65282") => plain(Opening::Ponged, header_of_addr(65_282)),
        (_, "shutdown(WR)") => Script { finish: true, ..plain(Opening::Ponged, Vec::new()) },
        (_, "partial frame then FIN") => {
            let whole = line("never to be heard");
            Script { finish: true, ..plain(Opening::Ponged, whole[..whole.len() - 3].to_vec()) }
        }
        (_, "these bytes, then TCP FIN") => Script { finish: true, ..plain(Opening::Ponged, sent) },
        _ if name.ends_with("_timeout") => {
            Script { setting: "network.profiles.tcp.handshake_timeout=50ms", ..plain(Opening::None, sent) }
        }
        _ if name.starts_with("node_verack_") => plain(Opening::None, [recorded("version"), sent].concat()),
        _ => {
            assert!(!sent.is_empty(), "{name} says nothing of what was sent");
            plain(if case.after_handshake { Opening::Ponged } else { Opening::None }, sent)
        }
    }
}

fn verdict(case: &Case) -> Outcome {
    match case.verdict.as_str() {
        verdict if verdict.starts_with("accepted") => Accepted,
        verdict if verdict.starts_with("disconnect") && verdict.contains("no ban") => Closed,
        verdict if verdict.starts_with("disconnect + ban") => Banned,
        verdict => panic!("{}: what is {verdict}?", case.name),
    }
}

async fn open(peer: &mut RawPeer, opening: &Opening) {
    if *opening == Opening::None {
        return;
    }
    peer.shake_hands().await;
    if *opening == Opening::Handshake {
        return;
    }
    let mut nonce = peer.next_of("ping").await.payload;
    if *opening == Opening::WrongPong {
        nonce.iter_mut().for_each(|byte| *byte = !*byte);
    }
    peer.send("pong", &nonce).await;
}

/// The last thing that an accepted peer says.
const LAST: &str = "still here";

async fn play(node: &TestNode, case: &Case, expected: Outcome) {
    let Script { opening, mut bytes, finish, .. } = script(case);
    let mut peer = RawPeer::dial(node.node().inbound().first().expect("it listens"), MAGIC).await;
    let tasks = &node.node().context().tasks;
    // The node speaks first: from now on the task of the connection is there.
    eventually("the node serves the connection", || tasks.len() > IDLE_TASKS).await;
    open(&mut peer, &opening).await;
    if expected == Accepted && !finish {
        // In the same write: what comes after it may be delayed by metering.
        bytes.extend(line(LAST));
    }
    // A node that has closed already has seen enough.
    let _ = peer.write(&bytes).await;
    if finish {
        let _ = peer.finish().await;
    }
    if expected == Accepted {
        node.hears(LAST).await;
        assert!(node.channels().iter().all(|channel| channel.close_reason().is_none()), "{}", case.name);
        assert_eq!(node.channels().len(), 1, "{}", case.name);
        return;
    }
    peer.rest().await;
    // The consequences are drawn before the connection's task ends.
    eventually(&format!("the end of the connection of {}", case.name), || tasks.len() == IDLE_TASKS).await;
    assert!(node.channels().is_empty(), "{}", case.name);
}

/// The tasks of a node with a plug-in, one listener and no connection: watching plug-ins, looking after them, accepting,
/// testing addresses, saving them, keeping the bans, finding addresses, looking beyond the peers, and three that follow
/// the settings: in peers, in slots and in seeds.
const IDLE_TASKS: usize = 11;

#[tokio::test]
async fn a_peer_is_treated_as_by_a_real_node_but_where_the_rules_say_otherwise() {
    let cases = vectors::behaviour();
    for case in &cases {
        let different =
            DIFFERENT.iter().find(|(name, ..)| *name == case.name).map(|(_, outcome, _)| *outcome);
        assert_ne!(different, Some(verdict(case)), "{} is not different", case.name);
        let expected = different.unwrap_or_else(|| verdict(case));
        let sets = [MAGIC_SETTING, "network.ban_policy=strict", script(case).setting];
        let node = TestNode::start(&["backplane_chat"], &sets).await;
        let tasks = &node.node().context().tasks;
        eventually("the node rests", || tasks.len() == IDLE_TASKS).await;

        play(&node, case, expected).await;

        let banned = node.node().context().hosts.bans();
        assert_eq!(!banned.is_empty(), expected == Banned, "{}: {banned:?}", case.name);
        let lines = node.lines().await;
        match case.name.as_str() {
            "node_dchat_before_handshake" => assert_eq!(lines, ["early bird", LAST]),
            "node_dchat_x5000" => assert_eq!(lines.len(), 5001),
            _ => assert!(lines.iter().all(|line| line == LAST), "{}: {lines:?}", case.name),
        }
    }
    let unknown = DIFFERENT.iter().find(|(name, ..)| cases.iter().all(|case| case.name != *name));
    assert!(unknown.is_none(), "no case {unknown:?}");
}

#[tokio::test]
async fn unknown_commands_beyond_the_allowance_are_an_offence() {
    let node = TestNode::start(&["backplane_chat"], &[MAGIC_SETTING, "network.ban_policy=strict"]).await;
    let mut peer = RawPeer::dial(node.node().inbound().first().expect("it listens"), MAGIC).await;
    open(&mut peer, &Opening::Ponged).await;
    let _ = peer.write(&frame_of("nope", b"what is this").repeat(17)).await;
    peer.rest().await;
    eventually("the ban", || !node.node().context().hosts.bans().is_empty()).await;
}
