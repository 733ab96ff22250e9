//! The chat page in a real browser, against real nodes.

mod browser;
mod folk;
mod history;
mod hostile;
mod irssi;
mod keyboard;
mod looks;
pub(crate) mod past;
mod pictures;
mod restart;
mod settings;
mod talk;
