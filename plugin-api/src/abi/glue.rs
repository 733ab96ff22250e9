//! The plug-in's side of the boundary: an author's types behind the objects that the host calls.

use super::convert;
use super::data::{AbiError, AbiRpcError, Manifest, MethodDecl, PageDecl, PressureDecl, Reconfigured};
use super::guard::{Guarded, guard, install_hook};
use super::log;
use super::objects::{
    ChannelArc, HostArc, Job, JobsArc, PluginBox, PluginObject, PluginObject_TO, ProtocolBox, ProtocolObject,
    ProtocolObject_TO, RpcFuture,
};
use super::task::job;
use crate::channel::Channel;
use crate::error::PluginError;
use crate::host::Host;
use crate::jobs::ProtocolJobsManager;
use crate::manifest::{API_VERSION, Package};
use crate::plugin::{Plugin, Pressure, Protocol};
use crate::registry::{MethodEntry, ProtocolEntry, ProtocolRegistry};
use crate::rpc::{Reply, RpcError};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RSlice, RStr, RString};
use async_ffi::FutureExt;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The manifest of what `registry` has.
#[must_use]
pub fn tables<P>(package: &Package, registry: &ProtocolRegistry<P>) -> Manifest {
    let protocol = |entry: &ProtocolEntry<P>| entry.info().into();
    let method = |entry: &MethodEntry<P>| MethodDecl {
        name: entry.name().into(),
        aliases: entry.aliases().iter().map(|alias| RString::from(*alias)).collect(),
    };
    Manifest {
        name: package.plugin_name().into(),
        version: package.version.into(),
        description: package.description.into(),
        license: package.license.into(),
        api_version: API_VERSION.into(),
        protocols: registry.protocols.iter().map(protocol).collect(),
        methods: registry.methods.iter().map(method).collect(),
    }
}

/// The manifest of an exported plug-in.
#[must_use]
pub fn manifest<P: Plugin>(package: Package) -> RResult<Manifest, AbiError> {
    install_hook();
    convert::result(guard(|| tables(&package, &ProtocolRegistry::<P>::of_plugin())))
}

/// The pages of an exported plug-in: `N` is how many it has.
#[must_use]
pub const fn pages<P: Plugin, const N: usize>() -> [PageDecl; N] {
    const NONE: PageDecl = PageDecl {
        path: RStr::from_str(""),
        media_type: RStr::from_str(""),
        content: RSlice::from_slice(&[]),
    };
    let (mut pages, mut at) = ([NONE; N], 0);
    while at < N {
        let page = &P::PAGES[at];
        pages[at] = PageDecl {
            path: RStr::from_str(page.path()),
            media_type: RStr::from_str(page.media_type()),
            content: RSlice::from_slice(page.content()),
        };
        at += 1;
    }
    pages
}

/// Makes an exported plug-in.
#[must_use]
pub fn create<P: Plugin>(host: HostArc, config: RStr<'_>) -> RResult<PluginBox, AbiError> {
    install_hook();
    log::install(&host);
    convert::result(make::<P>(host, config.as_str()))
}

/// Makes a plug-in, wherever its panics and its log go.
pub(super) fn make<P: Plugin>(host: HostArc, config: &str) -> Result<PluginBox, PluginError> {
    guard(|| {
        let plugin = P::create(Host::new(host.clone()), read_config(config)?)?;
        let calls = Calls {
            stop: |plugin: &P| Box::pin(P::stop(plugin)),
            reconfigure: reconfigure::<P>,
            pressure: P::pressure,
        };
        Ok(build(Arc::new(plugin), ProtocolRegistry::of_plugin(), host.clone(), calls))
    })
    .and_then(|result| result)
}

fn read_config<C: DeserializeOwned>(config: &str) -> Result<C, PluginError> {
    // Through a value: the operator never saw the text that a line and a column would be of.
    let config: serde_json::Value = serde_json::from_str(config).map_err(PluginError::new)?;
    serde_path_to_error::deserialize(config)
        .map_err(|error| PluginError::config(error.path().to_string(), error.inner()))
}

fn reconfigure<P: Plugin>(plugin: &P, config: &str, apply: bool) -> Result<Reconfigured, PluginError> {
    let config = read_config(config)?;
    if !apply {
        return Ok(Reconfigured::Done);
    }
    match plugin.reconfigure(config) {
        Ok(()) => Ok(Reconfigured::Done),
        Err(error) if error.is_needs_restart() => Ok(Reconfigured::NeedsRestart),
        Err(error) => Err(error),
    }
}

/// The handle that linked-in protocols get of their host.
#[must_use]
pub const fn host(object: HostArc) -> Host {
    Host::new(object)
}

/// How the last thing is done, on a borrowed plug-in.
type Stop<P> = for<'a> fn(&'a P) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// How a changed configuration, JSON text, is read, and taken over if the last argument says so.
type Reconfigure<P> = fn(&P, &str, bool) -> Result<Reconfigured, PluginError>;

/// How a plug-in is told of the changes of its life, on a borrowed one.
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Calls<P> {
    /// The end.
    pub stop: Stop<P>,
    /// A changed configuration.
    pub reconfigure: Reconfigure<P>,
    /// Something that is running out.
    pub pressure: fn(&P, Pressure),
}

/// The object for a plug-in that exists. Hosts use it for the protocols that they bring along themselves.
pub fn build<P>(plugin: Arc<P>, registry: ProtocolRegistry<P>, host: HostArc, calls: Calls<P>) -> PluginBox
where
    P: Send + Sync + 'static,
{
    let plugin = Some(plugin);
    PluginObject_TO::from_value(PluginGlue { plugin, registry, host, calls }, TD_Opaque)
}

