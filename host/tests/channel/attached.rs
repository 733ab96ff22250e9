//! Protocols on a channel: when they run, and what is left of them after its end.

use crate::kit::{command as command_info, *};
use backplane::channel::{Channel, CloseReason};
use backplane::ledger::Worked;
use backplane::message::{Command, CommandInfo, Subscription};
use backplane::protocol::{
    Attach, Attached, Behaviour, ProtocolEntry, ProtocolJobsManager, ProtocolRegistry,
};
use backplane_plugin::abi::async_ffi::FutureExt;
use backplane_plugin::abi::{AbiError, Job, SendStatus};
use backplane_plugin::{PluginError, SessionFlags};
use parking_lot::Mutex;
use std::future::{Future, pending};
use std::sync::Arc;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// A protocol whose jobs never end by themselves and own a share of `owned`.
pub(crate) struct Idle {
    pub(crate) commands: &'static [&'static str],
    pub(crate) owned: Arc<()>,
    pub(crate) jobs: usize,
    /// What a further job fails with at once.
    pub(crate) fails: Option<&'static str>,
    /// What the host was told of.
    pub(crate) failures: Arc<Mutex<Vec<String>>>,
}

struct IdleOnChannel {
    /// Held by a job, so that the commands stay subscribed to.
    subscriptions: Vec<Subscription>,
    owned: Arc<()>,
    jobs: usize,
    fails: Option<&'static str>,
}

impl Attach for Idle {
    fn attach(&self, channel: &Arc<Channel>) -> Result<Box<dyn Behaviour>, PluginError> {
        let subscribe = |name: &&str| channel.messages().find(name.as_bytes()).map(|found| found.subscribe());
        let subscriptions = self.commands.iter().filter_map(subscribe).collect();
        let (owned, jobs, fails) = (Arc::clone(&self.owned), self.jobs, self.fails);
        Ok(Box::new(IdleOnChannel { subscriptions, owned, jobs, fails }))
    }

    fn runtime(&self) -> Option<Handle> {
        None
    }

    fn failed(&self, error: &PluginError) {
        self.failures.lock().push(error.to_string());
    }
}

impl Behaviour for IdleOnChannel {
    fn start(self: Box<Self>, jobs: &Arc<ProtocolJobsManager>) -> Result<(), PluginError> {
        let Self { subscriptions, owned, jobs: count, fails } = *self;
        for _ in 0..count {
            let owned = Arc::clone(&owned);
            let idle = async move {
                let _owned = owned;
                pending().await
            };
            jobs.spawn("idle", job(idle));
        }
        let subscribed = async move {
            let _subscriptions = subscriptions;
            pending().await
        };
        jobs.spawn("subscribed", job(subscribed));
        if let Some(why) = fails {
            jobs.spawn("fails", job(async move { Err(PluginError::new(why)) }));
        }
        Ok(())
    }
}

/// A job as a host gets it, without the guard that the contract puts around it.
fn job(task: impl Future<Output = Result<(), PluginError>> + Send + 'static) -> Job {
    async move { task.await.map_err(AbiError::from).into() }.into_ffi()
}

impl Idle {
    pub(crate) fn new(commands: &'static [&'static str]) -> Self {
        Self { commands, owned: Arc::default(), jobs: 3, fails: None, failures: Arc::default() }
    }

    /// The registry's entry for it, on every session.
    pub(crate) fn entry(self, name: &str, assumed: bool) -> ProtocolEntry {
        let command = |command: &&str| {
            Command::new(MAGIC, CommandInfo { protocol: name.into(), ..command_info(command) })
        };
        ProtocolEntry {
            name: name.into(),
            version: 1,
            sessions: SessionFlags::ALL,
            assumed,
            messages: self.commands.iter().map(command).collect(),
            attach: Box::new(self),
            worked: Worked::default(),
        }
    }
}

