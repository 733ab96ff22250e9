//! What the keys are for at the moment.

use crate::cli::chat::ask::Ask;
use crate::cli::chat::model::Message;

/// What the keys are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They write.
    Typing,
    /// They choose a message of the timeline; this is the id.
    Selecting(String),
    /// They choose among what a search found.
    Searching(Search),
    /// They turn the pages of a text.
    Reading(Panel),
    /// They answer yes or no.
    Asking(Question),
}

/// A search and what it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) query: String,
    /// The newest first.
    pub(crate) found: Vec<Message>,
    /// Whether there are older ones.
    pub(crate) more: bool,
    /// Whether the node is still looking.
    pub(crate) looking: bool,
    /// The index of the chosen one.
    pub(crate) chosen: usize,
}

/// A text to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    /// How many lines are above what is seen.
    pub(crate) above: usize,
}

/// What is done only after a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(super) yes: Ask,
}
