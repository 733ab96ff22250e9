//! The baselines: the least that raw sockets have to do for the same frames.

use crate::busy::Busy;
use crate::child::{Failure, Role};
use crate::connection::{Connection, Connections, Duplex};
use crate::idle;
use backplane::frame::{self, Magic, Prefix};
use backplane_bench_work::{Large, Report, SMALL, Small, large, small};
use backplane_plugin::{Message, wire};
use bytes::{Buf, BytesMut};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What the frames of every measured network begin with: the default.
pub(crate) const MAGIC: Magic = [0xd9, 0xef, 0xb6, 0x7d];
/// What the limit writes and reads at once.
const BLOCK: usize = 256 * 1024;

/// A raw process: a reader that cuts and counts, or a writer that writes.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    tally: Arc<Tally>,
    made: Connections,
    connections: Vec<Connection>,
    tasks: JoinSet<()>,
    busy: Busy,
}

#[derive(Debug, Default)]
struct Tally {
    received: AtomicU64,
    wrong: AtomicU64,
    expected: AtomicU64,
    nanos: AtomicU64,
}

impl Role for Raw {
    async fn act(&mut self, what: &str, with: Value) -> Result<Value, Failure> {
        let number = |at: usize| with.get(at).and_then(Value::as_u64).unwrap_or_default();
        match what {
            "listen" => self.listen().await,
            "connect" => self.connect(number(0), number(1)).await,
            "expect" => {
                self.tally.received.store(0, Ordering::Relaxed);
                self.tally.wrong.store(0, Ordering::Relaxed);
                self.tally.nanos.store(0, Ordering::Relaxed);
                self.tally.expected.store(number(0), Ordering::Release);
                Ok(Value::Null)
            }
            "report" => Ok(json!(self.tally.report())),
            "limit" => self.stream_limit(usize::try_from(number(0))?, number(1)).await,
            "queued" => self.stream_queued(usize::try_from(number(0))?, number(1)).await,
            "ask" => self.ask(usize::try_from(number(0))?, number(1)).await,
            "fan_out" => self.fan_out(number(0)).await,
            "hello" => hello(&self.made, number(0), number(1)).await,
            "idle" => idle::connect(&mut self.tasks, &self.made, number(0), number(1)).await,
            "idle_listen" => idle::listen(&mut self.tasks, &self.made).await,
            "busy" => self.busy.connect(number(0), number(1)).await,
            "go" => Ok(self.busy.go()),
            "halt" => Ok(self.busy.halt().await),
            "pings" => Ok(json!(idle::pings())),
            other => Err(format!("a raw process cannot {other}").into()),
        }
    }
}

impl Tally {
    fn report(&self) -> Report {
        Report {
            received: self.received.load(Ordering::Acquire),
            wrong: self.wrong.load(Ordering::Acquire),
            nanos: self.nanos.load(Ordering::Acquire),
        }
    }
}

impl Raw {
    /// One whose connections are made like this.
    pub(crate) fn new(made: Connections) -> Self {
        Self { made, ..Self::default() }
    }

