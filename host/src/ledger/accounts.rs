//! The accounts of all hosts and groups, and the rules of who is admitted.

use super::LedgerConfig;
use super::account::{GroupAccount, HostAccount, Refused};
use super::admission::Refusal;
use crate::address::{Group, HostKey};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How many hosts have an account, and how many groups. Those with open connections are never closed.
const MOST_ACCOUNTS: usize = 4096;
/// How long it takes until half of a host's connections is forgotten, and how many are too many then.
const RUSH_HALF_LIFE: Duration = Duration::from_secs(60);
const RUSH: f64 = 60.0;

/// The accounts of all hosts and groups.
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) config: LedgerConfig,
    pub(super) hosts: BTreeMap<HostKey, HostAccount>,
    pub(super) groups: BTreeMap<Group, GroupAccount>,
    /// Connections that were accepted, and those of them that have no slot.
    pub(super) inbound: usize,
    pub(super) pending: usize,
    /// All that were refused.
    pub(super) refused: Refused,
}

impl Accounts {
    pub(super) fn new(config: LedgerConfig) -> Self {
        Self {
            config,
            hosts: BTreeMap::new(),
            groups: BTreeMap::new(),
            inbound: 0,
            pending: 0,
            refused: Refused::default(),
        }
    }

    /// Whether one more connection may shake hands. Full slots are no reason against it: whoever only tests whether a node
    /// is here has to be answered.
    pub(super) const fn has_room(&self) -> bool {
        self.config.inbound > 0 && self.pending < self.config.pending
    }

    /// Counts one more accepted connection, which has no slot.
    pub(super) fn admit(&mut self, host: Option<&HostKey>, now: Instant) -> Result<(), Refusal> {
        let may = self.may_admit(host, now);
        if let Err(why) = may {
            self.refused.note(why);
            if let Some(host) = host {
                self.host(host, now).refused.note(why);
                let group = self.group(host);
                group.refused = group.refused.saturating_add(1);
            }
            return Err(why);
        }
        self.inbound += 1;
        self.pending += 1;
        if let Some(host) = host {
            let account = self.host(host, now);
            account.inbound += 1;
            account.pending += 1;
            self.group(host).inbound += 1;
        }
        Ok(())
    }

    /// The connection has got a slot.
    pub(super) fn establish(&mut self, host: Option<&HostKey>) {
        self.pending = self.pending.saturating_sub(1);
        if let Some(account) = host.and_then(|host| self.hosts.get_mut(host)) {
            account.pending = account.pending.saturating_sub(1);
        }
    }

    /// The connection is gone.
    pub(super) fn release(&mut self, host: Option<&HostKey>) {
        self.inbound = self.inbound.saturating_sub(1);
        let Some(host) = host else { return };
        if let Some(account) = self.hosts.get_mut(host) {
            account.inbound = account.inbound.saturating_sub(1);
        }
        if let Some(account) = self.groups.get_mut(&Group::of_host(host)) {
            account.inbound = account.inbound.saturating_sub(1);
        }
    }

    /// A banned host dialled.
    pub(super) fn note_banned(&mut self, host: &HostKey, now: Instant) {
        self.refused.banned = self.refused.banned.saturating_add(1);
        let account = self.host(host, now);
        account.refused.banned = account.refused.banned.saturating_add(1);
    }

    /// The account of a host, made when there is none.
    pub(super) fn host(&mut self, host: &HostKey, now: Instant) -> &mut HostAccount {
        if !self.hosts.contains_key(host) {
            let half_life = self.config.half_life;
            let worth =
                |account: &HostAccount| (account.inbound == 0).then(|| account.score.at(now, half_life));
            make_room(&mut self.hosts, worth, |account| account.touched);
        }
        let account = self.hosts.entry(host.clone()).or_default();
        account.touched = Some(now);
        account
    }

    /// The account of a host's group, made when there is none.
    pub(super) fn group(&mut self, host: &HostKey) -> &mut GroupAccount {
        let group = Group::of_host(host);
        if !self.groups.contains_key(&group) {
            let worth = |account: &GroupAccount| (account.inbound == 0).then_some(0.0);
            make_room(&mut self.groups, worth, |account| account.score.last());
        }
        self.groups.entry(group).or_default()
    }

