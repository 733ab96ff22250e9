//! The events, in the shape that DarkFi's tools read.

use crate::address::Address;
use crate::clock;
use serde::{Deserialize, Serialize};

/// Something that has happened. As JSON: `{"event": NAME, "info": {…}}`; see `docs/wire.md`, section 13.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "info", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants and fields are the names in that table")]
pub enum Event {
    /// A message was queued for a peer.
    Send { chan: Chan, cmd: String, time: String },
    /// A message of a peer was handed on.
    Recv { chan: Chan, cmd: String, time: String },
    /// A peer that dialled has shaken hands.
    InboundConnected { addr: Address, channel_id: u32 },
    /// Its channel has ended.
    InboundDisconnected { addr: Address, channel_id: u32 },
    /// An outbound slot has no address to dial.
    OutboundSlotSleeping { slot: usize },
    /// An outbound slot dials.
    OutboundSlotConnecting { slot: usize, addr: Address },
    /// The peer of an outbound slot has shaken hands.
    OutboundSlotConnected { slot: usize, addr: Address, channel_id: u32 },
    /// A dial of an outbound slot failed, or its channel has ended.
    OutboundSlotDisconnected { slot: usize, err: String },
    /// The search for addresses on behalf of outbound slots goes on.
    OutboundPeerDiscovery { attempt: u32, state: DiscoveryState },
    /// The search for addresses on behalf of direct channels goes on.
    DirectPeerDiscovery { attempt: u32, state: DiscoveryState },
    /// A protocol's wish for a channel leads to a dial.
    DirectConnecting { connect_addr: Address },
    /// The peer that a protocol wished for has shaken hands.
    DirectConnected { connect_addr: Address, addr: Address, channel_id: u32 },
    /// The dial for a protocol failed, or the channel has ended.
    DirectDisconnected { connect_addr: Address, err: String },
}

/// The channel of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chan {
    /// The peer's address.
    pub addr: Address,
    /// The channel's id.
    pub id: u32,
}

/// What a search for addresses does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiscoveryState {
    /// It waits until addresses are needed.
    Wait,
    /// It asks the peers.
    GetAddr,
    /// It asks the seeds.
    Seed,
    /// It waits for a new channel.
    NewChan,
    /// It rests.
    Sleep,
}

impl Event {
    /// A message that is queued for a peer now.
    #[must_use]
    pub fn send(addr: &Address, id: u32, command: &str) -> Self {
        Self::Send { chan: Chan { addr: addr.clone(), id }, cmd: command.to_owned(), time: time() }
    }

    /// A message of a peer that is handed on now.
    #[must_use]
    pub fn recv(addr: &Address, id: u32, command: &str) -> Self {
        Self::Recv { chan: Chan { addr: addr.clone(), id }, cmd: command.to_owned(), time: time() }
    }
}

/// Nanoseconds since 1970, as text: many JSON readers have no whole numbers of that size.
fn time() -> String {
    clock::unix_nanos().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_event_has_the_shape_that_tools_read() {
        let addr: Address = "tcp://127.0.0.1:42000".parse().unwrap();
        let other: Address = "tcp://127.0.0.1:42001".parse().unwrap();
        let (slot, channel_id, attempt, err) = (1, 7, 2, "the peer closed the connection");
        let shapes = [
            (
                Event::InboundConnected { addr: addr.clone(), channel_id },
                json!({"event": "inbound_connected", "info": {"addr": addr, "channel_id": 7}}),
            ),
            (
                Event::InboundDisconnected { addr: addr.clone(), channel_id },
                json!({"event": "inbound_disconnected", "info": {"addr": addr, "channel_id": 7}}),
            ),
            (
                Event::OutboundSlotSleeping { slot },
                json!({"event": "outbound_slot_sleeping", "info": {"slot": 1}}),
            ),
            (
                Event::OutboundSlotConnecting { slot, addr: addr.clone() },
                json!({"event": "outbound_slot_connecting", "info": {"slot": 1, "addr": addr}}),
            ),
            (
                Event::OutboundSlotConnected { slot, addr: addr.clone(), channel_id },
                json!({"event": "outbound_slot_connected", "info": {"slot": 1, "addr": addr, "channel_id": 7}}),
            ),
            (
                Event::OutboundSlotDisconnected { slot, err: err.to_owned() },
                json!({"event": "outbound_slot_disconnected", "info": {"slot": 1, "err": err}}),
            ),
            (
                Event::OutboundPeerDiscovery { attempt, state: DiscoveryState::GetAddr },
                json!({"event": "outbound_peer_discovery", "info": {"attempt": 2, "state": "getaddr"}}),
            ),
            (
                Event::DirectPeerDiscovery { attempt, state: DiscoveryState::NewChan },
                json!({"event": "direct_peer_discovery", "info": {"attempt": 2, "state": "newchan"}}),
            ),
            (
                Event::DirectConnecting { connect_addr: addr.clone() },
                json!({"event": "direct_connecting", "info": {"connect_addr": addr}}),
            ),
            (
                Event::DirectConnected { connect_addr: addr.clone(), addr: other.clone(), channel_id },
                json!({"event": "direct_connected", "info": {"connect_addr": addr, "addr": other, "channel_id": 7}}),
            ),
            (
                Event::DirectDisconnected { connect_addr: addr.clone(), err: err.to_owned() },
                json!({"event": "direct_disconnected", "info": {"connect_addr": addr, "err": err}}),
            ),
        ];
        for (event, expected) in shapes {
            assert_eq!(serde_json::to_value(&event).unwrap(), expected);
        }
    }

    #[test]
    fn every_recorded_event_of_real_nodes_is_one_of_these_and_is_written_alike() {
        let transcript: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/transcript_rpc.json")).unwrap();
        let of = |part| transcript.get(part).and_then(Value::as_array).unwrap().iter();
        let lines = ["event_examples", "event_stream_A", "event_stream_B"].into_iter().flat_map(of);
        let mut played = 0;
        for line in lines.filter_map(|entry| entry.get("line").and_then(Value::as_str)) {
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            let Some(told) = line.pointer("/params/0") else { continue };
            let event = Event::deserialize(told).unwrap_or_else(|error| panic!("{error} in {told}"));
            assert_eq!(serde_json::to_value(&event).unwrap(), *told);
            played += 1;
        }
        assert_eq!(played, 356);
    }

    #[test]
    fn a_message_is_told_with_the_time_in_nanoseconds_as_text() {
        let addr = "tcp://127.0.0.1:42000".parse().unwrap();
        for event in [Event::send(&addr, 7, "version"), Event::recv(&addr, 7, "version")] {
            let (Event::Send { chan, cmd, time } | Event::Recv { chan, cmd, time }) = event else {
                panic!("another event");
            };
            assert_eq!((chan, cmd.as_str()), (Chan { addr: addr.clone(), id: 7 }, "version"));
            assert!(time.parse::<u64>().unwrap() > 1_000_000_000_000_000_000, "{time}");
        }
    }
}
