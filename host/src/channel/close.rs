//! Why a channel ended.

use crate::frame::FrameError;
use backplane_plugin::SessionKind;
use std::io;
use std::sync::Arc;

/// Why a channel ended. What follows from it is the session's decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// The peer closed the connection.
    #[error("the peer closed the connection")]
    PeerClosed,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(io::ErrorKind),
    /// The stream is not one of frames of this network.
    #[error("the peer sent a bad frame: {0}")]
    BadFrame(FrameError),
    /// A payload is larger than its message allows.
    #[error("the peer sent a {command} of {bytes} bytes, which may have {max}")]
    TooLarge {
        /// The command.
        command: Arc<str>,
        /// The length that its header claims.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// Too many frames with commands that no protocol of this channel knows.
    #[error("the peer sent {count} unknown commands, the last one {last:?}")]
    UnknownCommands {
        /// How many.
        count: u32,
        /// The last of them.
        last: String,
    },
    /// More metered messages than all thresholds together allow.
    #[error("the peer sent metered messages worth {points} points, and {budget} are allowed")]
    OverBudget {
        /// The points of all commands within their windows.
        points: u64,
        /// The sum of the thresholds.
        budget: u64,
    },
    /// A protocol says that the peer broke its rules.
    #[error("the peer broke the rules of {protocol}: {what}")]
    Misbehaved {
        /// The protocol.
        protocol: Arc<str>,
        /// What it did.
        what: String,
    },
    /// The version exchange was not done in time.
    #[error("the handshake was not done in time")]
    HandshakeTimeout,
    /// The peer runs another application, or a version that does not fit.
    #[error("the peer runs {theirs}, this node {ours}")]
    Incompatible {
        /// The peer's application and version.
        theirs: String,
        /// This node's.
        ours: String,
    },
    /// The peer is this node.
    #[error("the peer is this node itself")]
    Myself,
    /// There is another channel to the same node, which stays.
    #[error("channel {kept} to the same node stays instead")]
    Twin {
        /// The channel that stays.
        kept: u32,
    },
    /// A subscription stayed full for too long.
    #[error("{protocol} did not take its {command} messages in time")]
    Overrun {
        /// The protocol.
        protocol: Arc<str>,
        /// The command whose queue was full.
        command: Arc<str>,
    },
    /// The peer does not take what is sent to it.
    #[error("the peer is too slow to take what is sent to it")]
    TooSlow,
    /// A protocol asked for it.
    #[error("{protocol} closed the channel: {reason}")]
    Requested {
        /// The protocol.
        protocol: Arc<str>,
        /// Its reason.
        reason: String,
    },
    /// The channel has done what it was made for: a seed or a test of an address.
    #[error("done")]
    Done,
    /// The node stops.
    #[error("the node stops")]
    Shutdown,
}

/// Whose fault the end of a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The peer's.
    Peer,
    /// This node's.
    Ours,
    /// Nobody's.
    Nobody,
}

impl CloseReason {
    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::BadFrame(_)
            | Self::TooLarge { .. }
            | Self::UnknownCommands { .. }
            | Self::OverBudget { .. }
            | Self::Misbehaved { .. }
            | Self::HandshakeTimeout
            | Self::Incompatible { .. }
            | Self::TooSlow => Fault::Peer,
            Self::Overrun { .. } => Fault::Ours,
            Self::PeerClosed
            | Self::Broken(_)
            | Self::Myself
            | Self::Twin { .. }
            | Self::Requested { .. }
            | Self::Done
            | Self::Shutdown => Fault::Nobody,
        }
    }

    /// Whether a strict node bans the peer for it; see `docs/wire.md`, section 9. Where a connection merely breaks,
    /// nobody is banned, wherever it breaks.
    #[must_use]
    pub fn is_offence(&self, session: SessionKind) -> bool {
        match self {
            Self::BadFrame(error) => match error {
                FrameError::WrongMagic { .. } => session == SessionKind::Outbound,
                FrameError::CommandTooLong { .. } | FrameError::PayloadLengthNotMinimal => true,
                FrameError::CommandLengthNotMinimal | FrameError::CommandNotUtf8 => false,
            },
            Self::Incompatible { .. } => session == SessionKind::Outbound,
            Self::TooLarge { .. }
            | Self::UnknownCommands { .. }
            | Self::OverBudget { .. }
            | Self::Misbehaved { .. } => session != SessionKind::Refine,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_magic_is_an_offence_only_where_we_dialled_a_listed_address() {
        let reason = CloseReason::BadFrame(FrameError::WrongMagic { got: vec![0; 4] });
        let offended: Vec<_> = SessionKind::ALL.into_iter().filter(|kind| reason.is_offence(*kind)).collect();
        assert_eq!(offended, [SessionKind::Outbound]);
    }

    #[test]
    fn a_broken_connection_is_never_an_offence() {
        let reasons = [CloseReason::PeerClosed, CloseReason::Broken(io::ErrorKind::ConnectionReset)];
        for (reason, kind) in reasons.iter().flat_map(|reason| SessionKind::ALL.map(|kind| (reason, kind))) {
            assert!(!reason.is_offence(kind), "{reason} on {kind}");
            assert_eq!(reason.fault(), Fault::Nobody);
        }
    }
}
