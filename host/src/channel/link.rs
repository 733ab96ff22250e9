//! How a channel came about, below its frames.

use crate::address::{Address, NodeId};

/// How a channel came about, below its frames.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// Who the peer has proved to be, where the transport asks for a proof.
    pub node_id: Option<NodeId>,
    /// The address that was dialled, where it is another than that of the peer: through a proxy, say.
    pub dialled: Option<Box<Address>>,
}
