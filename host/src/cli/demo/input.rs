//! The lines that are given: from a script, a pipe or a person.

use super::trouble::Trouble;
use std::io::{self, IsTerminal};
use std::path::Path;
use tokio::fs::File;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader, Lines};

/// The names of the speakers, in their turn.
pub(super) const SPEAKERS: [&str; 3] = ["alice", "bob", "carol"];

/// Where lines come from.
pub(super) struct Input {
    lines: Lines<Box<dyn AsyncBufRead + Unpin + Send>>,
    is_person: bool,
    turn: usize,
}

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// That somebody says something.
    Say(&'static str, String),
    /// To be told who is connected.
    Peers,
    /// To be told what can be asked for.
    Help,
    /// The end.
    Quit,
}

impl Input {
    /// The lines of a file, or of the standard input.
    pub(super) async fn open(script: Option<&Path>) -> io::Result<Self> {
        let (reader, is_person): (Box<dyn AsyncBufRead + Unpin + Send>, _) = match script {
            Some(path) => (Box::new(BufReader::new(File::open(path).await?)), false),
            None => (Box::new(BufReader::new(tokio::io::stdin())), io::stdin().is_terminal()),
        };
        Ok(Self { lines: reader.lines(), is_person, turn: 0 })
    }

    /// Whether a person types.
    pub(super) const fn is_person(&self) -> bool {
        self.is_person
    }

    /// The next wish; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Wish>, Trouble> {
        loop {
            let line = self.lines.next_line().await.map_err(|error| Trouble::new("read a line", error))?;
            let Some(line) = line else { return Ok(None) };
            if line.trim().is_empty() {
                continue;
            }
            return Ok(Some(if self.is_person { typed(&line) } else { scripted(&line, &mut self.turn) }));
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("is_person", &self.is_person).finish_non_exhaustive()
    }
}

fn typed(line: &str) -> Wish {
    match line.trim() {
        "/quit" => Wish::Quit,
        "/peers" => Wish::Peers,
        command if command.starts_with('/') => Wish::Help,
        line => addressed(line).unwrap_or_else(|| Wish::Say("alice", line.to_owned())),
    }
}

/// Whoever is not named speaks in turn.
fn scripted(line: &str, turn: &mut usize) -> Wish {
    addressed(line).unwrap_or_else(|| {
        let speaker = SPEAKERS.iter().cycle().nth(*turn).copied().unwrap_or("alice");
        *turn = (*turn + 1) % SPEAKERS.len();
        Wish::Say(speaker, line.to_owned())
    })
}

fn addressed(line: &str) -> Option<Wish> {
    let (name, text) = line.split_once(": ")?;
    let speaker = SPEAKERS.iter().find(|speaker| **speaker == name.trim())?;
    Some(Wish::Say(speaker, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(speaker: &'static str, text: &str) -> Wish {
        Wish::Say(speaker, text.to_owned())
    }

    #[test]
    fn a_script_is_spoken_in_turn_unless_it_names_somebody() {
        let mut turn = 0;
        let lines = ["a", "bob: b", "c", "dave: d", "/quit"];
        let wishes: Vec<_> = lines.iter().map(|line| scripted(line, &mut turn)).collect();
        let expected = [
            say("alice", "a"),
            say("bob", "b"),
            say("bob", "c"),
            say("carol", "dave: d"),
            say("alice", "/quit"),
        ];
        assert_eq!(wishes, expected);
    }

    #[test]
    fn a_person_speaks_as_alice_and_has_commands() {
        assert_eq!(typed("hello"), say("alice", "hello"));
        assert_eq!(typed("carol: hello"), say("carol", "hello"));
        assert_eq!(
            ["/quit", "/peers ", "/help", "/what"].map(typed),
            [Wish::Quit, Wish::Peers, Wish::Help, Wish::Help]
        );
    }
}
