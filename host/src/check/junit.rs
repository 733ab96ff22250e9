//! Writes what became of checks in the XML that continuous integration reads.

use super::outcome::{Done, Outcome};
use std::fmt::Write;

/// What became of the checks of the plug-in in `file`, as JUnit's XML.
#[must_use]
pub fn junit(file: &str, done: &[Done]) -> String {
    let count = |is: fn(&Outcome) -> bool| done.iter().filter(|one| is(&one.outcome)).count();
    let seconds: f64 = done.iter().map(|one| one.time.as_secs_f64()).sum();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\">\n",
        escape(file),
        done.len(),
        count(|outcome| matches!(outcome, Outcome::Failed(_))),
        count(|outcome| matches!(outcome, Outcome::Crashed(_) | Outcome::TimedOut(_))),
        count(|outcome| matches!(outcome, Outcome::Skipped(_))),
    );
    for one in done {
        let (name, time) = (escape(one.name), one.time.as_secs_f64());
        // Writing into a text does not fail.
        let _ = write!(out, "<testcase classname=\"backplane\" name=\"{name}\" time=\"{time:.3}\">");
        let element = match one.outcome {
            Outcome::Passed => None,
            Outcome::Failed(_) => Some("failure"),
            Outcome::Crashed(_) | Outcome::TimedOut(_) => Some("error"),
            Outcome::Skipped(_) => Some("skipped"),
        };
        if let Some(element) = element {
            let (message, log) = (escape(&one.outcome.to_string()), escape(&one.log));
            let _ = write!(out, "<{element} message=\"{message}\">{log}</{element}>");
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("</testsuite>\n</testsuites>\n");
    out
}

/// Text as XML has it. What XML has no way to write is left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_outcome_is_counted_and_texts_are_escaped() {
        let one = |name, outcome, log: &str| Done {
            name,
            outcome,
            time: Duration::from_millis(1500),
            log: log.to_owned(),
        };
        let done = [
            one("a", Outcome::Passed, "not shown"),
            one("b", Outcome::Failed("1 < 2 \"so\"".to_owned()), "a & b\u{1b}[0m"),
            one("c", Outcome::Crashed("SIGSEGV".to_owned()), ""),
            one("d", Outcome::TimedOut("it did not end".to_owned()), ""),
            one("e", Outcome::Skipped("nothing there".to_owned()), ""),
        ];
        let xml = junit("lib.so", &done);
        assert!(xml.contains(
            "<testsuite name=\"lib.so\" tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"1\" time=\"7.500\">"
        ));
        assert!(xml.contains("name=\"a\" time=\"1.500\"></testcase>"), "{xml}");
        assert!(xml.contains("<failure message=\"failed: 1 &lt; 2 &quot;so&quot;\">a &amp; b[0m</failure>"));
        assert!(xml.contains("<error message=\"timed out: it did not end\"></error>"));
        assert!(xml.contains("<skipped message=\"skipped: nothing there\"></skipped>"));
    }
}
