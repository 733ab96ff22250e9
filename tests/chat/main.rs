//! Chat on whole nodes: a file for each subject.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests fail by panics")]

mod irc;
