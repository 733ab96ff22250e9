//! Echo: asks each peer to say a text back. The smallest useful plug-in, walked through in the README.

use backplane_plugin::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Serialize, Deserialize)]
struct EchoRequest(String);

#[derive(Debug, Serialize, Deserialize)]
struct EchoResponse(String);

impl Message for EchoRequest {
    const NAME: &'static str = "echo.request";
    const MAX_BYTES: u64 = 4096;
}

impl Message for EchoResponse {
    const NAME: &'static str = "echo.response";
    const MAX_BYTES: u64 = 4096;
}

/// The plug-in: one value for the whole node.
#[derive(Debug)]
pub struct Echo {
    host: Host,
}

impl Plugin for Echo {
    type Config = NoConfig;
    const PROTOCOLS: &'static [ProtocolEntry<Self>] = protocols![ProtocolEcho: SessionFlags::DEFAULT];
    const METHODS: &'static [MethodEntry<Self>] = methods![ask];

    fn create(host: Host, _: NoConfig) -> Result<Self, PluginError> {
        Ok(Self { host })
    }
}

impl Echo {
    async fn ask(self: Arc<Self>, (text,): (String,)) -> Result<usize, RpcError> {
        Ok(self.host.broadcast(&EchoRequest(text))?)
    }
}

/// The protocol: one value for each channel.
struct ProtocolEcho {
    channel: Channel,
    requests: MessageSubscription<EchoRequest>,
    responses: MessageSubscription<EchoResponse>,
}

impl Protocol<Echo> for ProtocolEcho {
    const NAME: &'static str = "echo";
    const MESSAGES: &'static [MessageInfo] = messages![EchoRequest, EchoResponse];

    fn attach(_: Arc<Echo>, channel: Channel) -> Result<Self, PluginError> {
        Ok(Self { requests: channel.subscribe()?, responses: channel.subscribe()?, channel })
    }

    fn start(self: Arc<Self>, jobs: &ProtocolJobsManager) {
        jobs.spawn("answer", Arc::clone(&self).answer());
        jobs.spawn("listen", self.listen());
    }
}

impl ProtocolEcho {
    async fn answer(self: Arc<Self>) -> Result<(), PluginError> {
        while let Ok(EchoRequest(text)) = self.requests.receive().await {
            self.channel.send(&EchoResponse(text)).await?;
        }
        Ok(())
    }

    async fn listen(self: Arc<Self>) {
        while let Ok(EchoResponse(text)) = self.responses.receive().await {
            tracing::info!(peer = %self.channel.info().address, text, "the peer says it back");
        }
    }
}

export_plugin!(Echo);

#[cfg(test)]
mod tests;
