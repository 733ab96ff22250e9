//! The life of one connection, the same for every session.

use super::context::SessionContext;
use super::twin;
use crate::address::Address;
use crate::channel::{Channel, CloseReason, Fault};
use crate::clock;
use crate::protocol::Attached;
use crate::protocol::handshake::Handshake;
use crate::transport::Stream;
use backplane_plugin::{SessionFlags, SessionKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a closed channel may take to write what was queued.
const FLUSH_DEADLINE: Duration = Duration::from_secs(2);

/// A connection as a transport gives it.
#[derive(Debug)]
pub struct Connection {
    /// Its byte stream.
    pub stream: Stream,
    /// The peer's address.
    pub address: Address,
    /// The session that it belongs to.
    pub session: SessionKind,
}

/// Makes a live channel of a connection: attach, read, shake hands, negotiate, start.
///
/// # Errors
///
/// Why it did not come to life. Everything of it is gone then, and the consequences have been drawn.
pub async fn establish(context: &Arc<SessionContext>, connection: Connection) -> Result<Live, CloseReason> {
    let Connection { stream, address, session } = connection;
    let limit = context.profile(&address).handshake_timeout;
    let channel = context.channel(session, address);
    let attached = context.registry.attach(&channel);
    let handshake = Handshake::attach(&channel);
    let mut io = JoinSet::new();
    channel.start(stream.reader, stream.writer, &mut io);
    let mut live = Live { context: Arc::clone(context), channel, attached, io };
    match live.shake_hands(handshake, limit).await {
        Ok(()) => Ok(live),
        Err(reason) => {
            live.channel.close(reason);
            Err(live.end().await)
        }
    }
}

/// A channel whose protocols run.
#[derive(Debug)]
pub struct Live {
    context: Arc<SessionContext>,
    channel: Arc<Channel>,
    attached: Attached,
    io: JoinSet<()>,
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
        let offers = context.registry.offers();
        let shaken = tokio::select! {
            shaken = handshake.run(&context.identity, offers, limit) => shaken,
            () = context.stop.cancelled() => Err(CloseReason::Shutdown),
        };
        let theirs = shaken?;
        self.attached.negotiate(theirs.as_deref());
        if let Some(nonce) = self.channel.peer().and_then(|peer| peer.nonce) {
            context.note_node(self.channel.address(), nonce);
        }
        if SessionFlags::DEFAULT.contains(self.channel.session()) {
            twin::enter(context, &self.channel)?;
        }
        let protocols: Vec<_> = self.attached.names().collect();
        let peer = self.channel.peer().map(|peer| peer.application.as_str());
        tracing::info!(
            channel = self.channel.id(),
            session = %self.channel.session(),
            peer = %self.channel.address(),
            application = peer,
            protocols = ?protocols,
            "channel open"
        );
        self.attached.start();
        Ok(())
    }

    /// Waits for the end: why the channel ended, after everything of it is gone.
    pub async fn ended(mut self) -> CloseReason {
        loop {
            tokio::select! {
                _ = self.channel.ended() => break,
                () = self.context.stop.cancelled() => break,
                () = self.attached.failure() => {}
            }
        }
        self.end().await
    }

    /// Ends the channel because it has done what it was made for.
    pub async fn done(self) {
        self.channel.close(CloseReason::Done);
        self.end().await;
    }

    async fn end(self) -> CloseReason {
        let Self { context, channel, attached, mut io } = self;
        context.channels.remove(channel.id());
        attached.close_all().await;
        // Only a stopping node comes here with an open channel.
        channel.close(CloseReason::Shutdown);
        let flushed = async { while io.join_next().await.is_some() {} };
        if timeout(FLUSH_DEADLINE, flushed).await.is_err() {
            io.shutdown().await;
        }
        let reason = channel.ended().await.clone();
        conclude(&context, &channel, &reason);
        reason
    }
}

/// What follows from the end of a channel.
fn conclude(context: &SessionContext, channel: &Channel, reason: &CloseReason) {
    let (id, session, peer) = (channel.id(), channel.session(), channel.address());
    match reason.fault() {
        Fault::Peer => tracing::warn!(channel = id, %session, %peer, %reason, "channel closed"),
        Fault::Ours => tracing::error!(channel = id, %session, %peer, %reason, "channel closed"),
        Fault::Nobody if session == SessionKind::Refine => {
            tracing::debug!(channel = id, %session, %peer, %reason, "channel closed");
        }
        Fault::Nobody => tracing::info!(channel = id, %session, %peer, %reason, "channel closed"),
    }
    if context.is_strict()
        && reason.is_offence(session)
        && context.hosts.ban(peer, &reason.to_string(), clock::unix_seconds())
    {
        tracing::warn!(%peer, %reason, "banned");
    }
}
