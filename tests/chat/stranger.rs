//! A peer that speaks `chat.room` by hand over a socket, and keeps to nothing but the frames.

use backplane::address::Address;
use backplane::protocol::messages::{AppVersion, ProtocolOffer, Protocols, Verack, Version};
use backplane::protocol::negotiate::{FEATURE, FEATURE_VERSION};
use backplane_chat::net::messages::{Announce, Fetch, Messages, Rooms, Sync};
use backplane_plugin::{Message, wire};
use backplane_tests::raw_peer::{Frame, RawPeer};
use backplane_tests::vectors::MAGIC;

/// The stranger.
pub(crate) struct Stranger {
    peer: RawPeer,
}

const COMMANDS: [&str; 5] = [Rooms::NAME, Announce::NAME, Fetch::NAME, Messages::NAME, Sync::NAME];

impl Stranger {
    /// Dials a node and shakes hands, offering `chat.room`, until the node speaks it.
    pub(crate) async fn dial(node: &Address) -> Self {
        let mut stranger = Self { peer: RawPeer::dial(node, MAGIC).await };
        let app_version = || AppVersion("0.4.1".parse().unwrap());
        let version = Version {
            node_id: String::new(),
            app_name: "dchatd".to_owned(),
            version: app_version(),
            timestamp: 1_700_000_000,
            connect_recv_addr: node.clone(),
            resolve_recv_addr: None,
            ext_send_addr: Vec::new(),
            features: vec![(FEATURE.to_owned(), FEATURE_VERSION)],
        };
        stranger.say_as("version", &version).await;
        stranger
            .say_as("verack", &Verack { app_version: app_version(), app_name: "dchatd".to_owned() })
            .await;
        let offer = ProtocolOffer {
            name: "chat.room".to_owned(),
            version: 1,
            commands: COMMANDS.map(str::to_owned).to_vec(),
        };
        let list = Protocols { revision: 1, heard: 0, protocols: vec![offer] };
        stranger.say_as("bp.protocols", &list).await;
        stranger.peer.next_of(Rooms::NAME).await;
        stranger
    }

    /// Sends a message; whether the node still reads.
    pub(crate) async fn say<M: Message>(&mut self, message: &M) -> bool {
        self.say_as(M::NAME, message).await
    }

    /// The next frame; `None` when the node has closed.
    pub(crate) async fn hear(&mut self) -> Option<Frame> {
        loop {
            let frame = self.peer.next().await?;
            match frame.command.as_str() {
                "ping" => {
                    let pong = backplane::frame::encode(MAGIC, "pong", &frame.payload);
                    self.peer.write(&pong).await.ok()?;
                }
                command if COMMANDS.contains(&command) => return Some(frame),
                _ => {}
            }
        }
    }

    async fn say_as(&mut self, command: &str, message: &impl serde::Serialize) -> bool {
        let payload = wire::to_bytes(message).unwrap();
        self.peer.write(&backplane::frame::encode(MAGIC, command, &payload)).await.is_ok()
    }
}

/// What a frame says.
pub(crate) fn read<M: Message>(frame: &Frame) -> M {
    wire::from_bytes(&frame.payload).unwrap()
}
