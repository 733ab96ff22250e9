//! The replies of JSON-RPC 2.0 as lines of text.

use super::error::MethodError;
use super::id::Id;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

/// The answer to one request.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) id: Id,
    pub(super) outcome: Result<Value, MethodError>,
}

impl Reply {
    /// The answer to something whose id is not known.
    pub(super) fn refusing(error: MethodError) -> Self {
        Self { id: Id::null(), outcome: Err(error) }
    }

    /// The reply as a line, without its end.
    pub(super) fn to_line(&self) -> String {
        serialise(self)
    }
}

/// The replies of a batch as a line; `None` when the batch held notifications only.
pub(super) fn batch_line(replies: &[Reply]) -> Option<String> {
    (!replies.is_empty()).then(|| serialise(replies))
}

fn serialise<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("JSON values with text keys can be written as JSON")
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Reply", 3)?;
        object.serialize_field("jsonrpc", "2.0")?;
        match &self.outcome {
            Ok(result) => object.serialize_field("result", result)?,
            Err(error) => object.serialize_field("error", error)?,
        }
        object.serialize_field("id", &self.id)?;
        object.end()
    }
}
