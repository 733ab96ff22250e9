//! Dialling: from an address to a live channel, for every session that dials.

use super::context::SessionContext;
use super::establish::{Connection, Live, establish};
use crate::address::Address;
use crate::channel::CloseReason;
use crate::transport::TransportError;
use backplane_plugin::SessionKind;
use std::sync::Arc;

/// Why a dial came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The address cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The channel ended before its protocols ran.
    #[error("{0}")]
    Closed(CloseReason),
}

/// Dials an address and makes a live channel of it.
///
/// # Errors
///
/// [`DialError`]; at once when the node stops.
pub async fn dial(
    context: &Arc<SessionContext>,
    address: &Address,
    session: SessionKind,
) -> Result<Box<Live>, DialError> {
    let dialling = context.transports.dial(address, context.profile(address).connect_timeout);
    let dialled = context.stop.run_until_cancelled(dialling).await;
    let stream = dialled.ok_or(DialError::Closed(CloseReason::Shutdown))??;
    let connection = Connection { stream, address: address.clone(), session };
    establish(context, connection).await.map_err(DialError::Closed)
}
