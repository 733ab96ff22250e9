//! The pages of the address book: what gets in, what is there, what has to leave.

use super::{
    HostsConfig,
    anchors::Anchors,
    bans::Bans,
    bucket::Placement,
    contest::Contests,
    entry::{Colour, Counts, HostEntry, Origin},
    file::Line,
    filter::Filter,
    list::{Listing, Lists},
    selection::{self, Choice, InUse, Quota, Ready},
    share::{self, Stock},
    state::{State, States},
};
use crate::address::{Address, HostKey};
use tokio::time::Instant;

/// How long a dark address is kept, in seconds: nobody here can find out whether it is still good.
const DARK_LIFE: u64 = 86_400;

/// What is under the lock: the lists, the states, the bans and the filter that all of it passed.
#[derive(Debug)]
pub(super) struct Book {
    /// What the operator decided, with the addresses of this node that were learnt later.
    pub(super) config: HostsConfig,
    filter: Filter,
    quota: Quota,
    pub(super) localnet: bool,
    pub(super) lists: Lists,
    pub(super) states: States,
    pub(super) contests: Contests,
    pub(super) anchors: Anchors,
    /// The anchors of the time before the restart that were not dialled yet.
    awaited: Vec<Address>,
    pub(super) bans: Bans,
}

impl Book {
    pub(super) fn new(config: &HostsConfig) -> Self {
        let placement = Placement { secret: config.secret, localnet: config.localnet };
        Self {
            config: config.clone(),
            filter: Filter::new(config),
            quota: Quota::of(config),
            localnet: config.localnet,
            lists: Lists::new(placement),
            states: States::default(),
            contests: Contests::default(),
            anchors: Anchors::default(),
            awaited: Vec::new(),
            bans: Bans::new(config.bans),
        }
    }

    pub(super) fn add_own(&mut self, address: &Address) {
        self.filter.add_own(address);
        self.config.own.push(address.clone());
        self.drop_refused();
    }

    /// Takes over other decisions; the places of addresses depend on the secret and `localnet`, which stay.
    pub(super) fn reconfigure(&mut self, config: HostsConfig) {
        let HostsConfig { secret, localnet, .. } = self.config;
        self.config = HostsConfig { secret, localnet, ..config };
        self.filter = Filter::new(&self.config);
        self.quota = Quota::of(&self.config);
        self.bans.set_terms(self.config.bans);
        self.drop_refused();
    }

    /// Takes an address by hearsay. Returns whether it is new on the grey list.
    pub(super) fn hear(&mut self, address: &Address, hearsay: Hearsay<'_>) -> bool {
        let Some((address, colour)) = self.admit(address) else { return false };
        let Hearsay { source, last_seen, now } = hearsay;
        let last_seen = last_seen.min(now);
        if colour == Colour::Dark {
            self.lists.expire(Colour::Dark, now.saturating_sub(DARK_LIFE));
        }
        match self.lists.find(&address) {
            // Nobody here will ever see it, so hearsay is all that keeps it.
            Some(known) if colour == Colour::Dark && known.colour == Colour::Dark => {
                let newest = Listing { last_seen: known.last_seen.max(last_seen), ..known.clone() };
                self.lists.force(&address, newest);
                false
            }
            Some(_) => false,
            None => {
                let origin = Origin::Heard(source.cloned());
                let listing = Listing { colour, last_seen, origin, failures: 0 };
                let kept = self.states.allows(&address, State::Insert) && self.lists.put(&address, listing);
                kept && colour == Colour::Grey
            }
        }
    }

