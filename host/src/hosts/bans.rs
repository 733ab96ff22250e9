//! The banned hosts and groups: for how long, why, and how often before.

use super::{Colour, HostEntry};
use crate::address::{Address, Group, HostKey, Subject};
use std::{cmp::Reverse, collections::HashMap, time::Duration};

/// The longest reason that is kept, in characters.
const REASON: usize = 200;
/// A host of this machine or the local network is banned for no longer by itself: many may share one address there.
const LOCAL_LONGEST: Duration = Duration::from_secs(600);

/// How long bans last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BanTerms {
    /// The first ban of a host. Each further one lasts twice as long as the one before.
    pub time: Duration,
    /// No ban lasts longer by itself, and so long after its end it is remembered.
    pub longest: Duration,
}

impl Default for BanTerms {
    fn default() -> Self {
        Self { time: Duration::from_secs(86_400), longest: Duration::from_secs(30 * 86_400) }
    }
}

impl BanTerms {
    /// How long the ban of a subject lasts that is banned for the `times`th time, 1 for the first.
    #[must_use]
    pub fn length(&self, subject: &Subject, times: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(times.saturating_sub(1));
        let length = self.time.saturating_mul(doubled).min(self.longest);
        if is_local(subject) { length.min(LOCAL_LONGEST) } else { length }
    }
}

/// A ban: nothing is dialled, accepted or taken from its subject, whatever the scheme and the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Who is banned.
    pub subject: Subject,
    /// The address that brought it about, one of those that the subject has.
    pub address: Option<Address>,
    /// Why.
    pub reason: String,
    /// Since when, in seconds since 1970.
    pub since: u64,
    /// Until when, in seconds since 1970.
    pub until: u64,
    /// How often the subject has been banned, this time included.
    pub times: u32,
}

/// What somebody is to be banned for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sentence<'a> {
    /// The address that brought it about.
    pub address: Option<&'a Address>,
    /// For how long; by the [`BanTerms`] when none.
    pub length: Option<Duration>,
    /// Why.
    pub reason: &'a str,
}

/// The bans in force, and those that are remembered. When there are too many the oldest leaves.
#[derive(Debug, Default)]
pub(super) struct Bans {
    terms: BanTerms,
    records: HashMap<Subject, Record>,
    /// The number of the next ban: their order, whatever the system's clock does.
    next: u64,
    /// How many bans are in force, and how many of those are of groups.
    in_force: usize,
    groups: usize,
    /// When a record is to be looked at next, in seconds since 1970.
    due: u64,
}

#[derive(Debug)]
struct Record {
    number: u64,
    ban: Ban,
    /// It is over, and makes the next one longer.
    lifted: bool,
}

impl Bans {
    pub(super) fn new(terms: BanTerms) -> Self {
        Self { terms, ..Self::default() }
    }

    pub(super) const fn set_terms(&mut self, terms: BanTerms) {
        self.terms = terms;
    }

    /// Bans, or makes a ban longer that is in force: the ban as it is then.
    pub(super) fn insert(&mut self, subject: &Subject, sentence: Sentence<'_>, now: u64) -> Ban {
        let former = self.records.get(subject);
        let running = former.filter(|record| !record.lifted).map(|record| &record.ban);
        let before = former.map_or(0, |record| record.ban.times);
        let times = if running.is_some() { before } else { before.saturating_add(1) };
        let length = sentence.length.unwrap_or_else(|| self.terms.length(subject, times));
        let end = now.saturating_add(length.as_secs());
        // The operator's word counts as it is; what happens by itself never makes a ban shorter.
        let until = running.filter(|_| sentence.length.is_none()).map_or(end, |ban| ban.until.max(end));
        let ban = Ban {
            subject: subject.clone(),
            address: sentence.address.cloned(),
            reason: plain(sentence.reason),
            since: running.map_or(now, |ban| ban.since),
            until,
            times,
        };
        self.put(ban.clone(), until <= now);
        ban
    }

    /// Takes a ban as it was kept, unless there is one of the same subject.
    pub(super) fn restore(&mut self, ban: Ban, now: u64) {
        if !self.records.contains_key(&ban.subject) && !self.is_forgotten(&ban, now) {
            let lifted = ban.until <= now;
            self.put(ban, lifted);
        }
    }

    /// Lifts a ban and forgets all that were before it: the ban, if one was in force.
    pub(super) fn remove(&mut self, subject: &Subject) -> Option<Ban> {
        let removed = self.records.remove(subject);
        self.recount();
        removed.filter(|record| !record.lifted).map(|record| record.ban)
    }

