//! The simulated host as a test drives it.

use super::call::Pending;
use super::kit::Kit;
use super::limits::TestLimits;
use super::node::Node;
use super::peer::{PeerSetup, TestPeer};
use super::report::{Emitted, Failure, LogEvent};
use crate::abi::{PressureDecl, Reconfigured};
use crate::error::PluginError;
use crate::plugin::{Plugin, Resource};
use crate::rpc::RpcError;
use crate::session::SessionKind;
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing::Level;

/// How long another thread may let a test wait.
const THREAD_LIMIT: Duration = Duration::from_secs(10);

/// A simulated host that runs the plug-in `P`.
///
/// Nothing runs by itself: [`run`](Self::run), [`advance`](Self::advance) and [`call`](Self::call) do, until everything
/// waits. A failure or panic of the plug-in's that the test does not ask for with
/// [`take_failures`](Self::take_failures) fails the test when the host is dropped.
pub struct TestHost<P: Plugin> {
    pub(super) kit: Kit,
    plugin: PhantomData<fn() -> P>,
}

/// What a [`TestHost`] is made with.
#[derive(Debug, Clone)]
pub struct TestSetup {
    config: Value,
    limits: TestLimits,
    seed: u64,
    folder: Option<PathBuf>,
}

impl Default for TestSetup {
    fn default() -> Self {
        Self {
            config: Value::Object(serde_json::Map::new()),
            limits: TestLimits::default(),
            seed: 1,
            folder: None,
        }
    }
}

impl TestSetup {
    /// The plug-in's configuration, as `[plugin.NAME.config]` would be in JSON; empty unless it is said.
    #[must_use]
    pub fn config(mut self, config: Value) -> Self {
        self.config = config;
        self
    }

    /// How much the host grants.
    #[must_use]
    pub fn limits(mut self, limits: TestLimits) -> Self {
        self.limits = limits;
        self
    }

    /// What the random numbers follow from.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The plug-in's folder; one that goes with the host unless it is said.
    #[must_use]
    pub fn data_dir(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Makes the host and the plug-in.
    ///
    /// # Errors
    ///
    /// What the plug-in says, also of its configuration.
    pub fn start<P: Plugin>(self) -> Result<TestHost<P>, PluginError> {
        let node = Node::new(self.limits, self.seed, self.folder);
        Ok(TestHost { kit: Kit::new::<P>(node, &self.config)?, plugin: PhantomData })
    }
}

impl<P: Plugin> TestHost<P> {
    /// A host whose plug-in has this configuration, as `[plugin.NAME.config]` would be in JSON.
    ///
    /// # Errors
    ///
    /// What the plug-in says, also of its configuration.
    pub fn new(config: Value) -> Result<Self, PluginError> {
        TestSetup::default().config(config).start()
    }

    /// A peer that speaks all of the plug-in's protocols, on a channel of this session.
    #[must_use]
    pub fn connect(&self, session: SessionKind) -> TestPeer {
        self.peer().session(session).connect()
    }

    /// A peer of which there is more to say.
    #[must_use]
    pub const fn peer(&self) -> PeerSetup<'_, P> {
        PeerSetup::new(self)
    }

    /// The peers of all channels that have not ended, in the order in which they were connected.
    #[must_use]
    pub fn peers(&self) -> Vec<TestPeer> {
        self.kit.node.links().into_iter().map(|link| TestPeer { link }).collect()
    }

    /// Runs the plug-in until everything in it waits for time, for peers, or for threads of its own.
    ///
    /// # Panics
    ///
    /// When it does not come to rest.
    pub fn run(&self) {
        self.kit.run();
    }

    /// Lets time go by for the plug-in, from one event to the next, and runs it.
    ///
    /// # Panics
    ///
    /// When it does not come to rest.
    pub fn advance(&self, time: Duration) {
        self.kit.advance(time);
    }

    /// Runs the plug-in until the test is content; for plug-ins with threads of their own.
    ///
    /// # Panics
    ///
    /// When for ten seconds of the real world no thread wakes anything.
    pub fn run_until(&self, what: &str, mut done: impl FnMut() -> bool) {
        loop {
            self.run();
            if done() {
                return;
            }
            let woken = self.kit.node.executor.wait(THREAD_LIMIT);
            assert!(woken, "nothing has happened for {THREAD_LIMIT:?} while waiting for {what}");
        }
    }

