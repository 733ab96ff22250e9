//! The inbound slots: who has one, and who gets one when all are taken.

use super::eviction::{self, Facts};
use crate::address::{Group, HostKey};
use crate::channel::{Channel, CloseReason};
use crate::clock;
use crate::hosts::Secret;
use crate::ledger::Ledger;
use crate::protocol::standard;
use crate::random;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A score from here on speaks against a peer.
const OFFENDED: f64 = 10.0;
/// How long a newcomer has to last before another peer leaves for it: tests of an address and questions to a seed do not.
pub(super) const PROBATION: Duration = Duration::from_secs(5);
/// No more than one peer leaves for a newcomer in so much time, however many come.
const EVICTION_PAUSE: Duration = Duration::from_secs(1);

/// The inbound slots of a node, at all addresses that it listens at.
#[derive(Debug)]
pub struct InboundSlots {
    limit: AtomicUsize,
    ledger: Arc<Ledger>,
    taken: Mutex<Taken>,
    secret: Secret,
}

/// The slots that are taken.
#[derive(Debug, Default)]
struct Taken {
    /// The channels that have them, and since when.
    channels: BTreeMap<u32, (Instant, Arc<Channel>)>,
    /// When the last peer had to leave for another one.
    evicted: Option<Instant>,
}

/// The inbound slots, for an operator.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InboundStatus {
    /// How many slots there are.
    pub limit: usize,
    /// The channels that have one, by id.
    pub channels: Vec<u32>,
}

/// A slot. Dropping it frees it.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<InboundSlots>,
    channel: u32,
}

impl InboundSlots {
    /// No slot is taken.
    #[must_use]
    pub fn new(limit: usize, ledger: &Arc<Ledger>) -> Arc<Self> {
        Arc::new(Self {
            limit: limit.into(),
            ledger: Arc::clone(ledger),
            taken: Mutex::default(),
            secret: Secret::new(&mut random::rng()),
        })
    }

    /// Changes how many slots there are. Those that are too many stay taken until their peers leave.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// How the slots are.
    #[must_use]
    pub fn status(&self) -> InboundStatus {
        let channels = self.taken.lock().channels.keys().copied().collect();
        InboundStatus { limit: self.limit.load(Ordering::Relaxed), channels }
    }

    /// Waits for a slot: a free one at once, and another peer's after a probation, unless nobody has to leave for this one.
    ///
    /// # Cancel safety
    ///
    /// Safe: no slot is taken.
    pub(super) async fn take(self: &Arc<Self>, channel: &Arc<Channel>) -> Option<Slot> {
        if !self.take_free(channel) {
            sleep(PROBATION).await;
            if !self.take_free(channel) && !self.take_from_another(channel) {
                return None;
            }
        }
        Some(Slot { slots: Arc::clone(self), channel: channel.id() })
    }

    fn take_free(&self, channel: &Arc<Channel>) -> bool {
        let mut taken = self.taken.lock();
        let is_free = taken.channels.len() < self.limit.load(Ordering::Relaxed);
        if is_free {
            taken.channels.insert(channel.id(), (clock::now(), Arc::clone(channel)));
        }
        is_free
    }

    fn take_from_another(&self, channel: &Arc<Channel>) -> bool {
        let now = clock::now();
        let mut taken = self.taken.lock();
        if taken.evicted.is_some_and(|at| now.saturating_duration_since(at) < EVICTION_PAUSE) {
            return false;
        }
        let others = taken.channels.values().map(|(since, other)| self.facts(other, *since, now));
        let evicted = eviction::choose(others.collect(), self.facts(channel, now, now), &self.secret);
        let Some((_, evicted)) = evicted.and_then(|id| taken.channels.remove(&id)) else { return false };
        taken.channels.insert(channel.id(), (now, Arc::clone(channel)));
        taken.evicted = Some(now);
        drop(taken);
        evicted.close(CloseReason::Evicted);
        true
    }

