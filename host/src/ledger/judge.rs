//! What follows from an offence: points, and who is banned for it.

use super::accounts::Accounts;
use super::{Offence, Weight};
use crate::address::{Group, HostKey, Subject};
use backplane_plugin::SessionKind;
use std::time::Duration;
use tokio::time::Instant;

/// A group is banned from so many times the score of a host, when so many of its hosts have part in it, within so many
/// times the half-life of a host's score. Its own score lasts as long.
const GROUP_SCORES: f64 = 4.0;
pub(super) const GROUP_HOSTS: usize = 4;
const GROUP_HALF_LIVES: u32 = 6;

/// What follows from an offence.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The points that it brought.
    pub points: f64,
    /// The score of the host then.
    pub score: f64,
    /// Who is to be banned: nobody, the host, or the host and its group.
    pub bans: Vec<Subject>,
}

/// An offence as it happened.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// What was done.
    pub offence: Offence,
    /// On a channel of which session.
    pub session: SessionKind,
    /// What exactly was done.
    pub detail: &'a str,
}

impl Accounts {
    pub(super) fn judge(&mut self, host: &HostKey, act: Act<'_>, now: Instant) -> Verdict {
        let (limit, half_life) = (self.limit(), self.config.half_life);
        let (points, at_once) = match act.offence.weight(self.config.policy, act.session) {
            Weight::Ban => (limit, true),
            Weight::Points(points) => (points.into(), false),
        };
        if points <= 0.0 {
            return Verdict { points, score: self.score(host, now), bans: Vec::new() };
        }
        let account = self.host(host, now);
        account.note(act.offence, act.detail, points, now);
        let score = account.score.add(points, now, half_life);
        let mut bans = Vec::new();
        if at_once || score >= limit {
            account.score = super::score::Score::default();
            bans.push(Subject::Host(host.clone()));
        }
        bans.extend(self.judge_group(host, points, now));
        Verdict { points, score, bans }
    }

    /// The score from which on a host is banned.
    pub(super) fn limit(&self) -> f64 {
        self.config.ban_score.into()
    }

    /// The score from which on a group is banned.
    pub(super) fn group_limit(&self) -> f64 {
        self.limit() * GROUP_SCORES
    }

    pub(super) fn group_half_life(&self) -> Duration {
        self.config.half_life * GROUP_HALF_LIVES
    }

    pub(super) fn score(&self, host: &HostKey, now: Instant) -> f64 {
        self.hosts.get(host).map_or(0.0, |account| account.score.at(now, self.config.half_life))
    }

    fn judge_group(&mut self, host: &HostKey, points: f64, now: Instant) -> Option<Subject> {
        let group = Group::of_host(host);
        if !is_punished(&group) || host.is_local() {
            return None;
        }
        let (limit, half_life) = (self.group_limit(), self.group_half_life());
        let account = self.group(host);
        account.note_offender(host, now);
        let score = account.score.add(points, now, half_life);
        let offends = score >= limit && account.offenders(now, half_life) >= GROUP_HOSTS;
        offends.then(|| {
            account.forgive();
            Subject::Group(group)
        })
    }
}

/// Names of networks where they cost nothing share a group with a thirty-second of all nodes there: whoever wanted these
/// banned would only have to misbehave.
pub(super) const fn is_punished(group: &Group) -> bool {
    !matches!(group, Group::Made(_) | Group::Indirect)
}

#[cfg(test)]
mod tests {
    use super::super::{LedgerConfig, Policy, tests::config};
    use super::*;
    use crate::clock;

