//! The truth in a line: connection, peers, what is missing; and the room's name and topic.

use super::palette::Palette;
use super::wrap::{shorten, width};
use crate::cli::chat::app::timeline::Freshness;
use crate::cli::chat::app::{App, Connection, Mode, RoomState};
use crate::cli::chat::model::RoomKind;
use ratatui::text::{Line, Span};

/// From this width on the bar has the user's name.
const WITH_NAME: usize = 50;

/// The room's name, who can read it, and its topic; or what is shown instead of the room.
pub(super) fn title(app: &App, columns: usize) -> Line<'static> {
    if let Mode::Searching(search) = &app.mode {
        return Line::styled(shorten(&format!("Search: {}", search.query), columns), Palette::strong());
    }
    let Some(state) = app.rooms.current() else { return Line::styled("backplane chat", Palette::strong()) };
    let name = shorten(state.room.name.as_str(), columns);
    let readers = match state.room.kind {
        RoomKind::Private => "  encrypted: who has the passphrase can read it",
        RoomKind::Direct => "  encrypted: only you two can read it",
        RoomKind::Dchat => "  lines of direct neighbours, unsigned",
        RoomKind::Public | RoomKind::Other => "",
    };
    let topic = match state.room.topic.as_str() {
        "" => String::new(),
        topic => format!("  {topic}"),
    };
    let rest = shorten(&format!("{topic}{readers}"), columns.saturating_sub(width(&name)));
    Line::from(vec![Span::styled(name, Palette::strong()), Span::styled(rest, app.palette.faint())])
}

/// Who one is, how it is about the connection and the history, and what is elsewhere.
pub(super) fn bar(app: &App, columns: usize) -> Line<'static> {
    let mut parts = Vec::new();
    if !app.status.name.as_str().is_empty() && columns >= WITH_NAME {
        parts.push(app.status.name.to_string());
    }
    parts.push(connection(app));
    if app.connection == Connection::Live {
        parts.extend(app.rooms.current().and_then(history));
    }
    // Without a connection that is all that matters.
    let right = if matches!(app.connection, Connection::Lost(_)) { String::new() } else { elsewhere(app) };
    let left = format!(" {}", parts.join(" │ "));
    // What is elsewhere gives way, but not all of it.
    let room = columns.saturating_sub(width(&right) + 2).max(columns / 2);
    let left = shorten(&left, room.min(columns));
    let right = shorten(&right, columns.saturating_sub(width(&left) + 2));
    let between = columns.saturating_sub(width(&left) + width(&right) + 1);
    Line::from(format!("{left}{}{right} ", " ".repeat(between)))
}

/// Why no message is seen.
pub(super) fn emptiness(app: &App) -> String {
    match (&app.connection, app.rooms.current().map(|state| state.timeline.freshness)) {
        (Connection::Live, Some(Freshness::Fresh)) => {
            "Nothing was said here yet, as far as this node knows.".to_owned()
        }
        (Connection::Live, _) => "reading …".to_owned(),
        _ => String::new(),
    }
}

fn connection(app: &App) -> String {
    match &app.connection {
        Connection::Connecting => "connecting …".to_owned(),
        Connection::Lost(reason) => format!("NOT CONNECTED, trying again: {reason}"),
        Connection::Live => match app.status.peers {
            0 => "no peers: nobody hears you yet".to_owned(),
            1 => "1 peer".to_owned(),
            peers => format!("{peers} peers"),
        },
    }
}

/// How much of the room's history is here.
fn history(state: &RoomState) -> Option<String> {
    let room = &state.room;
    let comparing = if room.syncing { "comparing histories" } else { "" };
    match (room.kind, room.missing, room.syncing) {
        (RoomKind::Dchat, ..) => None,
        (_, 0, true) => Some(comparing.to_owned()),
        (_, 0, false) if room.peers == 0 => Some("nobody to compare the history with".to_owned()),
        (_, 0, false) => Some("history complete".to_owned()),
        (_, 1, _) => Some("1 message missing".to_owned()),
        (_, missing, _) => Some(format!("{missing} messages missing")),
    }
}

/// What is not seen: newer messages below, and other rooms.
fn elsewhere(app: &App) -> String {
    let mut parts = Vec::new();
    if !app.at_bottom() {
        let unread = app.rooms.current().map_or(0, |state| state.room.unread);
        let new = if unread > 0 { format!("{unread} new below") } else { "more below".to_owned() };
        parts.push(format!("{new}: Ctrl-End"));
    }
    if app.areas().rooms.width == 0 {
        let current = app.rooms.current().map(|state| state.room.room.as_str());
        let others = app.rooms.list().iter().filter(|state| Some(state.room.room.as_str()) != current);
        let unread: u64 = others.map(|state| state.room.unread).sum();
        if unread > 0 {
            parts.push(format!("{unread} elsewhere: Alt-A"));
        }
    }
    parts.join(" │ ")
}
