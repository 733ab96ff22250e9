//! `config.reload`: the configuration read again.

use super::at_once::is_empty;
use super::{MethodError, Methods, handler};
use crate::causes::chain;
use crate::node::{ReloadError, Reloader};
use serde_json::Value;
use std::sync::Arc;

/// The code of the error that says that the configuration cannot be used.
pub const BAD_CONFIGURATION: i64 = -32_010;

/// Registers `config.reload`, which answers with what was applied, what waits for a restart, and what was refused. A
/// configuration that cannot be used is answered by an error with the lines that say why; nothing has changed then.
pub fn register_reload(methods: &Methods, reloader: &Arc<Reloader>) {
    let reloader = Arc::clone(reloader);
    let reload = handler(move |params: Value| {
        let reloader = Arc::clone(&reloader);
        async move {
            if !is_empty(&params) {
                return Err(MethodError::invalid_params("expected no parameters"));
            }
            let reloaded = reloader.reload_and_tell().await.map_err(|error| refusal(&error))?;
            serde_json::to_value(reloaded).map_err(|error| MethodError::internal(error.to_string()))
        }
    });
    if let Err(error) = methods.register("config.reload", reload) {
        tracing::error!(%error, "an RPC method is left out");
    }
}

fn refusal(error: &ReloadError) -> MethodError {
    MethodError::new(BAD_CONFIGURATION, error.to_string()).with_data(vec![chain(&error.source)])
}
