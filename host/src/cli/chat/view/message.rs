//! A message as rows of the timeline, with what stands above it: the day, the mark of what is new, a gap, the quotation.

use super::palette::Palette;
use super::wrap::{shorten, width, wrap};
use crate::cli::chat::model::{Clock, Message, MessageKind, State};
use crate::cli::chat::stamp;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Below this width names stand in the row of the text.
const NARROW: usize = 50;
/// `14:05` and a sign or a space.
const TIME: usize = 6;

/// How messages are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) columns: usize,
    pub(crate) palette: Palette,
    pub(crate) clock: &'a stamp::Clock,
    /// The id of the first message that is new.
    pub(crate) first_unread: Option<&'a str>,
}

/// The rows of a message; `previous` is the one above.
pub(crate) fn rows(message: &Message, previous: Option<&Message>, look: &Look) -> Vec<Line<'static>> {
    let mut rows = above(message, previous, look);
    let indent = look.indent();
    let quotation = message.reply.as_ref().map(|quote| match quote.known {
        true => format!("↳ {}: {}", quote.name, quote.text.one_line()),
        false => "↳ a message that is not here".to_owned(),
    });
    if let Some(quotation) = quotation {
        let text = shorten(&quotation, look.columns.saturating_sub(indent));
        rows.push(Line::from(vec![space(indent), Span::styled(text, look.palette.faint())]));
    }
    rows.extend(said(message, look));
    if !message.reactions.is_empty() && !message.deleted {
        rows.push(reactions(message, look));
    }
    rows
}

impl Look<'_> {
    /// The columns for names; 0 when they stand in the row of the text.
    fn names(&self) -> usize {
        if self.columns < NARROW { 0 } else { (self.columns / 6).clamp(8, 16) }
    }

    fn indent(&self) -> usize {
        match self.names() {
            0 => TIME,
            names => TIME + names + 1,
        }
    }
}

fn above(message: &Message, previous: Option<&Message>, look: &Look) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    let day = look.clock.day(message.time);
    if previous.is_none_or(|previous| look.clock.day(previous.time) != day) {
        rows.push(rule(&day, '─', look.palette.faint(), look.columns));
    }
    if look.first_unread == Some(message.id.as_str()) {
        rows.push(rule("new", '─', look.palette.accent(), look.columns));
    }
    if message.gap {
        rows.push(rule("something is missing here", '┄', look.palette.alert(), look.columns));
    }
    rows
}

/// The rows with time, name and text.
fn said(message: &Message, look: &Look) -> Vec<Line<'static>> {
    let indent = look.indent();
    let (mut text, style) = words(message, look.palette);
    // How much of the first row is the name.
    let mut caption_bytes = 0;
    let mut spans = vec![Span::styled(time(message, look.clock), look.palette.faint())];
    match (look.names(), caption(message)) {
        (0, Some(name)) if !name.is_empty() => {
            text = format!("{name}: {text}");
            caption_bytes = name.len();
        }
        (0, _) => {}
        (names, name) => {
            let name = shorten(&name.unwrap_or_else(|| "*".to_owned()), names);
            spans.push(space(names - width(&name).min(names)));
            spans.push(Span::styled(name, named(message, look.palette)));
            spans.push(space(1));
        }
    }
    let room = look.columns.saturating_sub(indent);
    let mut rows = Vec::new();
    for row in wrap(&text, room) {
        let before = if rows.is_empty() { std::mem::take(&mut spans) } else { vec![space(indent)] };
        let (name, said) = row.split_at_checked(std::mem::take(&mut caption_bytes)).unwrap_or(("", &row));
        let name = Span::styled(name.to_owned(), named(message, look.palette));
        rows.push(Line::from_iter(before.into_iter().chain([name, Span::styled(said.to_owned(), style)])));
    }
    append(&mut rows, &remarks(message), look, indent);
    rows
}

/// Puts remarks behind the last row, or below it when there is no room.
fn append(rows: &mut Vec<Line<'static>>, remarks: &str, look: &Look, indent: usize) {
    if remarks.is_empty() {
        return;
    }
    let remarks = Span::styled(remarks.to_owned(), look.palette.faint());
    match rows.last_mut() {
        Some(last) if last.width() + 2 + remarks.width() <= look.columns => {
            last.spans.extend([space(2), remarks]);
        }
        _ => rows.push(Line::from(vec![space(indent), remarks])),
    }
}

