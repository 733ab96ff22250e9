//! Why the demo failed.

/// What went wrong, in which step, at which node.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {cause}")]
pub(super) struct Trouble {
    /// What the demo was doing.
    pub(super) step: String,
    /// What happened.
    pub(super) cause: String,
    /// The node whose log may say more.
    pub(super) node: Option<&'static str>,
}

impl Trouble {
    /// Trouble of the demo itself.
    pub(super) fn new(step: impl Into<String>, cause: impl ToString) -> Self {
        Self { step: step.into(), cause: cause.to_string(), node: None }
    }

    /// Trouble with a node.
    pub(super) fn at(node: &'static str, step: impl Into<String>, cause: impl ToString) -> Self {
        Self { node: Some(node), ..Self::new(step, cause) }
    }
}
