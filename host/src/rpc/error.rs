//! The error object of JSON-RPC.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a call was not answered with a result: the specification's error object.
///
/// A method may use any code of its own; it reaches the caller as it is, with message and data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({code})")]
pub struct MethodError {
    /// What kind of error it is. -32768 to -32000 are the specification's.
    pub code: i64,
    /// One short sentence.
    pub message: String,
    /// Whatever helps the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl MethodError {
    /// An error of a method's own.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The same error with `data` attached.
    #[must_use]
    pub fn with_data(self, data: impl Into<Value>) -> Self {
        Self { data: Some(data.into()), ..self }
    }

    /// -32700: the line is no JSON.
    #[must_use]
    pub fn parse_error(reason: impl Into<String>) -> Self {
        Self::new(-32700, "parse error").with_data(reason.into())
    }

    /// -32600: the JSON is no request.
    #[must_use]
    pub fn invalid_request(reason: impl Into<String>) -> Self {
        Self::new(-32600, "invalid request").with_data(reason.into())
    }

    /// -32601: nobody registered a method of that name.
    #[must_use]
    pub fn method_not_found() -> Self {
        Self::new(-32601, "method not found")
    }

    /// -32602: the method does not take these parameters; `reason` says which it takes.
    #[must_use]
    pub fn invalid_params(reason: impl Into<String>) -> Self {
        Self::new(-32602, "invalid params").with_data(reason.into())
    }

    /// -32603: the node failed, not the caller.
    #[must_use]
    pub fn internal(reason: impl Into<String>) -> Self {
        Self::new(-32603, "internal error").with_data(reason.into())
    }

    /// -32000: the server holds as many connections as it may.
    #[must_use]
    pub fn connection_limit() -> Self {
        Self::new(-32000, "server connection limit")
    }
}