/// The name before the text, empty for lines of nobody; `None` where the text tells who did something.
fn caption(message: &Message) -> Option<String> {
    let spoken = matches!(message.kind, MessageKind::Text | MessageKind::Dchat);
    let name = message.handle();
    let name = if name.is_empty() && message.own { "you".to_owned() } else { name };
    (spoken && message.action().is_none()).then_some(name)
}

fn words(message: &Message, palette: Palette) -> (String, Style) {
    let who = message.handle();
    if message.deleted {
        return ("deleted".to_owned(), palette.faint().add_modifier(Modifier::ITALIC));
    }
    let text =
        message.action().map_or_else(|| message.text.as_str().to_owned(), |does| format!("{who} {does}"));
    match message.kind {
        MessageKind::Topic if message.text.as_str().is_empty() => {
            (format!("{who} has cleared the topic"), palette.faint())
        }
        MessageKind::Topic => {
            (format!("{who} has set the topic: {}", message.text.one_line()), palette.faint())
        }
        MessageKind::Other => (format!("{who}: something that this version does not show"), palette.faint()),
        _ if message.muted => (text, palette.faint()),
        _ if message.mention => (text, palette.accent()),
        _ => (text, Style::new()),
    }
}

fn named(message: &Message, palette: Palette) -> Style {
    let style = palette.author(message.fingerprint.as_ref().map(|label| label.as_str()));
    if message.own { style.add_modifier(Modifier::BOLD) } else { style }
}

fn time(message: &Message, clock: &stamp::Clock) -> String {
    let sign = match message.clock {
        Some(Clock::Ahead) => '!',
        Some(Clock::Behind) => '~',
        None => ' ',
    };
    format!("{}{sign}", clock.time(message.time))
}

/// What is to be said of a message beside its text.
fn remarks(message: &Message) -> String {
    let mut remarks = Vec::new();
    if message.edited && !message.deleted {
        remarks.push("edited".to_owned());
    }
    if message.muted {
        remarks.push("muted".to_owned());
    }
    if message.own && message.kind != MessageKind::Dchat {
        remarks.push(match (message.state, message.seen, message.sent) {
            (State::Pending, ..) => "pending: no peer has it yet".to_owned(),
            (_, 0, 0) => "sent".to_owned(),
            (_, 0, sent) => format!("sent to {sent}"),
            (_, seen, 0) => format!("seen by {seen}"),
            (_, seen, sent) => format!("sent to {sent}, seen by {seen}"),
        });
    }
    if remarks.is_empty() { String::new() } else { format!("({})", remarks.join(", ")) }
}

fn reactions(message: &Message, look: &Look) -> Line<'static> {
    let indent = look.indent();
    let mut spans = vec![space(indent)];
    let mut taken = indent;
    for reaction in &message.reactions {
        let text = format!("{} {}", shorten(reaction.emoji.as_str(), 16), reaction.count);
        taken += width(&text) + 2;
        if taken > look.columns + 2 {
            break;
        }
        let own = if reaction.own {
            Palette::strong().add_modifier(Modifier::UNDERLINED)
        } else {
            look.palette.faint()
        };
        spans.extend([Span::styled(text, own), space(2)]);
    }
    Line::from(spans)
}

/// A line across with words in its middle.
fn rule(words: &str, line: char, style: Style, columns: usize) -> Line<'static> {
    let words = shorten(&format!(" {words} "), columns);
    let rest = columns.saturating_sub(width(&words));
    let sides = [rest / 2, rest - rest / 2].map(|columns| line.to_string().repeat(columns));
    let [left, right] = sides;
    Line::from(Span::styled(format!("{left}{words}{right}"), style))
}

