//! A plug-in's protocols in the registry's clothes.

use super::channel::ChannelBridge;
use super::host::HostBridge;
use super::jobs::JobsBridge;
use crate::channel::Channel;
use crate::frame::Magic;
use crate::ledger::Worked;
use crate::marks::{Label, Marked, Marker, Work};
use crate::message::{Command, CommandInfo};
use crate::plugin::handle::PluginHandle;
use crate::plugin::quotas::Quotas;
use crate::protocol::{Attach, Behaviour, ProtocolEntry, ProtocolJobsManager, RegisterError};
use crate::settings::Settings;
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::RArc;
use backplane_plugin::abi::{
    ChannelObject_TO, JobsObject_TO, Manifest, MessageDecl, ProtocolBox, ProtocolDecl,
};
use backplane_plugin::{PluginError, RpcError, SessionFlags};
use serde_json::Value;
use std::sync::Arc;
use tokio::runtime::Handle;

/// What a node adds to what a plug-in says of its messages.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// What the network's frames begin with.
    pub magic: Magic,
    /// The largest payload of a message without a limit of its own, in bytes.
    pub max_payload: u64,
}

impl From<&Settings> for Defaults {
    fn from(settings: &Settings) -> Self {
        let network = &settings.network;
        Self { magic: network.magic_bytes, max_payload: network.max_payload_bytes as u64 }
    }
}

/// The registry's entries for a plug-in's protocols.
///
/// # Errors
///
/// When the manifest has session flags that this host does not know.
pub fn entries(
    manifest: &Manifest,
    plugin: &PluginHandle,
    host: &HostBridge,
    defaults: Defaults,
) -> Result<Vec<ProtocolEntry>, RegisterError> {
    let numbered = (0..).zip(&manifest.protocols);
    numbered.map(|(index, decl)| entry(decl, index, plugin, host, defaults)).collect()
}

fn entry(
    decl: &ProtocolDecl,
    index: u32,
    plugin: &PluginHandle,
    host: &HostBridge,
    defaults: Defaults,
) -> Result<ProtocolEntry, RegisterError> {
    let name: Arc<str> = decl.name.as_str().into();
    let sessions = SessionFlags::from_bits(decl.sessions)
        .ok_or_else(|| RegisterError::Sessions { protocol: Arc::clone(&name), bits: decl.sessions })?;
    let info = |message: &MessageDecl| CommandInfo {
        name: message.name.as_str().into(),
        protocol: Arc::clone(&name),
        max_bytes: if message.max_bytes == 0 { defaults.max_payload } else { message.max_bytes },
        metering: message.metering(),
        check: None,
    };
    let messages = decl.messages.iter().map(|message| Command::new(defaults.magic, info(message))).collect();
    let attach = PluginAttach {
        protocol: Arc::clone(&name),
        marker: host.marker().map(|marker| marker.of_protocol(&name)),
        index,
        plugin: plugin.clone(),
        host: host.clone(),
    };
    let (version, assumed) = (decl.version, decl.assumed);
    Ok(ProtocolEntry {
        name,
        version,
        sessions,
        assumed,
        messages,
        attach: Box::new(attach),
        worked: Worked::default(),
    })
}

struct PluginAttach {
    protocol: Arc<str>,
    marker: Option<Marker>,
    index: u32,
    plugin: PluginHandle,
    host: HostBridge,
}

impl Attach for PluginAttach {
    fn attach(&self, channel: &Arc<Channel>) -> Result<Box<dyn Behaviour>, PluginError> {
        let owner = Owner { marker: self.marker.clone(), channel: channel.id() };
        let bridge = ChannelBridge::new(channel, Arc::clone(&self.protocol), self.host.quotas());
        let channel = ChannelObject_TO::from_ptr(RArc::new(bridge), TD_Opaque);
        let work = owner.work("attach");
        let protocol = self.plugin.get()?.attach(self.index, channel).into_result()?;
        drop(work);
        Ok(Box::new(PluginBehaviour {
            protocol: Some(protocol),
            quotas: Arc::clone(self.host.quotas()),
            owner,
        }))
    }

    fn marker(&self) -> Option<&Marker> {
        self.marker.as_ref()
    }

    fn runtime(&self) -> Option<Handle> {
        self.host.own_runtime().cloned()
    }

    fn failed(&self, error: &PluginError) {
        self.host.note(error);
    }
}

struct PluginBehaviour {
    /// There until it starts or is dropped.
    protocol: Option<ProtocolBox>,
    quotas: Arc<Quotas>,
    owner: Owner,
}

impl Behaviour for PluginBehaviour {
    fn start(mut self: Box<Self>, jobs: &Arc<ProtocolJobsManager>) -> Result<(), PluginError> {
        let Some(protocol) = self.protocol.take() else { return Ok(()) };
        let jobs = JobsObject_TO::from_ptr(RArc::new(JobsBridge::new(jobs, &self.quotas)), TD_Opaque);
        let _work = self.owner.work("start");
        let started = protocol.start(jobs).into_result().map_err(PluginError::from);
        drop(protocol);
        started
    }
}

impl Drop for PluginBehaviour {
    fn drop(&mut self) {
        if let Some(protocol) = self.protocol.take() {
            let _work = self.owner.work("drop");
            drop(protocol);
        }
    }
}

/// The entries that are called where channels are brought up, which is on threads of the network.
const ON_NETWORK: [&str; 3] = ["attach", "start", "drop"];

/// Whether work is done on a thread of the network, even for a plug-in with threads of its own.
#[must_use]
pub fn is_on_network(work: &str) -> bool {
    ON_NETWORK.contains(&work)
}

/// One protocol on one channel, for those who watch.
struct Owner {
    marker: Option<Marker>,
    channel: u32,
}

impl Owner {
    /// Begins a turn in one of its entries.
    fn work(&self, entry: &str) -> Option<Work> {
        self.marker.as_ref().map(|marker| Work::begin(marker.mark(entry), self.channel, Label::NONE))
    }
}

/// Asks a plug-in's RPC method with this index and name, on the plug-in's runtime.
///
/// # Errors
///
/// What the method answers, or that its runtime has gone.
pub async fn rpc(
    plugin: &PluginHandle,
    host: &HostBridge,
    (index, name): (u32, &str),
    params: &Value,
) -> Result<Value, RpcError> {
    let stopped = |_| RpcError::internal("the plug-in has stopped");
    let (plugin, params) =
        (plugin.get().map_err(|error| RpcError::internal(error.to_string()))?, params.to_string());
    let (caller, work) = (host.clone(), format!("rpc {name}"));
    let asked = host.runtime().spawn(async move {
        let answering = caller.during(&work, || plugin.rpc(index, params.into()));
        Marked::new(answering, caller.mark(&work), 0).await.into_result()
    });
    // One that hangs is answered for when it is left behind.
    let answer = host.until_left(asked).await.ok_or_else(|| RpcError::internal("the plug-in hangs"))?;
    let answer = answer.map_err(stopped)?;
    match answer {
        Ok(json) => {
            serde_json::from_str(json.as_str()).map_err(|error| RpcError::internal(error.to_string()))
        }
        Err(error) => Err(RpcError {
            code: error.code,
            message: error.message.into(),
            data: serde_json::from_str(error.data.as_str()).ok(),
        }),
    }
}
