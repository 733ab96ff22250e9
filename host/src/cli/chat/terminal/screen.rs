//! The terminal while it is used: taken over, and given back however the program ends.

use super::disputed::Disputed;
use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use rustix::process::{Signal, getpid, kill_process};
use std::io::{self, Stdout, stdout};
use std::panic;
use std::sync::Once;

/// The terminal. It is given back when this is dropped, and before a panic is told.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    disputed: Disputed,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn enter() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let told = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                give_back();
                told(panic);
            }));
        });
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        // From here on it is given back, even if not all of it can be taken over.
        let screen = Self { terminal, disputed: Disputed::default() };
        take_over()?;
        Ok(screen)
    }

    pub(super) fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Draws what has changed.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // Terminals that know how show nothing of it until it is whole.
        queue!(stdout(), BeginSynchronizedUpdate)?;
        let disputed = &mut self.disputed;
        let drawn = self.terminal.try_draw(|frame| {
            draw(frame);
            for y in disputed.mark(frame.buffer_mut()) {
                queue!(stdout(), MoveTo(0, y), Clear(ClearType::UntilNewLine))?;
            }
            io::Result::Ok(())
        });
        execute!(stdout(), EndSynchronizedUpdate)?;
        drawn.map(drop)
    }

    /// Draws everything the next time.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Rings the bell.
    pub(super) fn ring(&self) -> io::Result<()> {
        execute!(stdout(), Print('\u{7}'))
    }

    /// Gives the terminal back and stops this process until it is continued.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        kill_process(getpid(), Signal::TSTP)?;
        take_over()?;
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)
}

/// A terminal that is gone takes nothing back.
fn give_back() {
    let _ = execute!(stdout(), DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}
