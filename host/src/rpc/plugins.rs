//! The methods about plug-ins: how they are, and switching them.

use super::at_once::add;
use super::target::params;
use super::{MethodError, Methods, handler};
use crate::blocking::run_blocking;
use crate::node::Node;
use crate::plugin::{Reason, SwitchError};
use serde_json::Value;
use std::sync::Arc;

/// Registers `plugin.list`, `plugin.disable`, `plugin.enable`, `plugin.restart` and `plugin.release`.
pub(super) fn register(methods: &Methods, node: &Arc<Node>) {
    let owner = Arc::clone(node);
    add(methods, "plugin.list", move |_| {
        serde_json::to_value(owner.plugins().status())
            .map_err(|error| MethodError::internal(error.to_string()))
    });
    let owner = Arc::clone(node);
    let release = handler(move |given| release(Arc::clone(&owner), given));
    if let Err(error) = methods.register("plugin.release", release) {
        tracing::error!(%error, "an RPC method is left out");
    }
    for (method, action) in [
        ("plugin.disable", Action::Disable),
        ("plugin.enable", Action::Enable),
        ("plugin.restart", Action::Restart),
    ] {
        let owner = Arc::clone(node);
        let answering = handler(move |given| switch(Arc::clone(&owner), action, given));
        if let Err(error) = methods.register(method, answering) {
            tracing::error!(%error, "an RPC method is left out");
        }
    }
}

/// Lets the plug-in that the parameters name out of its quarantine: whether it was in one.
async fn release(node: Arc<Node>, given: Value) -> Result<Value, MethodError> {
    let (name,): (String,) = params(given)?;
    let released = run_blocking(move || node.plugins().release(&name)).await;
    let internal = |error: &dyn std::fmt::Display| MethodError::internal(error.to_string());
    released.map_err(|error| internal(&error))?.map(Value::Bool).map_err(|error| internal(&error))
}

/// What is done with a plug-in.
#[derive(Debug, Clone, Copy)]
enum Action {
    Disable,
    Enable,
    Restart,
}

/// Does it with the plug-in that the parameters name.
async fn switch(node: Arc<Node>, action: Action, given: Value) -> Result<Value, MethodError> {
    let (name,): (String,) = params(given)?;
    let plugins = node.plugins();
    let done = match action {
        Action::Disable => plugins.disable(&name).await.map_err(SwitchError::from),
        Action::Enable => plugins.enable(&name).await,
        Action::Restart => {
            plugins.restart(&name, Reason::Sound("the operator asked for it".to_owned())).await
        }
    };
    match done {
        Ok(()) => Ok(Value::Bool(true)),
        Err(error @ SwitchError::NotRunning(_)) => Err(MethodError::invalid_params(error.to_string())),
        Err(error @ SwitchError::Failed(_)) => Err(MethodError::internal(error.to_string())),
    }
}
