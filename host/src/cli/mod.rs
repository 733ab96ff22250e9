//! The command line: what was typed becomes a call, its result an exit code.
//!
//! Each command is a file with its arguments and a `run`; adding one is a `mod`, a variant and an arm here.
#![expect(clippy::print_stderr, reason = "the command line talks to people")]

mod call;
mod chat;
mod config;
mod demo;
mod failure;
mod hosts;
mod inspect;
mod layers;
mod leash;
mod lock;
mod logging;
mod output;
mod plugin;
mod plugin_check;
mod plugin_new;
mod printable;
mod release;
mod run;
mod signals;
mod why;

pub use failure::Failure;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A peer-to-peer node whose protocols are plug-ins.
#[derive(Debug, Parser)]
#[command(name = "backplane", version, after_help = AFTER_HELP)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Exit codes: 0 done, 1 failed at run time, 2 wrong usage or configuration.";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Demo(demo::Args),
    Call(call::Args),
    Chat(chat::Args),
    Config(config::ConfigCommand),
    #[command(subcommand)]
    Hosts(hosts::HostsCommand),
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Run(args) => run::run(&args),
            Self::Demo(args) => demo::run(&args),
            Self::Call(args) => block_on(call::run(args)),
            Self::Chat(args) => block_on(chat::run(args)),
            Self::Config(command) => command.run(),
            Self::Hosts(command) => block_on(command.run()),
            Self::Plugin(command) => block_on(command.run()),
        }
    }
}

/// Runs a command that talks to a node; one thread is enough for that.
fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::runtime(&error))?.block_on(command)
}

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => {
            // A closed output is no reason to fail in another way.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match command_line.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // A node's refusal may have words of peers in it.
            eprintln!("error: {}", printable::Plain::new(&failure.to_string()).as_str());
            failure.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn is_a_consistent_command_line() {
        CommandLine::command().debug_assert();
    }
}
