//! IRC clients on a real node that talks to others.

mod irssi;
pub(crate) mod node;
mod raw;
mod rules;
mod talk;
pub(crate) mod tmux;
mod weechat;
