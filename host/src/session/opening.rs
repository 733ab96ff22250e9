//! Opening: the gateway of the local network is asked to let inbound peers in, as long as the node runs.

use super::context::SessionContext;
use crate::address::{Address, is_global};
use crate::causes::chain;
use crate::transport::upnp::{Gateway, GatewayError};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

/// How often the gateway is asked again: several times within a lease, and soon after one that failed.
const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// How long closing all ports may take when the node stops.
const CLOSING: Duration = Duration::from_secs(3);

/// Asks the gateway to let peers in at these listeners, again and again, and tells peers the external addresses; until the
/// node stops, when the ports are closed again. The gateway is looked for at an address such as
/// [`MULTICAST`](crate::transport::upnp::MULTICAST).
pub async fn keep_open(context: &SessionContext, listeners: &[Address], gateway_at: SocketAddr) {
    let mut told = Vec::new();
    loop {
        let opening = open_all(listeners, gateway_at);
        let Some(opened) = context.stop.run_until_cancelled(opening).await else { break };
        match opened {
            Ok(external) => told = tell(context, &told, external),
            Err(error) => {
                tracing::warn!(error = chain(&error), "peers are not let in by the gateway");
            }
        }
        if !context.pause(INTERVAL).await {
            break;
        }
    }
    if !told.is_empty() && timeout(CLOSING, close_all(listeners, gateway_at)).await.is_err() {
        tracing::warn!("the gateway does not close its ports in time; it will when their lease is over");
    }
}

/// Opens a port for each listener: the external addresses.
async fn open_all(listeners: &[Address], gateway_at: SocketAddr) -> Result<Vec<Address>, GatewayError> {
    let gateway = Gateway::find(gateway_at).await?;
    let mut external = Vec::new();
    for listener in listeners {
        external.extend(gateway.open(listener).await?);
    }
    Ok(external)
}

async fn close_all(listeners: &[Address], gateway_at: SocketAddr) {
    let closing = async {
        let gateway = Gateway::find(gateway_at).await?;
        for listener in listeners {
            gateway.close(listener).await?;
        }
        Ok::<_, GatewayError>(())
    };
    if let Err(error) = closing.await {
        tracing::warn!(error = chain(&error), "a port stays open until its lease is over");
    }
}

/// Takes new external addresses in the place of those told before: those that are told now.
fn tell(context: &SessionContext, before: &[Address], external: Vec<Address>) -> Vec<Address> {
    let mut told = context.identity.external.write();
    told.retain(|address| !before.contains(address) || external.contains(address));
    let mut ours: Vec<_> = before.iter().filter(|address| external.contains(address)).cloned().collect();
    for address in external {
        if address.ip().or_else(|| address.ip_lenient()).is_some_and(|ip| !is_global(ip)) {
            tracing::warn!(%address, "the gateway has no public address itself: peers outside cannot come in");
            // Its port has to be closed all the same.
            ours.push(address);
        } else if !told.contains(&address) {
            tracing::info!(%address, "the gateway lets peers in");
            context.hosts.add_own(&address);
            told.push(address.clone());
            ours.push(address);
        }
    }
    ours
}