struct PluginGlue<P: 'static> {
    /// Present until the drop.
    plugin: Option<Arc<P>>,
    registry: ProtocolRegistry<P>,
    host: HostArc,
    calls: Calls<P>,
}

impl<P: Send + Sync + 'static> PluginGlue<P> {
    fn plugin(&self) -> Result<Arc<P>, PluginError> {
        self.plugin.clone().ok_or_else(|| PluginError::new("the plug-in has stopped"))
    }

    fn attach_protocol(&self, index: u32, channel: ChannelArc) -> Result<ProtocolBox, PluginError> {
        let missing = || PluginError::new(format!("the plug-in has no protocol with index {index}"));
        let entry = self.registry.protocols.get(index as usize).ok_or_else(missing)?;
        let channel = Channel::new(channel, self.host.clone())?;
        (entry.attach)(self.plugin()?, channel, self.host.clone())
    }

    fn answer(&self, index: u32, params: &str) -> Result<Reply, RpcError> {
        let missing = || RpcError::new(-32601, "method not found");
        let entry = self.registry.methods.get(index as usize).ok_or_else(missing)?;
        let params =
            serde_json::from_str(params).map_err(|error| RpcError::invalid_params(error.to_string()))?;
        Ok((entry.handler)(self.plugin()?, params))
    }
}

/// What panicked, when an RPC method did.
const RPC: &str = "an RPC method";

impl<P: Send + Sync + 'static> PluginObject for PluginGlue<P> {
    fn attach(&self, protocol: u32, channel: ChannelArc) -> RResult<ProtocolBox, AbiError> {
        convert::result(guard(|| self.attach_protocol(protocol, channel)).and_then(|result| result))
    }

    fn rpc(&self, method: u32, params: RString) -> RpcFuture {
        let reply = guard(|| self.answer(method, params.as_str()));
        let host = self.host.clone();
        let told = host.clone();
        let reply = async move {
            // The caller is told of a panic in the answer, the host here: it counts them.
            let reply = reply.inspect_err(|error| told.panicked(RPC.into(), error.clone().into()));
            let value = reply.map_err(RpcError::from)??.await?;
            Ok::<_, RpcError>(value.to_string())
        };
        let told = host.clone();
        let guarded = Guarded::new(reply, move |error| host.panicked(RPC.into(), error.into()));
        async move {
            let result = guarded.await.inspect_err(|error| told.panicked(RPC.into(), error.clone().into()));
            let result = result.map_err(RpcError::from).and_then(|result| result);
            result.map(RString::from).map_err(AbiRpcError::from).into()
        }
        .into_ffi()
    }

    fn stop(&self) -> Job {
        let (plugin, stop) = (self.plugin(), self.calls.stop);
        let task = async move {
            stop(&*plugin?).await;
            Ok::<_, PluginError>(())
        };
        job("stop", task, self.host.clone())
    }

    fn reconfigure(&self, config: RStr<'_>, apply: bool) -> RResult<Reconfigured, AbiError> {
        let result = guard(|| (self.calls.reconfigure)(&*self.plugin()?, config.as_str(), apply));
        convert::result(result.and_then(|result| result))
    }

    fn pressure(&self, pressure: PressureDecl) {
        let Some(pressure) = Pressure::of(&pressure) else { return };
        let told = guard(|| self.plugin().map(|plugin| (self.calls.pressure)(&plugin, pressure)));
        if let Err(error) = told {
            self.host.panicked("pressure".into(), error.into());
        }
    }
}

impl<P> Drop for PluginGlue<P> {
    fn drop(&mut self) {
        let plugin = self.plugin.take();
        if let Err(error) = guard(move || drop(plugin)) {
            self.host.panicked("the plug-in's drop".into(), error.into());
        }
    }
}

/// Makes one protocol for one channel; the function behind a registry entry.
pub(crate) fn attach<P, T>(
    plugin: Arc<P>,
    channel: Channel,
    host: HostArc,
) -> Result<ProtocolBox, PluginError>
where
    P: Send + Sync + 'static,
    T: Protocol<P>,
{
    let protocol = Mutex::new(Some(Arc::new(T::attach(plugin, channel)?)));
    let glue = ProtocolGlue { protocol, start: |protocol, jobs| T::start(protocol, jobs), host };
    Ok(ProtocolObject_TO::from_value(glue, TD_Opaque))
}

struct ProtocolGlue<T> {
    /// Present until it starts: from then on its jobs own it.
    protocol: Mutex<Option<Arc<T>>>,
    start: fn(Arc<T>, &ProtocolJobsManager),
    host: HostArc,
}

impl<T: Send + Sync + 'static> ProtocolObject for ProtocolGlue<T> {
    fn start(&self, jobs: JobsArc) -> RResult<(), AbiError> {
        let Some(protocol) = self.protocol.lock().take() else { return RResult::ROk(()) };
        let jobs = ProtocolJobsManager::new(jobs, self.host.clone());
        convert::result(guard(|| (self.start)(protocol, &jobs)))
    }
}

impl<T> Drop for ProtocolGlue<T> {
    fn drop(&mut self) {
        let protocol = self.protocol.get_mut().take();
        if let Err(error) = guard(move || drop(protocol)) {
            self.host.panicked("a protocol's drop".into(), error.into());
        }
    }
}
