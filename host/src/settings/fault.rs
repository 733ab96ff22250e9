//! The reasons why a value cannot be read, in the operator's words.

use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// Why a value could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// A table has a key that it should not have.
    UnknownKey { key: String, known: &'static [&'static str] },
    /// A value is not what was expected.
    Unfit(String),
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Unfit(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_value(found, expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Unfit(format!("expected {}, found {}", wanted(expected), shown(found)))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::Unfit(format!("expected {}, found {found:?}", listed(known)))
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownKey { key: key.to_owned(), known }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfit(reason) => f.write_str(reason),
            Self::UnknownKey { key, known } => match nearest(key, known) {
                Some(near) => write!(f, "unknown key, did you mean {near:?}?"),
                None => write!(f, "unknown key, expected {}", listed(known)),
            },
        }
    }
}

impl std::error::Error for Fault {}

/// The known key that was probably meant: at most one letter in three differs.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let distance = |candidate: &str| strsim::damerau_levenshtein(&key.to_lowercase(), candidate);
    let near = known.iter().copied().min_by_key(|candidate| distance(candidate))?;
    (distance(near) <= near.len().div_ceil(3)).then_some(near)
}

/// `"a", "b" or "c"`
pub(super) fn listed(known: &[&str]) -> String {
    let quoted: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// The visitors of the standard types speak Rust; operators do not.
fn wanted(expected: &dyn Expected) -> String {
    match expected.to_string().as_str() {
        "a string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        "u8" => format!("a whole number from 0 to {}", u8::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "usize" => "a whole number, 0 or more".to_owned(),
        other => other.to_owned(),
    }
}

fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => format!("{value:?}"),
        Unexpected::Str(text) => format!("{text:?}"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["inbound", "outbound_connections", "seeds"];

    #[test]
    fn suggests_the_key_that_was_probably_meant() {
        for (key, near) in [
            ("inbund", Some("inbound")),
            ("Seeds", Some("seeds")),
            ("sedes", Some("seeds")),
            ("outbond_conections", Some("outbound_connections")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(key, KNOWN), near, "{key}");
        }
    }

    #[test]
    fn lists_the_known_keys_when_none_is_near() {
        let fault: Fault = de::Error::unknown_field("colour", &["dir", "file"]);
        assert_eq!(fault.to_string(), r#"unknown key, expected "dir" or "file""#);
        let fault: Fault = de::Error::unknown_field("colour", &["dir"]);
        assert_eq!(fault.to_string(), r#"unknown key, expected "dir""#);
    }
}
