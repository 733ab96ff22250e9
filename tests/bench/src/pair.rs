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
    kind: Kind,
}

/// What the two processes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nodes with the plug-in loaded.
    Loaded,
    /// Nodes with the same protocol linked in.
    Linked,
    /// Raw sockets.
    Raw,
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
    Ok(Pair { receiver, sender, kind: Kind::Loaded })
}

/// Two nodes, connected, that have the protocol linked in instead of loaded.
pub(crate) fn linked() -> Result<Pair, Failure> {
    let mut receiver = Child::start("node", Placement::Anywhere)?;
    let inbound = receiver.ask("start", json!({ "plugins": [] }))?;
    receiver.ask("link", Value::Null)?;
    let mut sender = Child::start("node", Placement::Anywhere)?;
    sender.ask("start", json!({ "plugins": [] }))?;
    sender.ask("link", Value::Null)?;
    sender.ask("dial", json!([inbound[0], 1]))?;
    receiver.ask("channels", json!([1]))?;
    Ok(Pair { receiver, sender, kind: Kind::Linked })
}

/// Two raw processes, connected.
pub(crate) fn raw(placement: Placement) -> Result<Pair, Failure> {
    let mut receiver = Child::start("raw", placement)?;
    let port = receiver.ask("listen", Value::Null)?;
    let mut sender = Child::start("raw", placement)?;
    sender.ask("connect", json!([port, 1]))?;
    Ok(Pair { receiver, sender, kind: Kind::Raw })
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
        let before = match self.kind {
            Kind::Linked => self.receiver.ask("linked", json!(["expect", count])),
            Kind::Loaded | Kind::Raw => self.receiver.ask("expect", json!([count])),
        }
        .and_then(|_| self.cpu())?;
        match self.kind {
            Kind::Raw => self.sender.ask(how, json!([bytes, count])),
            Kind::Loaded => self.sender.ask("call", json!(["bench-plugin.stream", [bytes, count]])),
            Kind::Linked => self.sender.ask("linked", json!(["stream", bytes, count])),
        }?;
        let report = self.finished(count)?;
        let cpu = self.cpu()? - before;
        side.figures.push(per_second(count, report.nanos));
        side.cpu.push(cpu / (count as f64 / 1e6));
        Ok(())
    }

    /// Asks one question after the other, and adds the median of the round trips in microseconds to `side`.
    pub(crate) fn ask(&mut self, bytes: usize, count: u64, side: &mut Side) -> Result<(), Failure> {
        let before = self.cpu()?;
        let times = if self.kind == Kind::Raw {
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

    /// Waits until everything has arrived, once, in order and whole.
    fn finished(&mut self, count: u64) -> Result<Report, Failure> {
        let started = now();
        loop {
            let report: Report = serde_json::from_value(self.report()?)?;
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
            wait(Duration::from_millis(2));
        }
    }

    fn report(&mut self) -> Result<Value, Failure> {
        match self.kind {
            Kind::Linked => self.receiver.ask("linked", json!(["report"])),
            Kind::Loaded | Kind::Raw => self.receiver.ask("report", Value::Null),
        }
    }

    fn cpu(&self) -> Result<f64, Failure> {
        Ok(cpu_seconds(self.receiver.id())? + cpu_seconds(self.sender.id())?)
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
