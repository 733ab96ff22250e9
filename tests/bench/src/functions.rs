//! The functions on a message's way, one by one: for criterion, and for counting their instructions.

use crate::node::library;
use crate::raw::MAGIC;
use backplane::channel::{Channel, ChannelConfig, ChannelLimits, Channels, Link};
use backplane::frame::{self, Prefix};
use backplane::hub::Hub;
use backplane::message::{Command, CommandInfo, MessageSubsystem, QueueLimits, Run};
use backplane::plugin::{PluginManager, Services};
use backplane::protocol::{Attached, ProtocolRegistry};
use backplane::settings::Settings;
use backplane_bench_work::{Report, Small, small};
use backplane_plugin::abi::{Bytes, ChunkList, FrameRange};
use backplane_plugin::{Message, Metering, SessionKind, wire};
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Waker};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Messages that are handed on together.
const BATCH: u64 = 1024;

/// What ends a measurement.
pub type Failure = Box<dyn std::error::Error>;

/// A function that does its work `count` times.
pub type Work = fn(count: u64) -> Result<(), Failure>;

/// The functions, in the order of the way.
pub const ALL: [(&str, Work); 6] = [
    ("encode 16 B", encode),
    ("put a frame", put),
    ("cut a frame", cut),
    ("dispatch in batches", dispatch),
    ("decode 16 B", decode),
    ("cross into a plug-in", cross),
];

fn encode(count: u64) -> Result<(), Failure> {
    let mut out = Vec::with_capacity(64);
    for seq in 0..count {
        out.clear();
        wire::encode_into(black_box(&small(seq)), &mut out)?;
        black_box(&out);
    }
    Ok(())
}

fn decode(count: u64) -> Result<(), Failure> {
    let payload = wire::to_bytes(&small(7))?;
    for _ in 0..count {
        black_box(wire::from_bytes::<Small>(black_box(&payload))?);
    }
    Ok(())
}

fn put(count: u64) -> Result<(), Failure> {
    // As a stream has them: one payload lies behind the other.
    let payload = wire::to_bytes(&small(7))?;
    let payloads = payload.repeat(3);
    let mut out = Vec::with_capacity(64 * 1024);
    let prefix = Prefix::new(MAGIC, Small::NAME);
    for _ in 0..count {
        if out.len() > 60 * 1024 {
            out.clear();
        }
        prefix.put_first(&mut out, black_box(&payloads), payload.len());
    }
    black_box(out);
    Ok(())
}

fn cut(count: u64) -> Result<(), Failure> {
    let out = frame::encode(MAGIC, Small::NAME, &wire::to_bytes(&small(7))?);
    for _ in 0..count {
        black_box(frame::header(black_box(&out), MAGIC)?);
    }
    Ok(())
}

/// The payloads of a batch in one storage.
fn batch() -> Result<Batch, Failure> {
    let mut bytes = Vec::new();
    let mut frames = Vec::new();
    for seq in 0..BATCH {
        let start = u32::try_from(bytes.len())?;
        wire::encode_into(&small(seq), &mut bytes)?;
        frames.push(FrameRange { start, len: u32::try_from(bytes.len())? - start });
    }
    Ok(Batch { payload_bytes: bytes.len(), bytes: bytes.into(), frames })
}

struct Batch {
    bytes: Bytes,
    frames: Vec<FrameRange>,
    payload_bytes: usize,
}

impl Batch {
    fn run(&self) -> Run {
        Run { bytes: self.bytes.clone(), frames: self.frames.clone(), payload_bytes: self.payload_bytes }
    }
}

fn dispatch(count: u64) -> Result<(), Failure> {
    let batch = batch()?;
    let messages = MessageSubsystem::new(QueueLimits::default(), &Arc::default());
    let info = CommandInfo {
        name: Small::NAME.into(),
        protocol: "bench".into(),
        max_bytes: 16,
        metering: Metering::NONE,
        check: None,
    };
    let dispatcher = messages.add(&Command::new(MAGIC, info))?;
    let subscription = dispatcher.subscribe();
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..count.div_ceil(BATCH) {
        dispatcher.dispatch(batch.run()).map_err(|_| "malformed")?;
        let mut out = ChunkList::new();
        if subscription.poll_receive(&mut cx, &mut out).is_pending() {
            return Err("nothing was queued".into());
        }
        black_box(out);
    }
    Ok(())
}

/// A plug-in loaded from its library, attached to a channel that nobody reads; its jobs run on this thread.
struct Loaded {
    runtime: Runtime,
    plugins: PluginManager,
    channel: Arc<Channel>,
    attached: Attached,
    _folder: TempDir,
}

impl Loaded {
    fn new() -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let folder = TempDir::new()?;
        let mut settings = Settings::default();
        settings.plugins.dir = folder.path().to_owned();
        settings.node.data_dir = folder.path().join("data");
        let file = "libbackplane_bench_plugin.so";
        std::os::unix::fs::symlink(library(file)?, folder.path().join(file))?;
        settings.plugin.entry("bench-plugin".to_owned()).or_default().threads = 0;
        let registry = Arc::new(ProtocolRegistry::new(MAGIC));
        let plugins = PluginManager::new(Services {
            settings: Arc::new(settings),
            channels: Arc::new(Channels::default()),
            registry: Arc::clone(&registry),
            network: runtime.handle().clone(),
            connect: None,
            hub: Hub::default(),
        });
        runtime.block_on(plugins.start_all())?;
        let channel = Channel::new(ChannelConfig {
            link: Link::default(),
            id: 1,
            session: SessionKind::Direct,
            address: "tcp://127.0.0.1:1".parse()?,
            magic: MAGIC,
            limits: Arc::new(ChannelLimits::default()),
            events: backplane::events::Events::new(),
        });
        let entered = runtime.enter();
        let mut attached = registry.attach(&channel);
        attached.start();
        drop(entered);
        Ok(Self { runtime, plugins, channel, attached, _folder: folder })
    }

    fn call(&self, method: &str, params: &serde_json::Value) -> Result<serde_json::Value, Failure> {
        let found = self.plugins.methods().into_iter().find(|other| other.name == method);
        let found = found.ok_or("the plug-in lacks a method")?;
        Ok(self.runtime.block_on(found.call(params))?)
    }
}

/// Batches that the plug-in takes, decodes and counts: dispatch, the call across, and the codec.
fn cross(count: u64) -> Result<(), Failure> {
    let mut loaded = Loaded::new()?;
    let batch = batch()?;
    let batches = count.div_ceil(BATCH);
    loaded.call("bench-plugin.expect", &json!([BATCH]))?;
    let dispatcher =
        loaded.channel.messages().find(Small::NAME.as_bytes()).ok_or("the plug-in is not attached")?;
    let dispatching = async {
        for _ in 0..batches {
            dispatcher.dispatch(batch.run()).map_err(|_| "malformed")?;
            tokio::task::yield_now().await;
        }
        Ok::<_, Failure>(())
    };
    loaded.runtime.block_on(async {
        tokio::select! {
            biased;
            done = dispatching => done,
            _ = loaded.attached.follow() => Err("the protocol failed".into()),
        }
    })?;
    let report: Report = serde_json::from_value(loaded.call("bench-plugin.report", &json!([]))?)?;
    if report.received != batches * BATCH || report.wrong > 0 {
        return Err(format!("{report:?} of {} messages", batches * BATCH).into());
    }
    Ok(())
}
