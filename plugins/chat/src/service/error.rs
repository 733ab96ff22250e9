//! Why something that a user asked for was not done.

use backplane_plugin::RpcError;
use serde_json::json;

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
    /// 7: the database cannot be used.
    #[error("the store of chat fails: {0}")]
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
