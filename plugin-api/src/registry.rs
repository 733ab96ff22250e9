//! What a plug-in registers: its protocols and its RPC methods.

use crate::abi::{HostArc, ProtocolBox, ProtocolDecl, attach};
use crate::channel::Channel;
use crate::error::PluginError;
use crate::plugin::{Negotiation, Protocol};
use crate::rpc::RpcError;
use crate::session::SessionFlags;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Collects the protocols and RPC methods of a plug-in; see [`Plugin::register`](crate::Plugin::register).
pub struct ProtocolRegistry<P> {
    pub(crate) protocols: Vec<ProtocolEntry<P>>,
    pub(crate) methods: Vec<MethodEntry<P>>,
}

pub(crate) struct ProtocolEntry<P> {
    pub(crate) decl: ProtocolDecl,
    pub(crate) attach: fn(Arc<P>, Channel, HostArc) -> Result<ProtocolBox, PluginError>,
}

pub(crate) type Reply = Pin<Box<dyn Future<Output = Result<Value, RpcError>> + Send>>;

pub(crate) struct MethodEntry<P> {
    pub(crate) name: &'static str,
    pub(crate) aliases: Vec<&'static str>,
    pub(crate) handler: Box<dyn Fn(Arc<P>, Value) -> Reply + Send + Sync>,
}

impl<P: Send + Sync + 'static> ProtocolRegistry<P> {
    /// Nothing registered.
    #[must_use]
    pub const fn new() -> Self {
        Self { protocols: Vec::new(), methods: Vec::new() }
    }

    /// Registers a protocol for the channels of these sessions.
    pub fn register<T: Protocol<P>>(&mut self, sessions: SessionFlags) -> &mut Self {
        let decl = ProtocolDecl {
            name: T::NAME.into(),
            version: T::VERSION,
            sessions: sessions.bits(),
            assumed: T::NEGOTIATION == Negotiation::Assumed,
            messages: T::MESSAGES.iter().map(Into::into).collect(),
        };
        self.protocols.push(ProtocolEntry { decl, attach: attach::<P, T> });
        self
    }

    /// Registers an RPC method; the node serves it as `PLUGIN.name`.
    ///
    /// `A` is made from the parameters: a tuple takes an array, a struct takes an array or an object,
    /// [`serde::de::IgnoredAny`] takes anything. Parameters that do not fit are answered with -32602.
    ///
    /// ```
    /// # use backplane_plugin::{ProtocolRegistry, RpcError};
    /// # use std::sync::Arc;
    /// struct Adder;
    ///
    /// impl Adder {
    ///     async fn add(self: Arc<Self>, (a, b): (u32, u32)) -> Result<u32, RpcError> {
    ///         a.checked_add(b).ok_or_else(|| RpcError::new(1, "the sum is too large"))
    ///     }
    /// }
    ///
    /// let mut registry = ProtocolRegistry::<Adder>::new();
    /// registry.method("add", Adder::add);
    /// ```
    pub fn method<A, R, F, T>(&mut self, name: &'static str, handler: F) -> &mut Self
    where
        A: DeserializeOwned,
        R: Serialize,
        F: Fn(Arc<P>, A) -> T + Send + Sync + 'static,
        T: Future<Output = Result<R, RpcError>> + Send + 'static,
    {
        let handler = Box::new(move |plugin, params| -> Reply {
            let arguments = serde_path_to_error::deserialize(params)
                .map_err(|error| RpcError::invalid_params(error.to_string()));
            let reply = arguments.map(|arguments| handler(plugin, arguments));
            Box::pin(async move {
                let result = reply?.await?;
                serde_json::to_value(result).map_err(|error| RpcError::internal(error.to_string()))
            })
        });
        self.methods.push(MethodEntry { name, aliases: Vec::new(), handler });
        self
    }

    /// Serves the method registered last under a bare name too, for clients that know it by that.
    pub fn alias(&mut self, name: &'static str) -> &mut Self {
        if let Some(method) = self.methods.last_mut() {
            method.aliases.push(name);
        }
        self
    }
}

impl<P: Send + Sync + 'static> Default for ProtocolRegistry<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> fmt::Debug for ProtocolRegistry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolRegistry")
            .field("protocols", &self.protocols.iter().map(|entry| &entry.decl.name).collect::<Vec<_>>())
            .field("methods", &self.methods.iter().map(|entry| entry.name).collect::<Vec<_>>())
            .finish()
    }
}
