//! Whose channels are read as fast as can be: peers that the operator named, and hosts of the local network.

use crate::address::{Address, HostKey};
use crate::channel::Link;
use backplane_plugin::SessionKind;

/// Whether a channel is one to a peer among `named`, which the operator wrote down, or to a host of the local network. A peer
/// that came by itself is known by its host, or by the key that its name is pinned to.
pub(super) fn is_trusted(named: &[Address], session: SessionKind, peer: &Address, link: &Link) -> bool {
    if session == SessionKind::Manual || peer.scheme() == "unix" {
        return true;
    }
    let host = HostKey::of(peer);
    let is_it = |named: &Address| {
        let pinned = named.fragment().and_then(|id| id.parse().ok());
        host.is_some() && HostKey::of(named) == host || pinned.is_some() && pinned == link.node_id
    };
    host.as_ref().is_some_and(HostKey::is_local) || named.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::NodeId;

    #[test]
    fn named_and_local_peers_are_trusted_and_strangers_are_not() {
        let id = NodeId::new([7; 32]);
        let named = ["tcp://198.51.100.7:1".to_owned(), format!("tcp+tls://peer.example.org:1#{id}")]
            .map(|text| text.parse::<Address>().unwrap());
        for (session, peer, node_id, trusted) in [
            (SessionKind::Manual, "tcp://8.8.8.8:1", None, true),
            (SessionKind::Inbound, "tcp://8.8.8.8:1", None, false),
            (SessionKind::Outbound, "tcp://8.8.8.8:1", None, false),
            (SessionKind::Inbound, "tcp://198.51.100.7:5000", None, true),
            (SessionKind::Inbound, "tcp+tls://8.8.8.8:1", Some(id), true),
            (SessionKind::Inbound, "tcp+tls://8.8.8.8:1", Some(NodeId::new([8; 32])), false),
            (SessionKind::Inbound, "tcp://127.0.0.1:1", None, true),
            (SessionKind::Inbound, "tcp://192.168.1.1:1", None, true),
            (SessionKind::Inbound, "unix:///run/node.sock", None, true),
            (SessionKind::Outbound, "socks5://127.0.0.1:9050/8.8.8.8:1", None, false),
        ] {
            let link = Link { node_id, ..Link::default() };
            let found = is_trusted(&named, session, &peer.parse().unwrap(), &link);
            assert_eq!(found, trusted, "{session} {peer} {node_id:?}");
        }
    }
}
