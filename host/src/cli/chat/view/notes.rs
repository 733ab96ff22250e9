//! The lines above the text being typed: what it is for, what was chosen, what has just happened.

use super::palette::Palette;
use super::wrap::{shorten, wrap};
use crate::cli::chat::app::{App, Mode, Purpose};
use crate::cli::chat::model::{Clock, Message};
use ratatui::text::Line;

/// How many rows a notice may take.
const MOST_ROWS: usize = 3;

/// The lines.
pub(crate) fn notes(app: &App) -> Vec<Line<'static>> {
    let columns = usize::from(app.size.width);
    let mut lines = Vec::new();
    let mut add = |text: &str, style| {
        lines.extend(wrap(text, columns).into_iter().take(MOST_ROWS).map(|row| Line::styled(row, style)));
    };
    if let Some(target) = &app.composer().target {
        let purpose = match target.purpose {
            Purpose::Reply => format!("answering {}: {}", target.who, target.text),
            Purpose::Edit => format!("changing: {}", target.text),
            Purpose::React => format!("reacting with an emoji to {}: {}", target.who, target.text),
        };
        add(&shorten(&purpose, columns), app.palette.faint());
    }
    match &app.mode {
        Mode::Selecting(id) => {
            let message = app.rooms.current().and_then(|state| state.timeline.find(id));
            if let Some(message) = message {
                add(&shorten(&details(app, message), columns), app.palette.faint());
            }
            add(
                &shorten(
                    "up/down choose · r reply · e edit · d delete · + react · g go to what it answers · Esc back",
                    columns,
                ),
                Palette::strong(),
            );
        }
        Mode::Searching(_) => {
            add(&shorten("up/down choose · Enter go there · Esc back", columns), Palette::strong())
        }
        Mode::Reading(_) => add(&shorten("up/down, Page Up/Down · Esc back", columns), Palette::strong()),
        Mode::Asking(question) => add(&question.text, app.palette.accent()),
        Mode::Typing => {}
    }
    if let Some(notice) = &app.notice {
        add(&notice.text, if notice.alert { app.palette.alert() } else { app.palette.faint() });
    }
    lines
}

/// What is known of a message and has no room beside its text.
fn details(app: &App, message: &Message) -> String {
    let who = match &message.fingerprint {
        Some(fingerprint) => format!("{} {fingerprint}", message.name),
        None => "unsigned".to_owned(),
    };
    let clock = match message.clock {
        Some(Clock::Ahead) => ": their clock is ahead",
        Some(Clock::Behind) => ": their clock is behind, or it was long on its way",
        None => "",
    };
    format!(
        "{who} · written {} · came {}{clock}",
        app.clock.full(message.time),
        app.clock.full(message.received)
    )
}
