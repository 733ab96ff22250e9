//! The protocol of `dchatd`: lines of text between direct neighbours, unsigned. Shown as the room `#dchat`.

mod inbox;

pub(crate) use inbox::{Inbox, Received};

use crate::Chat;
use crate::net::limits::{ANNOUNCED, Bucket};
use crate::net::signal::turn;
use backplane_plugin::{
    Channel, Closed, Message, MessageInfo, MessageSubscription, Negotiation, PluginError, Protocol,
    ProtocolJobsManager, messages,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many lines are kept in one go.
const SLICE: usize = 64;

/// One line of chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DchatMsg {
    /// The text.
    pub msg: String,
}

impl Message for DchatMsg {
    const NAME: &'static str = "DchatMsg";
}

/// Chat on one channel.
#[derive(Debug)]
pub(crate) struct ProtocolChat {
    chat: Arc<Chat>,
    channel: Channel,
    lines: MessageSubscription<DchatMsg>,
    /// How many lines of this peer are still kept in the history.
    pace: Mutex<Bucket>,
}

impl Protocol<Chat> for ProtocolChat {
    const NAME: &'static str = "chat";
    // Stock dchat nodes list nothing; they all speak it.
    const NEGOTIATION: Negotiation = Negotiation::Assumed;
    const MESSAGES: &'static [MessageInfo] = messages![DchatMsg];

    fn attach(chat: Arc<Chat>, channel: Channel) -> Result<Self, PluginError> {
        let pace = Mutex::new(Bucket::new(ANNOUNCED, chat.service.shared().now()));
        Ok(Self { lines: channel.subscribe()?, channel, chat, pace })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("receive", self.receive());
    }
}

impl ProtocolChat {
    async fn receive(self: Arc<Self>) -> Result<(), Closed> {
        loop {
            let mut lines = self.lines.receive_batch().await?;
            loop {
                let some: Vec<_> = lines.by_ref().take(SLICE).map(|line| line.msg).collect();
                if some.is_empty() {
                    break;
                }
                let channel = self.channel.info().id;
                for line in &some {
                    tracing::debug!(channel, bytes = line.len(), "received a line");
                }
                self.chat.service.heard(some, &self.pace);
                turn().await;
            }
        }
    }
}
