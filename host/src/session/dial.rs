//! Dialling: from an address to a live channel, for every session that dials.

use super::context::SessionContext;
use super::establish::{Connection, Live, establish};
use crate::address::{Address, NodeId, is_global};
use crate::channel::CloseReason;
use crate::clock;
use crate::transport::{Stream, TransportError, reach};
use backplane_plugin::SessionKind;
use std::net::IpAddr;
use std::sync::Arc;

/// Why a dial came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The host is banned.
    #[error("its host is banned")]
    Banned,
    /// The address cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Another node answers than the one that has to be there.
    #[error("the node there is {}, and not {expected}", Shown(*found))]
    WrongNode {
        /// The node that has to be there.
        expected: NodeId,
        /// The node that is.
        found: Option<NodeId>,
    },
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
    dial_node(context, address, None, session).await
}

/// Dials an address, where only the node with the id `pin` will do if there is one.
///
/// # Errors
///
/// As [`dial`].
pub(super) async fn dial_node(
    context: &Arc<SessionContext>,
    address: &Address,
    pin: Option<NodeId>,
    session: SessionKind,
) -> Result<Box<Live>, DialError> {
    // Also for configured peers: no list evades a ban.
    if context.hosts.is_banned(address) {
        return Err(DialError::Banned);
    }
    let dialled = context.stop.run_until_cancelled(connect(context, address, session)).await;
    let (stream, dialled) = dialled.ok_or(DialError::Closed(CloseReason::Shutdown))??;
    let found = stream.peer;
    recognise(context, address, found, pin)?;
    let connection = Connection { stream, address: address.clone(), dialled: Some(dialled), session };
    let live = establish(context, connection).await.map_err(DialError::Closed)?;
    if let Some(found) = found {
        remember(context, address, found);
    }
    Ok(live)
}

/// Connects by the first way that leads there, and says which it was.
async fn connect(
    context: &SessionContext,
    address: &Address,
    session: SessionKind,
) -> Result<(Stream, Address), TransportError> {
    let mut failure = TransportError::NotActive { address: address.clone() };
    for route in context.transports.routes(address)? {
        let dialling = context.transports.dial(&route, context.profile(&route).connect_timeout);
        let rule = rule(session, &route, context.settings.now().network.localnet);
        match reach::within(rule, dialling).await {
            Ok(stream) => return Ok((stream, route)),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Whether the node that answers may be talked to.
fn recognise(
    context: &SessionContext,
    address: &Address,
    found: Option<NodeId>,
    pin: Option<NodeId>,
) -> Result<(), DialError> {
    if let Some(expected) = pin.filter(|pin| found != Some(*pin)) {
        return Err(DialError::WrongNode { expected, found });
    }
    if found == Some(context.known.own()) {
        context.note_node(address, context.identity.nonce);
        return Err(DialError::Closed(CloseReason::Myself));
    }
    Ok(())
}

/// Stock nodes make a new key at each start, so another node than before is a reason to look and not to refuse.
fn remember(context: &SessionContext, address: &Address, found: NodeId) {
    if let Some(before) = context.known.note(address, found, clock::unix_seconds()) {
        tracing::warn!(%address, %before, now = %found, "another node than before answers at an address");
    }
}

/// A node id, or that there is none.
struct Shown(Option<NodeId>);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(id) => id.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// Schemes whose names this machine resolves itself; the others' go to a proxy, which the operator named.
const RESOLVED_HERE: [&str; 3] = ["tcp", "tcp+tls", "quic"];

/// Where a name may lead: what the operator named anywhere, what others told of only to where everybody gets.
fn rule(session: SessionKind, route: &Address, localnet: bool) -> fn(IpAddr) -> bool {
    match session {
        SessionKind::Manual | SessionKind::Seed => anywhere,
        _ if localnet || !RESOLVED_HERE.contains(&route.scheme()) => anywhere,
        _ => is_global,
    }
}

const fn anywhere(_: IpAddr) -> bool {
    true
}
