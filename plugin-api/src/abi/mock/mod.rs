//! The simulated host of [`testkit`](crate::testkit) in the clothes of the boundary; holds no logic.

mod channel;
mod host;

use super::data::{AbiError, AbiRpcError, ChannelDecl, PressureDecl, Reconfigured};
use super::objects::{
    ChannelArc, ChannelObject_TO, HostObject_TO, Job, JobsArc, JobsObject_TO, PluginBox, ProtocolBox,
};
use super::{glue, guard, log};
use crate::error::PluginError;
use crate::plugin::Plugin;
use crate::rpc::RpcError;
use crate::testkit::{Link, Node, Task};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RArc, RResult};
use channel::{MockChannel, MockJobs};
use host::MockHost;
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use tracing::Dispatch;

/// A plug-in as the simulated host calls it.
pub(crate) struct MockPlugin {
    plugin: PluginBox,
}

/// A protocol that has not started.
pub(crate) struct MockProtocol {
    protocol: ProtocolBox,
}

impl MockPlugin {
    /// Makes a plug-in, and what its events go to while it is called.
    pub(crate) fn create<P: Plugin>(
        node: &Arc<Node>,
        config: &Value,
    ) -> (Dispatch, Result<Self, PluginError>) {
        guard::install_hook_beside();
        let host = HostObject_TO::from_ptr(RArc::new(MockHost(Arc::clone(node))), TD_Opaque);
        let events = log::dispatch(&host);
        let made = || glue::make::<P>(host, &config.to_string());
        let plugin = tracing::dispatcher::with_default(&events, made).map(|plugin| Self { plugin });
        (events, plugin)
    }

    pub(crate) fn attach(
        &self,
        index: usize,
        name: &'static str,
        link: &Arc<Link>,
    ) -> Result<MockProtocol, PluginError> {
        let index = u32::try_from(index).map_err(PluginError::new)?;
        let channel = MockChannel { link: Arc::clone(link), protocol: name };
        let channel: ChannelArc = ChannelObject_TO::from_ptr(RArc::new(channel), TD_Opaque);
        let protocol = self.plugin.attach(index, channel).into_result()?;
        Ok(MockProtocol { protocol })
    }

    pub(crate) fn rpc(
        &self,
        index: usize,
        params: &Value,
    ) -> impl Future<Output = Result<Value, RpcError>> + Send + use<> {
        let answer = self.plugin.rpc(u32::try_from(index).unwrap_or(u32::MAX), params.to_string().into());
        async move {
            let text = answer.await.into_result().map_err(RpcError::from)?;
            serde_json::from_str(text.as_str()).map_err(|error| RpcError::internal(error.to_string()))
        }
    }

    pub(crate) fn stop(&self) -> Task {
        task(self.plugin.stop())
    }

    pub(crate) fn reconfigure(&self, config: &Value, apply: bool) -> Result<Reconfigured, PluginError> {
        Ok(self.plugin.reconfigure(config.to_string().as_str().into(), apply).into_result()?)
    }

    pub(crate) fn pressure(&self, pressure: PressureDecl) {
        self.plugin.pressure(pressure);
    }
}

impl MockProtocol {
    pub(crate) fn start(
        self,
        node: &Arc<Node>,
        name: &'static str,
        link: &Arc<Link>,
    ) -> Result<(), PluginError> {
        let jobs = MockJobs { node: Arc::clone(node), link: Arc::clone(link), protocol: name };
        let jobs: JobsArc = JobsObject_TO::from_ptr(RArc::new(jobs), TD_Opaque);
        Ok(self.protocol.start(jobs).into_result()?)
    }
}

impl From<AbiRpcError> for RpcError {
    fn from(error: AbiRpcError) -> Self {
        let data = serde_json::from_str(error.data.as_str()).ok();
        Self { code: error.code, message: error.message.into(), data }
    }
}

fn task(job: Job) -> Task {
    Box::pin(async move { Ok(job.await.into_result()?) })
}

fn limit(spawned: Result<(), u64>) -> RResult<(), AbiError> {
    spawned.map_err(|jobs| AbiError::limit("limits.jobs", jobs)).into()
}

fn describe(link: &Link) -> ChannelDecl {
    ChannelDecl { id: link.id, session: link.session as u32, address: link.address.as_str().into() }
}

impl fmt::Debug for MockPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MockPlugin")
    }
}