    async fn listen(&mut self) -> Result<Value, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (tally, made) = (Arc::clone(&self.tally), self.made.clone());
        self.tasks.spawn(async move {
            let mut readers = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (tally, made) = (Arc::clone(&tally), made.clone());
                readers.spawn(async move {
                    if let Ok(stream) = made.set_up(stream).await {
                        serve(stream, tally).await;
                    }
                });
            }
        });
        Ok(json!(port))
    }

    async fn connect(&mut self, port: u64, count: u64) -> Result<Value, Failure> {
        for _ in 0..count {
            self.connections.push(self.made.connect(port).await?);
        }
        Ok(Value::Null)
    }

    fn connection(&mut self) -> Result<&mut Connection, Failure> {
        self.connections.first_mut().ok_or_else(|| "there is no connection".into())
    }

    /// Frames straight into one buffer, written whole.
    async fn stream_limit(&mut self, bytes: usize, count: u64) -> Result<Value, Failure> {
        let stream = self.connection()?;
        let mut out = Vec::with_capacity(2 * BLOCK);
        let mut frames = Frames::new(bytes);
        for seq in 0..count {
            frames.put(&mut out, seq)?;
            if out.len() >= BLOCK {
                stream.write_all(&out).await?;
                out.clear();
            }
        }
        stream.write_all(&out).await?;
        stream.flush().await?;
        Ok(Value::Null)
    }

    /// One bounded queue into a writer that batches.
    async fn stream_queued(&mut self, bytes: usize, count: u64) -> Result<Value, Failure> {
        let (sender, mut frames) = mpsc::channel::<Vec<u8>>(1024);
        let mut producing = JoinSet::new();
        producing.spawn(async move {
            let mut frames = Frames::new(bytes);
            for seq in 0..count {
                let mut frame = Vec::new();
                frames.put(&mut frame, seq).map_err(|error| error.to_string())?;
                sender.send(frame).await.map_err(|error| error.to_string())?;
            }
            Ok::<_, String>(())
        });
        let stream = self.connection()?;
        let (mut batch, mut out) = (Vec::new(), Vec::new());
        while frames.recv_many(&mut batch, 1024).await > 0 {
            batch.drain(..).for_each(|frame| out.extend_from_slice(&frame));
            stream.write_all(&out).await?;
            stream.flush().await?;
            out.clear();
        }
        producing.join_all().await.into_iter().collect::<Result<(), String>>()?;
        Ok(Value::Null)
    }

    /// One question after the other: the nanoseconds of each.
    async fn ask(&mut self, bytes: usize, count: u64) -> Result<Value, Failure> {
        let stream = self.connection()?;
        let (mut out, mut payload, mut times) = (Vec::new(), Vec::new(), Vec::new());
        let prefix = Prefix::new(MAGIC, "bench.ask");
        let mut read = BytesMut::new();
        for seq in 0..count {
            let asked = now();
            out.clear();
            payload.clear();
            wire::encode_into(&large(seq, bytes), &mut payload)?;
            prefix.put(&mut out, &payload);
            stream.write_all(&out).await?;
            while read.len() < out.len() {
                stream.read_buf(&mut read).await?;
            }
            if read.get(out.len() - bytes..out.len()) != Some(payload.as_slice()) {
                return Err(format!("the answer to {seq} is another one").into());
            }
            read.advance(out.len());
            times.push(u64::try_from(asked.elapsed().as_nanos())?);
        }
        Ok(json!(times))
    }

    /// The same small frames to every connection.
    async fn fan_out(&mut self, count: u64) -> Result<Value, Failure> {
        let mut out = Vec::with_capacity(BLOCK);
        let mut frames = Frames::new(SMALL);
        for seq in 0..count {
            frames.put(&mut out, seq)?;
            if out.len() >= BLOCK / 8 || seq + 1 == count {
                for stream in &mut self.connections {
                    stream.write_all(&out).await?;
                }
                out.clear();
            }
        }
        Ok(json!(count * self.connections.len() as u64))
    }
}

/// Makes the frames of a stream.
struct Frames {
    prefix: Prefix,
    payload: Vec<u8>,
    bytes: usize,
}

impl Frames {
    fn new(bytes: usize) -> Self {
        let command = if bytes == SMALL { Small::NAME } else { Large::NAME };
        Self { prefix: Prefix::new(MAGIC, command), payload: Vec::new(), bytes }
    }

    fn put(&mut self, out: &mut Vec<u8>, seq: u64) -> Result<(), wire::Error> {
        self.payload.clear();
        if self.bytes == SMALL {
            wire::encode_into(&small(seq), &mut self.payload)?;
        } else {
            wire::encode_into(&large(seq, self.bytes), &mut self.payload)?;
        }
        self.prefix.put(out, &self.payload);
        Ok(())
    }
}

/// Cuts and counts frames; answers questions and hellos.
async fn serve(mut stream: impl Duplex, tally: Arc<Tally>) {
    let mut read = BytesMut::with_capacity(BLOCK);
    let (mut first, mut next) = (now(), 0);
    loop {
        read.reserve(BLOCK);
        if !matches!(stream.read_buf(&mut read).await, Ok(1..)) {
            return;
        }
        if read.starts_with(b"hello   ") {
            let _ = stream.write_all(b"hello   ").await;
            let _ = stream.flush().await;
            return;
        }
        let (mut cut, mut wrong, mut counted) = (0, 0, 0);
        while let Ok(Some(header)) = frame::header(read.get(cut..).unwrap_or_default(), MAGIC) {
            let start = cut + header.header_len;
            let end = start + usize::try_from(header.payload_len).unwrap_or(usize::MAX / 2);
            let Some(payload) = read.get(start..end) else { break };
            if header.command == b"bench.ask" {
                let frame = read.get(cut..end).unwrap_or_default().to_vec();
                if stream.write_all(&frame).await.is_err() {
                    return;
                }
            } else {
                let seq = payload.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)).unwrap_or_default();
                if seq == 0 {
                    (first, next) = (now(), 0);
                }
                wrong += u64::from(seq != next);
                next += 1;
                counted += 1;
            }
            cut = end;
        }
        read.advance(cut);
        tally.wrong.fetch_add(wrong, Ordering::AcqRel);
        let nanos = u64::try_from(first.elapsed().as_nanos()).unwrap_or(u64::MAX);
        tally.nanos.fetch_max(nanos, Ordering::AcqRel);
        tally.received.fetch_add(counted, Ordering::AcqRel);
    }
}

/// Connections with eight bytes each way, one after the other: how many nanoseconds they took in all.
async fn hello(made: &Connections, port: u64, count: u64) -> Result<Value, Failure> {
    let started = now();
    for _ in 0..count {
        let mut stream = made.connect(port).await?;
        stream.write_all(b"hello   ").await?;
        stream.flush().await?;
        let mut answer = [0; 8];
        stream.read_exact(&mut answer).await?;
    }
    Ok(json!(u64::try_from(started.elapsed().as_nanos())?))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}
