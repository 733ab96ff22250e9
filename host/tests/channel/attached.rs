//! Protocols on a channel: when they run, and what is left of them after its end.

use crate::kit::{command as command_info, *};
use backplane::channel::{Channel, CloseReason};
use backplane::message::{CommandInfo, Subscription};
use backplane::protocol::{Attach, Behaviour, ProtocolEntry, ProtocolJobsManager, ProtocolRegistry};
use backplane_plugin::abi::SendStatus;
use backplane_plugin::{PluginError, SessionFlags};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::runtime::Handle;

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
    /// Held, so that the commands are subscribed to.
    _subscriptions: Vec<Subscription>,
    owned: Arc<()>,
    jobs: usize,
    fails: Option<&'static str>,
}

impl Attach for Idle {
    fn attach(&self, channel: &Arc<Channel>) -> Result<Box<dyn Behaviour>, PluginError> {
        let subscribe = |name: &&str| channel.messages().find(name.as_bytes()).map(|found| found.subscribe());
        let _subscriptions = self.commands.iter().filter_map(subscribe).collect();
        let (owned, jobs, fails) = (Arc::clone(&self.owned), self.jobs, self.fails);
        Ok(Box::new(IdleOnChannel { _subscriptions, owned, jobs, fails }))
    }

    fn runtime(&self) -> Handle {
        Handle::current()
    }

    fn failed(&self, error: &PluginError) {
        self.failures.lock().push(error.to_string());
    }
}

impl Behaviour for IdleOnChannel {
    fn start(&self, jobs: &Arc<ProtocolJobsManager>) -> Result<(), PluginError> {
        for _ in 0..self.jobs {
            let owned = Arc::clone(&self.owned);
            jobs.spawn("idle", async move {
                let _owned = owned;
                std::future::pending().await
            });
        }
        if let Some(why) = self.fails {
            jobs.spawn("fails", async move { Err(PluginError::new(why)) });
        }
        Ok(())
    }
}

impl Idle {
    pub(crate) fn new(commands: &'static [&'static str]) -> Self {
        Self { commands, owned: Arc::default(), jobs: 3, fails: None, failures: Arc::default() }
    }

    /// The registry's entry for it, on every session.
    pub(crate) fn entry(self, name: &str, assumed: bool) -> ProtocolEntry {
        let info = |command: &&str| CommandInfo { protocol: name.into(), ..command_info(command) };
        ProtocolEntry {
            name: name.into(),
            version: 1,
            sessions: SessionFlags::ALL,
            assumed,
            messages: self.commands.iter().map(info).collect(),
            attach: Box::new(self),
        }
    }
}

fn registry(entries: Vec<ProtocolEntry>) -> ProtocolRegistry {
    let registry = ProtocolRegistry::new();
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
    assert_eq!(Arc::strong_count(&owned), unowned + 1 + 3, "the protocol and its jobs");
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
    within("the failure", attached.failure()).await;
    assert_eq!(*failures.lock(), ["out of luck"]);
    assert_eq!(Arc::strong_count(&owned), 2, "the other jobs of the protocol are gone");
    assert_eq!(attached.names().collect::<Vec<_>>(), ["other"]);
    assert!(rig.channel.messages().find(b"a").is_none());
    assert!(rig.channel.messages().find(b"b").is_some_and(|command| command.is_open()));
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
