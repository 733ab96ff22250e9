//! The methods of a node: what it is doing, its plug-ins, and whatever those answer.

use super::add::add;
use super::{MethodError, Methods, bans, explain, handler};
use crate::channel::Channel;
use crate::node::Node;
use crate::plugin::{NotRunning, PluginManager, PluginMethod};
use crate::session::ManualPeer;
use serde_json::{Value, json};
use std::sync::Arc;

/// Registers the methods of a node and those of its plug-ins. A bare name that is taken is left out.
pub fn register(methods: &Methods, node: &Arc<Node>) {
    let owner = Arc::clone(node);
    add(methods, "p2p.get_info", move |_| Ok(info(&owner)));
    let owner = Arc::clone(node);
    add(methods, "hosts.analyze", move |_| {
        let context = owner.context();
        let slots = context.settings.network.outbound_connections.into();
        serde_json::to_value(context.hosts.analyse(slots))
            .map_err(|error| MethodError::internal(error.to_string()))
    });
    let owner = Arc::clone(node);
    add(methods, "plugin.list", move |_| {
        serde_json::to_value(owner.plugins().status())
            .map_err(|error| MethodError::internal(error.to_string()))
    });
    bans::register(methods, node);
    explain::register(methods, node);
    let owner = Arc::clone(node);
    add(methods, "plugin.disable", move |params| switch(&owner, params, PluginManager::disable));
    let owner = Arc::clone(node);
    add(methods, "plugin.enable", move |params| switch(&owner, params, PluginManager::enable));
    for method in node.plugins().methods() {
        add_plugin_method(methods, method);
    }
}

/// Switches the plug-in that the parameters name.
fn switch(
    node: &Node,
    params: Value,
    how: impl FnOnce(&PluginManager, &str) -> Result<(), NotRunning>,
) -> Result<Value, MethodError> {
    let (name,): (String,) =
        serde_json::from_value(params).map_err(|error| MethodError::invalid_params(error.to_string()))?;
    how(node.plugins(), &name).map_err(|error| MethodError::invalid_params(error.to_string()))?;
    Ok(Value::Bool(true))
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

/// The channels and slots, in the shape that DarkFi's tools know, with more beside it.
fn info(node: &Node) -> Value {
    let context = node.context();
    let channels: Vec<_> = context.channels.all().iter().map(describe).collect();
    let counts = context.hosts.counts();
    json!({
        "channels": channels,
        "outbound_slots": context.slots.channels(),
        "node_id": context.known.own().to_string(),
        "peers": context.peers.all().iter().map(describe_peer).collect::<Vec<_>>(),
        "inbound": node.inbound(),
        "inbound_slots": context.inbound.status(),
        "direct": context.direct.status(),
        "external": *context.identity.external.read(),
        "hosts": {"gold": counts.gold, "white": counts.white, "grey": counts.grey, "dark": counts.dark, "black": counts.black},
    })
}

fn describe_peer(peer: &ManualPeer) -> Value {
    json!({
        "url": peer.address,
        "pinned": peer.pinned.map(|id| id.to_string()),
        "failures": peer.failures,
        "error": peer.error,
        "alarm": peer.alarm,
    })
}

fn describe(channel: &Arc<Channel>) -> Value {
    let peer = channel.peer();
    json!({
        "url": channel.address(),
        "session": channel.session().name(),
        "id": channel.id(),
        "node_id": channel.link().node_id.map(|id| id.to_string()),
        "name": peer.map(|peer| &peer.node_id),
        "application": peer.map(|peer| &peer.application),
        "protocols": channel.messages().open_protocols().iter().map(|name| &**name).collect::<Vec<_>>(),
    })
}
