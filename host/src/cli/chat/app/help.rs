//! Texts to read: help, people, identity.

use super::App;
use super::command::COMMANDS;
use super::mode::{Mode, Panel};
use crate::cli::chat::model::{Person, RoomKind};

const KEYS: [(&str, &str); 14] = [
    ("Enter", "says it; Alt-Enter or Ctrl-J begins a new line"),
    ("Tab", "completes names, #rooms, /commands and :emoji"),
    ("Up, Down", "what was typed before"),
    ("Page Up, Page Down", "turns the page; older messages come by themselves"),
    ("Ctrl-Home, Ctrl-End", "the oldest message at hand, the newest"),
    ("Ctrl-N, Ctrl-P", "the next room, the one before (also Alt-Down, Alt-Up)"),
    ("Alt-1 to Alt-9", "a room by its place"),
    ("Alt-A", "the next room with something unread"),
    ("Ctrl-F", "searches"),
    ("Esc", "chooses a message: up and down, then r reply, e edit, d delete,"),
    ("", "  + react, g go to what it answers, Esc back"),
    ("Ctrl-A, E, K, U, W, Y", "as in a shell"),
    ("Ctrl-L", "draws the screen anew"),
    ("Ctrl-C", "cuts what is typed; where there is nothing, ends (Ctrl-Z: rests)"),
];

const SIGNS: [(&str, &str); 6] = [
    ("pending", "the node has it, and no peer yet"),
    ("sent to N", "N peers have it from the node; it goes on from them"),
    ("seen by N", "N others say that they have read up to it"),
    ("name|1a2b", "another one uses this name, or it looks like another: the digits are of the key"),
    ("14:05!  14:05~", "the author's clock is ahead; is behind, or the message came late"),
    ("┄ missing ┄", "messages are known to exist that are not here yet"),
];

impl App {
    pub(super) fn show_help(&mut self) {
        let mut lines = vec!["Keys".to_owned()];
        lines.extend(KEYS.iter().map(|(key, does)| format!("  {key:<22} {does}")));
        lines.extend([String::new(), "Commands".to_owned()]);
        lines.extend(
            COMMANDS
                .iter()
                .map(|(name, arguments, does)| format!("  {:<28} {does}", format!("{name} {arguments}"))),
        );
        lines.extend([String::new(), "What the signs say".to_owned()]);
        lines.extend(SIGNS.iter().map(|(sign, says)| format!("  {sign:<22} {says}")));
        self.show("Help", lines);
    }

    pub(super) fn show_people(&mut self) {
        let Some(state) = self.rooms.current() else { return self.say("there is no room") };
        let title = format!("People of {}", state.room.name);
        let mut lines: Vec<_> = state.people.iter().map(|person| self.describe(person)).collect();
        if lines.is_empty() {
            lines.push(match state.room.kind {
                RoomKind::Dchat => "Lines of #dchat have no authors that could be told apart.".to_owned(),
                _ => "Nobody has said anything here yet.".to_owned(),
            });
        }
        self.show(&title, lines);
    }

    pub(super) fn show_identity(&mut self) {
        let status = &self.status;
        let lines = vec![
            format!("Name         {}", status.name),
            format!("Fingerprint  {}", status.fingerprint),
            format!("Key          {}", status.author),
            String::new(),
            "The name is a label, which anybody can use; the key is who you are. Tell the fingerprint to others,".to_owned(),
            "so that they can tell you from somebody who takes your name. /msg KEY writes to somebody by the key.".to_owned(),
            String::new(),
            "The secret key is with the node. To take it elsewhere: backplane call --raw chat.identity '[\"export\"]'".to_owned(),
        ];
        self.show("Who you are", lines);
    }

    fn describe(&self, person: &Person) -> String {
        let mut text =
            format!("{:<20} {}  {}", person.name, person.fingerprint, self.clock.full(person.last));
        for (is, remark) in [
            (person.own, "you"),
            (person.same_name, "the name is used by others too"),
            (person.muted, "muted"),
            (person.blocked, "blocked"),
        ] {
            if is {
                text = format!("{text}, {remark}");
            }
        }
        let others: Vec<_> =
            person.names.iter().filter(|name| **name != person.name).map(|name| name.as_str()).collect();
        if others.is_empty() { text } else { format!("{text}, before {}", others.join(", ")) }
    }

    fn show(&mut self, title: &str, lines: Vec<String>) {
        self.mode = Mode::Reading(Panel { title: title.to_owned(), lines, above: 0 });
    }
}
