//! Two processes that talk to one another, and the runs between them.

use crate::child::{Child, Failure, Placement};
use crate::table::Side;
use crate::usage::cpu_seconds;
use backplane_bench_plugin::Report;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long one run may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// A receiving and a sending process, connected.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) receiver: Child,
    pub(crate) sender: Child,
    /// What tells the sender to stream: a raw word, or a method of the plug-in.
    raw: bool,
}

/// Two nodes, connected; the plug-ins' jobs have `threads` of their own.
pub(crate) fn nodes(threads: u64, placement: Placement) -> Result<Pair, Failure> {
    let plugins = json!(["bench-plugin"]);
    let mut receiver = Child::start("node", placement)?;
    let inbound = receiver.ask("start", json!({ "plugins": plugins, "threads": threads }))?;
    let mut sender = Child::start("node", placement)?;
    sender.ask("start", json!({ "plugins": plugins, "threads": threads, "peers": inbound }))?;
    sender.ask("channels", json!([1]))?;
    receiver.ask("channels", json!([1]))?;
    Ok(Pair { receiver, sender, raw: false })
}

/// Two raw processes, connected.
pub(crate) fn raw(placement: Placement) -> Result<Pair, Failure> {
    let mut receiver = Child::start("raw", placement)?;
    let port = receiver.ask("listen", Value::Null)?;
    let mut sender = Child::start("raw", placement)?;
    sender.ask("connect", json!([port, 1]))?;
    Ok(Pair { receiver, sender, raw: true })
}

impl Pair {
    /// Streams messages one way, and adds messages a second and CPU seconds for a million to `side`. `how` is the raw
    /// sender's way.
    pub(crate) fn stream(
        &mut self,
        how: &str,
        bytes: usize,
        count: u64,
        side: &mut Side,
    ) -> Result<(), Failure> {
        self.receiver.ask("expect", json!([count]))?;
        let before = self.cpu()?;
        if self.raw {
            self.sender.ask(how, json!([bytes, count]))?;
        } else {
            self.sender.ask("call", json!(["bench-plugin.stream", [bytes, count]]))?;
        }
        let report = finished(&mut self.receiver, count)?;
        let cpu = self.cpu()? - before;
        side.figures.push(per_second(count, report.nanos));
        side.cpu.push(cpu / (count as f64 / 1e6));
        Ok(())
    }

    /// Asks one question after the other, and adds the median of the round trips in microseconds to `side`.
    pub(crate) fn ask(&mut self, bytes: usize, count: u64, side: &mut Side) -> Result<(), Failure> {
        let before = self.cpu()?;
        let times = if self.raw {
            self.sender.ask("ask", json!([bytes, count]))?
        } else {
            self.sender.ask("call", json!(["bench-plugin.ask", [bytes, count]]))?
        };
        let cpu = self.cpu()? - before;
        let times: Vec<f64> = serde_json::from_value(times)?;
        side.figures.push(crate::table::median(&times) / 1e3);
        side.cpu.push(cpu / (count as f64 / 1e6));
        Ok(())
    }

    fn cpu(&self) -> Result<f64, Failure> {
        Ok(cpu_seconds(self.receiver.id())? + cpu_seconds(self.sender.id())?)
    }
}

/// Waits until everything has arrived, once, in order and whole.
fn finished(receiver: &mut Child, count: u64) -> Result<Report, Failure> {
    let started = now();
    loop {
        let report: Report = serde_json::from_value(receiver.ask("report", Value::Null)?)?;
        if report.wrong > 0 || report.received > count {
            return Err(format!(
                "{} of {} messages were out of order or damaged",
                report.wrong, report.received
            )
            .into());
        }
        if report.received == count {
            return Ok(report);
        }
        if started.elapsed() > DEADLINE {
            return Err(format!("{} of {count} messages arrived", report.received).into());
        }
        std::thread::yield_now();
        wait(Duration::from_millis(2));
    }
}

/// Units a second.
pub(crate) fn per_second(count: u64, nanos: u64) -> f64 {
    count as f64 * 1e9 / nanos.max(1) as f64
}

/// Lets the measured processes work.
#[expect(clippy::disallowed_methods, reason = "the parent must not take CPU from what it measures")]
pub(crate) fn wait(time: Duration) {
    std::thread::sleep(time);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
