//! The events of plug-ins, as a stream of notifications.

use super::{MethodError, Methods, Notifier, Subscriber, SubscriptionFuture};
use crate::hub::{Hub, Told};
use crate::node::Node;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// How many names one subscription may have.
const MAX_NAMES: usize = 64;

/// What a client is told beside the events.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Notice {
    /// Whatever happens from here on is told.
    Subscribed,
    /// So many events had no room in the client's queue.
    Lost { count: u64 },
}

/// Registers `events.subscribe`.
pub(super) fn register(methods: &Methods, node: &Arc<Node>) {
    if let Err(error) = methods.register_stream("events.subscribe", subscriber(node)) {
        tracing::error!(%error, "an RPC method is left out");
    }
}

fn subscriber(node: &Arc<Node>) -> Subscriber {
    let node = Arc::clone(node);
    Arc::new(move |params, notifier: Notifier| {
        let plugins: Vec<_> = node.plugins().status().into_iter().map(|status| status.name).collect();
        let names = names(&params, &plugins)?;
        let stream: SubscriptionFuture = Box::pin(tell(node.plugins().hub().clone(), names, notifier));
        Ok(stream)
    })
}

/// The names in the parameters.
fn names(params: &Value, plugins: &[String]) -> Result<Vec<String>, MethodError> {
    let invalid = || MethodError::invalid_params("expected names of plug-ins or of events: [\"chat\"]");
    let values = params.as_array().ok_or_else(invalid)?;
    if values.len() > MAX_NAMES {
        return Err(MethodError::invalid_params(format!("a subscription has at most {MAX_NAMES} names")));
    }
    let known = |name: &str| {
        plugins.iter().filter(|plugin| !plugin.is_empty()).any(|plugin| {
            name.strip_prefix(plugin.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let name = |value: &Value| match value.as_str() {
        Some(name) if known(name) => Ok(name.to_owned()),
        Some(name) => Err(MethodError::invalid_params(format!("no plug-in of this node tells {name:?}"))),
        None => Err(invalid()),
    };
    values.iter().map(name).collect()
}

async fn tell(hub: Hub, names: Vec<String>, notifier: Notifier) {
    let mut subscription = hub.subscribe(names);
    notifier.notify(&Notice::Subscribed).await;
    loop {
        match subscription.next().await {
            Told::Event(event) => notifier.notify(&*event).await,
            Told::Lost(count) => notifier.notify(&Notice::Lost { count }).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_those_of_plug_ins_and_of_their_events() {
        let plugins = ["chat".to_owned(), String::new()];
        for (params, expected) in [
            (json!([]), vec![]),
            (json!(["chat"]), vec!["chat"]),
            (json!(["chat.message", "chat.room"]), vec!["chat.message", "chat.room"]),
        ] {
            assert_eq!(names(&params, &plugins).unwrap(), expected);
        }
        for (params, reason) in [
            (json!({}), "expected names"),
            (json!([1]), "expected names"),
            (json!(["chats"]), "no plug-in of this node tells \"chats\""),
            (json!([""]), "no plug-in of this node tells \"\""),
            (json!(vec!["chat"; 65]), "at most 64 names"),
        ] {
            let error = names(&params, &plugins).unwrap_err();
            let text = error.data.unwrap_or_default().to_string().replace('\\', "");
            assert!(error.code == -32602 && text.contains(reason), "{params}: {text}");
        }
    }

    #[test]
    fn notices_have_the_form_of_events() {
        let texts = [Notice::Subscribed, Notice::Lost { count: 3 }].map(|notice| json!(notice));
        assert_eq!(texts, [json!({"event": "subscribed"}), json!({"event": "lost", "count": 3})]);
    }
}
