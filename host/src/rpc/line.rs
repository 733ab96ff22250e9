//! Lines cut out of a byte stream, none longer than a limit.

use std::io;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// The longest line that a server reads: 1 MiB without its end.
pub(crate) const MAX_REQUEST_BYTES: usize = 1 << 20;

/// The longest line that a client reads: 16 MiB without its end.
pub(super) const MAX_REPLY_BYTES: usize = 16 << 20;

/// What ends a line that is written. `\n` alone is also read as an end.
pub(super) const LINE_END: &str = "\r\n";

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A whole line without its end.
    Text(Vec<u8>),
    /// The start of a line that is too long. It is skipped to its end.
    TooLong,
}

/// Reads lines that end with `\n`, `\r\n` or the end of the stream.
#[derive(Debug)]
pub(super) struct LineReader<R> {
    source: BufReader<R>,
    line: Vec<u8>,
    max_bytes: usize,
    skipping: bool,
}

impl<R: AsyncRead + Unpin> LineReader<R> {
    pub(super) fn new(source: R, max_bytes: usize) -> Self {
        Self { source: BufReader::new(source), line: Vec::new(), max_bytes, skipping: false }
    }

    /// The next line; `None` at the end of the stream.
    ///
    /// # Cancel safety
    /// What was read stays here: a call that was dropped loses nothing.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let chunk = self.source.fill_buf().await?;
            if chunk.is_empty() {
                let rest = !self.line.is_empty();
                return Ok(if rest { self.finish() } else { None });
            }
            let part = chunk.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let ended = part.len() < chunk.len();
            let used = part.len() + usize::from(ended);
            if !self.skipping {
                self.line.extend_from_slice(part);
            }
            self.source.consume(used);
            if ended {
                if let Some(line) = self.finish() {
                    return Ok(Some(line));
                }
            } else if self.line.len() > self.max_bytes + 1 {
                // One byte more than the limit may still be the `\r` of the end.
                self.line = Vec::new();
                self.skipping = true;
                return Ok(Some(Line::TooLong));
            }
        }
    }

    /// Ends the current line; `None` when it is one that was skipped.
    fn finish(&mut self) -> Option<Line> {
        if std::mem::take(&mut self.skipping) {
            return None;
        }
        let mut line = std::mem::take(&mut self.line);
        line.pop_if(|last| *last == b'\r');
        Some(if line.len() > self.max_bytes { Line::TooLong } else { Line::Text(line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(input: &[u8], max_bytes: usize) -> Vec<Line> {
        let mut reader = LineReader::new(input, max_bytes);
        let mut lines = Vec::new();
        while let Some(line) = reader.next().await.unwrap() {
            lines.push(line);
        }
        lines
    }

    fn text(line: &str) -> Line {
        Line::Text(line.into())
    }

    #[tokio::test]
    async fn cuts_at_either_line_end_and_at_the_end_of_the_stream() {
        assert_eq!(lines(b"a\nb\r\n\n\r\nc", 8).await, [text("a"), text("b"), text(""), text(""), text("c")]);
        assert_eq!(lines(b"a\n", 8).await, [text("a")]);
        assert_eq!(lines(b"", 8).await, []);
        assert_eq!(lines(b"a\rb\n", 8).await, [text("a\rb")]);
    }

    #[tokio::test]
    async fn counts_the_line_without_its_end() {
        assert_eq!(
            lines(b"1234\r\n1234\n12345\n1234", 4).await,
            [text("1234"), text("1234"), Line::TooLong, text("1234")]
        );
        assert_eq!(lines(b"12345\r\n1\n", 4).await, [Line::TooLong, text("1")]);
    }

    #[tokio::test]
    async fn reports_a_long_line_once_and_keeps_none_of_it() {
        let mut input = vec![b'x'; 100_000];
        input.extend_from_slice(b"\nok\n");
        let mut reader = LineReader::new(input.as_slice(), 10);
        assert_eq!(reader.next().await.unwrap(), Some(Line::TooLong));
        assert_eq!(reader.line.capacity(), 0);
        assert_eq!(reader.next().await.unwrap(), Some(text("ok")));
        assert_eq!(reader.next().await.unwrap(), None);
        assert_eq!(lines(&[b'x'; 100_000], 10).await, [Line::TooLong]);
    }
}