fn registry(entries: Vec<ProtocolEntry>) -> ProtocolRegistry {
    let registry = ProtocolRegistry::new(MAGIC);
    registry.register(entries).expect("the names and commands of a test differ");
    registry
}

#[tokio::test(start_paused = true)]
async fn closing_ends_every_job_and_drops_what_jobs_own() {
    let (mut rig, _peer) = usual_rig();
    let idle = Idle::new(&["a"]);
    let owned = Arc::clone(&idle.owned);
    let registry = registry(vec![idle.entry("idle", true)]);
    let mut attached = registry.attach(&rig.channel);
    rig.start();
    attached.negotiate(None);
    attached.start();
    tokio::task::yield_now().await;
    let unowned = 2; // the test and the registry
    assert_eq!(Arc::strong_count(&owned), unowned + 3, "the jobs");
    rig.channel.close(CloseReason::Done);
    within("the end of the jobs", attached.close_all()).await;
    assert_eq!(Arc::strong_count(&owned), unowned);
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_ends_its_protocol_and_leaves_the_others() {
    let (mut rig, _peer) = usual_rig();
    let failing = Idle { fails: Some("out of luck"), ..Idle::new(&["a"]) };
    let (owned, failures) = (Arc::clone(&failing.owned), Arc::clone(&failing.failures));
    let registry = registry(vec![failing.entry("failing", true), Idle::new(&["b"]).entry("other", true)]);
    let mut attached = registry.attach(&rig.channel);
    rig.start();
    attached.negotiate(None);
    attached.start();
    within("the failure", attached.follow()).await.expect("the channel goes on");
    assert_eq!(*failures.lock(), ["out of luck"]);
    assert_eq!(Arc::strong_count(&owned), 2, "the other jobs of the protocol are gone");
    assert_eq!(attached.names().collect::<Vec<_>>(), ["other"]);
    let is_open = |name: &[u8]| rig.channel.messages().find(name).map(|command| command.is_open());
    assert_eq!(is_open(b"a"), Some(false), "a peer that sends it is not to blame");
    assert_eq!(is_open(b"b"), Some(true));
    assert_eq!(rig.channel.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_protocol_that_is_not_shared_is_dropped_without_running() {
    let (mut rig, _peer) = usual_rig();
    let idle = Idle::new(&["a"]);
    let owned = Arc::clone(&idle.owned);
    let registry = registry(vec![idle.entry("idle", false)]);
    let mut attached = registry.attach(&rig.channel);
    rig.start();
    assert!(rig.channel.messages().find(b"a").is_some());
    attached.negotiate(None);
    assert_eq!(Arc::strong_count(&owned), 2);
    assert!(rig.channel.messages().find(b"a").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_command_cannot_be_sent_before_its_protocol_has_started() {
    let (mut rig, mut peer) = usual_rig();
    let registry = registry(vec![Idle::new(&["a"]).entry("idle", true)]);
    let mut attached = registry.attach(&rig.channel);
    rig.start();
    let command = rig.channel.messages().find(b"a").expect("attaching adds the commands");
    assert_eq!(rig.channel.send(&command, b"early", false), SendStatus::Closed);
    attached.start();
    assert_eq!(rig.channel.send(&command, b"in time", false), SendStatus::Sent);
    assert_eq!(peer.frame().await, Some(("a".to_owned(), b"in time".to_vec())));
}

/// A protocol whose jobs the test spawns.
#[derive(Clone, Default)]
struct Spawned {
    jobs: Arc<Mutex<Option<Arc<ProtocolJobsManager>>>>,
    /// Where the jobs run; with their channel when `None`.
    own: Option<Handle>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Attach for Spawned {
    fn attach(&self, _: &Arc<Channel>) -> Result<Box<dyn Behaviour>, PluginError> {
        Ok(Box::new(self.clone()))
    }

    fn runtime(&self) -> Option<Handle> {
        self.own.clone()
    }

    fn failed(&self, error: &PluginError) {
        self.failures.lock().push(error.to_string());
    }
}

impl Behaviour for Spawned {
    fn start(self: Box<Self>, jobs: &Arc<ProtocolJobsManager>) -> Result<(), PluginError> {
        *self.jobs.lock() = Some(Arc::clone(jobs));
        Ok(())
    }
}

impl Spawned {
    /// The protocol, started on a channel.
    fn start(&self, channel: &Arc<Channel>) -> (Attached, Arc<ProtocolJobsManager>) {
        let entry = ProtocolEntry { attach: Box::new(self.clone()), ..Idle::new(&[]).entry("spawned", true) };
        let mut attached = registry(vec![entry]).attach(channel);
        attached.start();
        (attached, self.jobs.lock().take().expect("it has started"))
    }
}

fn own_runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().expect("threads can be started")
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_spawned_while_the_others_wait_runs_at_once() {
    let (rig, _peer) = usual_rig();
    let (mut attached, jobs) = Spawned::default().start(&rig.channel);
    jobs.spawn("waits", job(pending()));
    let (ran, has_run) = oneshot::channel();
    let late = std::thread::spawn({
        let jobs = Arc::clone(&jobs);
        move || jobs.spawn("late", job(async move { ran.send(()).map_err(|()| PluginError::new("unheard")) }))
    });
    tokio::select! {
        _ = attached.follow() => panic!("no job fails"),
        ran = has_run => ran.expect("the job tells that it runs"),
    }
    late.join().expect("spawning does not panic");
    assert_eq!(jobs.running(), 1, "the one that waits");
    attached.close_all().await;
    assert_eq!(jobs.running(), 0);
}

#[tokio::test]
async fn jobs_on_a_runtime_of_their_own_are_dropped_with_the_channel_and_fail_like_others() {
    let (rig, _peer) = usual_rig();
    let runtime = own_runtime();
    let spawned = Spawned { own: Some(runtime.handle().clone()), ..Spawned::default() };
    let (mut attached, jobs) = spawned.start(&rig.channel);
    let owned = Arc::new(());
    let held = Arc::clone(&owned);
    let holds = async move {
        let _held = held;
        pending().await
    };
    jobs.spawn("holds", job(holds));
    jobs.spawn("fails", job(async { Err(PluginError::new("out of luck")) }));
    within("the failure", attached.follow()).await.expect("the channel goes on");
    assert_eq!(*spawned.failures.lock(), ["out of luck"]);
    assert_eq!(Arc::strong_count(&owned), 1, "the other job is gone with it");
    assert_eq!(attached.names().count(), 0);

    let (attached, jobs) = spawned.start(&rig.channel);
    let held = Arc::clone(&owned);
    let holds = async move {
        let _held = held;
        pending().await
    };
    jobs.spawn("holds", job(holds));
    within("the end", attached.close_all()).await;
    assert_eq!(Arc::strong_count(&owned), 1, "the job is gone when the end is");
    runtime.shutdown_background();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_spawned_after_the_end_is_dropped() {
    let (rig, _peer) = usual_rig();
    let (attached, jobs) = Spawned::default().start(&rig.channel);
    attached.close_all().await;
    let owned = Arc::new(());
    let held = Arc::clone(&owned);
    let late = async move {
        drop(held);
        Ok(())
    };
    jobs.spawn("late", job(late));
    assert_eq!((Arc::strong_count(&owned), jobs.running()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_panics_without_a_guard_of_its_own_ends_its_protocol_only() {
    let (rig, _peer) = usual_rig();
    let spawned = Spawned::default();
    let (mut attached, jobs) = spawned.start(&rig.channel);
    jobs.spawn("panics", job(async { panic!("out of luck") }));
    within("the failure", attached.follow()).await.expect("the channel goes on");
    assert_eq!(spawned.failures.lock().len(), 1);
    assert_eq!((attached.names().count(), rig.channel.close_reason()), (0, None));
}
