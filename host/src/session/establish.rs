//! The life of one connection, the same for every session.

use super::context::SessionContext;
use super::{punish, twin};
use crate::address::Address;
use crate::channel::{Channel, ChannelIo, CloseReason, Enrolled, Fault, Link};
use crate::protocol::Attached;
use crate::protocol::handshake::Handshake;
use crate::transport::Stream;
use backplane_plugin::{SessionFlags, SessionKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracing::{Instrument, Span};

/// How long a closed channel may take to write what was queued.
const FLUSH_DEADLINE: Duration = Duration::from_secs(2);

/// A connection as a transport gives it.
#[derive(Debug)]
pub struct Connection {
    /// Its byte stream.
    pub stream: Stream,
    /// The peer's address.
    pub address: Address,
    /// The address that was dialled in its place, or it itself; `None` where the peer dialled.
    pub dialled: Option<Address>,
    /// The session that it belongs to.
    pub session: SessionKind,
}

/// Makes a live channel of a connection: attach, read, shake hands, negotiate, start. All of it runs in here, in one task.
///
/// # Errors
///
/// Why it did not come to life. Everything of it is gone then, and the consequences have been drawn.
pub async fn establish(
    context: &Arc<SessionContext>,
    connection: Connection,
) -> Result<Box<Live>, CloseReason> {
    let Connection { stream, address, dialled, session } = connection;
    let limit = context.profile(dialled.as_ref().unwrap_or(&address)).handshake_timeout;
    let dialled = dialled.filter(|dialled| *dialled != address).map(Box::new);
    let link = Link { node_id: stream.peer, dialled };
    let channel = context.channel(session, address, link);
    // Of the highest level, so that a line of any level has it.
    let span = tracing::error_span!("channel", id = channel.id(), %session, peer = %channel.address());
    bring_up(context, channel, stream, limit).instrument(span).await
}

async fn bring_up(
    context: &Arc<SessionContext>,
    channel: Arc<Channel>,
    stream: Stream,
    limit: Duration,
) -> Result<Box<Live>, CloseReason> {
    let enrolled = context.roster.enrol(&channel);
    let attached = context.registry.attach(&channel);
    let handshake = Handshake::attach(&channel);
    let io = channel.start(stream.reader, stream.writer);
    let span = Span::current();
    let mut live = Box::new(Live { context: Arc::clone(context), channel, enrolled, attached, io, span });
    match live.shake_hands(handshake, limit).await {
        Ok(()) => Ok(live),
        Err(reason) => {
            live.channel.close(reason.clone());
            Err(live.end(Some(reason)).await)
        }
    }
}

/// A channel whose protocols have started. They run, and it is read and written, while [`ended`](Self::ended) is awaited.
#[derive(Debug)]
pub struct Live {
    context: Arc<SessionContext>,
    channel: Arc<Channel>,
    enrolled: Enrolled,
    attached: Attached,
    io: ChannelIo,
    /// In which the lines of its log are written.
    span: Span,
}

impl Live {
    /// The channel.
    #[must_use]
    pub const fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }

    async fn shake_hands(
        &mut self,
        handshake: Option<Handshake>,
        limit: Duration,
    ) -> Result<(), CloseReason> {
        let handshake = handshake.ok_or(CloseReason::Done)?;
        let context = &self.context;
        // Exclusive, since what is attached is not to be shared between threads.
        let attached = &mut self.attached;
        let offers = move || attached.offers();
        let shaking = context.stop.run_until_cancelled(handshake.run(&context.identity, offers, limit));
        let theirs = self.io.beside(shaking).await.unwrap_or(Err(CloseReason::Shutdown))?;
        self.attached.negotiate(theirs);
        note_node(context, &self.channel);
        if SessionFlags::DEFAULT.contains(self.channel.session()) {
            twin::enter(context, &self.channel)?;
        }
        let protocols: Vec<_> = self.attached.names().collect();
        let peer = self.channel.peer().map(|peer| peer.application.as_str());
        tracing::info!(application = peer, ?protocols, "channel open");
        self.attached.start();
        self.enrolled.started();
        Ok(())
    }

    /// Waits for the end: why the channel ended, after everything of it is gone.
    pub fn ended(self: Box<Self>) -> impl Future<Output = CloseReason> + Send {
        let span = self.span.clone();
        self.wait().instrument(span)
    }

    async fn wait(mut self: Box<Self>) -> CloseReason {
        self.io.spawn();
        loop {
            tokio::select! {
                biased;
                _ = self.channel.ended() => break,
                () = self.context.stop.cancelled() => break,
                followed = self.attached.follow() => {
                    if let Err(reason) = followed {
                        self.channel.close(reason);
                    }
                }
            }
        }
        // Boxed, so that the memory for the end is taken at the end.
        Box::pin(self.end(None)).await
    }

    /// Ends the channel because it has done what it was made for.
    pub async fn done(self: Box<Self>) {
        self.channel.close(CloseReason::Done);
        let span = self.span.clone();
        self.end(None).instrument(span).await;
    }

    /// `verdict` is what the handshake came to, when that is no channel. It counts more than that the peer, which came to
    /// the same, has hung up meanwhile.
    async fn end(self: Box<Self>, verdict: Option<CloseReason>) -> CloseReason {
        let Self { context, channel, attached, mut io, .. } = *self;
        context.channels.remove(channel.id());
        attached.close_all().await;
        // Only a stopping node comes here with an open channel.
        channel.close(CloseReason::Shutdown);
        if timeout(FLUSH_DEADLINE, io.ended()).await.is_err() {
            io.abort().await;
        }
        let ended = channel.ended().await;
        let reason = verdict.filter(|_| *ended == CloseReason::PeerClosed).unwrap_or_else(|| ended.clone());
        conclude(&context, &channel, &reason);
        reason
    }
}

