//! Writes a command's result to the standard output.

use super::Failure;
use std::io::{self, ErrorKind, Write};

/// Writes lines. A reader that has seen enough, such as `head`, is no failure.
pub(super) fn lines(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    let written =
        lines.into_iter().try_for_each(|line| writeln!(output, "{line}")).and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::runtime(&error)),
        _ => Ok(()),
    }
}
