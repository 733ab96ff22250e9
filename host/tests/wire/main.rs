//! The recordings of real nodes, held against the host's frames, addresses and messages.

mod foreign;
mod frames;
mod messages;
mod recording;
