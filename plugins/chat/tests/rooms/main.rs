//! The model of rooms and the store, without a network: what nodes keep and show.

mod aside;
mod changes;
mod convergence;
mod gaps;
mod history;
mod kit;
mod people;
mod reading;
mod retention;
mod searching;
mod signatures;
