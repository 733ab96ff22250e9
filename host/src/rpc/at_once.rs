//! Methods that answer at once, without waiting for anything.

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

/// Whether a method was given nothing.
pub(super) fn is_empty(params: &Value) -> bool {
    match params {
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        _ => false,
    }
}
