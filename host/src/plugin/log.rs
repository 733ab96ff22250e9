//! A plug-in's events in the host's log, with their fields, under the target `plugin::NAME`.

use backplane_plugin::abi::{LogRecord, LogValue};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use tracing::field::{FieldSet, Value};
use tracing::{Event, Level, Metadata, callsite};
use tracing_core::Kind;
use tracing_core::callsite::Callsite;
use tracing_core::subscriber::Interest;
use tracing_subscriber::filter::Targets;

/// The log of one plug-in.
#[derive(Debug)]
pub(super) struct PluginLog {
    target: &'static str,
    level: AtomicU8,
    /// One callsite for each place in the plug-in that has logged.
    callsites: Mutex<HashMap<Place, &'static Site>>,
}

/// Where a plug-in logged, and with which fields.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Place {
    level: u8,
    file: String,
    line: u32,
    fields: Vec<&'static str>,
}

/// A callsite that the host makes for a place in a plug-in. It lives for ever, as callsites do.
#[derive(Debug)]
struct Site {
    metadata: Metadata<'static>,
}

impl Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &self.metadata
    }
}

/// The most fields an event may have; further ones are left out.
const FIELDS: usize = 32;
/// The most places of a plug-in that are kept; further ones are not logged.
const PLACES: usize = 4096;

impl PluginLog {
    /// The log of a plug-in; `filter` is `log.level`.
    pub(super) fn new(plugin: &str, filter: &str) -> Self {
        let level = most_verbose(filter, &format!("plugin::{plugin}"));
        let target = Box::leak(format!("plugin::{plugin}").into_boxed_str());
        Self { target, level: AtomicU8::new(level), callsites: Mutex::default() }
    }

    /// Takes over a changed `log.level`.
    pub(super) fn set_filter(&self, filter: &str) {
        let level = most_verbose(filter, self.target);
        self.level.store(level, Ordering::Relaxed);
    }

    /// The most verbose level that is taken.
    pub(super) fn level(&self) -> u8 {
        self.level.load(Ordering::Relaxed)
    }

    pub(super) fn write(&self, record: &LogRecord<'_>) {
        let Some(site) = self.site(record) else { return };
        tracing::dispatcher::get_default(|dispatch| {
            if dispatch.enabled(&site.metadata) {
                emit(site, record, dispatch);
            }
        });
    }

    fn site(&self, record: &LogRecord<'_>) -> Option<&'static Site> {
        let place = Place {
            level: record.level,
            file: record.file.as_str().to_owned(),
            line: record.line,
            fields: record.fields.iter().take(FIELDS - 1).map(|field| field.name.as_str()).collect(),
        };
        let mut callsites = self.callsites.lock();
        if let Some(site) = callsites.get(&place) {
            return Some(site);
        }
        if callsites.len() >= PLACES {
            return None;
        }
        let site = self.make(&place, record.module.as_str());
        callsites.insert(place, site);
        Some(site)
    }

    fn make(&self, place: &Place, module: &str) -> &'static Site {
        let names: Vec<&'static str> = ["message"].into_iter().chain(place.fields.iter().copied()).collect();
        let names: &'static [&'static str] = Box::leak(names.into_boxed_slice());
        let module: &'static str = Box::leak(module.to_owned().into_boxed_str());
        let file: &'static str = Box::leak(place.file.clone().into_boxed_str());
        // The site names itself in its fields, so it is made in two steps.
        let slot: &'static std::sync::OnceLock<Site> = Box::leak(Box::default());
        let fields = FieldSet::new(names, callsite::Identifier(Box::leak(Box::new(SiteRef(slot)))));
        let metadata = Metadata::new(
            "plug-in event",
            self.target,
            level(place.level),
            Some(file),
            Some(place.line),
            Some(module),
            fields,
            Kind::EVENT,
        );
        slot.get_or_init(|| Site { metadata })
    }
}

/// A callsite's name for itself before it is there.
#[derive(Debug)]
struct SiteRef(&'static std::sync::OnceLock<Site>);

impl Callsite for SiteRef {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &self.0.get().expect("a site is made before it is used").metadata
    }
}

fn emit(site: &'static Site, record: &LogRecord<'_>, dispatch: &tracing::Dispatch) {
    let fields = site.metadata.fields();
    let Some(message) = fields.field("message") else { return };
    let text = record.message.as_str();
    let mut values: [(&tracing::field::Field, Option<&dyn Value>); FIELDS] = [(&message, None); FIELDS];
    let names: Vec<_> = fields.iter().collect();
    let texts: Vec<&str> = record.fields.iter().map(|field| text_of(&field.value)).collect();
    let given = record.fields.iter().zip(&texts).map(|(field, text)| value(&field.value, text));
    let all = [&text as &dyn Value].into_iter().chain(given);
    for ((slot, name), value) in values.iter_mut().zip(&names).zip(all) {
        *slot = (name, Some(value));
    }
    dispatch.event(&Event::new(&site.metadata, &fields.value_set(&values)));
}

/// The value of a field; `text` is its text, if it is one.
fn value<'a>(value: &'a LogValue, text: &'a &str) -> &'a dyn Value {
    match value {
        LogValue::Signed(number) => number,
        LogValue::Unsigned(number) => number,
        LogValue::Float(number) => number,
        LogValue::Bool(yes) => yes,
        LogValue::Text(_) => text,
    }
}

fn text_of(value: &LogValue) -> &str {
    if let LogValue::Text(text) = value { text.as_str() } else { "" }
}

/// The most verbose level that a filter takes from a target, as a number.
fn most_verbose(filter: &str, target: &str) -> u8 {
    let Ok(targets) = filter.parse::<Targets>() else { return 0 };
    (1..=5).rev().find(|number| targets.would_enable(target, &level(*number))).unwrap_or(0)
}

const fn level(number: u8) -> Level {
    match number {
        1 => Level::ERROR,
        2 => Level::WARN,
        3 => Level::INFO,
        4 => Level::DEBUG,
        _ => Level::TRACE,
    }
}
