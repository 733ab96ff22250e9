//! Why a channel ended.

use crate::frame::FrameError;
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
    /// A change of protocols was not answered in time.
    #[error("the peer did not answer a change of protocols in time")]
    NotAnswered,
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
    /// A frame that has begun did not arrive in full in its time.
    #[error("the peer did not finish a frame in time")]
    Unfinished,
    /// All inbound slots are taken, and another peer was let in instead.
    #[error("another peer got its inbound slot")]
    Evicted,
    /// All inbound slots are taken by peers that are kept.
    #[error("all inbound slots are taken")]
    Full,
    /// A peer of another group of addresses was met, and got the outbound slot.
    #[error("another peer got its outbound slot")]
    Exchanged,
    /// Nobody needs the direct connection any more.
    #[error("nobody needs the direct connection any more")]
    Released,
    /// A protocol asked for it.
    #[error("{protocol} closed the channel: {reason}")]
    Requested {
        /// The protocol.
        protocol: Arc<str>,
        /// Its reason.
        reason: String,
    },
    /// The host of the peer, or its group, has been banned.
    #[error("the peer has been banned")]
    Banned,
    /// The operator asked for it.
    #[error("the operator closed the channel: {0}")]
    Operator(String),
    /// All queues together, or those of a protocol, held more than the node allows, and this channel's held most.
    #[error("the queues of {} were full, and this channel held {held} bytes of them", protocol.as_deref().unwrap_or("the node"))]
    MostDemanding {
        /// The protocol; none when it was about all queues.
        protocol: Option<Arc<str>>,
        /// How many bytes waited in its queues.
        held: usize,
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
            | Self::NotAnswered
            | Self::Incompatible { .. }
            | Self::TooSlow
            | Self::Unfinished => Fault::Peer,
            Self::Overrun { .. } => Fault::Ours,
            Self::PeerClosed
            | Self::Broken(_)
            | Self::Myself
            | Self::Twin { .. }
            | Self::Evicted
            | Self::Full
            | Self::Exchanged
            | Self::Released
            | Self::Requested { .. }
            | Self::Banned
            | Self::Operator(_)
            | Self::MostDemanding { .. }
            | Self::Done
            | Self::Shutdown => Fault::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_is_nobodys_fault() {
        for reason in [CloseReason::PeerClosed, CloseReason::Broken(io::ErrorKind::ConnectionReset)] {
            assert_eq!(reason.fault(), Fault::Nobody, "{reason}");
        }
    }
}
