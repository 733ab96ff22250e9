//! A plug-in's RPC methods: how they are listed, called, and what they answer when they cannot.

use crate::error::{PluginError, SendError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The error object of a JSON-RPC reply.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcError {
    /// The code; JSON-RPC keeps -32768 to -32000 for itself.
    pub code: i64,
    /// One sentence.
    pub message: String,
    /// Anything that helps the caller.
    pub data: Option<Value>,
}

impl RpcError {
    /// An error of the method's own.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// -32602: the parameters are not what the method takes.
    pub fn invalid_params(what: impl Into<String>) -> Self {
        Self { data: Some(Value::String(what.into())), ..Self::new(-32602, "invalid params") }
    }

    /// -32603: the method failed.
    pub fn internal(what: impl Into<String>) -> Self {
        Self { data: Some(Value::String(what.into())), ..Self::new(-32603, "internal error") }
    }
}

impl From<PluginError> for RpcError {
    fn from(error: PluginError) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<SendError> for RpcError {
    fn from(error: SendError) -> Self {
        Self::internal(error.to_string())
    }
}

/// The answer of an RPC method, before it is text.
pub type Reply = Pin<Box<dyn Future<Output = Result<Value, RpcError>> + Send>>;

/// Asks a method: `A` is made from the parameters, and the result becomes JSON. The code of [`methods!`](crate::methods!).
pub fn answer<P, A, R, T>(handler: impl FnOnce(Arc<P>, A) -> T, plugin: Arc<P>, params: Value) -> Reply
where
    A: DeserializeOwned,
    R: Serialize,
    T: Future<Output = Result<R, RpcError>> + Send + 'static,
{
    let arguments =
        serde_path_to_error::deserialize(params).map_err(|error| RpcError::invalid_params(error.to_string()));
    let reply = arguments.map(|arguments| handler(plugin, arguments));
    Box::pin(async move {
        let result = reply?.await?;
        serde_json::to_value(result).map_err(|error| RpcError::internal(error.to_string()))
    })
}

/// The RPC methods of a plug-in, for [`Plugin::METHODS`](crate::Plugin::METHODS): the node serves each as `PLUGIN.name`.
///
/// A name is that of a function of the plug-in, or is followed by the path of another one. What comes behind `as` is a
/// bare name under which the method answers too, for clients that know it by that.
///
/// A method is an `async fn` that takes the plug-in and `A`, which is made from the parameters: a tuple takes an array, a
/// struct takes an array or an object, [`serde::de::IgnoredAny`] takes anything. Parameters that do not fit are
/// answered with -32602.
///
/// ```
/// # use backplane_plugin::*;
/// # use std::sync::Arc;
/// struct Adder;
///
/// impl Plugin for Adder {
///     type Config = NoConfig;
///     const METHODS: &'static [MethodEntry<Self>] = methods![add as "sum" as "plus", double = twice];
///
///     fn create(_: Host, _: NoConfig) -> Result<Self, PluginError> {
///         Ok(Self)
///     }
/// }
///
/// impl Adder {
///     async fn add(self: Arc<Self>, (a, b): (u32, u32)) -> Result<u32, RpcError> {
///         a.checked_add(b).ok_or_else(|| RpcError::new(1, "the sum is too large"))
///     }
/// }
///
/// async fn twice(_: Arc<Adder>, (number,): (u16,)) -> Result<u32, RpcError> {
///     Ok(2 * u32::from(number))
/// }
/// ```
#[macro_export]
macro_rules! methods {
    (@call $name:ident) => { Self::$name };
    (@call $name:ident $handler:path) => { $handler };
    ($($name:ident $(= $handler:path)? $(as $alias:literal)*),* $(,)?) => {
        &[$($crate::MethodEntry::new(
            stringify!($name),
            &[$($alias),*],
            |plugin, params| $crate::abi::answer($crate::methods!(@call $name $($handler)?), plugin, params),
        )),*]
    };
}
