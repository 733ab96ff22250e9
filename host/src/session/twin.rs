//! Two channels between the same two nodes: which of them stays.

use super::context::SessionContext;
use crate::address::NodeId;
use crate::channel::{Channel, CloseReason, Entry, Keep};
use backplane_plugin::SessionKind;
use std::sync::Arc;

/// Adds a channel to the table of the node, unless another one to the same node stays instead.
///
/// # Errors
///
/// [`CloseReason::Twin`] when the other one stays.
pub(super) fn enter(context: &SessionContext, channel: &Arc<Channel>) -> Result<(), CloseReason> {
    let ours = Own { nonce: context.identity.nonce, node_id: context.known.own() };
    match context.channels.insert(channel, |other| choose(&ours, &End::of(other), &End::of(channel))) {
        Entry::New => Ok(()),
        Entry::Replaced(other) => {
            other.close(CloseReason::Twin { kept: channel.id() });
            Ok(())
        }
        Entry::Kept(other) => Err(CloseReason::Twin { kept: other.id() }),
    }
}

/// This node.
#[derive(Debug, Clone, Copy)]
struct Own {
    nonce: u32,
    node_id: NodeId,
}

/// What the choice depends on.
#[derive(Debug, Clone, Copy)]
struct End {
    /// Whether the other node dialled.
    inbound: bool,
    /// Whether it is meant to last: a seed or a test of an address is not.
    lasting: bool,
    /// The other node's nonce.
    theirs: Option<u32>,
    /// The other node's id, where it has proved one.
    node_id: Option<NodeId>,
}

impl End {
    fn of(channel: &Channel) -> Self {
        let peer = channel.peer();
        let short =
            matches!(peer.and_then(|peer| peer.dialled_for), Some(SessionKind::Seed | SessionKind::Refine));
        let inbound = channel.session() == SessionKind::Inbound;
        let theirs = peer.and_then(|peer| peer.nonce);
        Self { inbound, lasting: !(inbound && short), theirs, node_id: channel.link().node_id }
    }
}

/// Both nodes have to choose alike, each by itself: of two channels that were dialled from either side, the one that
/// the node with the lower nonce dialled stays; of two from the same side, the dialler keeps the older one. Nodes without
/// nonces have their ids compared. A node that comes with another nonce has been started anew: the old channel is dead.
fn choose(ours: &Own, old: &End, new: &End) -> Keep {
    if !old.lasting || !new.lasting {
        return Keep::Both;
    }
    if old.theirs.is_some() && new.theirs.is_some() && old.theirs != new.theirs {
        return Keep::New;
    }
    match (old.inbound, new.inbound) {
        (true, true) => Keep::Both,
        (false, false) => Keep::Old,
        (_, new_inbound) => {
            let they_are_lower = match new.theirs {
                Some(theirs) => theirs < ours.nonce,
                None => new.node_id.is_some_and(|theirs| theirs < ours.node_id),
            };
            if new_inbound == they_are_lower { Keep::New } else { Keep::Old }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(inbound: bool, theirs: u32) -> End {
        End { inbound, lasting: true, theirs: Some(theirs), node_id: None }
    }

    fn choose(nonce: u32, old: &End, new: &End) -> Keep {
        let node_id = NodeId::new([u8::try_from(nonce).unwrap(); 32]);
        super::choose(&Own { nonce, node_id }, old, new)
    }

    /// The same without a nonce, for a node that has a key.
    fn keyed(inbound: bool, theirs: u8) -> End {
        End { theirs: None, node_id: Some(NodeId::new([theirs; 32])), ..end(inbound, 0) }
    }

    #[test]
    fn both_nodes_keep_the_channel_that_the_lower_nonce_dialled() {
        // Node 1 dialled channel A, node 2 dialled channel B; either may come first on either side.
        for (old_is_a, kept_is_a) in [(true, true), (false, true)] {
            let at_one = [end(false, 2), end(true, 2)];
            let at_two = [end(true, 1), end(false, 1)];
            for (ours, [a, b]) in [(1, at_one), (2, at_two)] {
                let (old, new) = if old_is_a { (a, b) } else { (b, a) };
                let keep = choose(ours, &old, &new);
                assert_eq!(keep == Keep::Old, old_is_a == kept_is_a, "node {ours}");
                assert_ne!(keep, Keep::Both);
            }
        }
    }

    #[test]
    fn nodes_without_nonces_have_their_ids_compared() {
        assert_eq!(choose(1, &keyed(false, 2), &keyed(true, 2)), Keep::Old);
        assert_eq!(choose(2, &keyed(false, 1), &keyed(true, 1)), Keep::New);
    }

    #[test]
    fn a_node_that_was_started_anew_replaces_what_is_left_of_it() {
        for (old, new) in [(false, false), (true, true), (false, true), (true, false)] {
            assert_eq!(choose(1, &end(old, 2), &end(new, 3)), Keep::New, "{old} {new}");
        }
    }

    #[test]
    fn only_the_dialler_decides_between_two_of_its_own() {
        assert_eq!(choose(1, &end(false, 2), &end(false, 2)), Keep::Old);
        assert_eq!(choose(2, &end(true, 1), &end(true, 1)), Keep::Both);
    }

    #[test]
    fn a_test_of_an_address_never_replaces_a_channel() {
        let test = End { lasting: false, ..end(true, 1) };
        assert_eq!(choose(2, &end(false, 1), &test), Keep::Both);
        assert_eq!(choose(2, &test, &end(false, 1)), Keep::Both);
    }
}
