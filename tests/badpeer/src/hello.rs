//! Versions and veracks that an attacker makes up.

use backplane::protocol::messages::{AppVersion, ProtocolOffer, Protocols, Verack, Version};
use backplane::protocol::negotiate::{FEATURE, FEATURE_VERSION, NONCE_FEATURE};
use backplane_plugin::wire;
use backplane_tests::raw_peer::RawPeer;

use crate::attacker::frame_of;

/// The version of the application that the nodes run.
#[must_use]
pub fn application() -> AppVersion {
    AppVersion("0.4.1".parse().expect("it is a version"))
}

/// A version with nothing wrong, by a peer without features.
#[must_use]
pub fn version() -> Version {
    Version {
        node_id: String::new(),
        app_name: "dchatd".to_owned(),
        version: application(),
        timestamp: 1_700_000_000,
        connect_recv_addr: "tcp://45.1.1.1:1".parse().expect("it is an address"),
        resolve_recv_addr: None,
        ext_send_addr: Vec::new(),
        features: Vec::new(),
    }
}

/// A version by a peer that negotiates protocols, with the nonce of its process.
#[must_use]
pub fn negotiating(nonce: u32) -> Version {
    let features = vec![(FEATURE.to_owned(), FEATURE_VERSION), (NONCE_FEATURE.to_owned(), nonce)];
    Version { features, ..version() }
}

/// The frame of a version.
///
/// # Panics
///
/// When it cannot be encoded.
#[must_use]
pub fn version_frame(version: &Version) -> Vec<u8> {
    frame_of("version", &wire::to_bytes(version).expect("a version can be encoded"))
}

/// The frame of a verack.
///
/// # Panics
///
/// When it cannot be encoded.
#[must_use]
pub fn verack_frame(app_name: &str, app_version: &str) -> Vec<u8> {
    let app_version = AppVersion(app_version.parse().expect("it is a version"));
    let verack = Verack { app_version, app_name: app_name.to_owned() };
    frame_of("verack", &wire::to_bytes(&verack).expect("a verack can be encoded"))
}

/// The frame of a first list of protocols, each with the commands that are told of it.
///
/// # Panics
///
/// When it cannot be encoded.
#[must_use]
pub fn protocols_frame(protocols: &[(&str, &[&str])]) -> Vec<u8> {
    list_frame(1, 0, protocols)
}

/// The frame of a list of protocols with this revision, which answers the one that was heard.
///
/// # Panics
///
/// When it cannot be encoded.
#[must_use]
pub fn list_frame(revision: u32, heard: u32, protocols: &[(&str, &[&str])]) -> Vec<u8> {
    let offer = |(name, commands): &(&str, &[&str])| ProtocolOffer {
        name: (*name).to_owned(),
        version: 1,
        commands: commands.iter().map(|command| (*command).to_owned()).collect(),
    };
    let message = Protocols { revision, heard, protocols: protocols.iter().map(offer).collect() };
    frame_of("bp.protocols", &wire::to_bytes(&message).expect("offers can be encoded"))
}

/// What every node offers, and chat.
pub const USUAL: &[(&str, &[&str])] =
    &[("ping", &["ping", "pong"]), ("address", &["getaddr", "addr"]), ("chat", &["DchatMsg"])];

/// Introduces a peer by this version, to the end of the handshake: what the node says of itself; `None` when it closes.
pub async fn introduce(peer: &mut RawPeer, version: &Version) -> Option<Version> {
    let frames = [version_frame(version), verack_frame("dchatd", "0.4.1")].concat();
    peer.write(&frames).await.ok()?;
    let theirs = peer.find("version").await?;
    peer.find("verack").await?;
    wire::from_bytes(&theirs.payload).ok()
}
