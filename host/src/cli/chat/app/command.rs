//! What was typed, as what is meant.

/// One thing that a user can want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Say(String),
    Join {
        name: String,
        passphrase: Option<String>,
    },
    /// The current room without a name.
    Leave(Option<String>),
    /// Somebody, and perhaps a text; who of both is where is known to whoever knows the people.
    Message(String),
    Topic(Option<String>),
    /// For how many days; 0 for what the configuration says.
    Keep(Option<u32>),
    Nick(String),
    Search(String),
    Reply(String),
    Edit(String),
    Delete,
    React(String),
    People,
    Mute {
        who: String,
        on: bool,
    },
    Block {
        who: String,
        on: bool,
    },
    Identity,
    Help,
    Quit,
}

/// The commands, each with its arguments and what it does.
pub(super) const COMMANDS: [(&str, &str, &str); 20] = [
    ("/join", "#ROOM [PASSPHRASE]", "joins a room; with a passphrase a private one"),
    ("/leave", "[#ROOM]", "leaves it and forgets its history"),
    ("/msg", "WHO [TEXT]", "opens the room of you two, and says TEXT there"),
    ("/topic", "[TEXT]", "shows the topic, or sets it"),
    ("/keep", "[DAYS]", "shows how much of the room is kept here, or sets it; 0 as configured"),
    ("/nick", "NAME", "takes another name"),
    ("/search", "WORDS", "looks in all rooms"),
    ("/reply", "TEXT", "answers the newest message of others"),
    ("/edit", "TEXT", "replaces your newest message"),
    ("/delete", "", "takes your newest message back"),
    ("/react", "EMOJI", "reacts to the newest message of others, or no longer"),
    ("/people", "", "who is known in the room, with fingerprints"),
    ("/mute", "WHO", "shows them faintly, and counts nothing of theirs as unread"),
    ("/unmute", "WHO", "no longer"),
    ("/block", "WHO", "shows nothing of theirs at all"),
    ("/unblock", "WHO", "no longer"),
    ("/identity", "", "who you are: your key and its fingerprint"),
    ("/help", "", "this"),
    ("/me", "TEXT", "says that you do something: /me waves"),
    ("/quit", "", "ends; the node goes on"),
];

/// Reads what was typed.
///
/// # Errors
/// What is wrong, for the user.
pub(super) fn parse(text: &str) -> Result<Command, String> {
    let Some(command) = text.strip_prefix('/') else { return Ok(Command::Say(text.to_owned())) };
    if command.starts_with('/') {
        return Ok(Command::Say(command.to_owned()));
    }
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let some = |what: &str| {
        if rest.is_empty() { Err(format!("/{name} needs {what}")) } else { Ok(rest.to_owned()) }
    };
    let optional = (!rest.is_empty()).then(|| rest.to_owned());
    Ok(match name {
        "join" | "j" => join(&some("the name of a room, such as #lobby")?),
        "leave" | "part" => Command::Leave(optional),
        "msg" | "query" => Command::Message(some("a name and perhaps a text")?),
        "topic" => Command::Topic(optional),
        "keep" => Command::Keep(optional.map(|days| read_days(&days)).transpose()?),
        "nick" | "name" => Command::Nick(some("a name")?),
        "search" => Command::Search(some("words to look for")?),
        "reply" => Command::Reply(some("a text")?),
        "edit" => Command::Edit(some("the new text")?),
        "delete" => Command::Delete,
        "react" => Command::React(some("an emoji, such as :+1:")?),
        "me" => Command::Say(format!("/me {}", some("a text")?)),
        "people" | "names" => Command::People,
        "mute" | "unmute" => Command::Mute { who: some("a name")?, on: name == "mute" },
        "block" | "unblock" => Command::Block { who: some("a name")?, on: name == "block" },
        "identity" => Command::Identity,
        "help" => Command::Help,
        "quit" | "exit" => Command::Quit,
        _ => {
            return Err(format!(
                "no command /{name}: /help lists them; a text that begins with / is written //"
            ));
        }
    })
}

fn read_days(typed: &str) -> Result<u32, String> {
    typed.parse().map_err(|_| format!("/keep needs a number of days, and not {typed}"))
}

fn join(rest: &str) -> Command {
    let (name, passphrase) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let passphrase = Some(passphrase.trim().to_owned()).filter(|text| !text.is_empty());
    let marked = name.starts_with('#') || name.starts_with('@');
    Command::Join { name: if marked { name.to_owned() } else { format!("#{name}") }, passphrase }
}

/// Where in the text a passphrase begins, which nobody should read on the screen.
pub(crate) fn secret_from(text: &str) -> Option<usize> {
    let rest = ["/join ", "/j "].into_iter().find_map(|command| text.strip_prefix(command))?;
    let name = rest.trim_start().find(char::is_whitespace)?;
    let begin = text.len() - rest.trim_start().len() + name;
    Some(begin + text.get(begin..)?.chars().next().map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commands_and_text() {
        let join = |name: &str, passphrase: Option<&str>| Command::Join {
            name: name.to_owned(),
            passphrase: passphrase.map(ToOwned::to_owned),
        };
        for (text, expected) in [
            ("hello /there", Command::Say("hello /there".to_owned())),
            ("//usr/bin", Command::Say("/usr/bin".to_owned())),
            ("/join #a", join("#a", None)),
            ("/j a", join("#a", None)),
            ("/join #a two words", join("#a", Some("two words"))),
            ("/me waves", Command::Say("/me waves".to_owned())),
            ("/leave", Command::Leave(None)),
            ("/topic a b", Command::Topic(Some("a b".to_owned()))),
            ("/keep", Command::Keep(None)),
            ("/keep 30", Command::Keep(Some(30))),
            ("/msg bob hi", Command::Message("bob hi".to_owned())),
            ("/unmute bob", Command::Mute { who: "bob".to_owned(), on: false }),
            ("/reply line\nline", Command::Reply("line\nline".to_owned())),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, part) in [
            ("/join", "the name of a room"),
            ("/search  ", "words"),
            ("/keep it", "a number of days, and not it"),
            ("/usr/bin", "no command /usr/bin"),
            ("/", "no command"),
        ] {
            assert!(parse(text).unwrap_err().contains(part), "{text}");
        }
    }

    #[test]
    fn every_listed_command_is_one() {
        for (name, _, _) in COMMANDS {
            // One reads a number.
            let given = if name == "/keep" { "7" } else { "something" };
            assert!(parse(&format!("{name} {given}")).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_document_has_every_command_with_its_arguments() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/chat.md");
        let document = std::fs::read_to_string(path).unwrap();
        for (name, arguments, _) in COMMANDS {
            let command = format!("`{}`", format!("{name} {arguments}").trim_end());
            assert!(document.contains(&command), "docs/chat.md does not have {command}");
        }
    }

    #[test]
    fn knows_where_a_passphrase_begins() {
        for (text, secret) in [
            ("/join #a", None),
            ("/join #a ", Some("")),
            ("/join  #a two words", Some("two words")),
            ("/j #a x", Some("x")),
            ("/joint #a x", None),
            ("hello", None),
        ] {
            assert_eq!(secret_from(text).and_then(|at| text.get(at..)), secret, "{text}");
        }
    }
}
