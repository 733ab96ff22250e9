//! A future whose polls are turns of a plug-in.

use super::labels::Label;
use super::marker::Mark;
use super::thread::Work;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls a future, each time as a turn with the same mark; without a mark it only polls.
#[derive(Debug)]
pub struct Marked<F> {
    future: F,
    mark: Option<Mark>,
    channel: u32,
    /// What was handed over to the future last: it may work on it for many polls.
    command: Label,
}

impl<F: Future + Unpin> Marked<F> {
    /// Marks the polls of a future, on a channel or 0.
    pub const fn new(future: F, mark: Option<Mark>, channel: u32) -> Self {
        Self { future, mark, channel, command: Label::NONE }
    }
}

impl<F: Future + Unpin> Future for Marked<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let work = self.mark.map(|mark| Work::begin(mark, self.channel, self.command));
        let polled = Pin::new(&mut self.future).poll(cx);
        if let Some(work) = work {
            self.command = work.end();
        }
        polled
    }
}
