//! The adding of a method of the node.

use super::{MethodError, Methods, handler};
use serde_json::Value;

/// Adds a method that answers at once.
pub(super) fn add(
    methods: &Methods,
    name: &str,
    answer: impl Fn(Value) -> Result<Value, MethodError> + Clone + Send + Sync + 'static,
) {
    let answering = handler(move |params| {
        let answer = answer.clone();
        async move { answer(params) }
    });
    if let Err(error) = methods.register(name, answering) {
        tracing::error!(%error, "an RPC method is left out");
    }
}
