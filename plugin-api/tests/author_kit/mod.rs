//! A host, a channel and jobs that answer as they are told and remember what they were asked.

use async_ffi::{FfiContext, FfiFuture, FfiPoll, FutureExt};
use backplane_plugin::abi::abi_stable::sabi_trait::TD_Opaque;
use backplane_plugin::abi::abi_stable::std_types::{RArc, RResult, RSlice, RStr, RString, RVec};
use backplane_plugin::abi::async_ffi;
use backplane_plugin::abi::*;
use backplane_plugin::{
    Channel, MessageInfo, PluginError, Protocol, ProtocolEntry, ProtocolJobsManager, ProtocolRegistry,
    SessionFlags,
};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Polls a future that is woken only by itself.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
    panic!("the future is still pending after 100 polls")
}

/// A host and a channel.
pub(crate) fn fakes() -> (FakeHost, FakeChannel) {
    (FakeHost::default(), FakeChannel::default())
}

#[derive(Clone, Default)]
pub(crate) struct FakeHost(Arc<HostState>);

#[derive(Default)]
struct HostState {
    slept: Mutex<Vec<u64>>,
    broadcasts: Mutex<Vec<(String, Vec<u8>)>>,
    panics: Mutex<Vec<(String, String)>>,
    jobs: Mutex<Vec<Job>>,
}

impl FakeHost {
    pub(crate) fn object(&self) -> HostArc {
        HostObject_TO::from_ptr(RArc::new(self.clone()), TD_Opaque)
    }

    pub(crate) fn slept(&self) -> Vec<u64> {
        self.0.slept.lock().clone()
    }

    pub(crate) fn broadcasts(&self) -> Vec<(String, Vec<u8>)> {
        self.0.broadcasts.lock().clone()
    }

    pub(crate) fn panics(&self) -> Vec<(String, String)> {
        self.0.panics.lock().clone()
    }

    pub(crate) fn jobs(&self) -> Vec<Job> {
        std::mem::take(&mut *self.0.jobs.lock())
    }
}

impl HostObject for FakeHost {
    fn data_dir(&self) -> RResult<RString, AbiError> {
        RResult::RErr(AbiError::failed("no folder"))
    }

    fn channels(&self) -> RVec<ChannelDecl> {
        RVec::new()
    }

    fn broadcast(&self, command: RStr<'_>, payload: RSlice<'_, u8>) -> u32 {
        self.0.broadcasts.lock().push((command.into(), payload.to_vec()));
        3
    }

    fn sleep(&self, nanos: u64) -> FfiFuture<()> {
        self.0.slept.lock().push(nanos);
        async {}.into_ffi()
    }

    fn unix_nanos(&self) -> u64 {
        0
    }

    fn random(&self) -> u64 {
        4
    }

    fn spawn(&self, _: RStr<'_>, job: Job) {
        self.0.jobs.lock().push(job);
    }

    fn log_level(&self) -> u8 {
        0
    }

    fn log(&self, _: LogRecord<'_>) {}

    fn panicked(&self, what: RStr<'_>, error: AbiError) {
        self.0.panics.lock().push((what.into(), error.message.into()));
    }
}

/// Batches of chunks of payloads.
type Batches = VecDeque<Vec<Vec<Vec<u8>>>>;

#[derive(Clone, Default)]
pub(crate) struct FakeChannel(Arc<ChannelState>);

#[derive(Default)]
struct ChannelState {
    answers: Mutex<VecDeque<SendStatus>>,
    sent: Mutex<Vec<(String, bool)>>,
    waits: Mutex<u32>,
    batches: Mutex<Batches>,
    misbehaviour: Mutex<Vec<String>>,
    taken: Mutex<Vec<(Vec<u8>, Vec<Part>)>>,
}

impl FakeChannel {
    pub(crate) fn object(&self) -> ChannelArc {
        ChannelObject_TO::from_ptr(RArc::new(self.clone()), TD_Opaque)
    }

    /// What sending answers, in order.
    pub(crate) fn answer(&self, statuses: impl IntoIterator<Item = SendStatus>) {
        self.0.answers.lock().extend(statuses);
    }

    /// What subscriptions receive, in batches of chunks.
    pub(crate) fn queue<const N: usize>(&self, batches: [Vec<Vec<&[u8]>>; N]) {
        let owned = |chunk: Vec<&[u8]>| chunk.into_iter().map(<[u8]>::to_vec).collect();
        let batches = batches.into_iter().map(|batch| batch.into_iter().map(owned).collect());
        self.0.batches.lock().extend(batches);
    }

    pub(crate) fn sent(&self) -> Vec<(&'static str, bool)> {
        let sent = self.0.sent.lock();
        sent.iter()
            .map(|(command, prepaid)| (if command == "text" { "text" } else { "other" }, *prepaid))
            .collect()
    }

    /// The payloads that were taken, each with its parts.
    pub(crate) fn taken(&self) -> Vec<(Vec<u8>, Vec<Part>)> {
        self.0.taken.lock().clone()
    }

