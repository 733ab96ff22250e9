//! The negotiation with one peer while its channel lives: when its lists are taken, and until when it has to answer.

use super::lists::{Lists, misbehaved};
use super::messages::{ProtocolOffer, Protocols};
use super::negotiate::Negotiation;
use super::offers::Offers;
use crate::channel::{Channel, CloseReason};
use crate::clock;
use crate::message::MeteringQueue;
use backplane_plugin::abi::Bytes;
use backplane_plugin::{Message, Metering, wire};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often a peer may change its protocols before its changes are answered ever more slowly.
const CHANGES: Metering = Metering::per_ten_seconds(8);
/// How long a peer may take to answer a list.
const ANSWER_DEADLINE: Duration = Duration::from_secs(120);

/// The negotiation with one peer.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) negotiation: Negotiation,
    lists: Lists,
    changes: MeteringQueue,
    /// A list that is taken later, since there have been too many.
    held_back: Option<Box<(Instant, Protocols)>>,
    /// Until when the last list has to be answered.
    deadline: Option<Instant>,
}

impl Exchange {
    /// The negotiation after both first lists.
    pub(super) fn new(ours: Offers, theirs: &[ProtocolOffer], lists: Lists) -> Self {
        let negotiation = Negotiation::new(ours, offers(theirs));
        Self { negotiation, lists, changes: MeteringQueue::default(), held_back: None, deadline: None }
    }

    /// Waits for the next list that is to be taken.
    ///
    /// # Errors
    ///
    /// Why the channel has ended, or has to.
    ///
    /// # Cancel safety
    ///
    /// Safe: no list is lost.
    pub(super) async fn next(&mut self) -> Result<Protocols, CloseReason> {
        if self.held_back.is_none() {
            let list = tokio::select! {
                biased;
                list = self.lists.next() => list?,
                () = until(self.deadline) => return Err(CloseReason::NotAnswered),
            };
            let now = clock::now();
            if list.revision != self.negotiation.heard() {
                self.changes.push(now, &CHANGES);
            }
            let delay = self.changes.delay(&CHANGES);
            if delay.is_zero() {
                return Ok(list);
            }
            self.held_back = Some(Box::new((now + delay, list)));
        }
        tokio::select! {
            biased;
            () = until(self.held_back.as_ref().map(|held| held.0)) => {}
            () = until(self.deadline) => return Err(CloseReason::NotAnswered),
        }
        let (_, list) = *self.held_back.take().expect("a list is held back until here");
        Ok(list)
    }

    /// Takes a list: whether it has to be answered.
    ///
    /// # Errors
    ///
    /// When it breaks the rules.
    pub(super) fn hear(&mut self, list: &Protocols) -> Result<bool, CloseReason> {
        let answer = self.negotiation.hear(list.revision, list.heard, offers(&list.protocols));
        if self.negotiation.is_answered() {
            self.deadline = None;
        }
        answer.map_err(misbehaved)
    }

    /// Sends a list, if this side wants to offer something else than it does, or an answer. `describe` tells what is
    /// offered in words of the wire.
    ///
    /// # Errors
    ///
    /// When the list cannot be sent.
    pub(super) fn announce(
        &mut self,
        channel: &Channel,
        wanted: &Offers,
        answer: bool,
        describe: impl FnOnce(&Offers) -> Vec<ProtocolOffer>,
    ) -> Result<(), CloseReason> {
        let changed = self.negotiation.offer(wanted);
        if !changed && !answer {
            return Ok(());
        }
        if changed {
            self.deadline = Some(clock::now() + ANSWER_DEADLINE);
        }
        // The list of a mere answer is known already.
        let protocols = if changed { describe(self.negotiation.offered()) } else { Vec::new() };
        let (revision, heard) = (self.negotiation.revision(), self.negotiation.heard());
        send(channel, &Protocols { revision, heard, protocols })
    }
}

/// Sends a list at once: it must not wait for a peer that reads slowly.
fn send(channel: &Channel, list: &Protocols) -> Result<(), CloseReason> {
    let unsent = |why: &dyn std::fmt::Display| CloseReason::Requested {
        protocol: "version".into(),
        reason: format!("{} cannot be sent: {why}", Protocols::NAME),
    };
    let payload = wire::to_bytes(list).map_err(|error| unsent(&error))?;
    if payload.len() as u64 > Protocols::MAX_BYTES {
        return Err(unsent(&"the node has too many protocols"));
    }
    if let Some(command) = channel.messages().find(Protocols::NAME.as_bytes()) {
        // What else can come of it is the end of the channel, which is noticed elsewhere.
        let _ = channel.broadcast(&command, &Bytes::from(payload));
    }
    Ok(())
}

fn offers(list: &[ProtocolOffer]) -> Offers {
    list.iter().map(|offer| (offer.name.as_str().into(), offer.version)).collect()
}

/// Ready at this time; never when there is none.
pub(super) async fn until(time: Option<Instant>) {
    match time {
        // Boxed, so that a timer takes memory while there is one.
        Some(time) => Box::pin(sleep_until(time)).await,
        None => std::future::pending().await,
    }
}