    const fn act(offence: Offence) -> Act<'static> {
        Act { offence, session: SessionKind::Inbound, detail: "" }
    }

    fn host(text: &str) -> HostKey {
        HostKey::of(&format!("tcp://{text}:1").parse().unwrap()).unwrap()
    }

    fn subject(text: &str) -> Subject {
        text.parse().unwrap()
    }

    /// How many of these offences, so long after one another, it takes until the host is banned; at most 1000.
    fn until_ban(policy: Policy, offence: Offence, pause: u64) -> usize {
        let (mut now, mut accounts) = (clock::now(), Accounts::new(LedgerConfig { policy, ..config() }));
        for count in 1..=1000 {
            if !accounts.judge(&host("8.8.8.8"), act(offence), now).bans.is_empty() {
                return count;
            }
            now += Duration::from_secs(pause);
        }
        usize::MAX
    }

    #[test]
    fn a_host_is_banned_at_once_or_when_its_score_is_reached() {
        for (offence, strict, relaxed) in [
            (Offence::Malformed, 1, 5),
            (Offence::OverBudget, 1, 10),
            (Offence::BadCommand, 5, 20),
            (Offence::WrongMagic, 10, 20),
            (Offence::HandshakeTimeout, 50, 50),
            (Offence::Storm, 100, 100),
        ] {
            assert_eq!(until_ban(Policy::Strict, offence, 0), strict, "{offence:?}");
            assert_eq!(until_ban(Policy::Relaxed, offence, 0), relaxed, "{offence:?}");
        }
    }

    #[test]
    fn what_happens_seldom_enough_is_forgotten_in_time() {
        // Of the half-life of ten minutes, one each means that the score never passes twice the points.
        assert_eq!(until_ban(Policy::Strict, Offence::WrongMagic, 600), usize::MAX);
        assert_eq!(until_ban(Policy::Strict, Offence::WrongMagic, 60), 16);
        // A node of another version, or behind a bad line, that dials four times a minute.
        assert_eq!(until_ban(Policy::Strict, Offence::Incompatible, 15), usize::MAX);
        assert_eq!(until_ban(Policy::Strict, Offence::HandshakeTimeout, 25), usize::MAX);
    }

    #[test]
    fn a_group_is_banned_when_many_of_its_hosts_offend_and_not_for_one_of_them() {
        let now = clock::now();
        let mut accounts = Accounts::new(config());
        for number in 1..=3 {
            let verdict = accounts.judge(&host(&format!("8.8.0.{number}")), act(Offence::Malformed), now);
            assert_eq!(verdict.bans, [subject(&format!("8.8.0.{number}"))]);
        }
        let later = now + Duration::from_secs(1);
        let verdict = accounts.judge(&host("8.8.0.4"), act(Offence::WrongMagic), later);
        assert_eq!(verdict.bans, [], "four hosts, and not enough points");
        let verdict = accounts.judge(&host("8.8.0.5"), act(Offence::Malformed), later);
        assert_eq!(verdict.bans, [subject("8.8.0.5"), subject("8.8.0.0/16")]);

        let mut alone = Accounts::new(config());
        for _ in 0..20 {
            let verdict = alone.judge(&host("8.8.0.1"), act(Offence::Malformed), now);
            assert_eq!(verdict.bans, [subject("8.8.0.1")]);
        }
    }

    #[test]
    fn a_group_of_this_machine_or_of_free_names_is_never_banned() {
        let now = clock::now();
        for name in ["127.0.0.N", "192.168.0.N", "aN.onion"] {
            let mut accounts = Accounts::new(config());
            for number in 0..10 {
                let host = host(&name.replace('N', &number.to_string()));
                let bans = accounts.judge(&host, act(Offence::Malformed), now).bans;
                assert_eq!(bans, [Subject::Host(host)]);
            }
        }
    }

    #[test]
    fn what_is_worth_nothing_leaves_no_trace() {
        let mut accounts = Accounts::new(config());
        let refine = Act { session: SessionKind::Refine, ..act(Offence::Malformed) };
        let verdict = accounts.judge(&host("8.8.8.8"), refine, clock::now());
        assert_eq!(verdict, Verdict { points: 0.0, score: 0.0, bans: Vec::new() });
        assert!(accounts.hosts.is_empty() && accounts.groups.is_empty());
    }
}