fn space(columns: usize) -> Span<'static> {
    Span::raw(" ".repeat(columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::chat::model::{Quote, Reaction};
    use crate::cli::printable::{Label, Plain};

    const NOON: u64 = 1_778_068_800_000;

    fn bob(text: &str) -> Message {
        Message {
            id: "7".to_owned(),
            author: Some("b0".to_owned()),
            name: Label::new("bob"),
            fingerprint: Some(Label::new("1a2b-0000-0000-0000")),
            time: NOON,
            text: Plain::new(text),
            ..Message::default()
        }
    }

    fn shown(message: &Message, columns: usize) -> Vec<String> {
        let look = Look { columns, palette: Palette::Many, clock: &stamp::Clock::utc(), first_unread: None };
        let rows = rows(message, Some(&bob("")), &look);
        rows.iter().map(|row| row.to_string().trim_end().to_owned()).collect()
    }

    #[test]
    fn names_stand_in_a_column_and_text_beside_it() {
        assert_eq!(shown(&bob("hello"), 60), ["12:00        bob hello"]);
        assert_eq!(
            shown(&bob("words that do not fit into one row of this width, so that they wrap"), 60),
            [
                "12:00        bob words that do not fit into one row of this",
                "                 width, so that they wrap"
            ]
        );
        assert_eq!(shown(&bob("hello out there"), 20), ["12:00 bob: hello out", "      there"]);
    }

    #[test]
    fn an_impostor_has_another_name() {
        let impostor = Message { same_name: true, ..bob("hello") };
        assert_eq!(shown(&impostor, 60), ["12:00   bob|1a2b hello"]);
    }

    #[test]
    fn tells_what_is_known_of_a_message() {
        let own = Message { own: true, ..bob("hello") };
        for (message, expected) in [
            (Message { edited: true, ..bob("hello") }, "12:00        bob hello  (edited)"),
            (Message { deleted: true, edited: true, ..bob("") }, "12:00        bob deleted"),
            (Message { clock: Some(Clock::Ahead), ..bob("hello") }, "12:00!       bob hello"),
            (Message { clock: Some(Clock::Behind), ..bob("hello") }, "12:00~       bob hello"),
            (
                Message { state: State::Pending, ..own.clone() },
                "12:00        bob hello  (pending: no peer has it yet)",
            ),
            (Message { state: State::Sent, sent: 2, ..own.clone() }, "12:00        bob hello  (sent to 2)"),
            (
                Message { state: State::Sent, sent: 2, seen: 1, ..own },
                "12:00        bob hello  (sent to 2, seen by 1)",
            ),
            (bob("/me waves"), "12:00          * bob waves"),
            (
                Message { kind: MessageKind::Topic, ..bob("tea") },
                "12:00          * bob has set the topic: tea",
            ),
        ] {
            assert_eq!(shown(&message, 60), [expected]);
        }
    }

    #[test]
    fn lines_of_dchat_have_no_name_and_your_own_say_so() {
        let line =
            Message { name: Label::default(), fingerprint: None, kind: MessageKind::Dchat, ..bob("hello") };
        assert_eq!(shown(&line, 60), ["12:00            hello"]);
        assert_eq!(shown(&line, 30), ["12:00 hello"]);
        assert_eq!(shown(&Message { own: true, ..line }, 60), ["12:00        you hello"]);
    }

    #[test]
    fn quotation_and_reactions_are_beside_the_text() {
        let quote =
            Quote { name: Label::new("eve"), text: Plain::new("a\nb"), known: true, ..Quote::default() };
        let reaction = |emoji: &str, count| Reaction { emoji: Label::new(emoji), count, own: false };
        let message = Message {
            reply: Some(quote),
            reactions: vec![reaction("👍", 2), reaction("\x1b[31m", 1)],
            ..bob("yes")
        };
        assert_eq!(
            shown(&message, 60),
            ["                 ↳ eve: a ↵ b", "12:00        bob yes", "                 👍 2  ␛[31m 1"]
        );
        let unknown = Message { reply: Some(Quote::default()), ..bob("yes") };
        assert_eq!(shown(&unknown, 60)[0], "                 ↳ a message that is not here");
    }

    #[test]
    fn a_day_a_gap_and_what_is_new_have_lines_of_their_own() {
        let look = Look {
            columns: 50,
            palette: Palette::None,
            clock: &stamp::Clock::utc(),
            first_unread: Some("7"),
        };
        let rows = rows(&Message { gap: true, ..bob("hello") }, None, &look);
        let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
        assert_eq!(rows[0].trim_matches('─'), " Wednesday 6 May 2026 ");
        assert_eq!(rows[1].trim_matches('─'), " new ");
        assert_eq!(rows[2].trim_matches('┄'), " something is missing here ");
        assert!(rows.iter().take(3).all(|row| width(row) == 50));
        assert_eq!(rows[3], "12:00      bob hello");
    }

    #[test]
    fn no_row_is_wider_than_the_timeline() {
        let mut message =
            Message { same_name: true, own: true, ..bob(&"日本 wörter 👩\u{200d}👧 ".repeat(9)) };
        message.reactions =
            (0..40).map(|_| Reaction { emoji: Label::new("👍"), count: 12, own: true }).collect();
        for columns in 12..120 {
            assert!(shown(&message, columns).iter().all(|row| width(row) <= columns), "{columns}");
        }
    }
}
