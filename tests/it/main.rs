//! Whole nodes with real plug-in libraries, few tests that each tell a story.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

mod authors;
mod bans;
mod behaviour;
mod changes;
mod chat;
mod check;
mod configuration;
mod crashes;
mod direct;
mod events;
mod faults;
mod frozen;
mod full;
mod gateway;
mod greed;
mod hangs;
mod hosts;
mod http;
mod identity;
mod integrity;
mod ladder;
mod loading;
mod log;
mod manifest;
mod ping;
mod plugin_events;
mod reactor;
mod reload;
mod restart;
mod stop;
mod transcript;
mod transports;
