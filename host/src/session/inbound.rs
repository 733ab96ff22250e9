//! Inbound: peers that dial this node.

use super::context::SessionContext;
use super::establish::{Connection, Live, establish};
use crate::address::Address;
use crate::channel::CloseReason;
use crate::transport::{Listener, TransportError};
use backplane_plugin::SessionKind;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// How long to rest when the system cannot accept, as with too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

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
            Ok((stream, address)) if context.hosts.is_banned(&address) => {
                tracing::debug!(peer = %address, "a banned peer is not let in");
                drop(stream);
            }
            Ok((stream, address)) => {
                let connection = Connection { stream, address, session: SessionKind::Inbound };
                context.tasks.spawn(serve(bring_up(Arc::clone(&context), connection), slot));
            }
            Err(error) => {
                tracing::warn!(address = %listener.address(), %error, "cannot accept a peer");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// A channel that comes to life. Boxed, so that one that lives long does not keep the memory of its beginning.
type Beginning = Pin<Box<dyn Future<Output = Result<Box<Live>, CloseReason>> + Send>>;

fn bring_up(context: Arc<SessionContext>, connection: Connection) -> Beginning {
    Box::pin(async move { establish(&context, connection).await })
}

async fn serve(beginning: Beginning, slot: OwnedSemaphorePermit) {
    if let Ok(live) = beginning.await {
        live.ended().await;
    }
    drop(slot);
}