    /// Takes a line of a file, unless the address is known already.
    pub(super) fn restore(&mut self, line: Line, now: u64) -> bool {
        let Line { colour, host, origin } = line;
        let last_seen = host.last_seen.min(now);
        if colour == Colour::Black {
            let known = self.is_banned(&host.address);
            return known || self.ban(&host.address, "black in the file", now);
        }
        let Some((address, fresh)) = self.admit(&host.address) else { return false };
        let colour = match (fresh, colour) {
            (Colour::Grey, Colour::White | Colour::Gold) => colour,
            _ => fresh,
        };
        let origin =
            if fresh == Colour::Dark && origin == Origin::Seen { Origin::Heard(None) } else { origin };
        let expired = colour == Colour::Dark && last_seen < now.saturating_sub(DARK_LIFE);
        let listing = Listing { colour, last_seen, origin, failures: 0 };
        !expired && self.lists.find(&address).is_none() && self.lists.put(&address, listing)
    }

    /// Takes an anchor of the time before the restart, to be dialled before all others.
    pub(super) fn await_anchor(&mut self, host: HostEntry, now: u64) -> bool {
        let Some((address, Colour::Grey)) = self.admit(&host.address) else { return false };
        if self.lists.find(&address).is_none() {
            self.lists.put(&address, Listing::seen(Colour::Grey, host.last_seen.min(now)));
        }
        let is_known = self.lists.find(&address).is_some() && !self.awaited.contains(&address);
        if is_known {
            self.awaited.push(address);
        }
        is_known
    }

    /// The addresses that may be dialled for a slot now.
    pub(super) fn ready(&mut self, now: Instant) -> Ready {
        self.states.tidy(now);
        let pick = |colour| self.choices(colour, |address| self.states.is_ready(address, now));
        Ready {
            gold: pick(Colour::Gold),
            white: pick(Colour::White),
            grey: if self.quota.takes_grey() { pick(Colour::Grey) } else { Vec::new() },
        }
    }

    /// Reserves one of those that were ready, which are in random order, for one of `slots`: an anchor first.
    pub(super) fn choose(&mut self, ready: Ready, slots: usize) -> Option<Address> {
        if slots == 0 {
            return None;
        }
        let is_ready = |address: &Address| ready.any(|choice| choice.address == *address);
        let anchors = self.awaited.iter().filter(|address| is_ready(address)).cloned().collect::<Vec<_>>();
        let others = selection::candidates(ready, slots, self.quota.known(slots), &self.in_use());
        let mut all = anchors.into_iter().chain(others);
        let chosen = all.find(|address| self.take(address, State::Connect))?;
        self.awaited.retain(|address| *address != chosen);
        Some(chosen)
    }

    /// What the addresses that are dialled for slots, or connected, take of groups and schemes.
    fn in_use(&self) -> InUse {
        let mut in_use = InUse::default();
        for address in self.states.dialled() {
            in_use.groups.insert(self.lists.placement().group(address));
            in_use.schemes.insert(address.scheme().to_owned());
        }
        in_use
    }

    /// The grey addresses with which nothing is done.
    pub(super) fn refinable(&self) -> Vec<Choice> {
        self.choices(Colour::Grey, |address| self.states.allows(address, State::Refine))
    }

    /// The tried addresses whose places others want, then the one that was seen longest ago.
    pub(super) fn doubtful(&mut self) -> (Vec<Address>, Option<Address>) {
        let lists = &self.lists;
        self.contests
            .retain(|holder, newcomer| lists.has(holder, Colour::White) && lists.has(newcomer, Colour::Grey));
        let stalest = self.lists.view(Colour::White).next_back().map(|(address, _)| address.clone());
        (self.contests.holders().cloned().collect(), stalest)
    }

    fn choices(&self, colour: Colour, is_free: impl Fn(&Address) -> bool) -> Vec<Choice> {
        let list = self.lists.view(colour).map(|(address, _)| address);
        let choice = |address: &Address| Choice {
            address: address.clone(),
            bucket: self.lists.bucket(address).unwrap_or_default(),
            group: self.lists.placement().group(address),
        };
        list.filter(|address| is_free(address)).map(choice).collect()
    }

