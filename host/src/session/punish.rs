//! What follows from what a peer did: the offence that it is, its score, and the bans that come of it.

use super::context::SessionContext;
use crate::address::{Address, HostKey};
use crate::channel::{Channel, CloseReason};
use crate::clock;
use crate::frame::FrameError;
use crate::hosts::Sentence;
use crate::ledger::{Act, Offence};

/// Draws the consequences of the end of a channel.
pub(super) fn conclude(context: &SessionContext, channel: &Channel, reason: &CloseReason) {
    context.ledger.note_used(channel.address(), channel.traffic().totals(), clock::now());
    if let Some(offence) = offence(reason) {
        let detail = reason.to_string();
        punish(context, channel.address(), Act { offence, session: channel.session(), detail: &detail });
    }
}

/// Scores what a peer did, and bans whoever has to be banned for it.
pub(super) fn punish(context: &SessionContext, peer: &Address, act: Act<'_>) {
    let Some(verdict) = context.ledger.judge(peer, act, clock::now()) else { return };
    let offence = act.offence.name();
    tracing::debug!(%peer, offence, points = verdict.points, score = verdict.score, "an offence");
    for subject in &verdict.bans {
        let sentence = Sentence { address: Some(peer), length: None, reason: act.detail };
        if let Some(ban) = context.hosts.punish(subject, sentence, clock::unix_seconds()) {
            let seconds = ban.until.saturating_sub(clock::unix_seconds());
            tracing::warn!(%subject, reason = act.detail, times = ban.times, seconds, "banned");
            // On one machine and behind one router others share the host, which have done nothing.
            if HostKey::of(peer).is_some_and(|host| !host.is_local()) {
                context.close_banned(subject);
            }
        }
    }
}

/// The offence that the end of a channel shows. Where a connection merely broke there is none, wherever it broke, and
/// a peer that is slow has done nothing.
const fn offence(reason: &CloseReason) -> Option<Offence> {
    Some(match reason {
        CloseReason::BadFrame(error) => match error {
            FrameError::WrongMagic { .. } => Offence::WrongMagic,
            FrameError::CommandTooLong { .. } => Offence::CommandTooLong,
            FrameError::PayloadLengthNotMinimal => Offence::BadLength,
            FrameError::CommandLengthNotMinimal | FrameError::CommandNotUtf8 => Offence::BadCommand,
        },
        CloseReason::TooLarge { .. } => Offence::TooLarge,
        CloseReason::UnknownCommands { .. } => Offence::UnknownCommands,
        CloseReason::OverBudget { .. } => Offence::OverBudget,
        CloseReason::Misbehaved { .. } => Offence::Malformed,
        CloseReason::HandshakeTimeout | CloseReason::NotAnswered => Offence::HandshakeTimeout,
        CloseReason::Incompatible { .. } => Offence::Incompatible,
        CloseReason::MostDemanding { .. } => Offence::Demanding,
        CloseReason::PeerClosed
        | CloseReason::Broken(_)
        | CloseReason::Myself
        | CloseReason::Twin { .. }
        | CloseReason::Evicted
        | CloseReason::Full
        | CloseReason::Exchanged
        | CloseReason::Released
        | CloseReason::Overrun { .. }
        | CloseReason::TooSlow
        | CloseReason::Unfinished
        | CloseReason::Requested { .. }
        | CloseReason::Banned
        | CloseReason::Operator(_)
        | CloseReason::Done
        | CloseReason::Shutdown => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Policy, Weight};
    use backplane_plugin::SessionKind;
    use std::io;

    #[test]
    fn a_broken_connection_is_never_an_offence() {
        for reason in [
            CloseReason::PeerClosed,
            CloseReason::Broken(io::ErrorKind::ConnectionReset),
            CloseReason::TooSlow,
            CloseReason::Unfinished,
        ] {
            assert_eq!(offence(&reason), None, "{reason}");
        }
    }

    #[test]
    fn a_slot_that_another_peer_has_is_no_offence() {
        assert_eq!([CloseReason::Evicted, CloseReason::Full].map(|reason| offence(&reason)), [None, None]);
    }

    #[test]
    fn a_wrong_magic_bans_at_once_only_where_we_dialled_a_listed_address() {
        let reason = CloseReason::BadFrame(FrameError::WrongMagic { got: vec![0; 4] });
        let offence = offence(&reason).unwrap();
        let bans = |kind: &SessionKind| offence.weight(Policy::Strict, *kind) == Weight::Ban;
        assert_eq!(SessionKind::ALL.into_iter().filter(bans).collect::<Vec<_>>(), [SessionKind::Outbound]);
    }
}
