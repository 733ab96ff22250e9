//! The model of rooms and the store, without a network: what nodes keep and show.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

mod aside;
mod changes;
mod convergence;
mod gaps;
mod golden;
mod history;
mod kit;
mod people;
mod reading;
mod retention;
mod searching;
mod signatures;
