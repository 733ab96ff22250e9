//! What the ledger knows of one host, and what comes next.

use super::account::{Event, Refused};
use super::accounts::Accounts;
use super::judge::{GROUP_HOSTS, is_punished};
use super::score::left;
use super::traffic::Totals;
use super::{Offence, Weight};
use crate::address::{Group, HostKey};
use backplane_plugin::SessionKind;
use serde::Serialize;
use tokio::time::Instant;

/// What the ledger knows of one host.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statement {
    /// The host.
    pub host: String,
    /// Its group of addresses.
    pub group: String,
    /// Its score.
    pub score: ScoreStatement,
    /// The score of its group; none where a group like this is never banned.
    pub group_score: Option<GroupStatement>,
    /// Its last offences, the newest first.
    pub events: Vec<EventStatement>,
    /// The connections that were accepted from it.
    pub inbound: Places,
    /// Of these, those that have no slot.
    pub pending: usize,
    /// The connections that were accepted from its group.
    pub group_inbound: Places,
    /// Connections that were refused.
    pub refused: Refused,
    /// What its channels used that have ended.
    pub used: Totals,
    /// How often it may still do something: an offence, and the number of times after which a ban follows.
    #[serde(skip)]
    pub next: Vec<(Offence, u32)>,
}

/// A score, and when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScoreStatement {
    /// The points, as many as are left.
    pub points: f64,
    /// From how many on a ban follows.
    pub ban_at: f64,
    /// Half of the points is gone after so many seconds.
    pub half_life: u64,
    /// In how many seconds less than a point is left.
    pub gone_in: u64,
}

/// The score of a group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GroupStatement {
    /// The score.
    #[serde(flatten)]
    pub score: ScoreStatement,
    /// How many hosts have part in it.
    pub hosts: usize,
    /// How many have to, for a ban.
    pub ban_at_hosts: usize,
}

/// Connections that are there, and that may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Places {
    /// How many there are.
    pub open: usize,
    /// How many there may be; none where the limit does not count.
    pub limit: Option<usize>,
}

/// One offence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventStatement {
    /// What was done.
    pub what: &'static str,
    /// What exactly.
    pub detail: String,
    /// The points that it brought.
    pub points: f64,
    /// How many of them are left.
    pub left: f64,
    /// How many seconds ago.
    pub ago: u64,
}

impl Accounts {
    pub(super) fn statement(&self, host: &HostKey, now: Instant) -> Statement {
        let (account, group) = (self.hosts.get(host), self.groups.get(&Group::of_host(host)));
        let half_life = self.config.half_life;
        let events = account.into_iter().flat_map(|account| account.events.iter().rev());
        let event = |event: &Event| {
            let age = now.saturating_duration_since(event.at);
            EventStatement {
                what: event.offence.name(),
                detail: event.detail.clone(),
                points: event.points,
                left: left(event.points, age, half_life),
                ago: age.as_secs(),
            }
        };
        let limit = |limit| (!self.is_exempt(host)).then_some(limit);
        let score = account.map(|account| account.score).unwrap_or_default();
        let points = score.at(now, half_life);
        Statement {
            host: host.to_string(),
            group: Group::of_host(host).to_string(),
            score: ScoreStatement {
                points,
                ban_at: self.limit(),
                half_life: half_life.as_secs(),
                gone_in: score.below(1.0, now, half_life).as_secs(),
            },
            group_score: self.group_statement(host, now),
            events: events.map(event).collect(),
            inbound: Places {
                open: account.map_or(0, |account| account.inbound),
                limit: limit(self.config.per_host),
            },
            pending: account.map_or(0, |account| account.pending),
            group_inbound: Places {
                open: group.map_or(0, |group| group.inbound),
                limit: limit(self.config.per_group),
            },
            refused: account.map(|account| account.refused).unwrap_or_default(),
            used: account.map(|account| account.used).unwrap_or_default(),
            next: self.next(points),
        }
    }

    fn group_statement(&self, host: &HostKey, now: Instant) -> Option<GroupStatement> {
        let group = Group::of_host(host);
        let half_life = self.group_half_life();
        (is_punished(&group) && !host.is_local()).then(|| {
            let account = self.groups.get(&group);
            let score = account.map(|account| account.score).unwrap_or_default();
            GroupStatement {
                score: ScoreStatement {
                    points: score.at(now, half_life),
                    ban_at: self.group_limit(),
                    half_life: half_life.as_secs(),
                    gone_in: score.below(1.0, now, half_life).as_secs(),
                },
                hosts: account.map_or(0, |account| account.offenders(now, half_life)),
                ban_at_hosts: GROUP_HOSTS,
            }
        })
    }

    /// Each offence that is worth something on a channel that the host dialled, with how many of it make a ban.
    fn next(&self, points: f64) -> Vec<(Offence, u32)> {
        let missing = self.limit() - points;
        let weight = |offence: Offence| match offence.weight(self.config.policy, SessionKind::Inbound) {
            Weight::Ban => Some((offence, 1)),
            Weight::Points(0) => None,
            Weight::Points(each) => {
                let count = (1..=u32::MAX).find(|count| f64::from(*count) * f64::from(each) >= missing);
                count.map(|count| (offence, count))
            }
        };
        Offence::ALL.into_iter().filter_map(weight).collect()
    }
}