    fn facts(&self, channel: &Channel, since: Instant, now: Instant) -> Facts {
        let open = channel.messages().open_protocols();
        let score = HostKey::of(channel.address()).map(|host| self.ledger.statement(&host, now).score);
        Facts {
            id: channel.id(),
            group: Group::of(channel.address()),
            age: now.saturating_duration_since(since),
            ping: channel.merits().ping(),
            messages: channel.merits().messages(),
            is_shared: open.iter().any(|protocol| !standard::has(protocol)),
            has_offended: score.is_some_and(|score| score.points >= OFFENDED),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.taken.lock().channels.remove(&self.channel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{ChannelConfig, ChannelLimits, Link};
    use crate::events::Events;
    use crate::ledger::LedgerConfig;
    use crate::settings::Settings;
    use backplane_plugin::SessionKind;

    fn slots(limit: usize) -> Arc<InboundSlots> {
        InboundSlots::new(limit, &Ledger::new(LedgerConfig::of(&Settings::default())))
    }

    /// A channel from the group of addresses with this number.
    fn channel(id: u32, group: u8) -> Arc<Channel> {
        Channel::new(ChannelConfig {
            id,
            session: SessionKind::Inbound,
            address: format!("tcp://8.{group}.0.1:5").parse().unwrap(),
            link: Link::default(),
            magic: [0; 4],
            limits: Arc::new(ChannelLimits::default()),
            events: Events::new(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn more_slots_are_there_at_once_and_fewer_when_peers_have_left() {
        let (slots, channels) = (slots(1), [1, 2, 3].map(|id| channel(id, 1)));
        let first = slots.take(&channels[0]).await.expect("it is free");
        assert!(slots.take(&channels[1]).await.is_none(), "a group takes no slot from itself");
        slots.set_limit(2);
        let second = slots.take(&channels[1]).await.expect("there is one more");
        assert_eq!(slots.status(), InboundStatus { limit: 2, channels: vec![1, 2] });

        slots.set_limit(1);
        assert_eq!(slots.status(), InboundStatus { limit: 1, channels: vec![1, 2] });
        drop(first);
        assert!(slots.take(&channels[2]).await.is_none(), "there was one too many");
        drop(second);
        let _third = slots.take(&channels[2]).await.expect("it is free");
        assert_eq!(slots.status(), InboundStatus { limit: 1, channels: vec![3] });
        assert!(channels.iter().all(|channel| channel.close_reason().is_none()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_that_becomes_free_goes_to_whoever_waits() {
        let (slots, channels) = (slots(1), [1, 2].map(|id| channel(id, 1)));
        let first = slots.take(&channels[0]).await.expect("it is free");
        let leaving = async {
            sleep(PROBATION / 2).await;
            drop(first);
        };
        let (second, ()) = tokio::join!(slots.take(&channels[1]), leaving);
        assert!(second.is_some() && slots.status().channels == [2]);
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_newcomers_at_once_one_gets_the_slot_of_another_peer() {
        let slots = slots(2);
        let (old, new) = ([1, 2].map(|id| channel(id, 1)), [channel(3, 2), channel(4, 3)]);
        let _held = [slots.take(&old[0]).await, slots.take(&old[1]).await];
        let (one, other) = tokio::join!(slots.take(&new[0]), slots.take(&new[1]));
        assert_ne!(one.is_some(), other.is_some());
        let evicted = old.iter().filter(|channel| channel.close_reason() == Some(&CloseReason::Evicted));
        assert_eq!(evicted.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_newcomer_of_another_group_gets_a_slot_when_the_last_change_is_some_time_ago() {
        let slots = slots(1);
        let mut held = vec![slots.take(&channel(1, 1)).await.expect("it is free")];
        for group in 2..5 {
            held.push(slots.take(&channel(group.into(), group)).await.expect("its group is new"));
            assert_eq!(slots.status().channels, [u32::from(group)]);
        }
    }
}
