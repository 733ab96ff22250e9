//! Who has to leave when the inbound slots are full: a plain function of what is known of each channel.

use crate::address::Group;
use crate::hosts::Secret;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is known of an inbound channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    /// The channel.
    pub(super) id: u32,
    /// The group of its address.
    pub(super) group: Group,
    /// How long it has lived.
    pub(super) age: Duration,
    /// The shortest time in which the peer answered a ping, if it was asked.
    pub(super) ping: Option<Duration>,
    /// How many messages have come.
    pub(super) messages: u64,
    /// Whether a plug-in's protocol runs on it.
    pub(super) is_shared: bool,
    /// Whether the peer's host has a score of any weight.
    pub(super) has_offended: bool,
}

impl Facts {
    /// Whether it is one of those that go before all others.
    const fn goes_first(&self) -> bool {
        !self.is_shared || self.has_offended
    }
}

/// One in so many channels is protected for each of its merits.
const ONE_IN: usize = 8;
/// At most so many are protected for one merit.
const MOST_PROTECTED: usize = 4;

/// The channel that makes room for a newcomer; none, when the newcomer is to go instead.
///
/// Protected are, of all channels: one in each of a few groups that `secret` picks, so that nobody can plan to be in one;
/// those that answer pings fastest; those that have sent most; and of the rest the half that has lived longest. An
/// attacker has to beat honest peers in each of these, and some cannot be beaten by effort.
///
/// Of what is left and the newcomer, those on which no plug-in's protocol runs, and those of hosts
/// that have offended, go first; then the youngest of the largest
/// group. The newcomer goes itself where its group is the largest: a group takes slots only from larger ones, or its
/// first slot from another group that has one.
#[must_use]
pub(super) fn choose(mut channels: Vec<Facts>, newcomer: Facts, secret: &Secret) -> Option<u32> {
    let share = (channels.len() / ONE_IN).min(MOST_PROTECTED);
    for picked in picked_groups(&channels, share, secret) {
        // One of it: the group is what is protected, and not its size.
        protect(&mut channels, 1, |facts| (facts.group != picked, Reverse(facts.age)));
    }
    protect(&mut channels, share, |facts| facts.ping.unwrap_or(Duration::MAX));
    protect(&mut channels, share, |facts| Reverse(facts.messages));
    let half = channels.len() / 2;
    protect(&mut channels, half, |facts| Reverse(facts.age));
    let (id, group) = (newcomer.id, newcomer.group.clone());
    channels.push(newcomer);
    if channels.iter().any(Facts::goes_first) {
        channels.retain(Facts::goes_first);
    }
    let sizes = sizes(&channels);
    let largest = sizes.values().copied().max().unwrap_or_default();
    if largest > 1 && sizes.get(&group) == Some(&largest) {
        return None;
    }
    channels.retain(|facts| facts.id != id && sizes.get(&facts.group) == Some(&largest));
    channels.iter().min_by_key(|facts| (facts.age, Reverse(facts.id))).map(|facts| facts.id)
}

/// Takes out the first `count` channels in the order of a merit, the best ones.
fn protect<K: Ord>(channels: &mut Vec<Facts>, count: usize, merit: impl Fn(&Facts) -> K) {
    channels.sort_by_key(|facts| (merit(facts), facts.id));
    channels.drain(..count.min(channels.len()));
}

fn picked_groups(channels: &[Facts], count: usize, secret: &Secret) -> Vec<Group> {
    let mut groups: Vec<_> = channels.iter().map(|facts| facts.group.clone()).collect();
    groups.sort_by_cached_key(|group| secret.pick(&[&group.to_string()], u16::MAX));
    groups.dedup();
    groups.truncate(count);
    groups
}

