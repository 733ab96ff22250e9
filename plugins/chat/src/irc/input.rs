//! Bytes of a client as lines, of which none is kept that is too long.

/// How long a line may be: tags, and what IRC allows without them.
pub(crate) const LONGEST: usize = 8191 + super::line::LINE;

/// The bytes that have come and are no whole line yet.
#[derive(Debug, Default)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    /// The rest of a line that was too long is still to come.
    is_skipping: bool,
}

/// One line of a client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// A line without its end.
    Line(Vec<u8>),
    /// A line that was too long, and is gone.
    TooLong,
}

impl Input {
    /// Adds bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next line, if it is there.
    pub(crate) fn next(&mut self) -> Option<Given> {
        loop {
            let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') else {
                return self.without_an_end();
            };
            let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
            if std::mem::take(&mut self.is_skipping) {
                continue;
            }
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            let is_too_long = body(&line) > super::line::LINE - 2 || line.len() > LONGEST;
            return Some(if is_too_long { Given::TooLong } else { Given::Line(line) });
        }
    }

    fn without_an_end(&mut self) -> Option<Given> {
        if self.is_skipping {
            self.bytes.clear();
        }
        if self.bytes.len() <= LONGEST {
            return None;
        }
        self.bytes = Vec::new();
        self.is_skipping = true;
        Some(Given::TooLong)
    }
}

/// How many bytes of a line are no tags.
fn body(line: &[u8]) -> usize {
    if line.first() != Some(&b'@') {
        return line.len();
    }
    line.iter().position(|byte| *byte == b' ').map_or(0, |space| line.len() - space - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Given> {
        let mut input = Input::default();
        let mut lines = Vec::new();
        for piece in pieces {
            input.push(piece);
            lines.extend(std::iter::from_fn(|| input.next()));
        }
        lines
    }

    fn line(text: &str) -> Given {
        Given::Line(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_end_with_either_end_wherever_the_bytes_are_cut() {
        let bytes = b"NICK a\r\nUSER b\n\nPING";
        let expected = [line("NICK a"), line("USER b"), line("")];
        assert_eq!(lines(&[bytes]), expected);
        assert_eq!(lines(&bytes.chunks(1).collect::<Vec<_>>()), expected);
        assert_eq!(lines(&[bytes, b" x\r\n"]).last(), Some(&line("PING x")));
    }

    #[test]
    fn a_line_that_is_too_long_is_told_once_and_the_next_one_is_read() {
        let long = vec![b'x'; LONGEST + 1];
        let after = [Given::TooLong, line("PING a")];
        assert_eq!(lines(&[&long, &long, b"\r\nPING a\r\n"]), after);
        assert_eq!(lines(&[&[b'x'; 511], b"\nPING a\n"]), after);
        assert_eq!(lines(&[&[b'x'; 510], b"\r\n"]).len(), 1);
    }

    #[test]
    fn tags_have_a_length_of_their_own() {
        let tagged = |tags: usize, body: usize| {
            [b"@".as_slice(), &vec![b't'; tags], b" ", &vec![b'x'; body], b"\n"].concat()
        };
        assert!(matches!(lines(&[&tagged(8000, 510)])[..], [Given::Line(_)]));
        assert_eq!(lines(&[&tagged(10, 511)]), [Given::TooLong]);
        assert_eq!(lines(&[&tagged(LONGEST, 1)]), [Given::TooLong]);
    }

    #[test]
    fn nothing_grows_without_a_bound() {
        let mut input = Input::default();
        for _ in 0..100 {
            input.push(&[b'x'; 4096]);
            while input.next().is_some() {}
            assert!(input.bytes.len() <= LONGEST);
        }
    }
}
