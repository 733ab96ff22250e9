//! The plug-in's `tracing` events on their way to the host's log.

use super::data::{LogField, LogRecord, LogValue};
use super::objects::HostArc;
use abi_stable::std_types::RString;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

/// Forwards this library's events to `host`. The first host that makes the plug-in gets them.
pub(super) fn install(host: &HostArc) {
    // Refused when the library has a subscriber already: the same library in a second node.
    let _ = tracing::subscriber::set_global_default(Forwarder { host: host.clone() });
}

/// What forwards the events of a thread to `host` while it is that thread's default.
#[cfg(feature = "testkit")]
pub(super) fn dispatch(host: &HostArc) -> tracing::Dispatch {
    tracing::Dispatch::new(Forwarder { host: host.clone() })
}

struct Forwarder {
    host: HostArc,
}

/// The number of a level at the boundary.
pub(super) const fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

/// The level that has this number.
#[cfg(feature = "testkit")]
pub(super) fn level(of: u8) -> Option<Level> {
    [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE]
        .into_iter()
        .find(|level| number(*level) == of)
}

impl Subscriber for Forwarder {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // The host's level may change at any time.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && number(*metadata.level()) <= self.host.log_level()
    }

    fn event(&self, event: &Event<'_>) {
        let mut values = Values::default();
        event.record(&mut values);
        let metadata = event.metadata();
        self.host.log(LogRecord {
            level: number(*metadata.level()),
            module: metadata.target().into(),
            file: metadata.file().unwrap_or_default().into(),
            line: metadata.line().unwrap_or_default(),
            message: values.message.as_str().into(),
            fields: values.fields.as_slice().into(),
        });
    }

    // Spans stay in the library: their fields are not forwarded.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Values {
    message: String,
    fields: Vec<LogField>,
}

impl Values {
    fn push(&mut self, field: &Field, value: LogValue) {
        self.fields.push(LogField { name: field.name().into(), value });
    }

    fn text(&mut self, field: &Field, text: String) {
        if field.name() == "message" {
            self.message = text;
        } else {
            self.push(field, LogValue::Text(RString::from(text)));
        }
    }
}

impl Visit for Values {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, LogValue::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, LogValue::Unsigned(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, LogValue::Float(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, LogValue::Bool(value));
    }
}
