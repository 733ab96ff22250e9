//! IRC clients on a real node that talks to others.

mod irssi;
mod node;
mod raw;
mod rules;
mod talk;
mod tmux;
mod weechat;
