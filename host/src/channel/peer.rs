//! What is known of the peer of a channel: what the connection showed, and what it said itself.

use crate::address::{Address, NodeId};
use backplane_plugin::SessionKind;

/// How a channel came about, below its frames.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// Who the peer has proved to be, where the transport asks for a proof.
    pub node_id: Option<NodeId>,
    /// The address that was dialled, where it is another than that of the peer: through a proxy, say.
    pub dialled: Option<Box<Address>>,
}

/// What the peer said of itself in the handshake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its name for itself, often empty; anybody may claim any.
    pub node_id: String,
    /// Its application and version.
    pub application: String,
    /// The nonce of its process, when it is a node of this kind.
    pub nonce: Option<u32>,
    /// Whether it negotiates protocols.
    pub negotiates: bool,
    /// The session it dialled for, when it says so.
    pub dialled_for: Option<SessionKind>,
    /// The addresses under which it says it is reached.
    pub external: Vec<Address>,
}
