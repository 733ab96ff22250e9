//! One channel over an in-memory connection, with the clock paused and the test as its peer.

mod accepting;
mod attached;
mod budget;
mod builtin;
mod changes;
mod close;
mod deadlines;
mod handshake;
mod kit;
mod limits;
mod negotiation;
mod order;
mod pressure;
mod sharing;
mod strangers;
mod writing;
