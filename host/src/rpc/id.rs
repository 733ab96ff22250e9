//! The id that ties a reply to its request.

use serde::Serialize;
use serde_json::value::RawValue;

/// A request's id as it came, character by character: a number of any size is echoed unrounded.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Id(Box<RawValue>);

impl Id {
    /// The id of a reply to something that could not be read.
    pub(super) fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// `None` unless it is a string, a number or null.
    pub(super) fn new(text: Box<RawValue>) -> Option<Self> {
        let valid = text.get().starts_with(|c: char| matches!(c, '"' | '-' | 'n') || c.is_ascii_digit());
        valid.then_some(Self(text))
    }

    #[cfg(test)]
    pub(super) fn as_str(&self) -> &str {
        self.0.get()
    }
}
