//! Counts the instructions of each function under callgrind, and holds them against recorded limits.
//!
//! Instructions do not depend on how busy the machine is, so that this can guard every change.

use crate::child::Failure;
use crate::functions;
use std::collections::BTreeMap;
use std::process::Command;

/// The recorded counts, beside the sources.
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");
/// How far above the recorded count a count may be.
const TOLERANCE: f64 = 1.10;
/// The work of the two runs whose difference is taken, so that what is done once does not count.
const RUNS: [u64; 2] = [20_480, 122_880];

/// Counts, prints and compares; with `record` writes the counts down instead.
pub(crate) fn check(record: bool) -> Result<(), Failure> {
    let mut counts = BTreeMap::new();
    for (name, _) in functions::ALL {
        counts.insert(name.to_owned(), (count(name)? * 10.0).round() / 10.0);
    }
    if record {
        std::fs::write(RECORDED, format!("{:#}\n", serde_json::json!(counts)))?;
        println!("recorded: {counts:?}");
        return Ok(());
    }
    let recorded: BTreeMap<String, f64> = serde_json::from_str(&std::fs::read_to_string(RECORDED)?)?;
    let mut over = Vec::new();
    for (name, count) in &counts {
        let limit = recorded.get(name).ok_or_else(|| format!("{name} is not recorded"))? * TOLERANCE;
        println!("{name:<24} {count:>8.1} instructions, at most {limit:.1}");
        if *count > limit {
            over.push(name.as_str());
        }
    }
    if over.is_empty() {
        Ok(())
    } else {
        Err(format!("more instructions than recorded: {}", over.join(", ")).into())
    }
}

/// Instructions of one piece of work.
fn count(name: &str) -> Result<f64, Failure> {
    let [few, many] = RUNS;
    let (less, more) = (total(name, few)?, total(name, many)?);
    Ok((more - less) / (many - few) as f64)
}

/// Instructions of a whole run.
fn total(name: &str, count: u64) -> Result<f64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["--function", name, "--count", &count.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be started: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{name} failed under valgrind: {report}").into());
    }
    let collected = report.lines().find_map(|line| line.split("Collected :").nth(1));
    let collected = collected.ok_or_else(|| format!("no count in what valgrind says: {report}"))?;
    Ok(collected.trim().parse()?)
}
