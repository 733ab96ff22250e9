//! Connections that were accepted, and are never set up.

use crate::kit::*;
use crate::negotiation::{connect, node};
use backplane::address::{Address, HostKey};
use backplane::ledger::LedgerConfig;
use backplane::session::{SessionContext, listen};
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
/// How many connections may be without a handshake at once.
const PENDING: usize = 64;
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
    // This is about connections that are being set up only, wherever they come from.
    let config = LedgerConfig::of(&owned.settings.now());
    owned.ledger.set_config(LedgerConfig {
        inbound: SLOTS.into(),
        pending: PENDING,
        per_group: SLOTS.into(),
        ..config
    });
    listen(&context, &address("stage://here:1")).await.expect("the stage is free");
    (context, sender)
}

/// A connection that is never set up, each from another host; what it holds is counted by `held`.
fn stuck(held: &Arc<()>, host: usize) -> Incoming {
    let held = Arc::clone(held);
    Incoming::new(address(&format!("stage://1.2.3.{host}:1")), async move {
        let _held = held;
        pending().await
    })
}

/// A connection of a node, which talks through the other end.
fn honest() -> (Incoming, Stream) {
    let (ours, theirs) = MemoryNetwork::pair();
    (Incoming::new(address("stage://1.2.4.1:2"), async move { Ok(ours) }), theirs)
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_never_set_up_holds_up_no_other() {
    let (context, peers) = accepting().await;
    let held = Arc::new(());
    for host in 1..PENDING {
        peers.send(stuck(&held, host)).await.expect("the node accepts");
    }
    let (incoming, theirs) = honest();
    peers.send(incoming).await.expect("the node accepts");
    let _live = connect(&node(2, vec![]), theirs, SessionKind::Manual).await;
    assert_eq!(Arc::strong_count(&held), PENDING, "the others still wait");
    assert_eq!(context.ledger.overview().pending.open, PENDING - 1);
}

#[tokio::test(start_paused = true)]
async fn of_a_connection_that_was_never_set_up_nothing_is_left() {
    let (context, peers) = accepting().await;
    let held = Arc::new(());
    // Twice as many as are set up at once.
    for host in 0..2 * PENDING {
        peers.send(stuck(&held, host)).await.expect("the node accepts");
    }
    sleep(PATIENCE / 2).await;
    assert_eq!(context.ledger.overview().pending.open, PENDING);
    sleep(PATIENCE * 2).await;
    assert_eq!(Arc::strong_count(&held), 1, "only the test is left");
    assert_eq!(context.ledger.overview().pending.open, 0);
    assert_eq!(context.tasks.len(), 1, "the node accepts, and nothing else");

    let (incoming, theirs) = honest();
    peers.send(incoming).await.expect("the node accepts");
    let _live = connect(&node(2, vec![]), theirs, SessionKind::Manual).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_whose_connections_are_never_set_up_is_scored_for_it() {
    let (context, peers) = accepting().await;
    let held = Arc::new(());
    peers.send(stuck(&held, 1)).await.expect("the node accepts");
    sleep(PATIENCE).await;
    let host = HostKey::of(&address("stage://1.2.3.1:1")).expect("it has a host");
    let statement = context.ledger.statement(&host, backplane::clock::now());
    assert!(statement.score.points > 0.0, "{statement:?}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_waits_for_no_set_up() {
    let (context, peers) = accepting().await;
    let held = Arc::new(());
    peers.send(stuck(&held, 1)).await.expect("the node accepts");
    assert_eq!(settled(pending::<()>()).await, None);
    assert_eq!(Arc::strong_count(&held), 2);
    context.stop.cancel();
    context.tasks.close();
    assert!(settled(context.tasks.wait()).await.is_some(), "all tasks end at once");
    assert_eq!(Arc::strong_count(&held), 1);
}
