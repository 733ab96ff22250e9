//! Replies that carry the label of what they answer.

use super::Session;
use crate::irc::backend::Backend;
use crate::irc::caps::Cap;
use crate::irc::line::Line;
use crate::irc::request::Request;

/// How long a label may be, in bytes.
const LONGEST: usize = 64;

impl<B: Backend> Session<B> {
    /// Puts the label of a request on what was pushed for it.
    pub(super) fn label(&mut self, request: &Request) {
        let Some(label) = request.tag("label").filter(|label| label.len() <= LONGEST) else { return };
        if !self.caps.has(Cap::LabeledResponse) {
            return;
        }
        let mut lines = std::mem::take(&mut self.out);
        if lines.len() < 2 {
            let line = lines.pop().unwrap_or_else(|| Line::server("ACK"));
            self.out.push(line.tag("label", label));
        } else if self.caps.has(Cap::Batch) {
            let batch = self.next_batch();
            let opening = Line::server("BATCH").param(format!("+{batch}")).param("labeled-response");
            self.out.push(opening.tag("label", label));
            // Lines of an inner batch belong to that one.
            let inside = |line: Line| if line.has_tag("batch") { line } else { line.tag("batch", &batch) };
            self.out.extend(lines.into_iter().map(inside));
            self.out.push(Line::server("BATCH").param(format!("-{batch}")));
        } else {
            self.out = lines;
        }
    }

    /// A name for a batch that no other one of this client has.
    pub(super) fn next_batch(&mut self) -> String {
        self.batches += 1;
        format!("b{}", self.batches)
    }

    /// Puts lines into a batch, if the client knows batches; an empty one too.
    pub(super) fn push_batch(&mut self, kind: &str, target: Option<&str>, lines: Vec<Line>) {
        if !self.caps.has(Cap::Batch) {
            self.out.extend(lines);
            return;
        }
        let batch = self.next_batch();
        let opening = Line::server("BATCH").param(format!("+{batch}")).param(kind);
        self.out.push(target.into_iter().fold(opening, Line::param));
        self.out.extend(lines.into_iter().map(|line| line.tag("batch", &batch)));
        self.out.push(Line::server("BATCH").param(format!("-{batch}")));
    }
}