/// Remembers where the peer is reached, so that it is not dialled once more: such a channel could replace this one, with
/// whatever is on its way in it.
fn note_node(context: &SessionContext, channel: &Channel) {
    let Some(peer) = channel.peer() else { return };
    let Some(nonce) = peer.nonce else { return };
    reached_at(channel.session(), channel.address(), &peer.external)
        .for_each(|address| context.note_node(address, nonce));
}

/// Where a peer is reached: the address that was dialled, and what it claims. A peer that dialled came from a port that
/// nobody listens at.
fn reached_at<'a>(
    session: SessionKind,
    peer: &'a Address,
    claimed: &'a [Address],
) -> impl Iterator<Item = &'a Address> {
    let dialled = (session != SessionKind::Inbound).then_some(peer);
    dialled.into_iter().chain(claimed.iter().filter(|claimed| is_credible(claimed, peer)))
}

/// A peer may speak for addresses of its own host only: others could be kept from being dialled.
fn is_credible(claimed: &Address, peer: &Address) -> bool {
    claimed.ip().is_some() && claimed.ip() == peer.ip()
}

/// What follows from the end of a channel.
fn conclude(context: &SessionContext, channel: &Channel, reason: &CloseReason) {
    let session = channel.session();
    match reason.fault() {
        Fault::Peer => tracing::warn!(%reason, "channel closed"),
        Fault::Ours => tracing::error!(%reason, "channel closed"),
        Fault::Nobody if session == SessionKind::Refine => tracing::debug!(%reason, "channel closed"),
        Fault::Nobody => tracing::info!(%reason, "channel closed"),
    }
    punish::conclude(context, channel, reason);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_reached_where_it_was_dialled_and_never_where_it_dialled_from() {
        let peer: Address = "tcp://10.0.0.1:50000".parse().unwrap();
        let claimed: [Address; 1] = ["tcp://10.0.0.1:26661".parse().unwrap()];
        let inbound: Vec<_> = reached_at(SessionKind::Inbound, &peer, &claimed).collect();
        assert_eq!(inbound, [&claimed[0]]);
        let manual: Vec<_> = reached_at(SessionKind::Manual, &peer, &claimed).collect();
        assert_eq!(manual, [&peer, &claimed[0]]);
    }

    #[test]
    fn a_peer_speaks_for_the_addresses_of_its_own_host_only() {
        let peer = "tcp://10.0.0.1:50000".parse().unwrap();
        for (claimed, credible) in [
            ("tcp://10.0.0.1:26661", true),
            ("tcp://10.0.0.2:26661", false),
            ("tcp://node.example.org:26661", false),
            ("unix:///run/node.sock", false),
        ] {
            assert_eq!(is_credible(&claimed.parse().unwrap(), &peer), credible, "{claimed}");
        }
    }
}