    /// Lifts the bans whose time is over: whose they were.
    pub(super) fn lift(&mut self, now: u64) -> Vec<Subject> {
        if now < self.due {
            return Vec::new();
        }
        let mut lifted = Vec::new();
        for record in self.records.values_mut().filter(|record| !record.lifted && record.ban.until <= now) {
            record.lifted = true;
            lifted.push(record.ban.subject.clone());
        }
        let longest = self.terms.longest.as_secs();
        self.records.retain(|_, record| !record.lifted || now < record.ban.until.saturating_add(longest));
        self.recount();
        lifted.sort_unstable();
        lifted
    }

    /// The ban in force that keeps a host out: its own, or that of its group.
    pub(super) fn find(&self, host: &HostKey) -> Option<&Ban> {
        let group = || Subject::Group(Group::of_host(host));
        self.in_force(&Subject::Host(host.clone()))
            .or_else(|| (self.groups > 0).then(group).and_then(|group| self.in_force(&group)))
    }

    pub(super) fn in_force(&self, subject: &Subject) -> Option<&Ban> {
        self.records.get(subject).filter(|record| !record.lifted).map(|record| &record.ban)
    }

    /// How long the next ban of a subject would last.
    pub(super) fn next_length(&self, subject: &Subject) -> Duration {
        let before = self.records.get(subject).map_or(0, |record| record.ban.times);
        self.terms.length(subject, before.saturating_add(1))
    }

    pub(super) const fn len(&self) -> usize {
        self.in_force
    }

    /// The bans in force, the newest first.
    pub(super) fn all(&self) -> Vec<Ban> {
        self.sorted(|record| !record.lifted)
    }

    /// What is to be kept: also the bans that are over, which make the next ones longer. The oldest first.
    pub(super) fn kept(&self) -> Vec<Ban> {
        let mut all = self.sorted(|_| true);
        all.reverse();
        all
    }

    /// The bans as the black list. Those without an address are not on it.
    pub(super) fn entries(&self) -> Vec<HostEntry> {
        let entry = |ban: Ban| Some(HostEntry { address: ban.address?, last_seen: ban.since });
        self.all().into_iter().filter_map(entry).collect()
    }

    fn put(&mut self, ban: Ban, lifted: bool) {
        self.records.insert(ban.subject.clone(), Record { number: self.next, ban, lifted });
        self.next += 1;
        if self.records.len() > Colour::Black.limit() {
            let oldest = self.records.iter().min_by_key(|(_, record)| (!record.lifted, record.number));
            let oldest = oldest.map(|(subject, _)| subject.clone());
            oldest.map(|subject| self.records.remove(&subject));
        }
        self.recount();
    }

    fn recount(&mut self) {
        let longest = self.terms.longest.as_secs();
        (self.in_force, self.groups, self.due) = (0, 0, u64::MAX);
        for Record { ban, lifted, .. } in self.records.values() {
            self.in_force += usize::from(!lifted);
            self.groups += usize::from(!lifted && matches!(ban.subject, Subject::Group(_)));
            self.due = self.due.min(if *lifted { ban.until.saturating_add(longest) } else { ban.until });
        }
    }

    const fn is_forgotten(&self, ban: &Ban, now: u64) -> bool {
        ban.until.saturating_add(self.terms.longest.as_secs()) <= now
    }

    fn sorted(&self, which: impl Fn(&Record) -> bool) -> Vec<Ban> {
        let mut records: Vec<_> = self.records.values().filter(|record| which(record)).collect();
        records.sort_unstable_by_key(|record| Reverse(record.number));
        records.into_iter().map(|record| record.ban.clone()).collect()
    }
}

/// Whether a subject means something on this machine or in this local network only.
pub(super) fn is_local(subject: &Subject) -> bool {
    match subject {
        Subject::Host(host) => host.is_local(),
        Subject::Group(Group::V4([a, b])) => HostKey::Ip([*a, *b, 0, 1].into()).is_local(),
        Subject::Group(Group::V6([a, b, c, d])) => {
            let high = [u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])];
            HostKey::Ip([high[0], high[1], 0, 0, 0, 0, 0, 1].into()).is_local()
        }
        Subject::Group(Group::Name(name)) => HostKey::Name(name.to_string()).is_local(),
        Subject::Group(Group::Made(_)) => false,
        Subject::Group(Group::Indirect) => true,
    }
}

