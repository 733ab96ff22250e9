//! The boundary's data turned into the types that authors and hosts use, and back.

use super::data::{AbiError, AbiRpcError, ChannelDecl, ErrorKind, MessageDecl, ProtocolDecl};
use crate::channel::ChannelInfo;
use crate::error::PluginError;
use crate::message::{MessageInfo, Metering};
use crate::plugin::Negotiation;
use crate::registry::ProtocolInfo;
use crate::rpc::RpcError;
use crate::session::SessionKind;
use abi_stable::std_types::{RResult, RStr};

/// The channel that a host describes.
pub(crate) fn channel_info(decl: ChannelDecl) -> Result<ChannelInfo, PluginError> {
    let session = SessionKind::from_bit(decl.session)
        .ok_or_else(|| PluginError::new(format!("the host has an unknown session kind {}", decl.session)))?;
    Ok(ChannelInfo { id: decl.id, session, address: decl.address.into() })
}

/// Rust's result as the boundary's.
pub(crate) fn result<T>(result: Result<T, PluginError>) -> RResult<T, AbiError> {
    result.map_err(AbiError::from).into()
}

/// A borrowed text.
pub(crate) fn text(text: &str) -> RStr<'_> {
    text.into()
}

impl From<PluginError> for AbiError {
    fn from(error: PluginError) -> Self {
        let place = error.place().unwrap_or_default().into();
        Self { kind: error.kind(), message: error.message().into(), place }
    }
}

impl From<AbiError> for PluginError {
    fn from(error: AbiError) -> Self {
        Self::from_parts(error.kind, error.message.into(), error.place.into())
    }
}

impl AbiError {
    /// What a host answers when the channel is closed.
    #[must_use]
    pub fn closed() -> Self {
        Self { kind: ErrorKind::Closed, message: "the channel is closed".into(), place: "".into() }
    }

    /// A failure of the host's with this text.
    #[must_use]
    pub fn failed(message: &str) -> Self {
        Self { kind: ErrorKind::Failed, message: message.into(), place: "".into() }
    }

    /// What a host answers when a limit is reached: its key, such as `limits.jobs`, and its value.
    #[must_use]
    pub fn limit(key: &str, value: u64) -> Self {
        let message = format!("the host's {key} = {value} is reached").into();
        Self { kind: ErrorKind::Failed, message, place: key.into() }
    }
}

impl From<RpcError> for AbiRpcError {
    fn from(error: RpcError) -> Self {
        let data = error.data.map(|data| data.to_string()).unwrap_or_default().into();
        Self { code: error.code, message: error.message.into(), data }
    }
}

impl From<&ProtocolInfo> for ProtocolDecl {
    fn from(info: &ProtocolInfo) -> Self {
        Self {
            name: info.name.into(),
            version: info.version,
            sessions: info.sessions.bits(),
            assumed: info.negotiation == Negotiation::Assumed,
            messages: info.messages.iter().map(Into::into).collect(),
        }
    }
}

impl From<&MessageInfo> for MessageDecl {
    fn from(info: &MessageInfo) -> Self {
        let Metering { score, threshold, sleep_step_ms, expiry_ms } = info.metering;
        Self { name: info.name.into(), max_bytes: info.max_bytes, score, threshold, sleep_step_ms, expiry_ms }
    }
}

impl MessageDecl {
    /// The metering cost.
    #[must_use]
    pub const fn metering(&self) -> Metering {
        Metering {
            score: self.score,
            threshold: self.threshold,
            sleep_step_ms: self.sleep_step_ms,
            expiry_ms: self.expiry_ms,
        }
    }
}