    /// Reserves an address, if it is still there and free.
    pub(super) fn take(&mut self, address: &Address, state: State) -> bool {
        self.lists.find(address).is_some() && self.states.enter(address, state)
    }

    /// Reserves an address to be dialled: whether it was free; `None` when it is not for the lists.
    pub(super) fn claim(&mut self, address: &Address) -> Option<bool> {
        self.admit(address)?;
        Some(self.states.enter(address, State::Connect))
    }

    pub(super) fn is_own(&self, address: &Address) -> bool {
        let (Some(host), Some(port)) = (HostKey::of(address), address.port()) else { return false };
        self.filter.is_own(&host, port)
    }

    pub(super) fn shareable(&self) -> Stock {
        let pick = |colour| {
            let list = self.lists.entries(colour).into_iter();
            let list = list.filter(|host| share::is_shareable(&host.address, self.filter.localnet()));
            list.map(|host| (host.address, host.last_seen)).collect()
        };
        Stock { gold: pick(Colour::Gold), white: pick(Colour::White), dark: pick(Colour::Dark) }
    }

    /// Whether nothing may be had to do with an address: its host is banned, or the operator blocked it.
    pub(super) fn is_refused(&self, address: &Address) -> bool {
        self.is_banned(address) || self.is_blocked(address)
    }

    pub(super) fn is_blocked(&self, address: &Address) -> bool {
        self.filter.is_blocked(address)
    }

    pub(super) fn is_banned(&self, address: &Address) -> bool {
        HostKey::of(address).is_some_and(|host| self.bans.find(&host).is_some())
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            grey: self.lists.len(Colour::Grey),
            white: self.lists.len(Colour::White),
            gold: self.lists.len(Colour::Gold),
            black: self.bans.len(),
            dark: self.lists.len(Colour::Dark),
        }
    }

    pub(super) fn entries(&self, colour: Colour) -> Vec<HostEntry> {
        match colour {
            Colour::Black => self.bans.entries(),
            _ => self.lists.entries(colour),
        }
    }

    /// A list as the lines of a file.
    pub(super) fn lines(&self, colour: Colour) -> Vec<Line> {
        let line = |(address, listing): (&Address, &Listing)| Line {
            colour,
            host: HostEntry { address: address.clone(), last_seen: listing.last_seen },
            origin: listing.origin.clone(),
        };
        self.lists.view(colour).map(line).collect()
    }

    /// The anchors as the lines of a file.
    pub(super) fn anchor_lines(&self) -> Vec<Line> {
        let line = |address: Address| {
            let known = self.lists.find(&address)?;
            let host = HostEntry { last_seen: known.last_seen, address };
            Some(Line { colour: known.colour, host, origin: Origin::Seen })
        };
        self.anchors.chosen().into_iter().filter_map(line).collect()
    }

    /// The address in the one form that lists have, with the list that it would begin on.
    pub(super) fn admit(&self, address: &Address) -> Option<(Address, Colour)> {
        self.filter.admit(address).filter(|(address, _)| !self.is_banned(address))
    }

    /// Drops what is not admitted any more.
    pub(super) fn drop_refused(&mut self) {
        let Self { filter, bans, lists, anchors, awaited, .. } = self;
        let is_banned =
            |address: &Address| HostKey::of(address).is_some_and(|host| bans.find(&host).is_some());
        let keep = |address: &Address| filter.admit(address).is_some() && !is_banned(address);
        lists.retain(keep);
        anchors.retain(keep);
        awaited.retain(keep);
    }

    #[cfg(test)]
    pub(super) fn state(&self, address: &Address) -> State {
        self.states.state(address)
    }
}

/// What is said of an address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearsay<'a> {
    /// Who said it, where that is known.
    pub(super) source: Option<&'a HostKey>,
    /// When a node was seen there, as they say.
    pub(super) last_seen: u64,
    /// When they said it.
    pub(super) now: u64,
}