/// A reason that fits into a line of a file.
fn plain(reason: &str) -> String {
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    reason.chars().take(REASON).map(blank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn subject(text: &str) -> Subject {
        text.parse().unwrap()
    }

    fn host(text: &str) -> HostKey {
        HostKey::of(&format!("tcp://{text}:1").parse().unwrap()).unwrap()
    }

    fn ban(bans: &mut Bans, who: &str, now: u64) -> Ban {
        bans.insert(&subject(who), Sentence { reason: who, ..Sentence::default() }, now)
    }

    #[test]
    fn each_ban_of_a_repeater_lasts_twice_as_long_up_to_the_longest() {
        let mut bans = Bans::default();
        let mut now = 1_000_000;
        for (times, days) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30)] {
            let ban = ban(&mut bans, "1.2.3.4", now);
            assert_eq!((ban.times, ban.until - now), (times, days * DAY));
            assert!(bans.lift(ban.until - 1).is_empty() && bans.find(&host("1.2.3.4")).is_some());
            assert_eq!(bans.lift(ban.until), [subject("1.2.3.4")]);
            assert!(bans.find(&host("1.2.3.4")).is_none());
            now = ban.until + DAY;
        }
        assert!(bans.lift(now + 29 * DAY).is_empty());
        assert_eq!(ban(&mut bans, "1.2.3.4", now + 29 * DAY).times, 1, "after long enough it is forgotten");
    }

    #[test]
    fn what_happens_by_itself_never_shortens_a_ban_and_the_operator_may() {
        let mut bans = Bans::default();
        let hour = Duration::from_secs(3600);
        let long = Sentence { length: Some(hour * 1000), reason: "", address: None };
        bans.insert(&subject("1.2.3.4"), long, 0);
        let again = ban(&mut bans, "1.2.3.4", 5);
        assert_eq!((again.since, again.until, again.times), (0, 3_600_000, 1));
        let shorter = bans.insert(&subject("1.2.3.4"), Sentence { length: Some(hour), ..long }, 6);
        assert_eq!((shorter.since, shorter.until, shorter.times), (0, 3606, 1));
    }

    #[test]
    fn a_ban_of_a_group_keeps_out_all_its_hosts_and_is_lifted_as_a_whole() {
        let mut bans = Bans::default();
        ban(&mut bans, "1.2.0.0/16", 0);
        ban(&mut bans, "1.2.3.4", 0);
        assert!(bans.find(&host("1.2.9.9")).is_some() && bans.find(&host("1.3.9.9")).is_none());
        assert!(bans.remove(&subject("1.2.0.0/16")).is_some());
        assert!(bans.find(&host("1.2.9.9")).is_none() && bans.find(&host("1.2.3.4")).is_some());
        assert_eq!(bans.remove(&subject("1.2.0.0/16")), None);
    }

    #[test]
    fn hosts_of_this_machine_are_banned_for_a_short_time_only() {
        let terms = BanTerms::default();
        for (who, seconds) in [("127.0.0.1", 600), ("192.168.1.1", 600), ("localhost", 600), ("8.8.8.8", DAY)]
        {
            assert_eq!(terms.length(&subject(who), 1).as_secs(), seconds, "{who}");
        }
        let short = BanTerms { time: Duration::from_secs(5), ..terms };
        assert_eq!(short.length(&subject("127.0.0.1"), 1).as_secs(), 5);
        for (who, local) in
            [("127.0.0.0/16", true), ("fe80::/32", true), ("8.8.0.0/16", false), ("2600:1::/32", false)]
        {
            assert_eq!(is_local(&subject(who)), local, "{who}");
        }
    }

    #[test]
    fn what_is_over_when_it_is_read_only_makes_the_next_ban_longer() {
        let mut before = Bans::default();
        ban(&mut before, "1.1.1.1", 0);
        ban(&mut before, "2.2.2.2", 3 * DAY);
        let mut after = Bans::default();
        before.kept().into_iter().for_each(|ban| after.restore(ban, 3 * DAY + 1));
        assert_eq!(after.all().len(), 1);
        assert!(after.find(&host("2.2.2.2")).is_some() && after.find(&host("1.1.1.1")).is_none());
        assert_eq!(ban(&mut after, "1.1.1.1", 3 * DAY + 1).times, 2);
        let mut late = Bans::default();
        before.kept().into_iter().for_each(|ban| late.restore(ban, 100 * DAY));
        assert!(late.kept().is_empty());
    }

    #[test]
    fn the_oldest_ban_leaves_when_there_are_too_many_and_what_is_over_before_it() {
        let mut bans = Bans::default();
        ban(&mut bans, "first", 5);
        ban(&mut bans, "second", 5);
        ban(&mut bans, "third", 7);
        bans.records.get_mut(&subject("third")).unwrap().lifted = true;
        for number in 3..Colour::Black.limit() {
            ban(&mut bans, &format!("n{number}"), 6);
        }
        ban(&mut bans, "one-more", 6);
        assert!(!bans.records.contains_key(&subject("third")));
        ban(&mut bans, "and-one-more", 6);
        assert_eq!(bans.len(), Colour::Black.limit());
        assert!(bans.find(&host("first")).is_none() && bans.find(&host("second")).is_some());
    }

    #[test]
    fn a_reason_is_one_line_and_cut_at_its_limit() {
        let mut bans = Bans::default();
        let reason = format!("a\tb\n{}", "é".repeat(1000));
        let ban = bans.insert(&subject("node"), Sentence { reason: &reason, ..Sentence::default() }, 2);
        assert_eq!(ban.reason, format!("a b {}", "é".repeat(REASON - 4)));
    }
}
