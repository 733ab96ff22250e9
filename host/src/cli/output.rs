//! Writes a command's result to the standard output.

use super::Failure;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use tokio::io::Interest;
use tokio::net::unix::pipe;

/// Writes lines. A reader that has seen enough, such as `head`, is no failure.
pub(super) fn lines(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    write(|output| lines.into_iter().try_for_each(|line| writeln!(output, "{line}"))).map(drop)
}

/// Writes one line at once; whether somebody may still read.
pub(super) fn line(line: &str) -> Result<bool, Failure> {
    write(|output| writeln!(output, "{line}"))
}

fn write(write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()>) -> Result<bool, Failure> {
    let mut output = io::stdout().lock();
    match write(&mut output).and_then(|()| output.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::runtime(&error)),
    }
}

/// Waits until nobody reads the standard output any more, where that can be known: of a pipe or a socket.
pub(super) async fn closed() {
    let output = io::stdout();
    let watched = (!output.is_terminal()).then(|| output.as_fd().try_clone_to_owned().ok()).flatten();
    // Nothing is written by this, so it need not be non-blocking. A file is refused: it has no other end.
    let watched = watched.and_then(|output| pipe::Sender::from_owned_fd_unchecked(output).ok());
    match watched {
        Some(output) if output.ready(Interest::ERROR).await.is_ok() => {}
        _ => std::future::pending().await,
    }
}
