//! How the demo talks: one line an event, with the time since the start.

use super::super::output;
use crate::clock;
use std::io::{self, IsTerminal};
use tokio::time::Instant;

const GREY: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Writes lines to the standard output.
#[derive(Debug)]
pub(super) struct Display {
    start: Instant,
    colours: bool,
}

impl Display {
    /// Colours only for a person who has not refused them.
    pub(super) fn new() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { start: clock::now(), colours: io::stdout().is_terminal() && !refused }
    }

    /// Something that happened at `who`.
    pub(super) fn step(&self, who: &str, what: &str) {
        let seconds = clock::now().saturating_duration_since(self.start).as_secs_f64();
        let line = render(seconds, who, &printable(what), self.colours);
        self.plain(&line);
    }

    /// A line as it is.
    pub(super) fn plain(&self, line: &str) {
        // An output that nobody reads any more is no reason to stop in another way.
        let _ = output::lines([line.to_owned()]);
    }
}

fn render(seconds: f64, who: &str, what: &str, colours: bool) -> String {
    if !colours {
        return format!("{seconds:6.2} s  {who:<6} {what}");
    }
    let colour = match who {
        "alice" => "\x1b[36m",
        "bob" => "\x1b[33m",
        "carol" => "\x1b[35m",
        _ => "\x1b[32m",
    };
    format!("{GREY}{seconds:6.2} s{PLAIN}  {colour}{who:<6}{PLAIN} {what}")
}

/// Text without characters that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_plain_lines_where_there_is_no_terminal() {
        assert_eq!(render(1.234, "bob", "received: hello", false), "  1.23 s  bob    received: hello");
        assert!(render(1.234, "bob", "x", true).contains("\x1b[33mbob"));
    }

    #[test]
    fn shows_no_control_characters() {
        assert_eq!(printable("a\x1b[31mb\tc"), "a\u{fffd}[31mb\u{fffd}c");
    }
}
