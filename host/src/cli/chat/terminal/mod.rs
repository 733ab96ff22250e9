//! `chat` without a command: the loop between keys, the node, the model and the screen.

mod disputed;
mod link;
mod screen;

use super::app::{App, Effect, Input, Problem};
use super::ask::Ask;
use super::stamp::Clock;
use super::view::{self, palette::Palette};
use crate::cli::Failure;
use crate::cli::call::connect_failure;
use crate::cli::signals::{Hangups, Signals};
use crate::rpc::{CallError, Endpoint, MethodError};
use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use ratatui::layout::Size;
use screen::Screen;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IsTerminal};
use std::task::Poll;
use tokio::sync::mpsc;

/// What waits between the connection and the model, and the other way.
const QUEUE: usize = 1024;
/// How much is taken in between two drawings, of keys and of what the node says.
const BATCH: usize = 128;

/// Talks until the user has enough.
///
/// # Errors
/// Usage when there is no terminal, or the address is none; run time when the terminal fails.
pub(super) async fn run(url: &str, room: Option<String>) -> Result<(), Failure> {
    check_terminal()?;
    url.parse::<Endpoint>().map_err(|error| connect_failure(&CallError::Address(error)))?;
    let mut signals = Signals::new()?;
    let mut hangups = Hangups::new()?;
    let (asks, asked) = mpsc::channel(QUEUE);
    let (inputs, mut input) = mpsc::channel(QUEUE);
    let mut screen = Screen::enter().map_err(|error| Failure::runtime(&error))?;
    let size = screen.size().map_err(|error| Failure::runtime(&error))?;
    let app = App::new(Palette::of(|name| std::env::var_os(name)), Clock::local(), size, room);
    let mut session = Session { app, asks, refused: VecDeque::new() };
    let mut keys = EventStream::new();
    let talking = async {
        loop {
            screen.draw(|frame| view::draw(frame, &session.app))?;
            let first = tokio::select! {
                biased;
                () = signals.next() => return Ok(()),
                () = hangups.next() => return Ok(()),
                told = input.recv() => told,
                key = keys.next() => match key {
                    Some(key) => read(key?),
                    None => return Ok(()),
                },
            };
            let mut taken: Vec<_> = first.into_iter().collect();
            taken.extend(std::iter::from_fn(|| input.try_recv().ok()).take(BATCH));
            // Drawing once for many keys keeps up with whoever holds one down.
            while taken.len() < 2 * BATCH
                && let Some(key) = at_once(&mut keys).await
            {
                taken.extend(read(key?));
            }
            for input in taken {
                if !session.take(input, &mut screen)? {
                    return Ok(());
                }
            }
            // However fast the keys come, the connection has its turn.
            tokio::task::yield_now().await;
        }
    };
    let result: io::Result<()> = tokio::select! {
        biased;
        result = talking => result,
        () = link::keep(url, asked, inputs) => Ok(()),
    };
    drop(screen);
    result.map_err(|error| Failure::Runtime(format!("the terminal fails: {error}")))
}

struct Session {
    app: App,
    asks: mpsc::Sender<Ask>,
    /// Questions for which the connection has no room.
    refused: VecDeque<Ask>,
}

impl Session {
    /// Gives the model an input and does what it wants; whether it goes on.
    fn take(&mut self, input: Input, screen: &mut Screen) -> io::Result<bool> {
        let mut effects: VecDeque<_> = self.app.handle(input).into();
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Ask(ask) => {
                    if let Err(error) = self.asks.try_send(ask) {
                        self.refused.push_back(error.into_inner());
                    }
                }
                Effect::Quit => return Ok(false),
                Effect::Redraw => screen.clear()?,
                Effect::Suspend => screen.suspend()?,
                Effect::Bell => screen.ring()?,
            }
        }
        while let Some(ask) = self.refused.pop_front() {
            let busy = MethodError::new(-1, "too much is asked of the node at once");
            // An answer that is a refusal asks for nothing more of what was refused.
            self.app.handle(Input::Answered(ask, Err(Problem::Refused(busy))));
        }
        Ok(true)
    }
}

/// The next key, if it is there already. The stream keeps the waker of whoever asks, so it has to be that of this task.
async fn at_once(keys: &mut EventStream) -> Option<io::Result<Event>> {
    poll_fn(|context| match keys.poll_next_unpin(context) {
        Poll::Ready(key) => Poll::Ready(key),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// What an event of the terminal means; nothing for those that do not matter.
fn read(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => Some(Input::Key(key)),
        Event::Paste(text) => Some(Input::Pasted(text)),
        Event::Resize(width, height) => Some(Input::Resized(Size { width, height })),
        Event::FocusGained => Some(Input::Focused(true)),
        Event::FocusLost => Some(Input::Focused(false)),
        Event::Mouse(_) => None,
    }
}

/// Without a terminal there is nobody to talk.
fn check_terminal() -> Result<(), Failure> {
    let missing = match (io::stdin().is_terminal(), io::stdout().is_terminal()) {
        (true, true) if std::env::var("TERM").is_ok_and(|name| name == "dumb") => "TERM is dumb",
        (true, true) => return Ok(()),
        (false, _) => "the standard input is none",
        (true, false) => "the standard output is none",
    };
    Err(Failure::Usage(format!(
        "`backplane chat` needs a terminal, and {missing}: for pipes and scripts there are `chat tail`, `chat send` and `chat history`"
    )))
}
