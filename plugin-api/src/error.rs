//! What a plug-in reports when it cannot go on.

use crate::abi::ErrorKind;
use std::fmt;

/// The failure of a plug-in, a protocol or a job.
///
/// It ends what reported it, a protocol on its channel or the plug-in's creation, and nothing else. Anything that
/// can be shown converts into it by `?` through [`PluginError::new`] or `map_err(PluginError::new)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginError {
    kind: ErrorKind,
    message: String,
    place: String,
    /// Only said by [`Plugin::reconfigure`](crate::Plugin::reconfigure), and no failure there.
    needs_restart: bool,
}

impl PluginError {
    /// A failure with this text.
    pub fn new(message: impl fmt::Display) -> Self {
        Self::from_parts(ErrorKind::Failed, message.to_string(), String::new())
    }

    /// A wrong value in the plug-in's configuration: which key, and what was expected.
    pub fn config(key: impl Into<String>, expected: impl fmt::Display) -> Self {
        Self::from_parts(ErrorKind::Config, expected.to_string(), key.into())
    }

    /// The change of the configuration is taken over when the node starts again; see
    /// [`Plugin::reconfigure`](crate::Plugin::reconfigure).
    #[must_use]
    pub fn needs_restart() -> Self {
        Self { needs_restart: true, ..Self::new("the change needs a restart") }
    }

    pub(crate) const fn panicked(message: String, place: String) -> Self {
        Self::from_parts(ErrorKind::Panicked, message, place)
    }

    pub(crate) const fn from_parts(kind: ErrorKind, message: String, place: String) -> Self {
        Self { kind, message, place, needs_restart: false }
    }

    /// The text, without kind and place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// For a panic the place in the source, for a wrong configuration and a limit the key.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        (!self.place.is_empty()).then_some(self.place.as_str())
    }

    /// Whether it was a panic.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.kind == ErrorKind::Panicked
    }

    /// Whether the configuration is at fault.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.kind == ErrorKind::Config
    }

    /// The key of the host's limit that is reached, such as `limits.jobs`; `None` when it is another failure.
    #[must_use]
    pub fn limit(&self) -> Option<&str> {
        self.place().filter(|key| self.kind == ErrorKind::Failed && key.starts_with("limits."))
    }

    /// Whether it only says that the channel is closed, which is nobody's fault.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.kind == ErrorKind::Closed
    }

    pub(crate) const fn is_needs_restart(&self) -> bool {
        self.needs_restart
    }

    pub(crate) const fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.place()) {
            (ErrorKind::Panicked, Some(place)) => write!(f, "panicked at {place}: {}", self.message),
            (ErrorKind::Panicked, None) => write!(f, "panicked: {}", self.message),
            (ErrorKind::Config, Some(key)) => write!(f, "{key}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for PluginError {}

impl From<Closed> for PluginError {
    fn from(_: Closed) -> Self {
        Self::from_parts(ErrorKind::Closed, "the channel is closed".to_owned(), String::new())
    }
}

/// The channel is closed: there is nothing more to receive and nothing can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the channel is closed")]
pub struct Closed;

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The channel is closed.
    #[error("the channel is closed")]
    Closed,
    /// The encoded message is larger than its type allows.
    #[error("{command} of {bytes} bytes is larger than its limit")]
    TooLarge {
        /// The message's name.
        command: &'static str,
        /// Its encoded size.
        bytes: usize,
    },
    /// The message's type is not among the protocol's [`MESSAGES`](crate::Protocol::MESSAGES).
    #[error("{0} is not among the messages that the protocol declares")]
    NotDeclared(&'static str),
    /// The message cannot be encoded.
    #[error("{0} cannot be encoded")]
    Encode(&'static str, #[source] crate::wire::Error),
    /// The outgoing buffer is full (only from [`Channel::try_send`](crate::Channel::try_send)).
    #[error("the outgoing buffer is full")]
    Full,
}

impl From<SendError> for PluginError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Closed => Closed.into(),
            other => Self::new(other),
        }
    }
}
