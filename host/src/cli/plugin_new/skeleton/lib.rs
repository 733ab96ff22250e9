//! skeleton: greets every peer, and keeps what peers greet with.

use backplane_plugin::{
    Channel, Closed, Host, Message, MessageInfo, MessageSubscription, MethodEntry, Plugin,
    PluginError, Protocol, ProtocolEntry, ProtocolJobsManager, RpcError, SendError, SessionFlags,
    config, export_plugin, measure_heap, messages, methods, protocols,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What peers say to each other. The name is what stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The text.
    pub text: String,
}

impl Message for Greeting {
    const NAME: &'static str = "skeleton.greeting";
    /// A peer that sends more is closed before it has sent it.
    const MAX_BYTES: u64 = 1024;
}

config! {
    /// `[plugin.skeleton.config]`.
    #[derive(Debug, Clone)]
    pub struct GreeterConfig {
        /// What peers are greeted with; empty greets nobody.
        pub greeting: String = "hello",
        /// How many greetings are kept; the oldest go first.
        #[range(1..=10_000)]
        pub kept: usize = 100,
    }
}

/// The plug-in: one value for the whole node.
#[derive(Debug)]
pub struct Greeter {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    config: GreeterConfig,
    heard: VecDeque<String>,
}

impl Plugin for Greeter {
    type Config = GreeterConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] =
        protocols![ProtocolGreet: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] = methods![heard];

    fn create(_: Host, config: GreeterConfig) -> Result<Self, PluginError> {
        let heard = VecDeque::new();
        Ok(Self {
            state: Mutex::new(State { config, heard }),
        })
    }

    fn reconfigure(&self, config: GreeterConfig) -> Result<(), PluginError> {
        let mut state = self.state();
        state.config = config;
        state.make_room();
        Ok(())
    }
}

impl Greeter {
    /// The RPC method: what peers have greeted with, oldest first. It takes any parameters.
    async fn heard(self: Arc<Self>, _: IgnoredAny) -> Result<Vec<String>, RpcError> {
        Ok(self.state().heard.iter().cloned().collect())
    }

    /// Held for a moment only, and never across an `await`.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, text: String) {
        self.heard.push_back(text);
        self.make_room();
    }

    fn make_room(&mut self) {
        let surplus = self.heard.len().saturating_sub(self.config.kept);
        self.heard.drain(..surplus);
    }
}

/// The protocol: one value for each channel.
#[derive(Debug)]
struct ProtocolGreet {
    greeter: Arc<Greeter>,
    channel: Channel,
    greetings: MessageSubscription<Greeting>,
}

impl Protocol<Greeter> for ProtocolGreet {
    const NAME: &'static str = "skeleton";
    const MESSAGES: &'static [MessageInfo] = messages![Greeting];

    /// Nothing has been read from the channel yet: who subscribes here misses nothing.
    fn attach(greeter: Arc<Greeter>, channel: Channel) -> Result<Self, PluginError> {
        let greetings = channel.subscribe()?;
        Ok(Self {
            greeter,
            channel,
            greetings,
        })
    }

    /// The peer speaks the protocol: its jobs run until the channel ends.
    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("greet", Arc::clone(&self).greet());
        jobs.spawn("listen", self.listen());
    }
}

impl ProtocolGreet {
    async fn greet(self: Arc<Self>) -> Result<(), SendError> {
        let text = self.greeter.state().config.greeting.clone();
        if text.is_empty() {
            return Ok(());
        }
        self.channel.send(&Greeting { text }).await
    }

    async fn listen(self: Arc<Self>) -> Result<(), Closed> {
        loop {
            let Greeting { text } = self.greetings.receive().await?;
            tracing::info!(peer = %self.channel.info().address, text, "a peer greets");
            self.greeter.state().keep(text);
        }
    }
}

export_plugin!(Greeter);
measure_heap!();
