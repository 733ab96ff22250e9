//! Connections that were accepted, and are never set up.

use crate::kit::*;
use crate::negotiation::{connect, node};
use backplane::address::Address;
use backplane::ledger::LedgerConfig;
use backplane::session::{MOST_SET_UPS, SessionContext, listen};
use backplane::transport::{Incoming, Listener, MemoryNetwork, Pending, Stream, Transport, Transports};
use backplane_plugin::SessionKind;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// More than all that a test accepts.
const SLOTS: u16 = 200;
/// A little more than a connection may take to be set up.
const PATIENCE: Duration = Duration::from_millis(5001);

/// A transport whose connections the test brings.
#[derive(Debug)]
struct Stage {
    incoming: parking_lot::Mutex<Option<mpsc::Receiver<Incoming>>>,
}

#[derive(Debug)]
struct StageListener {
    address: Address,
    incoming: mpsc::Receiver<Incoming>,
}

impl Transport for Stage {
    fn dial<'a>(&'a self, _: &'a Address) -> Pending<'a, io::Result<Stream>> {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }

    fn listen<'a>(&'a self, address: &'a Address) -> Pending<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let incoming = self.incoming.lock().take().ok_or(io::ErrorKind::AddrInUse)?;
            Ok(Box::new(StageListener { address: address.clone(), incoming }) as Box<dyn Listener>)
        })
    }
}

impl Listener for StageListener {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> Pending<'_, io::Result<Incoming>> {
        Box::pin(async move { self.incoming.recv().await.ok_or_else(|| io::ErrorKind::BrokenPipe.into()) })
    }
}

/// A node that accepts what the test brings.
async fn accepting() -> (Arc<SessionContext>, mpsc::Sender<Incoming>) {
    let (sender, incoming) = mpsc::channel(SLOTS.into());
    let mut context = node(1, vec![]);
    let owned = Arc::get_mut(&mut context).expect("nobody else has it yet");
    let stage = Stage { incoming: parking_lot::Mutex::new(Some(incoming)) };
    owned.transports = Transports::default().with("stage", Arc::new(stage));
    // All of them come from one local host, and this is about the turns of being set up only.
    let (inbound, pending) = (SLOTS.into(), SLOTS.into());
    owned.ledger.set_config(LedgerConfig {
        localnet: true,
        inbound,
        pending,
        ..LedgerConfig::of(&owned.settings)
    });
    listen(&context, &address("stage://here:1")).await.expect("the stage is free");
    (context, sender)
}

/// A connection that is never set up; what it holds is counted by `held`.
fn stuck(held: &Arc<()>) -> Incoming {
    let held = Arc::clone(held);
    Incoming::new(address("stage://there:1"), async move {
        let _held = held;
        pending().await
    })
}

/// A connection of a node, which talks through the other end.
fn honest() -> (Incoming, Stream) {
    let (ours, theirs) = MemoryNetwork::pair();
    (Incoming::new(address("stage://there:2"), async move { Ok(ours) }), theirs)
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_never_set_up_holds_up_no_other() {
    let (context, peers) = accepting().await;
    let held = Arc::new(());
    for _ in 0..MOST_SET_UPS - 1 {
        peers.send(stuck(&held)).await.expect("the node accepts");
    }
    let (incoming, theirs) = honest();
    peers.send(incoming).await.expect("the node accepts");
    let _live = connect(&node(2, vec![]), theirs, SessionKind::Manual).await;
    assert_eq!(Arc::strong_count(&held), MOST_SET_UPS, "the others still wait");
    assert_eq!(context.set_ups.available_permits(), 1);
}

#[tokio::test(start_paused = true)]
async fn of_a_connection_that_was_never_set_up_nothing_is_left() {
    let (context, peers) = accepting().await;
    let held = Arc::new(());
    // Twice as many as have a turn.
    for _ in 0..2 * MOST_SET_UPS {
        peers.send(stuck(&held)).await.expect("the node accepts");
    }
    sleep(PATIENCE / 2).await;
    assert_eq!(context.set_ups.available_permits(), 0);
    sleep(PATIENCE / 2 + Duration::from_millis(1)).await;
    assert_eq!(Arc::strong_count(&held), 1, "only the test is left");
    assert_eq!(context.set_ups.available_permits(), MOST_SET_UPS);
    assert_eq!(context.tasks.len(), 1, "the node accepts, and nothing else");

    let (incoming, theirs) = honest();
    peers.send(incoming).await.expect("the node accepts");
    let _live = connect(&node(2, vec![]), theirs, SessionKind::Manual).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_waits_for_no_set_up() {
    let (context, peers) = accepting().await;
    let held = Arc::new(());
    peers.send(stuck(&held)).await.expect("the node accepts");
    assert_eq!(settled(pending::<()>()).await, None);
    assert_eq!(Arc::strong_count(&held), 2);
    context.stop.cancel();
    context.tasks.close();
    assert!(settled(context.tasks.wait()).await.is_some(), "all tasks end at once");
    assert_eq!(Arc::strong_count(&held), 1);
}
