//! Where a channel comes from, and the sets of sessions that a protocol runs on.

use std::fmt;
use std::ops::BitOr;

/// The session that made a channel. The numbers are the bits of DarkFi's session flags.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// The peer dialled us.
    Inbound = 1,
    /// We dialled the peer to fill an outbound slot.
    Outbound = 2,
    /// We dialled a peer that the configuration names.
    Manual = 4,
    /// We dialled a seed to exchange addresses.
    Seed = 8,
    /// We dialled an address to find out whether a node answers there.
    Refine = 16,
    /// We dialled because a protocol asked for it.
    Direct = 32,
}

impl SessionKind {
    /// All kinds, in the order of their bits.
    pub const ALL: [Self; 6] =
        [Self::Inbound, Self::Outbound, Self::Manual, Self::Seed, Self::Refine, Self::Direct];

    /// The kind with this bit.
    #[must_use]
    pub fn from_bit(bit: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == bit)
    }

    /// The name used in logs and RPC replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Manual => "manual",
            Self::Seed => "seed",
            Self::Refine => "refine",
            Self::Direct => "direct",
        }
    }
}

impl fmt::Display for SessionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of session kinds: a protocol is attached to the channels of the sessions in its set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionFlags(u32);

impl SessionFlags {
    /// No session.
    pub const NONE: Self = Self(0);
    /// Accepted connections.
    pub const INBOUND: Self = Self(SessionKind::Inbound as u32);
    /// Outbound slots.
    pub const OUTBOUND: Self = Self(SessionKind::Outbound as u32);
    /// Configured peers.
    pub const MANUAL: Self = Self(SessionKind::Manual as u32);
    /// Seeds.
    pub const SEED: Self = Self(SessionKind::Seed as u32);
    /// Tests of an address.
    pub const REFINE: Self = Self(SessionKind::Refine as u32);
    /// Connections that a protocol asked for.
    pub const DIRECT: Self = Self(SessionKind::Direct as u32);
    /// Every lasting session: inbound, outbound, manual and direct.
    pub const DEFAULT: Self = Self(0b10_0111);
    /// Every session.
    pub const ALL: Self = Self(0b11_1111);

    /// The set with these bits, or `None` when a bit has no meaning.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
    }

    /// The bits, as DarkFi writes them.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether the set has this kind.
    #[must_use]
    pub const fn contains(self, kind: SessionKind) -> bool {
        self.0 & kind as u32 != 0
    }

    /// The kinds that are in either set; `|`, for constants.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kinds in the set, in the order of their bits.
    pub fn iter(self) -> impl Iterator<Item = SessionKind> {
        SessionKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl BitOr for SessionFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl fmt::Debug for SessionFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionFlags({self})")
    }
}

impl fmt::Display for SessionFlags {
    /// The names, joined by `|`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(SessionKind::name).collect();
        f.write_str(&names.join("|"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_darkfi() {
        let bits = SessionKind::ALL.map(|kind| kind as u32);
        assert_eq!(bits, [1, 2, 4, 8, 16, 32]);
        assert_eq!(SessionFlags::DEFAULT.bits(), 39);
        assert_eq!(SessionFlags::ALL.bits(), 63);
    }

    #[test]
    fn default_has_the_lasting_sessions_only() {
        assert_eq!(SessionFlags::DEFAULT.to_string(), "inbound|outbound|manual|direct");
        assert_eq!(SessionFlags::from_bits(64), None);
    }
}
