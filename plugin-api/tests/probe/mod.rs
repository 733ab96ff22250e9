//! A plug-in that does what peers and callers tell it.

use backplane_plugin::*;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// What a peer tells a protocol to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Do {
    Say(String),
    Close,
    Blame,
    Panic,
    Fail,
    /// Ends the job, well.
    Leave,
    /// Waits for ever.
    Rest,
    /// Says what time it is so many seconds later.
    After(u32),
    /// Sends so many metered messages.
    Count(u32),
    /// Sends so many texts at once.
    Stream(u32),
    Large(u32),
}

pub(crate) fn say(text: &str) -> Do {
    Do::Say(text.to_owned())
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said(pub(crate) String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Large(Bytes, String);

impl Large {
    pub(crate) fn of(bytes: u32) -> Self {
        Self(vec![7; bytes as usize].into(), "behind".to_owned())
    }
}

impl Message for Do {
    const NAME: &'static str = "probe.do";
    const MAX_BYTES: u64 = 1000;
}

impl Message for Said {
    const NAME: &'static str = "probe.said";
}

impl Message for Counted {
    const NAME: &'static str = "probe.counted";
    const METERING: Metering = Metering::per_ten_seconds(4);
}

impl Message for Large {
    const NAME: &'static str = "probe.large";
}

config! {
    pub(crate) struct ProbeConfig {
        /// Where to panic.
        pub(crate) panic_in: String = "",
        /// How many texts are kept.
        #[range(1..=100)]
        pub(crate) most: usize = 100,
    }
}

pub(crate) struct Probe {
    host: Host,
    panic_in: String,
    kept: parking_lot::Mutex<(usize, Vec<String>)>,
    connections: parking_lot::Mutex<Vec<Connection>>,
}

impl Plugin for Probe {
    type Config = ProbeConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] =
        protocols![ProtocolProbe: SessionFlags::DEFAULT, Second: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] = methods![
        said as "all_said", broadcast, wait, panic = give_up, connect, let_go, spawn, write, random, thread, tell
    ];

    fn create(host: Host, config: ProbeConfig) -> Result<Self, PluginError> {
        let kept = parking_lot::Mutex::new((config.most, Vec::new()));
        let probe =
            Self { host, panic_in: config.panic_in, kept, connections: parking_lot::Mutex::default() };
        probe.panic_in("create");
        Ok(probe)
    }

    fn reconfigure(&self, config: ProbeConfig) -> Result<(), PluginError> {
        if config.panic_in != self.panic_in {
            return Err(PluginError::needs_restart());
        }
        self.kept.lock().0 = config.most;
        Ok(())
    }

    fn pressure(&self, Pressure { resource, used, soft, hard, .. }: Pressure) {
        self.keep(format!("{resource:?} {used} of {soft}, at most {hard:?}"));
    }

    async fn stop(&self) {
        self.host.sleep(Duration::from_secs(2)).await;
    }
}

impl Probe {
    fn panic_in(&self, place: &str) {
        assert!(self.panic_in != place, "told to");
    }

    fn keep(&self, text: String) {
        let (most, kept) = &mut *self.kept.lock();
        kept.push(text);
        let surplus = kept.len().saturating_sub(*most);
        kept.drain(..surplus);
    }

    async fn said(self: Arc<Self>, _: IgnoredAny) -> Result<Vec<String>, RpcError> {
        Ok(self.kept.lock().1.clone())
    }

    async fn broadcast(self: Arc<Self>, (text,): (String,)) -> Result<usize, RpcError> {
        Ok(self.host.broadcast(&Said(text))?)
    }

    async fn wait(self: Arc<Self>, (seconds,): (u64,)) -> Result<u64, RpcError> {
        let before = self.host.unix_time();
        self.host.sleep(Duration::from_secs(seconds)).await;
        Ok((self.host.unix_time() - before).as_secs())
    }

    async fn connect(self: Arc<Self>, (address,): (String,)) -> Result<u32, RpcError> {
        let connection = self.host.connect(&address).await.map_err(PluginError::from)?;
        let id = connection.info().id;
        self.connections.lock().push(connection);
        Ok(id)
    }

    async fn let_go(self: Arc<Self>, _: IgnoredAny) -> Result<(), RpcError> {
        self.connections.lock().clear();
        Ok(())
    }

    /// The limit that is in the way of one more job.
    async fn spawn(self: Arc<Self>, _: IgnoredAny) -> Result<Option<String>, RpcError> {
        let spawned = self.host.try_spawn("more", std::future::pending::<()>());
        Ok(spawned.err().and_then(|error| error.limit().map(ToOwned::to_owned)))
    }

    async fn write(self: Arc<Self>, (name,): (String,)) -> Result<(), RpcError> {
        let file = self.host.data_dir()?.join(name);
        std::fs::write(file, "text").map_err(|error| RpcError::internal(error.to_string()))
    }

    async fn random(self: Arc<Self>, _: IgnoredAny) -> Result<u64, RpcError> {
        Ok(self.host.random())
    }

    async fn tell(self: Arc<Self>, (event, data): (String, Value)) -> Result<(), RpcError> {
        Ok(self.host.emit(&event, &data)?)
    }

    /// What a thread that is not the test's answers.
    async fn thread(self: Arc<Self>, _: IgnoredAny) -> Result<String, RpcError> {
        let answer = Arc::new(parking_lot::Mutex::new((None::<String>, None::<Waker>)));
        let slot = Arc::clone(&answer);
        std::thread::spawn(move || {
            let waiting = {
                let (answer, waker) = &mut *slot.lock();
                *answer = Some("from a thread".to_owned());
                waker.take()
            };
            waiting.into_iter().for_each(Waker::wake);
        });
        let answered = poll_fn(|cx| {
            let (answer, waker) = &mut *answer.lock();
            *waker = Some(cx.waker().clone());
            answer.take().map_or(Poll::Pending, Poll::Ready)
        });
        Ok(answered.await)
    }
}

async fn give_up(_: Arc<Probe>, _: IgnoredAny) -> Result<(), RpcError> {
    panic!("told to")
}

struct ProtocolProbe {
    probe: Arc<Probe>,
    channel: Channel,
    deeds: MessageSubscription<Do>,
}

impl Protocol<Probe> for ProtocolProbe {
    const NAME: &'static str = "probe";
    const MESSAGES: &'static [MessageInfo] = messages![Do, Said, Counted, Large];

    fn attach(probe: Arc<Probe>, channel: Channel) -> Result<Self, PluginError> {
        probe.panic_in("attach");
        Ok(Self { deeds: channel.subscribe()?, channel, probe })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        self.probe.panic_in("start");
        jobs.spawn("obey", self.obey());
    }
}

impl ProtocolProbe {
    async fn obey(self: Arc<Self>) -> Result<(), PluginError> {
        let channel = &self.channel;
        loop {
            match self.deeds.receive().await? {
                Do::Say(text) => {
                    tracing::debug!(channel = channel.info().id, text, "heard");
                    self.probe.keep(text.clone());
                    channel.send(&Said(text)).await?;
                }
                Do::Close => channel.close("told to"),
                Do::Blame => channel.misbehaved("told to"),
                Do::Panic => panic!("told to"),
                Do::Fail => return Err(PluginError::new("told to")),
                Do::Leave => return Ok(()),
                Do::Rest => std::future::pending().await,
                Do::After(seconds) => self.after(seconds).await?,
                Do::Count(number) => {
                    for _ in 0..number {
                        channel.send(&Counted).await?;
                    }
                }
                Do::Stream(number) => {
                    channel.send_all((0..number).map(|number| Said(number.to_string()))).await?;
                }
                Do::Large(bytes) => channel.send(&Large::of(bytes)).await?,
            }
        }
    }

    async fn after(&self, seconds: u32) -> Result<(), SendError> {
        const START: Duration = Duration::from_secs(1_767_225_600);
        let host = &self.probe.host;
        host.sleep(Duration::from_secs(seconds.into())).await;
        self.channel.send(&Said((host.unix_time() - START).as_secs().to_string())).await
    }
}

impl Drop for ProtocolProbe {
    fn drop(&mut self) {
        self.probe.panic_in("drop");
    }
}

/// One that peers of another implementation are assumed to speak, and that does nothing.
struct Second;

impl Protocol<Probe> for Second {
    const NAME: &'static str = "second";
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = &[];

    fn attach(_: Arc<Probe>, _: Channel) -> Result<Self, PluginError> {
        Ok(Self)
    }

    fn start(self: Arc<Self>, _: &ProtocolJobsManager) {}
}
