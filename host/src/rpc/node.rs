//! The methods of a node: what it is doing, its plug-ins, and whatever those answer.

use super::at_once::add;
use super::info::info;
use super::{MethodError, Methods, bans, dnet, events, explain, handler, plugins};
use crate::node::Node;
use crate::plugin::PluginMethod;
use std::sync::Arc;

/// Registers the methods of a node and those of its plug-ins. A bare name that is taken is left out.
pub fn register(methods: &Methods, node: &Arc<Node>) {
    let owner = Arc::clone(node);
    add(methods, "p2p.get_info", move |_| Ok(info(&owner)));
    let owner = Arc::clone(node);
    add(methods, "hosts.analyze", move |_| {
        let context = owner.context();
        let slots = context.settings.now().network.outbound_connections.into();
        serde_json::to_value(context.hosts.analyse(slots))
            .map_err(|error| MethodError::internal(error.to_string()))
    });
    dnet::register(methods, &node.context().events);
    events::register(methods, node);
    bans::register(methods, node);
    explain::register(methods, node);
    plugins::register(methods, node);
    for method in node.plugins().methods() {
        add_plugin_method(methods, method);
    }
}

fn add_plugin_method(methods: &Methods, method: PluginMethod) {
    let (name, aliases) = (method.name.clone(), method.aliases.clone());
    let method = Arc::new(method);
    let answering = handler(move |params| {
        let method = Arc::clone(&method);
        async move {
            method.call(&params).await.map_err(|error| {
                let refusal = MethodError::new(error.code, error.message);
                if let Some(data) = error.data { refusal.with_data(data) } else { refusal }
            })
        }
    });
    if let Err(error) = methods.register(&name, answering) {
        tracing::error!(%error, "an RPC method is left out");
        return;
    }
    for alias in aliases {
        if let Err(error) = methods.alias(&alias, &name) {
            tracing::warn!(%error, "the bare name of an RPC method is left out");
        }
    }
}
