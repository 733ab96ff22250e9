//! A stream between two nodes that have other channels too: idle ones, and busy ones.

use super::row::GrowthRow;
use super::{rows, take_turns};
use crate::Scale;
use crate::child::{Child, Failure, Placement};
use crate::connection::PLAIN;
use crate::pair::{self, DEADLINE, Pair, Setup, now, wait};
use crate::table::Side;
use crate::usage::cpu_seconds;
use backplane_bench_work::Report;
use serde_json::{Value, json};
use std::time::Duration;

/// How many other channels there are.
const OTHERS: [u64; 4] = [1, 10, 100, 1000];

/// Both nodes have so many other channels, to peers that only answer pings.
pub(crate) fn idle(name: &str, scale: Scale) -> Result<Vec<GrowthRow>, Failure> {
    let count = 20_000_000 / scale.divisor;
    let case = |others: &u64| -> Result<(Pair, Child), Failure> {
        let mut pair = pair::nodes(1, Placement::Anywhere)?;
        let mut peers = Child::start(PLAIN, Placement::Anywhere)?;
        for (node, port) in [(&mut pair.receiver, pair.ports[0]), (&mut pair.sender, pair.ports[1])] {
            peers.ask("idle", json!([port, others]))?;
            node.ask("channels", json!([1 + others]))?;
        }
        Ok((pair, peers))
    };
    let mut cases = OTHERS.iter().map(case).collect::<Result<Vec<_>, _>>()?;
    let sides = take_turns(&mut cases, scale, |(pair, _), side| pair.stream("", 16, count, side))?;
    Ok(rows(name, &OTHERS, &sides))
}

/// The receiving node has so many other channels, to peers that send as fast as it takes what they send. The figure is
/// the rate of all together while the stream between the nodes runs; the CPU is that of all three processes.
pub(crate) fn busy(name: &str, scale: Scale) -> Result<Vec<GrowthRow>, Failure> {
    let mut cases = OTHERS.iter().map(|others| Busy::new(*others)).collect::<Result<Vec<_>, _>>()?;
    let sides = take_turns(&mut cases, scale, |case, side| case.run(scale, side))?;
    let rows = rows(name, &OTHERS, &sides).into_iter().zip(&cases);
    // The first round is not counted.
    Ok(rows.map(|(row, case)| row.with_share(case.shares.get(1..).unwrap_or_default())).collect())
}

struct Busy {
    pair: Pair,
    peers: Child,
    others: u64,
    /// Messages of the stream in a run.
    count: u64,
    /// What the stream had of an even share, in each run.
    shares: Vec<f64>,
}

/// What came of one run.
struct Shared {
    seconds: f64,
    /// Messages a second on all channels.
    rate: f64,
    /// CPU seconds for a million messages.
    cpu: f64,
    /// The stream's part, over an even one.
    share: f64,
}

impl Busy {
    fn new(others: u64) -> Result<Self, Failure> {
        let mut pair = pair::nodes_with(&Setup { types: 1, ..Setup::default() })?;
        let mut peers = Child::start(PLAIN, Placement::Anywhere)?;
        peers.ask("busy", json!([pair.ports[0], others]))?;
        pair.receiver.ask("channels", json!([1 + others]))?;
        // They never end, and hand their counts in only when there are many.
        pair.receiver.ask("call", json!(["bench-types-1.expect", [u64::MAX]]))?;
        Ok(Self { pair, peers, others, count: 100_000, shares: Vec::new() })
    }

    /// One run that is long enough to tell shares: the stream gets more messages until it is.
    fn run(&mut self, scale: Scale, side: &mut Side) -> Result<(), Failure> {
        let enough = 2.0 / scale.divisor as f64;
        loop {
            let run = self.run_once()?;
            if run.seconds < enough {
                self.count = self.count.saturating_mul(2);
                continue;
            }
            side.figures.push(run.rate);
            side.cpu.push(run.cpu);
            self.shares.push(run.share);
            return Ok(());
        }
    }

    fn run_once(&mut self) -> Result<Shared, Failure> {
        let count = self.count;
        self.pair.receiver.ask("expect", json!([count]))?;
        self.peers.ask("go", Value::Null)?;
        wait(Duration::from_millis(100));
        let (before, cpu) = (self.received()?, self.cpu()?);
        let started = now();
        self.pair.sender.ask("call", json!(["bench-plugin.stream", [16, count]]))?;
        self.pair.finished(("report", Value::Null), count)?;
        let all = count + self.received()? - before;
        let (seconds, cpu) = (started.elapsed().as_secs_f64(), self.cpu()? - cpu);
        let sent = self.peers.ask("halt", Value::Null)?.as_u64().unwrap_or_default();
        self.drained(sent)?;
        Ok(Shared {
            seconds,
            rate: all as f64 / seconds,
            cpu: cpu / (all as f64 / 1e6),
            share: count as f64 * (1 + self.others) as f64 / all as f64,
        })
    }

    /// What the other channels have brought since they began.
    fn received(&mut self) -> Result<u64, Failure> {
        Ok(self.others_report()?.received)
    }

    fn others_report(&mut self) -> Result<Report, Failure> {
        let report = self.pair.receiver.ask("call", json!(["bench-types-1.report"]))?;
        Ok(serde_json::from_value(report)?)
    }

    /// Waits until all that the others sent has arrived, once, in order and whole.
    fn drained(&mut self, sent: u64) -> Result<(), Failure> {
        let started = now();
        loop {
            let report = self.others_report()?;
            if report.received == sent && report.wrong == 0 {
                return Ok(());
            }
            if report.wrong > 0 || report.received > sent || started.elapsed() > DEADLINE {
                return Err(format!("{report:?} of {sent} messages on busy channels").into());
            }
            wait(Duration::from_millis(2));
        }
    }

    fn cpu(&self) -> Result<f64, Failure> {
        let ids = [self.pair.receiver.id(), self.pair.sender.id(), self.peers.id()];
        Ok(ids.into_iter().map(cpu_seconds).sum::<Result<f64, _>>()?)
    }
}
