//! What is kept of one host and of one group.

use super::Offence;
use super::admission::Refusal;
use super::score::Score;
use super::traffic::Totals;
use crate::address::HostKey;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// How many events of a host are kept.
const EVENTS: usize = 8;
/// The longest detail of an event, in characters.
const DETAIL: usize = 120;
/// How many hosts of a group are remembered as offenders.
const OFFENDERS: usize = 8;

/// One offence of a host.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) offence: Offence,
    pub(super) detail: String,
    pub(super) points: f64,
    pub(super) at: Instant,
}

/// What is kept of one host.
#[derive(Debug, Default)]
pub(super) struct HostAccount {
    pub(super) score: Score,
    /// The last offences, the oldest first.
    pub(super) events: VecDeque<Event>,
    /// Connections that were accepted and are open, and those of them that have no slot.
    pub(super) inbound: usize,
    pub(super) pending: usize,
    /// Connections in quick succession.
    pub(super) rush: Score,
    pub(super) refused: Refused,
    /// What its channels used that have ended.
    pub(super) used: Totals,
    /// When something was last written here.
    pub(super) touched: Option<Instant>,
}

impl HostAccount {
    pub(super) fn note(&mut self, offence: Offence, detail: &str, points: f64, now: Instant) {
        if self.events.len() >= EVENTS {
            self.events.pop_front();
        }
        let detail = detail.chars().take(DETAIL).collect();
        self.events.push_back(Event { offence, detail, points, at: now });
    }
}

/// What is kept of one group of addresses.
#[derive(Debug, Default)]
pub(super) struct GroupAccount {
    pub(super) score: Score,
    /// Hosts that offended, each with when it last did.
    offenders: Vec<(HostKey, Instant)>,
    pub(super) inbound: usize,
    pub(super) refused: u64,
}

impl GroupAccount {
    pub(super) fn note_offender(&mut self, host: &HostKey, now: Instant) {
        self.offenders.retain(|(known, _)| known != host);
        if self.offenders.len() >= OFFENDERS {
            self.offenders.remove(0);
        }
        self.offenders.push((host.clone(), now));
    }

    /// How many hosts offended not longer ago than `memory`.
    pub(super) fn offenders(&self, now: Instant, memory: Duration) -> usize {
        self.offenders.iter().filter(|(_, at)| now.saturating_duration_since(*at) < memory).count()
    }

    pub(super) fn forgive(&mut self) {
        self.score = Score::default();
        self.offenders.clear();
    }
}

/// How many connections were refused, by why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Refused {
    /// The host was banned.
    pub banned: u64,
    /// The host had as many as one may have.
    pub host_full: u64,
    /// The group had as many as one may have.
    pub group_full: u64,
    /// They came in too quick succession.
    pub storm: u64,
    /// The node had no room.
    pub node_full: u64,
}

impl Refused {
    pub(super) const fn note(&mut self, why: Refusal) {
        let count = match why {
            Refusal::HostFull { .. } => &mut self.host_full,
            Refusal::GroupFull { .. } => &mut self.group_full,
            Refusal::Storm => &mut self.storm,
            Refusal::NodeFull => &mut self.node_full,
        };
        *count = count.saturating_add(1);
    }
}
