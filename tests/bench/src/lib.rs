//! Measures the node against what raw sockets do with the same frames in the same minutes.
//!
//! Every row runs real processes: this program starts itself again as nodes with plug-ins loaded from their shared
//! libraries, and as raw programs that do the least that can be done. The two take turns, so that a machine whose speed
//! drifts drifts for both; what is reported is the median of the repetitions, and the ratio first.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod busy;
mod child;
mod connection;
pub mod functions;
mod growth;
mod idle;
mod instructions;
mod node;
mod pair;
mod profile;
mod raw;
mod rows;
mod table;
mod usage;

use child::Failure;
use clap::Parser;
use connection::Connections;
use serde::Serialize;
use serde_json::json;
use std::fmt;

/// Measure the node against raw sockets.
#[derive(Debug, Parser)]
struct Arguments {
    /// Fewer and smaller repetitions: done within five minutes
    #[arg(long)]
    quick: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Only rows whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// How often each measurement is repeated
    #[arg(long, value_name = "N")]
    repetitions: Option<usize>,
    /// Measure how cost grows with channels, subscriptions and message types, instead of the rows with goals
    #[arg(long)]
    growth: bool,
    /// Run one row with its nodes under perf, and print which functions took their time
    #[arg(long, value_name = "ROW", conflicts_with = "json")]
    profile: Option<String>,
    /// Count the instructions of each function under valgrind, and compare them with the recorded counts
    #[arg(long)]
    instructions: bool,
    /// With --instructions: record the counts instead
    #[arg(long)]
    record: bool,
    /// Run one function, for a profiler
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// With --function: how often
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    count: u64,
    /// Run as one of the processes that are measured
    #[arg(long, hide = true)]
    child: Option<String>,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Scale {
    repetitions: usize,
    /// Divides the number of messages.
    divisor: u64,
}

/// Does what the command line says.
///
/// # Errors
///
/// When a measurement fails: a process died, or a message was lost, doubled, damaged or out of order.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    match arguments.child.as_deref() {
        Some("node") => return child::serve(node::Nodes::default()),
        Some(connection::SECURED) => return child::serve(raw::Raw::new(Connections::secured())),
        Some(_) => return child::serve(raw::Raw::default()),
        None => {}
    }
    if arguments.instructions {
        return instructions::check(arguments.record);
    }
    if let Some(name) = arguments.function {
        let found = functions::ALL.into_iter().find(|(other, _)| *other == name);
        let (_, work) = found.ok_or_else(|| format!("there is no function {name:?}"))?;
        return work(arguments.count);
    }
    let scale = Scale {
        repetitions: arguments.repetitions.unwrap_or(5),
        divisor: if arguments.quick { 4 } else { 1 },
    };
    if let Some(row) = arguments.profile {
        return profile::take(&row, || run_alone(&row, scale));
    }
    let wanted = |name: &str| arguments.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    if arguments.growth {
        let measures = growth::all().into_iter().filter(|(name, _)| wanted(name));
        let rows = measures.map(|(name, run)| run(name, scale));
        return print(rows, growth::HEADER, "growth", arguments.json);
    }
    let measures = rows::all().into_iter().filter(|measure| wanted(measure.name));
    let rows = measures.map(|measure| Ok(vec![(measure.run)(measure.name, scale)?]));
    print(rows, table::HEADER, "rows", arguments.json)
}

/// Runs the row with this name, for a profiler: its figures mean nothing then.
fn run_alone(row: &str, scale: Scale) -> Result<(), Failure> {
    if row == rows::BOUNDARY {
        return profile::function("cross into a plug-in", 40_000_000);
    }
    if let Some(measure) = rows::all().into_iter().find(|measure| measure.name == row) {
        return (measure.run)(row, scale).map(|_| ());
    }
    let (name, run) = growth::all()
        .into_iter()
        .find(|(name, _)| *name == row)
        .ok_or_else(|| format!("there is no row {row:?}"))?;
    run(name, scale).map(|_| ())
}

/// Prints rows as they are measured, or all of them as one object with the key `name`.
fn print<R: Serialize + fmt::Display>(
    rows: impl Iterator<Item = Result<Vec<R>, Failure>>,
    header: &str,
    name: &str,
    json: bool,
) -> Result<(), Failure> {
    let mut done = Vec::new();
    for rows in rows {
        let rows = rows?;
        if !json {
            if done.is_empty() {
                println!("{header}");
            }
            rows.iter().for_each(|row| println!("{row}"));
        }
        done.extend(rows);
    }
    if json {
        println!("{:#}", json!({ name: done }));
    }
    Ok(())
}
