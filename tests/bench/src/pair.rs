//! Two processes that talk to one another, and the runs between them.

use crate::child::{Child, Failure, Placement};
use crate::connection::PLAIN;
use crate::table::Side;
use crate::usage::cpu_seconds;
use backplane::address::Address;
use backplane_bench_work::Report;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long one run may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// A receiving and a sending process, connected.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) receiver: Child,
    pub(crate) sender: Child,
    kind: Kind,
    /// Where the receiver and the sender listen.
    pub(crate) ports: [u16; 2],
}

/// How a pair of nodes is set up.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The scheme of their addresses.
    pub(crate) scheme: &'static str,
    /// Threads of the plug-ins' jobs.
    pub(crate) threads: u64,
    pub(crate) placement: Placement,
    /// How many message types another plug-in has; 0 for none, or a power of ten up to 1 000.
    pub(crate) types: u64,
    /// The plug-in's configuration.
    pub(crate) config: Value,
}

impl Default for Setup {
    fn default() -> Self {
        Self { scheme: PLAIN, threads: 1, placement: Placement::Anywhere, types: 0, config: json!({}) }
    }
}

/// One run between two nodes by methods of their plug-ins.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    /// Tells the receiver what to expect, and what.
    pub(crate) expect: (&'a str, u64),
    /// Makes the sender send, with its parameters.
    pub(crate) send: (&'a str, Value),
    /// Tells what the receiver has received.
    pub(crate) report: &'a str,
    /// How many are sent.
    pub(crate) sent: u64,
    /// How many are received, over all subscriptions.
    pub(crate) received: u64,
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
    nodes_with(&Setup { threads, placement, ..Setup::default() })
}

/// Two nodes, connected.
pub(crate) fn nodes_with(setup: &Setup) -> Result<Pair, Failure> {
    let mut plugins = vec!["bench-plugin".to_owned()];
    if setup.types > 0 {
        plugins.push(format!("bench-types-{}", setup.types));
    }
    let start = |peers: &Value| -> Result<(Child, Value), Failure> {
        let mut node = Child::start("node", setup.placement)?;
        let inbound = node.ask(
            "start",
            json!({
                "plugins": plugins, "threads": setup.threads, "config": setup.config, "peers": peers,
                "scheme": setup.scheme
            }),
        )?;
        Ok((node, inbound))
    };
    let (mut receiver, inbound) = start(&json!([]))?;
    let (mut sender, outbound) = start(&inbound)?;
    sender.ask("channels", json!([1]))?;
    receiver.ask("channels", json!([1]))?;
    Ok(Pair { receiver, sender, kind: Kind::Loaded, ports: [port(&inbound)?, port(&outbound)?] })
}

/// The port of the first address of a node.
fn port(inbound: &Value) -> Result<u16, Failure> {
    let inbound: Vec<Address> = serde_json::from_value(inbound.clone())?;
    inbound.first().and_then(Address::port).ok_or_else(|| "the node does not listen".into())
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
    Ok(Pair { receiver, sender, kind: Kind::Linked, ports: [port(&inbound)?, 0] })
}

/// Two raw processes, connected by this scheme.
pub(crate) fn raw(scheme: &str, placement: Placement) -> Result<Pair, Failure> {
    let mut receiver = Child::start(scheme, placement)?;
    let port = receiver.ask("listen", Value::Null)?;
    let mut sender = Child::start(scheme, placement)?;
    sender.ask("connect", json!([port, 1]))?;
    Ok(Pair { receiver, sender, kind: Kind::Raw, ports: [0, 0] })
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
        let report = self.finished(self.report_request(), count)?;
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

    /// Sends by a method of the sender's plug-in, and adds messages a second and CPU seconds for a million to `side`.
    pub(crate) fn run(&mut self, run: &Run<'_>, side: &mut Side) -> Result<(), Failure> {
        self.receiver.ask("call", json!([run.expect.0, [run.expect.1]]))?;
        let before = self.cpu()?;
        self.sender.ask("call", json!([run.send.0, run.send.1]))?;
        let report = self.finished(("call", json!([run.report])), run.received)?;
        let cpu = self.cpu()? - before;
        side.figures.push(per_second(run.sent, report.nanos));
        side.cpu.push(cpu / (run.sent as f64 / 1e6));
        Ok(())
    }

    /// Waits until everything has arrived, once, in order and whole. `request` is what the receiver reports to.
    pub(crate) fn finished(&mut self, request: (&str, Value), count: u64) -> Result<Report, Failure> {
        let started = now();
        loop {
            let report: Report = serde_json::from_value(self.receiver.ask(request.0, request.1.clone())?)?;
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

    fn report_request(&self) -> (&'static str, Value) {
        match self.kind {
            Kind::Linked => ("linked", json!(["report"])),
            Kind::Loaded | Kind::Raw => ("report", Value::Null),
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
