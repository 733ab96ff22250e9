//! A key whose value is not acceptable, before it is known who set it.

/// A key whose value is not acceptable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) key: String,
    pub(super) reason: String,
}

impl Finding {
    pub(super) fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}