    /// Whether the limits of hosts and groups do not count: proxies dial from this machine, and in a local network
    /// many nodes may share a host.
    pub(super) fn is_exempt(&self, host: &HostKey) -> bool {
        host.is_loopback() || self.config.localnet && host.is_local()
    }

    fn may_admit(&mut self, host: Option<&HostKey>, now: Instant) -> Result<(), Refusal> {
        if let Some(host) = host.filter(|host| !self.is_exempt(host)) {
            let LedgerConfig { per_host, per_group, .. } = self.config;
            let account = self.host(host, now);
            if account.rush.at(now, RUSH_HALF_LIFE) >= RUSH {
                return Err(Refusal::Storm);
            }
            account.rush.add(1.0, now, RUSH_HALF_LIFE);
            if account.inbound >= per_host {
                return Err(Refusal::HostFull { limit: per_host });
            }
            if self.group(host).inbound >= per_group {
                return Err(Refusal::GroupFull { limit: per_group });
            }
        }
        if self.has_room() { Ok(()) } else { Err(Refusal::NodeFull) }
    }
}

/// Closes the account that is worth least, and of those the oldest, when there are too many. Those without a worth stay.
fn make_room<K: Clone + Ord, A>(
    accounts: &mut BTreeMap<K, A>,
    worth: impl Fn(&A) -> Option<f64>,
    age: impl Fn(&A) -> Option<Instant>,
) {
    if accounts.len() < MOST_ACCOUNTS {
        return;
    }
    let least = accounts
        .iter()
        .filter_map(|(key, account)| Some((key, worth(account)?, age(account))))
        .min_by(|(_, one, older), (_, other, newer)| one.total_cmp(other).then(older.cmp(newer)));
    if let Some(key) = least.map(|(key, ..)| key.clone()) {
        accounts.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::ledger::tests::config;
    use proptest::prelude::*;

    fn host(text: &str) -> HostKey {
        HostKey::of(&format!("tcp://{text}:1").parse().unwrap()).unwrap()
    }

    #[test]
    fn a_host_and_a_group_have_their_share_of_the_connections_and_this_machine_has_more() {
        let (now, mut accounts) = (clock::now(), Accounts::new(config()));
        for number in 0..8 {
            let outcome = accounts.admit(Some(&host(&format!("8.8.0.{}", number / 3))), now);
            assert_eq!(outcome, Ok(()), "{number}");
        }
        assert_eq!(accounts.admit(Some(&host("8.8.0.1")), now), Err(Refusal::HostFull { limit: 3 }));
        assert_eq!(accounts.admit(Some(&host("8.8.7.7")), now), Err(Refusal::GroupFull { limit: 8 }));
        assert_eq!(accounts.admit(Some(&host("9.9.9.9")), now), Ok(()));
        for who in [Some("127.0.0.1"), None] {
            (0..9).for_each(|_| assert_eq!(accounts.admit(who.map(host).as_ref(), now), Ok(())));
        }
        accounts.release(Some(&host("8.8.0.1")));
        assert_eq!(accounts.admit(Some(&host("8.8.7.7")), now), Ok(()));
        assert_eq!((accounts.refused.host_full, accounts.refused.group_full), (1, 1));
    }

    #[test]
    fn under_localnet_no_limit_counts_for_a_local_host() {
        let now = clock::now();
        let lan = host("192.168.1.1");
        let mut strict = Accounts::new(config());
        let mut local = Accounts::new(LedgerConfig { localnet: true, ..config() });
        for _ in 0..3 {
            strict.admit(Some(&lan), now).unwrap();
            local.admit(Some(&lan), now).unwrap();
        }
        assert_eq!(strict.admit(Some(&lan), now), Err(Refusal::HostFull { limit: 3 }));
        assert_eq!(local.admit(Some(&lan), now), Ok(()));
    }

    #[test]
    fn a_connection_without_a_slot_takes_one_of_few_places_however_many_have_slots() {
        let limits = LedgerConfig { inbound: 2, pending: 2, ..config() };
        let (now, mut accounts) = (clock::now(), Accounts::new(limits));
        accounts.admit(None, now).unwrap();
        accounts.admit(None, now).unwrap();
        assert!(!accounts.has_room());
        assert_eq!(accounts.admit(None, now), Err(Refusal::NodeFull));
        accounts.establish(None);
        assert!(accounts.has_room());
        assert_eq!(accounts.admit(None, now), Ok(()));
        assert_eq!((accounts.inbound, accounts.pending), (3, 2));
    }

    #[test]
    fn a_host_that_dials_without_a_pause_is_refused_until_it_rests() {
        let (now, mut accounts) = (clock::now(), Accounts::new(config()));
        let dial = |accounts: &mut Accounts, now| {
            let outcome = accounts.admit(Some(&host("8.8.8.8")), now);
            if outcome.is_ok() {
                accounts.establish(Some(&host("8.8.8.8")));
                accounts.release(Some(&host("8.8.8.8")));
            }
            outcome
        };
        let admitted = (0..100).filter(|_| dial(&mut accounts, now).is_ok()).count();
        assert_eq!(admitted, 60);
        assert_eq!(dial(&mut accounts, now), Err(Refusal::Storm));
        assert_eq!(dial(&mut accounts, now + Duration::from_secs(60)), Ok(()));
    }

    #[test]
    fn there_are_never_too_many_accounts_and_those_that_matter_stay() {
        let (now, mut accounts) = (clock::now(), Accounts::new(config()));
        let half_life = accounts.config.half_life;
        accounts.admit(Some(&host("8.8.8.8")), now).unwrap();
        accounts.host(&host("9.9.9.9"), now).score.add(5.0, now, half_life);
        for number in 0..2 * MOST_ACCOUNTS {
            let [.., a, b] = number.to_be_bytes();
            let host = HostKey::Ip([100 + a, b, 1, 1].into());
            accounts.host(&host, now + Duration::from_millis(1));
            accounts.group(&host);
        }
        assert_eq!((accounts.hosts.len(), accounts.groups.len()), (MOST_ACCOUNTS, MOST_ACCOUNTS));
        assert!(
            accounts.hosts.contains_key(&host("8.8.8.8")) && accounts.hosts.contains_key(&host("9.9.9.9"))
        );
        assert!(accounts.groups.contains_key(&Group::of_host(&host("8.8.8.8"))));
    }

    proptest! {
        /// Whatever comes and goes, every count is the number of the guards that are held, and within its limit.
        #[test]
        fn counts_are_those_of_the_open_connections_and_within_the_limits(
            steps in prop::collection::vec((0..4u8, 0..6u8, 0..40usize), 0..200),
        ) {
            let config = LedgerConfig { pending: 6, ..config() };
            let (now, mut accounts) = (clock::now(), Accounts::new(config));
            // Host and whether it has no slot.
            let mut open: Vec<(Option<HostKey>, bool)> = Vec::new();
            for (step, who, which) in steps {
                let who = (who < 5).then(|| host(&format!("8.{}.0.{}", 8 + who % 2, who)));
                let now = now + Duration::from_secs(100 * which as u64);
                match step {
                    0 | 1 => open.extend(accounts.admit(who.as_ref(), now).ok().map(|()| (who, true))),
                    2 if which < open.len() && open[which].1 => {
                        accounts.establish(open[which].0.as_ref());
                        open[which].1 = false;
                    }
                    3 if which < open.len() => {
                        let (host, pending) = open.swap_remove(which);
                        if pending {
                            accounts.establish(host.as_ref());
                        }
                        accounts.release(host.as_ref());
                    }
                    _ => {}
                }
                prop_assert_eq!(accounts.inbound, open.len());
                prop_assert_eq!(accounts.pending, open.iter().filter(|(_, pending)| *pending).count());
                prop_assert!(accounts.pending <= 6);
                for (host, account) in &accounts.hosts {
                    let of_host = open.iter().filter(|(other, _)| other.as_ref() == Some(host));
                    prop_assert_eq!(account.inbound, of_host.clone().count());
                    prop_assert_eq!(account.pending, of_host.filter(|(_, pending)| *pending).count());
                    prop_assert!(account.inbound <= 3);
                }
                for (group, account) in &accounts.groups {
                    let in_group = |host: &HostKey| Group::of_host(host) == *group;
                    let of_group = open.iter().filter(|(host, _)| host.as_ref().is_some_and(in_group));
                    prop_assert_eq!(account.inbound, of_group.count());
                    prop_assert!(account.inbound <= 8);
                }
            }
        }
    }
}
