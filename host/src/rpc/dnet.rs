//! The methods of network tools: events, switched on and off, as a stream of notifications.

use super::at_once::{add, is_empty};
use super::{MethodError, Methods, Notifier, Subscriber, SubscriptionFuture};
use crate::events::Events;
use serde_json::Value;
use std::sync::Arc;

/// Registers `dnet.switch` and `dnet.subscribe_events`.
pub(super) fn register(methods: &Methods, events: &Events) {
    let owned = events.clone();
    add(methods, "dnet.switch", move |params| {
        let on =
            only_bool(&params).ok_or_else(|| MethodError::invalid_params("expected [true] or [false]"))?;
        owned.switch(on);
        Ok(true.into())
    });
    if let Err(error) = methods.register_stream("dnet.subscribe_events", subscriber(events.clone())) {
        tracing::error!(%error, "an RPC method is left out");
    }
}

fn only_bool(params: &Value) -> Option<bool> {
    match params.as_array()?.as_slice() {
        [Value::Bool(on)] => Some(*on),
        _ => None,
    }
}

fn subscriber(events: Events) -> Subscriber {
    Arc::new(move |params, notifier: Notifier| {
        if !is_empty(&params) {
            return Err(MethodError::invalid_params("expected no parameters"));
        }
        let mut subscription = events.subscribe();
        let stream: SubscriptionFuture = Box::pin(async move {
            while let Some(event) = subscription.next().await {
                notifier.notify(&*event).await;
            }
        });
        Ok(stream)
    })
}
