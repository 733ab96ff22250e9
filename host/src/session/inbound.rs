//! Inbound: peers that dial this node.

use super::context::SessionContext;
use super::establish::{Connection, Live, establish};
use super::inbound_slots::{InboundSlots, PROBATION, Slot};
use super::punish::punish;
use crate::address::Address;
use crate::channel::{Channel, CloseReason};
use crate::clock;
use crate::events::Event;
use crate::ledger::{Act, Admission, Offence, Refusal};
use crate::transport::{Incoming, Listener, Stream, TransportError};
use backplane_plugin::SessionKind;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long to rest when the system cannot accept, as with too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// How long a connection may take to be set up: the handshake of TLS, the stream of QUIC.
const SET_UP_LIMIT: Duration = Duration::from_secs(5);

/// Starts to accept peers at an address: the address with the port that was bound.
///
/// # Errors
///
/// When the address cannot be listened at.
pub async fn listen(context: &Arc<SessionContext>, address: &Address) -> Result<Address, TransportError> {
    let listener = context.transports.listen(address).await?;
    let bound = listener.address().clone();
    tracing::info!(address = %bound, "listening for peers");
    let accepting = accept_all(Arc::clone(context), listener);
    let stop = context.stop.clone();
    context.tasks.spawn(async move { stop.run_until_cancelled(accepting).await });
    Ok(bound)
}

async fn accept_all(context: Arc<SessionContext>, mut listener: Box<dyn Listener>) {
    loop {
        // Without a free place nothing is accepted: peers wait in the system's queue.
        context.ledger.vacancy().await;
        match listener.accept().await {
            Ok(incoming) => {
                if let Some(place) = admit(&context, incoming.address()).await {
                    let beginning = bring_up(Arc::clone(&context), incoming);
                    context.tasks.spawn(serve(beginning, place, Arc::clone(&context)));
                }
            }
            Err(error) => {
                tracing::warn!(address = %listener.address(), %error, "cannot accept a peer");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The place of a connection, unless its host is banned or has too many.
async fn admit(context: &SessionContext, peer: &Address) -> Option<Admission> {
    if context.hosts.is_banned(peer) {
        tracing::debug!(%peer, "a banned peer is not let in");
        context.ledger.note_banned(peer, clock::now());
        return None;
    }
    loop {
        let why = match context.ledger.admit(peer, clock::now()) {
            Ok(place) => return Some(place),
            Err(why) => why,
        };
        let offence = match why {
            // Another listener was quicker.
            Refusal::NodeFull => {
                context.ledger.vacancy().await;
                continue;
            }
            Refusal::HostFull { .. } => Some(Offence::OverLimit),
            Refusal::Storm => Some(Offence::Storm),
            // The others are to blame, if anybody is.
            Refusal::GroupFull { .. } => None,
        };
        tracing::debug!(%peer, %why, "a peer is not let in");
        if let Some(offence) = offence {
            let act = Act { offence, session: SessionKind::Inbound, detail: &why.to_string() };
            punish(context, peer, act);
        }
        return None;
    }
}

/// A channel that comes to life. Boxed, so that one that lives long does not keep the memory of its beginning.
type Beginning = Pin<Box<dyn Future<Output = Option<Box<Live>>> + Send>>;

fn bring_up(context: Arc<SessionContext>, incoming: Incoming) -> Beginning {
    Box::pin(async move {
        let address = incoming.address().clone();
        let stream = set_up(&context, incoming).await?;
        if stream.peer == Some(context.known.own()) {
            tracing::debug!(peer = %address, "this node has dialled itself");
            return None;
        }
        let connection = Connection { stream, address, dialled: None, session: SessionKind::Inbound };
        establish(&context, connection).await.ok()
    })
}

/// Serves a connection from its beginning to its end.
#[expect(clippy::manual_async_fn, reason = "an async fn keeps room twice for what it is given")]
fn serve(
    beginning: Beginning,
    mut place: Admission,
    context: Arc<SessionContext>,
) -> impl Future<Output = ()> + Send {
    async move {
        let Some(live) = beginning.await else { return };
        let channel = Arc::clone(live.channel());
        tell(&context, &channel, |addr, channel_id| Event::InboundConnected { addr, channel_id });
        let mut ended = pin!(live.ended());
        let slot = tokio::select! {
            biased;
            _ = &mut ended => None,
            // Boxed, as above.
            slot = Box::pin(find_slot(&channel, &context.inbound)) => Some(settle(slot, &channel, &mut place)),
        };
        if let Some(_slot) = slot {
            ended.await;
        }
        tell(&context, &channel, |addr, channel_id| Event::InboundDisconnected { addr, channel_id });
    }
}

fn tell(context: &SessionContext, channel: &Channel, event: fn(Address, u32) -> Event) {
    context.events.tell(|| event(channel.address().clone(), channel.id()));
}

/// With a slot the channel gives up its place beside them; without one it ends soon.
fn settle(slot: Result<Slot, CloseReason>, channel: &Channel, place: &mut Admission) -> Option<Slot> {
    match slot {
        Ok(slot) => {
            place.establish();
            Some(slot)
        }
        Err(reason) => {
            channel.close(reason);
            None
        }
    }
}

/// A slot, or why the channel is to be closed. A test of an address needs none: it has been answered.
async fn find_slot(channel: &Arc<Channel>, slots: &Arc<InboundSlots>) -> Result<Slot, CloseReason> {
    if channel.peer().and_then(|peer| peer.dialled_for) == Some(SessionKind::Refine) {
        sleep(PROBATION).await;
        return Err(CloseReason::Done);
    }
    slots.take(channel).await.ok_or(CloseReason::Full)
}

/// Makes a stream of a connection, within the limit. `None` when it comes to nothing.
async fn set_up(context: &SessionContext, incoming: Incoming) -> Option<Stream> {
    let peer = incoming.address().clone();
    match context.stop.run_until_cancelled(timeout(SET_UP_LIMIT, incoming.set_up())).await? {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection cannot be set up"),
        Err(_) => {
            let detail = "the connection was not set up in time";
            tracing::debug!(%peer, "a connection was not set up in time");
            let offence = Offence::HandshakeTimeout;
            punish(context, &peer, Act { offence, session: SessionKind::Inbound, detail });
        }
    }
    None
}
