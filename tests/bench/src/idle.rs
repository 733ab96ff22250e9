//! Peers that keep a connection and answer pings, with as little of their own as can be.

use crate::child::Failure;
use crate::connection::{Connection, Connections};
use crate::raw::MAGIC;
use backplane::frame;
use backplane::protocol::messages::{Verack, Version};
use backplane_plugin::{Message, wire};
use bytes::{Buf, BytesMut};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Pings that were answered by all connections.
static PINGS: AtomicU64 = AtomicU64::new(0);

/// Connects to a node `count` times and shakes hands; the connections live on `tasks`.
pub(crate) async fn connect(
    tasks: &mut JoinSet<()>,
    made: &Connections,
    port: u64,
    count: u64,
) -> Result<Value, Failure> {
    let hello = hello()?;
    for _ in 0..count {
        tasks.spawn(live(made.connect(port).await?, hello.clone()));
    }
    Ok(Value::Null)
}

/// Accepts nodes and shakes hands with them: the port.
pub(crate) async fn listen(tasks: &mut JoinSet<()>, made: &Connections) -> Result<Value, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let (hello, made) = (hello()?, made.clone());
    tasks.spawn(async move {
        let mut peers = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (hello, made) = (hello.clone(), made.renewed());
            peers.spawn(async move {
                if let Ok(stream) = made.set_up(stream).await {
                    live(stream, hello).await;
                }
            });
        }
    });
    Ok(json!(port))
}

/// How many pings have been answered.
pub(crate) fn pings() -> u64 {
    PINGS.load(Ordering::Relaxed)
}

/// A version and a verack as a stock node sends them.
pub(crate) fn hello() -> Result<Vec<u8>, Failure> {
    let version = Version {
        node_id: String::new(),
        app_name: "dchatd".to_owned(),
        version: "0.4.1".parse()?,
        timestamp: 0,
        connect_recv_addr: "tcp://127.0.0.1:1/".parse()?,
        resolve_recv_addr: None,
        ext_send_addr: Vec::new(),
        features: Vec::new(),
    };
    let verack = Verack { app_version: "0.4.1".parse()?, app_name: "dchatd".to_owned() };
    let mut out = frame::encode(MAGIC, Version::NAME, &wire::to_bytes(&version)?);
    out.extend(frame::encode(MAGIC, Verack::NAME, &wire::to_bytes(&verack)?));
    Ok(out)
}

async fn live(stream: Connection, hello: Vec<u8>) {
    let (read, mut write) = split(stream);
    if write.write_all(&hello).await.is_err() || write.flush().await.is_err() {
        return;
    }
    drop(hello);
    answer(read, &Mutex::new(write)).await;
}

/// Answers pings until the connection ends.
pub(crate) async fn answer(mut stream: impl AsyncRead + Unpin, write: &Mutex<impl AsyncWrite + Unpin>) {
    let (mut read, mut out) = (BytesMut::new(), Vec::new());
    while matches!(stream.read_buf(&mut read).await, Ok(1..)) {
        while let Ok(Some(header)) = frame::header(&read, MAGIC) {
            let end = header.header_len + usize::try_from(header.payload_len).unwrap_or(usize::MAX / 2);
            let Some(payload) = read.get(header.header_len..end) else { break };
            if header.command == b"ping" {
                PINGS.fetch_add(1, Ordering::Relaxed);
                out.extend(frame::encode(MAGIC, "pong", payload));
            }
            read.advance(end);
        }
        if !out.is_empty() {
            let mut write = write.lock().await;
            if write.write_all(&out).await.is_err() || write.flush().await.is_err() {
                return;
            }
        }
        out = Vec::new();
        if read.is_empty() {
            read = BytesMut::new();
        }
    }
}
