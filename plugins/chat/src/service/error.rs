//! Why something that a user asked for was not done.

use crate::room::DraftError;
use crate::store::StoreError;
use backplane_plugin::RpcError;
use serde_json::json;
use std::error::Error;

/// Why something that a user asked for was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// 1: no joined room has this name or id.
    #[error("no such room: {0}")]
    NoSuchRoom(String),
    /// 2: no such message is here.
    #[error("no such message: {0}")]
    NoSuchMessage(String),
    /// 3: somebody else wrote it.
    #[error("not yours: {0}")]
    NotYours(String),
    /// 4: a text, name, topic or emoji is too long or has characters that are not allowed.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// 5: too much in a short time.
    #[error("slow down: the next message can go in {seconds} s")]
    SlowDown {
        /// How long to wait.
        seconds: u64,
    },
    /// 6: the text of a key, an author or a fingerprint is none.
    #[error("wrong key: {0}")]
    WrongKey(String),
    /// 7: the database or a file cannot be used.
    #[error("chat cannot keep anything: {0}")]
    Store(String),
}

impl ChatError {
    /// The code of the RPC error.
    #[must_use]
    pub const fn code(&self) -> i64 {
        match self {
            Self::NoSuchRoom(_) => 1,
            Self::NoSuchMessage(_) => 2,
            Self::NotYours(_) => 3,
            Self::NotAllowed(_) => 4,
            Self::SlowDown { .. } => 5,
            Self::WrongKey(_) => 6,
            Self::Store(_) => 7,
        }
    }

    /// A failure of the store or a file, with its causes.
    pub(crate) fn of_store(error: &(dyn Error + 'static)) -> Self {
        let (mut text, mut cause) = (error.to_string(), error.source());
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Store(text)
    }
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        Self::of_store(&error)
    }
}

impl From<DraftError> for ChatError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::NotYours => Self::NotYours(error.to_string()),
            other => Self::NotAllowed(other.to_string()),
        }
    }
}

impl From<ChatError> for RpcError {
    fn from(error: ChatError) -> Self {
        let data = match &error {
            ChatError::SlowDown { seconds } => Some(json!(seconds)),
            _ => None,
        };
        Self { data, ..Self::new(error.code(), error.to_string()) }
    }
}
