//! Peers that send as fast as a node takes it, with as little of their own as can be.

use crate::child::Failure;
use crate::idle;
use crate::raw::MAGIC;
use backplane::frame::Prefix;
use backplane_bench_work::{small, type_name};
use backplane_plugin::wire;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{Mutex, OwnedRwLockWriteGuard, RwLock};
use tokio::task::JoinSet;

/// Messages that are written at once: as many as a receiver counts before it hands its counts in.
const BLOCK: u64 = 1024;

/// The peers of one process.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    gate: Arc<RwLock<()>>,
    /// Held while the peers rest.
    closed: Option<OwnedRwLockWriteGuard<()>>,
    sent: Arc<AtomicU64>,
    tasks: JoinSet<()>,
}

impl Busy {
    /// Connects to a node `count` times and shakes hands. The peers rest until they are told to go.
    pub(crate) async fn connect(&mut self, port: u64, count: u64) -> Result<Value, Failure> {
        self.halt().await;
        let hello = idle::hello()?;
        for _ in 0..count {
            let stream = TcpStream::connect(("127.0.0.1", u16::try_from(port)?)).await?;
            let (gate, sent) = (Arc::clone(&self.gate), Arc::clone(&self.sent));
            self.tasks.spawn(live(stream, hello.clone(), gate, sent));
        }
        Ok(Value::Null)
    }

    /// Lets the peers send.
    pub(crate) fn go(&mut self) -> Value {
        self.closed = None;
        Value::Null
    }

    /// Stops the peers after the block that each is writing: how many messages have been sent so far.
    pub(crate) async fn halt(&mut self) -> Value {
        if self.closed.is_none() {
            self.closed = Some(Arc::clone(&self.gate).write_owned().await);
        }
        json!(self.sent.load(Ordering::Acquire))
    }
}

async fn live(stream: TcpStream, hello: Vec<u8>, gate: Arc<RwLock<()>>, sent: Arc<AtomicU64>) {
    let (read, mut write) = stream.into_split();
    if write.write_all(&hello).await.is_err() {
        return;
    }
    let write = Mutex::new(write);
    tokio::select! {
        () = idle::answer(read, &write) => {}
        () = send(&write, &gate, &sent) => {}
    }
}

/// Sends blocks, one after the other, while the gate is open.
async fn send(write: &Mutex<OwnedWriteHalf>, gate: &RwLock<()>, sent: &AtomicU64) {
    let prefix = Prefix::new(MAGIC, type_name(0));
    let (mut out, mut payload) = (Vec::new(), Vec::new());
    for block in 0.. {
        let first = block * BLOCK;
        let _open = gate.read().await;
        out.clear();
        for seq in first..first + BLOCK {
            payload.clear();
            if wire::encode_into(&small(seq), &mut payload).is_err() {
                return;
            }
            prefix.put(&mut out, &payload);
        }
        if write.lock().await.write_all(&out).await.is_err() {
            return;
        }
        sent.fetch_add(BLOCK, Ordering::AcqRel);
    }
}
