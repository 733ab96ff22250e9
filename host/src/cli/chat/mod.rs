//! The `chat` commands: front ends of the chat plug-in, by its methods and events only.
//!
//! `terminal` is for people, `tail` for programs that listen, `send` and `list` for scripts. `model` and `told` are what the
//! node tells, `ask` what it is asked; whatever text comes from peers goes through `cli/printable.rs`.

mod app;
mod ask;
mod cursor;
#[cfg(test)]
mod kit;
mod line;
mod list;
mod model;
mod node;
mod send;
mod stamp;
mod tail;
mod terminal;
mod told;
mod view;

use super::Failure;

const EXAMPLES: &str = "\
Examples:
  backplane chat
  backplane chat --room '#lobby'
  backplane chat --rpc unix:///run/backplane.sock
  backplane chat send --room '#ops' 'the backup is done'
  backplane chat tail --json

Without a command it opens rooms in the terminal; /help or F1 there tells the keys and commands. NO_COLOR=1 leaves colours out.";

/// What is used where no room is named.
const LOBBY: &str = "#lobby";

/// Talk in rooms, through a running node with the chat plug-in.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Where the node listens for calls: tcp://host:port or unix:///path
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "BACKPLANE_RPC",
        default_value = "tcp://127.0.0.1:22222"
    )]
    rpc: String,
    /// The room, such as '#lobby' (in quotes: shells take # for a comment) or an id
    #[arg(long, global = true, value_name = "ROOM")]
    room: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Follow messages as lines, or everything as JSON
    #[command(after_help = tail::EXAMPLES)]
    Tail(tail::Args),
    /// Say something and print the message's id
    #[command(after_help = send::EXAMPLES)]
    Send {
        /// What to say; `-` is what the standard input holds
        #[arg(value_name = "TEXT", required = true)]
        text: Vec<String>,
    },
    /// List the rooms that the node has joined
    #[command(after_help = list::ROOMS_EXAMPLES)]
    Rooms {
        /// Print JSON, a room a line
        #[arg(long)]
        json: bool,
    },
    /// Print the newest messages of a room
    #[command(after_help = list::HISTORY_EXAMPLES)]
    History {
        /// How many
        #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u64).range(1..=200))]
        limit: u64,
        /// Print JSON, a message a line
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of the commands.
///
/// # Errors
/// Usage when it was asked for wrongly, run time when the node does not do it.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let url = args.rpc.as_str();
    let room = args.room.as_deref();
    match args.command {
        None => terminal::run(url, args.room.clone()).await,
        Some(Command::Tail(tail)) => tail::run(url, room, &tail).await,
        Some(Command::Send { text }) => send::run(url, room.unwrap_or(LOBBY), &text).await,
        Some(Command::Rooms { json }) => list::rooms(url, json).await,
        Some(Command::History { limit, json }) => {
            list::history(url, room.unwrap_or(LOBBY), limit, json).await
        }
    }
}
