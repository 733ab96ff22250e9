//! Chat: lines of text between direct peers, as every node of a dchat network understands them.

pub mod hash;
mod inbox;
mod irc;
pub mod room;
pub mod secret;
pub mod service;
pub mod store;

use backplane_plugin::{
    Channel, Closed, Host, Message, MessageInfo, MessageSubscription, MethodEntry, Negotiation, Plugin,
    PluginError, Protocol, ProtocolEntry, ProtocolJobsManager, RpcError, SessionFlags, config, export_plugin,
    measure_heap, messages, methods, protocols,
};
use inbox::{Inbox, Received};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One line of chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DchatMsg {
    /// The text.
    pub msg: String,
}

impl Message for DchatMsg {
    const NAME: &'static str = "DchatMsg";
}

config! {
    /// `[plugin.chat.config]`.
    #[derive(Debug, Clone)]
    pub struct ChatConfig {
        /// How many received lines are kept; the oldest go first.
        pub inbox_messages: usize = 10_000,
        /// How many bytes of received text are kept.
        pub inbox_bytes: usize = 4 * 1024 * 1024,
    }
}

/// The plug-in: the inbox that the protocols of all channels fill.
#[derive(Debug)]
pub struct Chat {
    host: Host,
    inbox: Inbox,
}

impl Plugin for Chat {
    type Config = ChatConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] = protocols![ProtocolChat: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] = methods![send as "send", recv as "recv", since, broadcast];

    fn create(host: Host, config: ChatConfig) -> Result<Self, PluginError> {
        Ok(Self { host, inbox: Inbox::new(config.inbox_messages, config.inbox_bytes) })
    }

    fn reconfigure(&self, config: ChatConfig) -> Result<(), PluginError> {
        self.inbox.resize(config.inbox_messages, config.inbox_bytes);
        Ok(())
    }
}

impl Chat {
    /// Sends a line to every peer; whether there was one.
    async fn send(self: Arc<Self>, (text,): (String,)) -> Result<bool, RpcError> {
        Ok(self.say(text)? > 0)
    }

    /// Sends a line to every peer; how many there were.
    async fn broadcast(self: Arc<Self>, (text,): (String,)) -> Result<usize, RpcError> {
        self.say(text)
    }

    /// The lines received, oldest first.
    async fn recv(self: Arc<Self>, _: IgnoredAny) -> Result<Vec<String>, RpcError> {
        Ok(self.inbox.since(0).messages)
    }

    /// The lines received after the first `seen` ones, and how many have been received in all.
    async fn since(self: Arc<Self>, (seen,): (u64,)) -> Result<Received, RpcError> {
        Ok(self.inbox.since(seen))
    }

    fn say(&self, text: String) -> Result<usize, RpcError> {
        Ok(self.host.broadcast(&DchatMsg { msg: text })?)
    }
}

/// Chat on one channel.
#[derive(Debug)]
struct ProtocolChat {
    chat: Arc<Chat>,
    channel: Channel,
    lines: MessageSubscription<DchatMsg>,
}

impl Protocol<Chat> for ProtocolChat {
    const NAME: &'static str = "chat";
    // Stock dchat nodes list nothing; they all speak it.
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = messages![DchatMsg];

    fn attach(chat: Arc<Chat>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self { lines: channel.subscribe()?, channel, chat })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("receive", self.receive());
    }
}

impl ProtocolChat {
    async fn receive(self: Arc<Self>) -> Result<(), Closed> {
        loop {
            let line = self.lines.receive().await?;
            tracing::debug!(channel = self.channel.info().id, bytes = line.msg.len(), "received a line");
            self.chat.inbox.push(line.msg);
        }
    }
}

export_plugin!(Chat);
measure_heap!();
