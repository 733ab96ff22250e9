//! Direct: channels that a plug-in asks for, shared by all that ask for the same address.

use super::context::SessionContext;
use super::dial::{DialError, dial};
use super::wishes::{Outcome, Wish};
use crate::address::Address;
use crate::causes::chain;
use crate::channel::{Channel, CloseReason, Connect, ConnectError, Connecting, Lease};
use crate::clock;
use crate::events::Event;
use crate::hosts::Claimed;
use backplane_plugin::SessionKind;
use std::sync::{Arc, Weak};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The direct session of a node.
#[derive(Debug)]
pub struct DirectSession {
    /// Weak: what plug-ins hold must not keep the node.
    context: Weak<SessionContext>,
}

impl Connect for DirectSession {
    fn connect(&self, address: Address) -> Connecting {
        let context = Weak::clone(&self.context);
        Box::pin(async move {
            let context = context.upgrade().ok_or(ConnectError::Stopped)?;
            connect(&context, address).await
        })
    }
}

impl DirectSession {
    /// The direct session of these parts of a node.
    #[must_use]
    pub fn new(context: &Arc<SessionContext>) -> Self {
        Self { context: Arc::downgrade(context) }
    }
}

async fn connect(context: &Arc<SessionContext>, address: Address) -> Result<Lease, ConnectError> {
    check(context, &address)?;
    let (share, mut outcome) = loop {
        match join(context, &address)? {
            Joined::Open(channel) => return Ok(Lease::new(channel, None)),
            Joined::Wish(share, outcome) => break (share, outcome),
            // Its end is the end of who tells of it.
            Joined::Ending(mut outcome) => while outcome.changed().await.is_ok() {},
        }
    };
    let outcome = outcome.wait_for(Option::is_some).await.map_err(|_| ConnectError::Stopped)?;
    let channel = outcome.clone().unwrap_or(Err(ConnectError::Stopped))?;
    Ok(Lease::new(channel, Some(share)))
}

/// Whether an address may be dialled at all.
fn check(context: &SessionContext, address: &Address) -> Result<(), ConnectError> {
    let refused = |why: &str| Err(ConnectError::Refused(format!("{address} {why}")));
    if context.stop.is_cancelled() {
        return Err(ConnectError::Stopped);
    }
    if context.settings.now().network.seeds.contains(address) {
        return refused("is a seed, which is only asked for addresses");
    }
    if context.hosts.is_own(address) {
        return refused("is this node's own");
    }
    if context.hosts.is_banned(address) {
        return refused("is banned");
    }
    Ok(())
}

enum Joined {
    /// Another session's channel.
    Open(Arc<Channel>),
    /// A direct connection, or one that is being made.
    Wish(Arc<DropGuard>, watch::Receiver<Option<Outcome>>),
    /// A direct connection that its last holder has let go of.
    Ending(watch::Receiver<Option<Outcome>>),
}

/// A share in the direct connection to an address, which is begun if there is none.
fn join(context: &Arc<SessionContext>, address: &Address) -> Result<Joined, ConnectError> {
    let mut wishes = context.direct.wishes.lock();
    if let Some(wish) = wishes.get(address) {
        let outcome = wish.outcome.clone();
        return Ok(match wish.share.upgrade() {
            Some(share) => Joined::Wish(share, outcome),
            None => Joined::Ending(outcome),
        });
    }
    if let Some(channel) = context.connected(address) {
        // One that was opened by a wish for another address of the same node is shared with that.
        let shared =
            wishes.values().find(|wish| wish.channel().is_some_and(|other| other.id() == channel.id()));
        let shared = shared.and_then(|wish| Some(Joined::Wish(wish.share.upgrade()?, wish.outcome.clone())));
        return Ok(shared.unwrap_or(Joined::Open(channel)));
    }
    let limit = usize::from(context.settings.now().network.direct_connections);
    if wishes.len() >= limit {
        return Err(ConnectError::TooMany(limit));
    }
    let released = CancellationToken::new();
    let share = Arc::new(released.clone().drop_guard());
    let (tell, outcome) = watch::channel(None);
    wishes.insert(address.clone(), Wish { share: Arc::downgrade(&share), outcome: outcome.clone() });
    drop(wishes);
    let (context, address) = (Arc::clone(context), address.clone());
    context.tasks.clone().spawn(async move {
        keep(&context, &address, &tell, &released).await;
        context.direct.wishes.lock().remove(&address);
    });
    Ok(Joined::Wish(share, outcome))
}

/// Opens a direct connection, and keeps it until the last holder has let go.
async fn keep(
    context: &Arc<SessionContext>,
    address: &Address,
    tell: &watch::Sender<Option<Outcome>>,
    released: &CancellationToken,
) {
    let reservation = match context.hosts.claim(address) {
        Claimed::Reserved(reservation) => Some(reservation),
        Claimed::Unlisted => None,
        Claimed::Busy => {
            let why = format!("{address} is being dialled, or has failed shortly before");
            tell.send_replace(Some(Err(ConnectError::Unreachable(why))));
            return;
        }
    };
    let events = &context.events;
    events.tell(|| Event::DirectConnecting { connect_addr: address.clone() });
    let disconnected =
        |err: String| events.tell(|| Event::DirectDisconnected { connect_addr: address.clone(), err });
    let dialling = released.run_until_cancelled(dial(context, address, SessionKind::Direct));
    match dialling.await {
        None => disconnected("nobody asks for it any more".to_owned()),
        Some(Ok(live)) => {
            let connected = reservation.map(|reservation| reservation.connected(clock::unix_seconds()));
            let channel = Arc::clone(live.channel());
            tell.send_replace(Some(Ok(Arc::clone(&channel))));
            events.tell(|| Event::DirectConnected {
                connect_addr: address.clone(),
                addr: channel.address().clone(),
                channel_id: channel.id(),
            });
            let release = async {
                released.cancelled().await;
                channel.close(CloseReason::Released);
                std::future::pending::<()>().await;
            };
            tokio::select! {
                biased;
                reason = live.ended() => disconnected(reason.to_string()),
                () = release => {}
            }
            drop(connected);
        }
        Some(Err(DialError::Closed(CloseReason::Twin { kept }))) if context.channels.find(kept).is_some() => {
            // The node that answers there is connected already.
            disconnected(CloseReason::Twin { kept }.to_string());
            let channel = context.channels.find(kept).ok_or(ConnectError::Stopped);
            tell.send_replace(Some(channel));
            released.cancelled().await;
        }
        Some(Err(error)) => {
            if let Some(reservation) = reservation {
                reservation.failed(clock::now());
            }
            disconnected(error.to_string());
            let error = match error {
                DialError::Closed(CloseReason::Shutdown) => ConnectError::Stopped,
                error => ConnectError::Unreachable(format!("{address} cannot be reached: {}", chain(&error))),
            };
            tell.send_replace(Some(Err(error)));
        }
    }
}
