//! What an attack is.

use crate::attacker::Attacker;
use backplane_tests::raw_peer::RawPeer;
use std::fmt;
use std::pin::Pin;

/// One attack on the victim.
#[derive(Debug, Clone)]
pub struct Attack {
    /// Its name.
    pub name: String,
    /// What the attacker does.
    pub does: &'static str,
    /// What the victim has to do with the attacker.
    pub answer: Answer,
    /// How the two meet.
    pub role: Role,
    /// What the victim is told in its settings.
    pub sets: &'static [&'static str],
    /// What the attacker does, in steps.
    pub script: Script,
}

/// How the victim and the attacker meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The attacker dials.
    Inbound,
    /// The attacker's address is on the victim's lists, which fills its slot from them.
    Outbound,
    /// The attacker's address is one of the victim's configured peers.
    Manual,
    /// The attacker's address is the victim's seed.
    Seed,
    /// The attacker's address is one that the victim has only heard of, and tests.
    Refine,
}

impl Role {
    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Manual => "manual",
            Self::Seed => "seed",
            Self::Refine => "refine",
        }
    }
}

/// What the victim does with an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It takes no offence: it serves the attacker like any peer, or sees a connection that ended.
    Tolerated,
    /// It closes the channel for a reason with this text, and does not ban.
    Closed(&'static str),
    /// It closes the channel for a reason with this text, and bans.
    Banned(&'static str),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tolerated => f.write_str("tolerated"),
            Self::Closed(reason) => write!(f, "closed: {reason}"),
            Self::Banned(reason) => write!(f, "banned: {reason}"),
        }
    }
}

/// How far an attacker behaves before it attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It is connected.
    Connected,
    /// It has shaken hands.
    Shaken,
    /// It has shaken hands, and answered a ping.
    Ponged,
}

/// What an attacker still holds when its script has ended.
pub type Held = Vec<RawPeer>;

/// The steps of an attack, as a future.
pub type Steps<'a> = Pin<Box<dyn Future<Output = Held> + Send + 'a>>;

/// What the attacker does.
#[derive(Clone, Copy)]
pub enum Script {
    /// It sends these bytes in one write, and then asks to be served like any peer.
    Bytes(Opening, fn() -> Vec<u8>),
    /// It plays these steps.
    Steps(for<'a> fn(&'a Attacker) -> Steps<'a>),
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(opening, _) => f.debug_tuple("Bytes").field(opening).finish_non_exhaustive(),
            Self::Steps(_) => f.debug_tuple("Steps").finish_non_exhaustive(),
        }
    }
}

impl Attack {
    /// An attack by a peer that dials a node with its default settings.
    #[must_use]
    pub fn new(name: &str, does: &'static str, answer: Answer, script: Script) -> Self {
        Self { name: name.to_owned(), does, answer, role: Role::Inbound, sets: &[], script }
    }

    /// The same with settings of the victim.
    #[must_use]
    pub fn with(self, sets: &'static [&'static str]) -> Self {
        Self { sets, ..self }
    }

    /// The same by a peer that the victim meets in another way.
    #[must_use]
    pub fn as_met(self, role: Role) -> Self {
        Self { role, ..self }
    }
}
