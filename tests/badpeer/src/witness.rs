//! What the nodes of this process log of their channels, kept by peer.

use backplane::address::Address;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// One line of a node's log about a peer.
#[derive(Debug, Clone)]
pub struct Line {
    /// The peer's address.
    pub peer: IpAddr,
    /// What happened.
    pub message: String,
    /// Why, where a reason is given.
    pub reason: String,
    /// How important it is.
    pub level: Level,
}

static LINES: LazyLock<Mutex<Vec<Line>>> = LazyLock::new(Mutex::default);

/// Begins to listen; once in a process.
pub fn listen() {
    static ONCE: LazyLock<()> = LazyLock::new(|| {
        let subscriber = tracing_subscriber::registry().with(Witness);
        // Whoever listens already was started by this as well.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
    LazyLock::force(&ONCE);
}

/// What was logged of the peers for which this holds.
#[must_use]
pub fn of(is_wanted: impl Fn(IpAddr) -> bool) -> Vec<Line> {
    lines().iter().filter(|line| is_wanted(line.peer)).cloned().collect()
}

fn lines() -> MutexGuard<'static, Vec<Line>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Witness;

/// The fields of a span or an event, as text.
#[derive(Debug, Clone, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Fields {
    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Witness {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let target = metadata.target();
        *metadata.level() <= Level::INFO && target.starts_with("backplane")
            || *metadata.level() <= Level::DEBUG && target.starts_with("backplane::session")
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let of_span = || {
            let scope = context.event_scope(event)?;
            scope.into_iter().find_map(|span| span.extensions().get::<Fields>()?.0.get("peer").cloned())
        };
        let peer = fields.take("peer").or_else(of_span);
        let Some(peer) = peer.and_then(|peer| peer.parse::<Address>().ok()?.ip_lenient()) else { return };
        lines().push(Line {
            peer,
            message: fields.take("message").unwrap_or_default(),
            reason: ["reason", "why", "error"]
                .into_iter()
                .find_map(|name| fields.take(name))
                .unwrap_or_default(),
            level: *event.metadata().level(),
        });
    }
}
