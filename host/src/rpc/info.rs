//! `p2p.get_info`: what the node is doing, in the shape that DarkFi's tools know, with more beside it.

use crate::channel::Channel;
use crate::clock;
use crate::node::Node;
use crate::session::{ManualPeer, SessionContext, SlotState};
use serde_json::{Value, json};
use std::sync::Arc;

/// The channels and slots, then what only this node tells.
pub(super) fn info(node: &Node) -> Value {
    let context = node.context();
    let channels: Vec<_> = context.channels.all().iter().map(describe).collect();
    let counts = context.hosts.counts();
    json!({
        "channels": channels,
        "outbound_slots": context.slots.channels(),
        "node_id": context.known.own().to_string(),
        "peers": context.peers.all().iter().map(describe_peer).collect::<Vec<_>>(),
        "inbound": node.inbound(),
        "inbound_slots": context.inbound.status(),
        "direct": context.direct.status(),
        "external": *context.identity.external.read(),
        "hosts": {"gold": counts.gold, "white": counts.white, "grey": counts.grey, "dark": counts.dark, "black": counts.black},
        "sessions": sessions(context),
    })
}

fn describe(channel: &Arc<Channel>) -> Value {
    let peer = channel.peer();
    let used = channel.traffic().totals();
    json!({
        "url": channel.address(),
        "session": channel.session().name(),
        "id": channel.id(),
        "node_id": channel.link().node_id.map(|id| id.to_string()),
        "name": peer.map(|peer| &peer.node_id),
        "application": peer.map(|peer| &peer.application),
        "protocols": channel.messages().open_protocols().iter().map(|name| &**name).collect::<Vec<_>>(),
        "since": channel.since(),
        "bytes_in": used.bytes_in,
        "messages_in": used.messages_in,
        "bytes_out": used.bytes_out,
        "messages_out": used.messages_out,
    })
}

fn describe_peer(peer: &ManualPeer) -> Value {
    let next_try = peer.next_try.map(|at| at.saturating_duration_since(clock::now()).as_secs_f64());
    json!({
        "url": peer.address,
        "pinned": peer.pinned.map(|id| id.to_string()),
        "channel": peer.channel,
        "failures": peer.failures,
        "next_try": next_try,
        "error": peer.error,
        "alarm": peer.alarm,
    })
}

/// What the sessions are doing but those of the configured peers.
fn sessions(context: &SessionContext) -> Value {
    let (settings, overview) = (context.settings.now(), context.ledger.overview());
    let discovery = context.slots.discovery();
    let seeds = context.status.seeds(&settings.network.seeds).into_iter();
    json!({
        "inbound": {"places": overview.inbound, "pending": overview.pending},
        "outbound": {
            "slots": context.slots.states().iter().map(describe_slot).collect::<Vec<_>>(),
            "scout": describe_slot(&context.slots.scout()),
            "discovery": {"state": discovery.step.told(), "attempt": discovery.attempt},
        },
        "seed": seeds.map(|(address, asked)| json!({"url": address, "asked": asked})).collect::<Vec<_>>(),
        "refine": {"last": context.status.refined()},
    })
}

fn describe_slot(slot: &SlotState) -> Value {
    let (state, address) = match slot {
        SlotState::Sleeping => ("sleeping", None),
        SlotState::Connecting(address) => ("connecting", Some(address)),
        SlotState::Connected { address, .. } => ("connected", Some(address)),
    };
    json!({"state": state, "url": address, "channel": slot.channel()})
}
