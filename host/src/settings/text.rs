//! Reads the kinds of values that a file can only write as text or as plain numbers.

use crate::address::Address;
use semver::Version;
use serde::Serializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, Unexpected, Visitor};
use std::{fmt, path::PathBuf, time::Duration};
use tracing_subscriber::filter::{LevelFilter, Targets};

/// A length of time such as `15s` or `1h 30m`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let parse = |text: &str| humantime::parse_duration(text).ok();
    deserializer.deserialize_str(Text { expected: "a duration such as \"15s\"", parse })
}

/// A length of time as it is read.
pub(super) fn write_duration<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_duration(*time))
}

/// A semantic version.
pub(super) fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let parse = |text: &str| Version::parse(text).ok();
    deserializer.deserialize_str(Text { expected: "a version such as \"1.2.3\"", parse })
}

/// A level, or a list of levels for parts of the node.
pub(super) fn directives<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let expected =
        "error, warn, info, debug, trace or off, or a list such as \"info,backplane::channel=debug\"";
    let parse = |text: &str| text.split(',').all(is_directive).then(|| text.to_owned());
    deserializer.deserialize_str(Text { expected, parse })
}

/// A path, or none where the text is empty.
pub(super) fn path_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}

/// An address, or none where the text is empty.
pub(super) fn address_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Address>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    Address::deserialize(text.into_deserializer()).map(Some)
}

/// The bytes that begin every frame.
pub(super) fn magic<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 4], D::Error> {
    let bytes = Vec::<u8>::deserialize(deserializer)?;
    let count = bytes.len();
    bytes
        .try_into()
        .map_err(|_| D::Error::custom(format_args!("expected 4 numbers from 0 to 255, found {count}")))
}

/// A bare word must be a level: taken for a module's name, a misspelt level would silence the log.
fn is_directive(part: &str) -> bool {
    match part.split_once('=') {
        None => ["off", "error", "warn", "info", "debug", "trace"].contains(&part),
        Some((target, level)) => {
            !target.is_empty() && level.parse::<LevelFilter>().is_ok() && part.parse::<Targets>().is_ok()
        }
    }
}

/// A value that is written as text.
struct Text<T> {
    expected: &'static str,
    parse: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_levels_for_the_whole_node_or_for_parts_of_it() {
        for good in ["info", "off", "info,backplane::channel=debug", "plugin::chat=trace", "warn,a=off"] {
            assert!(good.split(',').all(is_directive), "{good}");
        }
        for bad in ["", "inof", "info,", "INFO ,", "backplane::channel", "a=loud", "=info", "info, a=debug=x"]
        {
            assert!(!bad.split(',').all(is_directive), "{bad}");
        }
    }
}
