//! What a plug-in's RPC methods answer when they cannot answer.

use crate::error::{PluginError, SendError};
use serde_json::Value;

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
