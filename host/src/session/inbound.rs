//! Inbound: peers that dial this node.

use super::context::SessionContext;
use super::establish::{Connection, Live, establish};
use crate::address::Address;
use crate::transport::{Incoming, Listener, Stream, TransportError};
use backplane_plugin::SessionKind;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// How long to rest when the system cannot accept, as with too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// How long a connection may take to be set up, with the wait for its turn: the handshake of TLS, the stream of QUIC.
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
    let slots = Arc::new(Semaphore::new(context.settings.network.inbound_connections.into()));
    loop {
        // Without a free slot nothing is accepted: peers wait in the system's queue.
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        match listener.accept().await {
            Ok(incoming) if context.hosts.is_banned(incoming.address()) => {
                tracing::debug!(peer = %incoming.address(), "a banned peer is not let in");
            }
            Ok(incoming) => {
                context.tasks.spawn(serve(bring_up(Arc::clone(&context), incoming), slot));
            }
            Err(error) => {
                tracing::warn!(address = %listener.address(), %error, "cannot accept a peer");
                sleep(ACCEPT_PAUSE).await;
            }
        }
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

async fn serve(beginning: Beginning, slot: OwnedSemaphorePermit) {
    if let Some(live) = beginning.await {
        live.ended().await;
    }
    drop(slot);
}

/// Makes a stream of a connection, in its turn and within the limit. `None` when it comes to nothing.
async fn set_up(context: &SessionContext, incoming: Incoming) -> Option<Stream> {
    let peer = incoming.address().clone();
    let setting_up = async {
        let _turn = context.set_ups.acquire().await;
        incoming.set_up().await
    };
    match context.stop.run_until_cancelled(timeout(SET_UP_LIMIT, setting_up)).await? {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection cannot be set up"),
        Err(_) => tracing::debug!(%peer, "a connection was not set up in time"),
    }
    None
}
