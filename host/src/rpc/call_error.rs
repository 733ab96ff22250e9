//! Why a call gave no result.

use super::endpoint::{Endpoint, EndpointError};
use super::error::MethodError;
use std::io;
use std::time::Duration;

/// A call that gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The text is no address.
    #[error("the RPC address is not valid")]
    Address(#[from] EndpointError),
    /// Nobody answers at the address.
    #[error("cannot connect to {endpoint}")]
    Connect {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        source: io::Error,
    },
    /// The connection ended before the reply.
    #[error("the connection was closed before the reply came")]
    Closed,
    /// The connection broke before the reply.
    #[error("the connection broke before the reply came")]
    Broken(#[source] io::Error),
    /// The reply did not come in time.
    #[error("no reply within {} seconds", .0.as_secs_f32())]
    Timeout(Duration),
    /// The other end does not speak JSON-RPC, or its reply is too long.
    #[error("the reply is not one of JSON-RPC: {0}")]
    Reply(String),
    /// The node answered with an error object.
    #[error(transparent)]
    Method(MethodError),
}
