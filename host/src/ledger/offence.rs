//! What a peer can do wrong, and what each of it is worth.

use backplane_plugin::SessionKind;

/// What a peer did wrong. That a connection broke is not among it, wherever it broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Offence {
    /// A frame does not begin with the bytes of this network.
    WrongMagic,
    /// The command of a frame cannot be read.
    BadCommand,
    /// The command of a frame is too long.
    CommandTooLong,
    /// The length of a payload cannot be read.
    BadLength,
    /// A payload is longer than its message allows.
    TooLarge,
    /// A payload does not decode, or breaks another rule of its protocol.
    Malformed,
    /// More unknown commands than are passed over.
    UnknownCommands,
    /// More metered messages than all thresholds together allow.
    OverBudget,
    /// The handshake was not done in time.
    HandshakeTimeout,
    /// Another application, or a version that does not fit.
    Incompatible,
    /// A connection beyond what one host may have.
    OverLimit,
    /// Connections in quick succession.
    Storm,
    /// Its queues held most when those of the node were full.
    Demanding,
}

/// How strict a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// What cannot have been done by mistake bans at once.
    Strict,
    /// Nothing bans at once.
    Relaxed,
}

/// What an offence is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A ban at once.
    Ban,
    /// So many points.
    Points(u16),
}

/// The columns of the table.
struct Worth {
    /// Under the strict policy.
    strict: Weight,
    /// Under the strict policy, of a node that was dialled as one of this network: it was said to be one.
    dialled: Weight,
    /// Under the relaxed policy.
    relaxed: Weight,
}

use Weight::{Ban, Points};

const fn worth(strict: Weight, dialled: Weight, relaxed: Weight) -> Worth {
    Worth { strict, dialled, relaxed }
}

impl Offence {
    /// All offences.
    pub const ALL: [Self; 13] = [
        Self::WrongMagic,
        Self::BadCommand,
        Self::CommandTooLong,
        Self::BadLength,
        Self::TooLarge,
        Self::Malformed,
        Self::UnknownCommands,
        Self::OverBudget,
        Self::HandshakeTimeout,
        Self::Incompatible,
        Self::OverLimit,
        Self::Storm,
        Self::Demanding,
    ];

    /// The table; `docs/wire.md`, section 9, has what other nodes do. A host is banned at 100 points unless the
    /// configuration says otherwise.
    const fn worth(self) -> Worth {
        match self {
            Self::WrongMagic => worth(Points(10), Ban, Points(5)),
            Self::BadCommand => worth(Points(20), Points(20), Points(5)),
            Self::CommandTooLong
            | Self::BadLength
            | Self::TooLarge
            | Self::Malformed
            | Self::UnknownCommands => worth(Ban, Ban, Points(20)),
            Self::OverBudget => worth(Ban, Ban, Points(10)),
            Self::HandshakeTimeout => worth(Points(2), Points(0), Points(2)),
            Self::Incompatible => worth(Points(1), Ban, Points(1)),
            Self::OverLimit | Self::Storm | Self::Demanding => worth(Points(1), Points(1), Points(1)),
        }
    }

    /// What the offence is worth under a policy, on a channel of this session.
    ///
    /// A test of an address that was only heard of says nothing of whoever is there, unless it is nonsense.
    #[must_use]
    pub const fn weight(self, policy: Policy, session: SessionKind) -> Weight {
        let worth = self.worth();
        match (policy, session) {
            (_, SessionKind::Refine) if !matches!(self, Self::CommandTooLong) => Points(0),
            (Policy::Relaxed, _) => worth.relaxed,
            (Policy::Strict, SessionKind::Outbound) => worth.dialled,
            (Policy::Strict, _) => worth.strict,
        }
    }

    /// The name, as it stands after "the next".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongMagic => "wrong magic",
            Self::BadCommand => "bad command",
            Self::CommandTooLong => "overlong command",
            Self::BadLength => "bad length",
            Self::TooLarge => "oversized message",
            Self::Malformed => "malformed message",
            Self::UnknownCommands => "run of unknown commands",
            Self::OverBudget => "excess of metered messages",
            Self::HandshakeTimeout => "handshake that takes too long",
            Self::Incompatible => "incompatible handshake",
            Self::OverLimit => "connection too many",
            Self::Storm => "connection too soon",
            Self::Demanding => "claim of most of the memory",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offence, strict where the peer dialled, where it was dialled from the address book, in a test; and relaxed.
    const TABLE: [(Offence, Weight, Weight, Weight, Weight); 13] = [
        (Offence::WrongMagic, Points(10), Ban, Points(0), Points(5)),
        (Offence::BadCommand, Points(20), Points(20), Points(0), Points(5)),
        (Offence::CommandTooLong, Ban, Ban, Ban, Points(20)),
        (Offence::BadLength, Ban, Ban, Points(0), Points(20)),
        (Offence::TooLarge, Ban, Ban, Points(0), Points(20)),
        (Offence::Malformed, Ban, Ban, Points(0), Points(20)),
        (Offence::UnknownCommands, Ban, Ban, Points(0), Points(20)),
        (Offence::OverBudget, Ban, Ban, Points(0), Points(10)),
        (Offence::HandshakeTimeout, Points(2), Points(0), Points(0), Points(2)),
        (Offence::Incompatible, Points(1), Ban, Points(0), Points(1)),
        (Offence::OverLimit, Points(1), Points(1), Points(0), Points(1)),
        (Offence::Storm, Points(1), Points(1), Points(0), Points(1)),
        (Offence::Demanding, Points(1), Points(1), Points(0), Points(1)),
    ];

    #[test]
    fn what_is_punished_at_once_is_what_real_nodes_punish() {
        assert_eq!(TABLE.map(|(offence, ..)| offence), Offence::ALL);
        for (offence, inbound, outbound, refine, relaxed) in TABLE {
            let strict = |session| offence.weight(Policy::Strict, session);
            for session in [SessionKind::Inbound, SessionKind::Manual, SessionKind::Seed, SessionKind::Direct]
            {
                assert_eq!(strict(session), inbound, "{offence:?} on {session}");
            }
            assert_eq!(strict(SessionKind::Outbound), outbound, "{offence:?}");
            assert_eq!(strict(SessionKind::Refine), refine, "{offence:?}");
            assert_eq!(offence.weight(Policy::Relaxed, SessionKind::Inbound), relaxed, "{offence:?}");
        }
    }

    #[test]
    fn a_relaxed_node_bans_nobody_at_once() {
        for (offence, session) in
            Offence::ALL.iter().flat_map(|offence| SessionKind::ALL.map(|kind| (offence, kind)))
        {
            assert_ne!(offence.weight(Policy::Relaxed, session), Ban, "{offence:?} on {session}");
        }
    }
}