/// How many channels each group has.
fn sizes(channels: &[Facts]) -> BTreeMap<Group, usize> {
    let mut sizes = BTreeMap::new();
    for facts in channels {
        *sizes.entry(facts.group.clone()).or_default() += 1;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use proptest::prelude::*;

    /// A channel from group `group`, of which a plug-in's protocol runs.
    fn channel(id: u32, group: u32, seconds: u64) -> Facts {
        let [.., group] = group.to_be_bytes();
        Facts {
            id,
            group: Group::V4([10, group]),
            age: Duration::from_secs(seconds),
            ping: None,
            messages: 0,
            is_shared: true,
            has_offended: false,
        }
    }

    fn choose_one(channels: &[Facts], newcomer: Facts) -> Option<u32> {
        choose(channels.to_vec(), newcomer, &Secret::new(&mut random::rng()))
    }

    const NEW: u32 = 1000;

    #[test]
    fn the_youngest_of_the_largest_group_goes() {
        // The older half is protected.
        let ages = [(1, 1, 900), (2, 2, 800), (3, 3, 700), (4, 4, 60), (5, 4, 50), (6, 5, 10)];
        let channels = ages.map(|(id, group, age)| channel(id, group, age));
        assert_eq!(
            choose_one(&channels, channel(NEW, 9, 0)),
            Some(5),
            "not the youngest, whose group has but one"
        );
        assert_eq!(choose_one(&channels, channel(NEW, 4, 0)), None, "its own group is the largest");
        assert_eq!(choose_one(&channels, channel(NEW, 5, 0)), None, "no larger than the newcomer's");
    }

    #[test]
    fn the_longer_lived_half_stays_however_large_its_group_is() {
        let ages = [(1, 4, 900), (2, 4, 800), (3, 4, 700), (4, 1, 60), (5, 2, 50), (6, 3, 10)];
        let channels = ages.map(|(id, group, age)| channel(id, group, age));
        assert_eq!(choose_one(&channels, channel(NEW, 9, 0)), Some(6));
    }

    #[test]
    fn a_host_that_has_offended_goes_before_a_younger_one_that_has_not() {
        let mut channels: Vec<_> = (1..=6).map(|id| channel(id, id, u64::from(100 - id))).collect();
        channels[4].has_offended = true;
        assert_eq!(choose_one(&channels, channel(NEW, 99, 0)), Some(5));
    }

    #[test]
    fn where_no_group_has_two_the_youngest_makes_room_for_a_new_group_only() {
        let channels: Vec<_> = (1..=6).map(|id| channel(id, id, u64::from(100 - id))).collect();
        assert_eq!(choose_one(&channels, channel(NEW, 99, 0)), Some(6));
        assert_eq!(choose_one(&channels, channel(NEW, 5, 0)), None);
    }

    #[test]
    fn those_that_share_nothing_go_first() {
        let mut channels: Vec<_> = (1..=6).map(|id| channel(id, 1, u64::from(100 - id))).collect();
        channels[4].is_shared = false;
        assert_eq!(choose_one(&channels, channel(NEW, 1, 0)), Some(5), "even for one of a large group");
        let useless = Facts { is_shared: false, ..channel(NEW, 9, 0) };
        channels[4].is_shared = true;
        assert_eq!(choose_one(&channels, useless), None, "the newcomer is the only one of that kind");
    }

    #[test]
    fn merits_protect_the_young() {
        // Eight of one group: one is protected for its group, one for its pings, one for its messages, and of the other
        // five the two oldest.
        let mut channels: Vec<_> = (1..=8).map(|id| channel(id, 1, u64::from(100 - id))).collect();
        channels[7].ping = Some(Duration::from_millis(1));
        channels[6].messages = 10;
        assert_eq!(choose_one(&channels, channel(NEW, 2, 0)), Some(6));
    }

    #[test]
    fn a_node_with_one_slot_changes_its_peer_for_another_group_only() {
        assert_eq!(choose_one(&[channel(1, 1, 5)], channel(NEW, 2, 0)), Some(1));
        assert_eq!(choose_one(&[channel(1, 1, 5)], channel(NEW, 1, 0)), None);
        assert_eq!(choose_one(&[], channel(NEW, 1, 0)), None);
    }

    proptest! {
        #[test]
        fn one_group_never_gets_more_than_it_leaves_to_the_largest_other(
            slots in 4..40_u32,
            groups in 1..12_u32,
            dials in proptest::collection::vec((0..12_u8, 0..50_u64, any::<bool>()), 1..200),
        ) {
            let secret = Secret::new(&mut random::rng());
            // Honest peers, the older ones first; the attacker comes from group 200, chatty and quick to answer.
            let mut channels: Vec<_> =
                (0..slots).map(|id| channel(id, id % groups, u64::from(1000 - id))).collect();
            let honest = channels.clone();
            for (id, (_, ping, chatty)) in (NEW..).zip(dials) {
                channels.iter_mut().for_each(|facts| facts.age += Duration::from_secs(1));
                let attacker = Facts {
                    ping: Some(Duration::from_millis(ping)),
                    messages: if chatty { 1_000_000 } else { 0 },
                    ..channel(id, 200, 0)
                };
                let before = sizes(&channels);
                let count = before.get(&attacker.group).copied().unwrap_or_default();
                if let Some(victim) = choose(channels.clone(), attacker.clone(), &secret) {
                    let victim = channels.iter().find(|facts| facts.id == victim).cloned().expect("it is one of them");
                    prop_assert!(victim.group != attacker.group);
                    let size = before[&victim.group];
                    // Protected ones of its own do not count against it: as many as there are merits.
                    let merits = 3 * (channels.len() / ONE_IN).min(MOST_PROTECTED);
                    prop_assert!(size + merits > count, "{size} of a group lose one to {count}");
                    channels.retain(|facts| facts.id != victim.id);
                    channels.push(attacker);
                }
            }
            // The older half of the honest peers that have no other merit is there as long as it is older.
            let oldest = honest.len().saturating_sub(3 * (honest.len() / ONE_IN).min(MOST_PROTECTED)) / 2;
            for facts in honest.iter().take(oldest / 2) {
                prop_assert!(channels.iter().any(|other| other.id == facts.id), "{facts:?}");
            }
        }

        #[test]
        fn a_newcomer_of_a_new_group_gets_in_where_a_group_has_two_that_nothing_protects(
            slots in 8..60_u32,
        ) {
            let channels: Vec<_> = (0..slots).map(|id| channel(id, 1, u64::from(1000 - id))).collect();
            prop_assert_eq!(choose_one(&channels, channel(NEW, 2, 0)), Some(slots - 1));
        }
    }
}