    /// How much time has gone by since the host was made.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.kit.node.clock.now()
    }

    /// Calls an RPC method by the name behind the plug-in's or by an alias, and runs until it has answered.
    ///
    /// # Errors
    ///
    /// What the method answers.
    ///
    /// # Panics
    ///
    /// When the answer takes time: then [`ask`](Self::ask), and let time go by.
    pub fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let pending = self.ask(method, params);
        self.run();
        let answer = pending.take();
        answer.unwrap_or_else(|| panic!("{method} waits; begin it with `ask`, and let time go by"))
    }

    /// Begins to call an RPC method; it goes on while the host is run.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a literal, most often")]
    pub fn ask(&self, method: &str, params: Value) -> Pending<Result<Value, RpcError>> {
        let found =
            P::METHODS.iter().position(|entry| entry.name() == method || entry.aliases().contains(&method));
        let Some(index) = found else {
            return Pending::known(Err(RpcError::new(-32601, "method not found")));
        };
        let answer = self.kit.enter(|plugin| plugin.rpc(index, &params));
        Pending::begin(&self.kit, method, answer)
    }

    /// Gives the plug-in a changed configuration, as a reload does: it is read, and then taken over.
    ///
    /// # Errors
    ///
    /// Why it is not taken over.
    #[expect(clippy::needless_pass_by_value, reason = "a literal, most often")]
    pub fn reconfigure(&self, config: Value) -> Result<Reconfigured, PluginError> {
        self.kit.enter(|plugin| {
            plugin.reconfigure(&config, false)?;
            plugin.reconfigure(&config, true)
        })
    }

    /// Tells the plug-in that something is running out; `hard` of 0 is no limit.
    pub fn pressure(&self, resource: Resource, used: u64, (soft, hard): (u64, u64)) {
        let resource = match resource {
            Resource::Heap => 0,
            Resource::DataFolder => 1,
        };
        self.kit.enter(|plugin| plugin.pressure(PressureDecl { resource, used, soft, hard }));
    }

    /// Stops the plug-in as a node does: channels close, jobs end, then [`Plugin::stop`] has its time.
    ///
    /// # Errors
    ///
    /// When stopping panics, or takes longer than the limit.
    pub fn stop(&self) -> Result<(), PluginError> {
        self.kit.shut_down();
        let stop = self.kit.enter(|plugin| plugin.stop());
        let stopped = Pending::begin(&self.kit, "stop", stop);
        let end = self.now().saturating_add(self.kit.node.limits.stop);
        self.kit.advance_until(end, || stopped.is_ready());
        stopped.take().unwrap_or_else(|| Err(PluginError::new("the plug-in did not stop in time")))
    }

    /// Lets somebody answer at this address, for [`Host::connect`](crate::Host::connect).
    pub fn answers_at(&self, address: &str) {
        self.kit.node.dials.allow(address);
    }

    /// Every address that the plug-in has asked for a channel to, in order.
    #[must_use]
    pub fn dialled(&self) -> Vec<String> {
        self.kit.node.dials.dialled()
    }

    /// How many jobs of the plug-in and its protocols have not ended.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.kit.jobs()
    }

    /// The plug-in's folder.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn data_dir(&self) -> Result<PathBuf, PluginError> {
        self.kit.node.data_dir()
    }

    /// How much of the log is taken: everything unless it is said.
    pub fn set_log_level(&self, level: Level) {
        self.kit.node.set_level(level);
    }

    /// What the plug-in has logged.
    #[must_use]
    pub fn events(&self) -> Vec<LogEvent> {
        self.kit.node.events()
    }

    /// The events that the plug-in has emitted.
    #[must_use]
    pub fn emitted(&self) -> Vec<Emitted> {
        self.kit.node.emitted()
    }

    /// The events that the plug-in has emitted since the last call.
    #[must_use]
    pub fn take_emitted(&self) -> Vec<Emitted> {
        self.kit.node.take_emitted()
    }

    /// What has failed or panicked since the last call.
    #[must_use]
    pub fn take_failures(&self) -> Vec<Failure> {
        self.kit.node.take_failures()
    }
}

impl<P: Plugin> fmt::Debug for TestHost<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestHost").field(&self.kit).finish()
    }
}

impl<P: Plugin> Drop for TestHost<P> {
    fn drop(&mut self) {
        self.kit.end();
        let failures = self.take_failures();
        if !failures.is_empty() && !std::thread::panicking() {
            panic!("the plug-in failed, and the test did not ask: {failures:#?}");
        }
    }
}
