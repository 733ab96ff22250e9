//! What is being typed in a room, and what it is for.

use super::editor::Editor;
use crate::cli::chat::model::Message;

/// A text being typed, perhaps about a message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Composer {
    pub(crate) editor: Editor,
    pub(crate) target: Option<Target>,
}

/// The message that the text is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) purpose: Purpose,
    pub(crate) id: String,
    /// Who wrote it.
    pub(crate) who: String,
    /// Its text in one line.
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Reply,
    Edit,
    /// The text is an emoji.
    React,
}

impl Target {
    pub(super) fn new(purpose: Purpose, message: &Message) -> Self {
        Self { purpose, id: message.id.clone(), who: message.handle(), text: message.text.one_line() }
    }
}
