//! `plugin check`: tries out a plug-in, check by check.

use super::{Failure, output};
use crate::check::{CHECKS, Case, Check, Done, Outcome, Supervisor, junit, run_one};
use crate::durable;
use crate::random;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const EXAMPLES: &str = "\
Examples:
  backplane plugin check target/debug/libbackplane_chat.so
  backplane plugin check libmine.so --config rooms=3 --include rpc --include random
  backplane plugin check libmine.so --seed 7 --json --junit report.xml
  backplane plugin check --list

Each check runs in a process of its own. Exit codes: 0 nothing was found, 1 something was, 2 wrong usage.
What was found with a seed is found with it again, but for what depends on the order in which threads run.";

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plug-in's library
    #[arg(value_name = "FILE", required_unless_present = "list")]
    file: Option<PathBuf>,
    /// List the checks
    #[arg(long)]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write what was found as JUnit's XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// What all that is random follows from [default: a random one, which is printed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Only the checks with this in their names; may be given several times
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Not the checks with this in their names; may be given several times
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// How long one check may take
    #[arg(long, value_name = "SECS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: u64,
    /// One key of the plug-in's configuration; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    config: Vec<String>,
}

/// The arguments of the process of one check.
#[derive(Debug, clap::Args)]
pub(super) struct OneArgs {
    name: String,
    file: PathBuf,
    #[arg(long)]
    scratch: PathBuf,
    #[arg(long)]
    seed: u64,
    #[arg(long)]
    config: Vec<String>,
}

/// What [`OneArgs`] are made of.
fn arguments(name: &str, case: &Case) -> Vec<OsString> {
    let Case { file, seed, config, scratch } = case;
    let start = ["plugin", "check-one", name].map(OsString::from).into_iter();
    let config = config.iter().map(|set| OsString::from(format!("--config={set}")));
    let mut all: Vec<_> = start.chain(config).collect();
    all.extend([OsString::from("--scratch"), scratch.into(), "--seed".into(), seed.to_string().into()]);
    // What comes behind is no option, whatever it begins with.
    all.extend([OsString::from("--"), file.into()]);
    all
}

pub(super) async fn run_one_check(args: OneArgs) -> Result<(), Failure> {
    let OneArgs { name, file, scratch, seed, config } = args;
    // Its log is shown when the check fails.
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false);
    log.with_max_level(tracing::Level::ERROR).init();
    let done = run_one(&name, Case { file, seed, config, scratch }).await;
    done.map_err(|error| Failure::runtime(&error))
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Some(file) = args.file.clone().filter(|_| !args.list) else { return list(args.json) };
    let checks = Supervisor::choose(&args.include, &args.exclude);
    if checks.is_empty() {
        return Err(Failure::Usage("no check has a name like that: see --list".to_owned()));
    }
    // A number that is easily typed.
    let seed = args.seed.unwrap_or_else(|| random::number::<u32>().into());
    let case = Case { file: file.clone(), seed, config: args.config.clone(), scratch: PathBuf::new() };
    let time_limit = Duration::from_secs(args.time_limit);
    let mut supervisor = Supervisor { case, time_limit, arguments, failed: None };
    let mut all = Vec::new();
    for check in checks {
        let done = supervisor.run(check).await.map_err(|error| Failure::runtime(&error))?;
        if !args.json {
            output::lines(line(&done))?;
        }
        all.push(done);
    }
    if let Some(path) = &args.junit {
        let report = junit(&file.display().to_string(), &all);
        let written = durable::replace(path, |out| out.write_all(report.as_bytes()));
        written.map_err(|error| Failure::Runtime(format!("{}: {error}", path.display())))?;
    }
    conclude(&args, &file, seed, &all)
}

/// Lists the checks.
fn list(as_json: bool) -> Result<(), Failure> {
    if as_json {
        let all: Vec<_> =
            CHECKS.iter().map(|Check { name, about, .. }| json!({"name": name, "about": about})).collect();
        return output::lines([format!("{:#}", Value::from(all))]);
    }
    output::lines(CHECKS.iter().map(|Check { name, about, .. }| format!("{name:<14} {about}")))
}

/// The line of one check, and its log if something was found.
fn line(done: &Done) -> Vec<String> {
    let Done { name, outcome, time, log } = done;
    let (word, seconds) = (outcome.name(), time.as_secs_f64());
    let reason = outcome.reason().map_or_else(String::new, |reason| format!("  {reason}"));
    let mut lines = vec![format!("{word:<9} {name:<14} {seconds:>5.1} s{reason}")];
    if outcome.is_bad() {
        lines.extend(log.lines().map(|line| format!("          | {line}")));
    }
    lines
}

/// The summary.
fn conclude(args: &Args, file: &Path, seed: u64, all: &[Done]) -> Result<(), Failure> {
    let count = |word: &str| all.iter().filter(|done| done.outcome.name() == word).count();
    let (passed, skipped) = (count("passed"), count("skipped"));
    let bad = all.iter().filter(|done| done.outcome.is_bad()).count();
    if args.json {
        let checks: Vec<_> = all.iter().map(as_value).collect();
        let file = file.display().to_string();
        let whole = json!({"file": file, "seed": seed, "passed": passed, "failed": bad, "skipped": skipped, "checks": checks});
        output::lines([format!("{whole:#}")])?;
    } else {
        output::lines([format!("{passed} passed, {bad} failed, {skipped} skipped, with --seed {seed}")])?;
    }
    if bad == 0 {
        return Ok(());
    }
    Err(Failure::Runtime(format!("{}: {bad} of {} checks found something", file.display(), all.len())))
}

fn as_value(done: &Done) -> Value {
    let Done { name, outcome, time, log } = done;
    let log = Some(log).filter(|_| !matches!(outcome, Outcome::Passed));
    json!({
        "name": name,
        "outcome": outcome.name(),
        "reason": outcome.reason(),
        "seconds": time.as_secs_f64(),
        "log": log,
    })
}
