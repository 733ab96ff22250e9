//! The protocol of `dchatd`: lines of text between direct neighbours, unsigned. Shown as the room `#dchat`.

mod inbox;

pub(crate) use inbox::{Inbox, Received};

use crate::Chat;
use backplane_plugin::{
    Channel, Closed, Message, MessageInfo, MessageSubscription, Negotiation, PluginError, Protocol,
    ProtocolJobsManager, messages,
};
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

/// Chat on one channel.
#[derive(Debug)]
pub(crate) struct ProtocolChat {
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
            self.chat.service.heard(line.msg);
        }
    }
}
