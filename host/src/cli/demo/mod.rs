//! The `demo` command: a whole network on this machine, with a conversation to watch and to join.
//!
//! `plan` prepares a folder, `process` is one node, `network` is all of them; `topology` waits until they are
//! connected, `conversation` carries lines and holds what arrives against the `ledger`; `input` is what was given,
//! `display` what is shown.

mod conversation;
mod display;
mod input;
mod ledger;
mod network;
mod plan;
mod process;
mod topology;
mod trouble;

use super::Failure;
use super::signals::Signals;
use display::Display;
use input::Input;
use network::Network;
use plan::Plan;
use std::path::PathBuf;
use trouble::Trouble;

const EXAMPLES: &str = "\
Examples:
  backplane demo
  backplane demo --script lines.txt
  printf 'hello\\nbob: hello alice\\n' | backplane demo

At a terminal, type lines; `bob: hello` is said by bob, /help tells more, Ctrl-C ends the demo.
From a script or a pipe, alice, bob and carol say the lines in turn unless one is named; the exit code is 0
only if every node received every line of the others exactly once.";

/// Show a network: a seed and three nodes on this machine that chat through a plug-in.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Send the lines of a file and check that they arrive
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

/// How the demo went on until it was stopped.
enum Outcome {
    Finished(Result<(), Trouble>),
    Interrupted,
}

/// Runs the demo.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::runtime(&error))?;
    let result = runtime.block_on(demo(args));
    // A read of the terminal cannot be called back.
    runtime.shutdown_background();
    result
}

async fn demo(args: &Args) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let mut input = Input::open(args.script.as_deref()).await.map_err(|error| {
        let script = args.script.as_deref().unwrap_or("the standard input".as_ref());
        Failure::Usage(format!("cannot read {}: {error}", script.display()))
    })?;
    let display = Display::new();
    let mut network = Network::new(Plan::new().map_err(|trouble| failure(&trouble))?);
    let outcome = tokio::select! {
        biased;
        () = signals.next() => Outcome::Interrupted,
        result = play(&mut network, &mut input, &display) => Outcome::Finished(result),
    };
    if let Outcome::Finished(Err(trouble)) = &outcome {
        explain(trouble, &network, &display);
    }
    let stopped = stop(network, &mut signals, &display).await;
    match outcome {
        Outcome::Finished(Err(trouble)) => Err(failure(&trouble)),
        Outcome::Interrupted if !input.is_person() => {
            Err(Failure::Runtime("interrupted before every line was sent and checked".to_owned()))
        }
        _ => stopped.map_err(|trouble| failure(&trouble)),
    }
}

async fn play(network: &mut Network, input: &mut Input, display: &Display) -> Result<(), Trouble> {
    network.bring_up(display).await?;
    network.talk(input, display).await
}

/// Shows the log of the node that had the trouble.
fn explain(trouble: &Trouble, network: &Network, display: &Display) {
    display.step("demo", &format!("FAILED to {trouble}"));
    if let Some(node) = trouble.node {
        display.plain(&format!("The last lines of {node}'s log:"));
        network.last_words(node).iter().for_each(|line| display.plain(&format!("  {line}")));
    }
}

async fn stop(mut network: Network, signals: &mut Signals, display: &Display) -> Result<(), Trouble> {
    display.step("demo", "stopping");
    let forced = tokio::select! {
        biased;
        () = signals.next() => None,
        forced = network.stop() => Some(forced),
    };
    let result = match forced {
        Some(forced) if forced.is_empty() => Ok(()),
        Some(forced) => Err(Trouble::new("stop in order", format!("not so {}", forced.join(", ")))),
        None => {
            network.kill().await;
            Err(Trouble::new("stop in order", "interrupted"))
        }
    };
    network.remove()?;
    if result.is_ok() {
        display.step("demo", "all nodes have stopped, nothing is left");
    }
    result
}

fn failure(trouble: &Trouble) -> Failure {
    Failure::Runtime(format!("cannot {trouble}"))
}
