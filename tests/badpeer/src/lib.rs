//! Attacks on a node beside honest traffic, and a table of what the honest peers kept.
//!
//! Each attack has nodes of its own: a victim, two honest nodes that talk with it all the time, one more that comes when
//! the attack is over, and an attacker that speaks the wire by hand from as many hosts as it likes.
#![expect(clippy::print_stdout, reason = "a scorecard prints its table")]

pub mod attack;
pub mod attacker;
pub mod attacks;
pub mod evidence;
pub mod hello;
pub mod stage;
pub mod table;
pub mod traffic;
pub mod witness;

use clap::Parser;
use stage::Scale;
use table::Row;

/// Attack a node, and print what its honest peers kept.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Only attacks whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Lines that each honest node says in a round
    #[arg(long, value_name = "N", default_value_t = 500)]
    lines: u64,
    /// Rounds before an attack, and the fewest under it
    #[arg(long, value_name = "N", default_value_t = 9)]
    rounds: usize,
}

/// Plays the attacks.
///
/// # Errors
///
/// When one did not end as it had to.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let scale = Scale { lines: arguments.lines, rounds: arguments.rounds };
    let wanted = |name: &str| arguments.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let mut rows = Vec::new();
    if !arguments.json {
        println!("{}", table::HEADER);
    }
    for attack in attacks::all().into_iter().filter(|attack| wanted(&attack.name)) {
        let row = Row::new(&attack, &stage::run(&attack, scale));
        if !arguments.json {
            println!("{row}");
        }
        rows.push(row);
    }
    if arguments.json {
        println!("{:#}", serde_json::json!({ "attacks": rows }));
    }
    let failed: Vec<_> =
        rows.iter().filter(|row| !row.faults.is_empty()).map(|row| row.attack.as_str()).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("not as it has to be: {}", failed.join(", ")).into()) }
}