    pub(crate) fn waits(&self) -> u32 {
        *self.0.waits.lock()
    }

    pub(crate) fn misbehaviour(&self) -> Vec<String> {
        self.0.misbehaviour.lock().clone()
    }

    /// The channel as a protocol that is attached to it gets it.
    pub(crate) fn channel(&self, host: &FakeHost) -> Channel {
        let registry =
            ProtocolRegistry::<Taken>::new(vec![ProtocolEntry::of::<Taker>(SessionFlags::ALL)], &[]);
        let taken = Arc::new(Taken::default());
        let calls = Calls {
            stop: |_| Box::pin(async {}),
            reconfigure: |_, _, _| Ok(Reconfigured::NeedsRestart),
            pressure: |_, _| {},
        };
        let plugin = build(Arc::clone(&taken), registry, host.object(), calls);
        assert!(plugin.attach(0, self.object()).is_ok());
        taken.0.lock().take().expect("attaching leaves the channel there")
    }
}

/// Where a protocol leaves its channel for the test.
#[derive(Default)]
struct Taken(Mutex<Option<Channel>>);

struct Taker;

impl Protocol<Taken> for Taker {
    const NAME: &'static str = "taker";
    const MESSAGES: &'static [MessageInfo] = &[];

    fn attach(taken: Arc<Taken>, channel: Channel) -> Result<Self, PluginError> {
        *taken.0.lock() = Some(channel);
        Ok(Self)
    }

    fn start(self: Arc<Self>, _: &ProtocolJobsManager) {}
}

impl ChannelObject for FakeChannel {
    fn info(&self) -> ChannelDecl {
        ChannelDecl { id: 1, session: 1, address: "tcp://127.0.0.1:1/".into() }
    }

    fn subscribe(&self, _: RStr<'_>) -> RResult<SubscriptionBox, AbiError> {
        RResult::ROk(SubscriptionObject_TO::from_value(FakeSubscription(Arc::clone(&self.0)), TD_Opaque))
    }

    fn try_send(
        &self,
        command: RStr<'_>,
        payload: RSlice<'_, u8>,
        parts: RSlice<'_, Part>,
        prepaid: bool,
    ) -> SendStatus {
        let status = self.0.answers.lock().pop_front().unwrap_or(SendStatus::Closed);
        if status == SendStatus::Sent {
            self.0.taken.lock().push((payload.to_vec(), parts.to_vec()));
        }
        self.0.sent.lock().push((command.into(), prepaid));
        status
    }

    fn poll_writable(&self, _: &mut FfiContext<'_>) -> FfiPoll<()> {
        *self.0.waits.lock() += 1;
        FfiPoll::Ready(())
    }

    fn close(&self, _: RStr<'_>) {}

    fn misbehaved(&self, what: RStr<'_>) {
        self.0.misbehaviour.lock().push(what.into());
    }

    /// Takes at most two at a time, and then has the status that comes next.
    fn try_send_many(&self, _: RStr<'_>, payloads: RSlice<'_, u8>, lengths: RSlice<'_, u32>) -> SentMany {
        let mut start = 0;
        for length in lengths.iter().take(2) {
            let end = start + *length as usize;
            self.0.taken.lock().push((payloads[start..end].to_vec(), Vec::new()));
            start = end;
        }
        if lengths.len() <= 2 {
            return SentMany { taken: lengths.len(), status: SendStatus::Sent };
        }
        SentMany { taken: 2, status: self.0.answers.lock().pop_front().unwrap_or(SendStatus::Closed) }
    }
}

struct FakeSubscription(Arc<ChannelState>);

impl SubscriptionObject for FakeSubscription {
    fn poll_receive(&self, _: &mut FfiContext<'_>, out: &mut RVec<Chunk>) -> FfiPoll<bool> {
        let Some(batch) = self.0.batches.lock().pop_front() else { return FfiPoll::Ready(false) };
        out.extend(batch.iter().map(|payloads| chunk(payloads)));
        FfiPoll::Ready(true)
    }
}

fn chunk(payloads: &[Vec<u8>]) -> Chunk {
    let mut frames = RVec::new();
    let mut start = 0;
    for payload in payloads {
        let len = u32::try_from(payload.len()).expect("payloads of tests are small");
        frames.push(FrameRange { start, len });
        start += len;
    }
    Chunk { bytes: payloads.concat().into(), frames }
}

#[derive(Clone, Default)]
pub(crate) struct FakeJobs(Arc<Mutex<Vec<(String, Job)>>>);

impl FakeJobs {
    pub(crate) fn object(&self) -> JobsArc {
        JobsObject_TO::from_ptr(RArc::new(self.clone()), TD_Opaque)
    }

    pub(crate) fn take(&self) -> Vec<(String, Job)> {
        std::mem::take(&mut *self.0.lock())
    }
}

impl JobsObject for FakeJobs {
    fn spawn(&self, name: RStr<'static>, job: Job) {
        self.0.lock().push((name.into(), job));
    }
}
