//! Rows about messages: how fast they go, and what each costs.

use crate::Scale;
use crate::child::{Child, Failure, Placement};
use crate::connection::PLAIN;
use crate::functions;
use crate::pair::{self, Setup, now, per_second, wait};
use crate::table::{Goal, Row, Side, median};
use crate::usage::cpu_seconds;
use backplane_bench_work::Report;
use serde_json::{Value, json};
use std::time::Duration;

/// Messages one way.
pub(super) struct Stream {
    pub(super) scheme: &'static str,
    pub(super) bytes: usize,
    pub(super) count: u64,
    pub(super) goal: f64,
}

pub(super) fn one_way(name: &str, scale: Scale, stream: &Stream) -> Result<Row, Failure> {
    let Stream { scheme, bytes, goal, .. } = *stream;
    let count = stream.count / scale.divisor;
    let mut ours = pair::nodes_with(&Setup { scheme, ..Setup::default() })?;
    let mut base = pair::raw(scheme, Placement::Anywhere)?;
    let (mut own, mut limit, mut queued) = (Side::default(), Side::default(), Side::default());
    // The first run warms up.
    for run in 0..=scale.repetitions {
        ours.stream("", bytes, count, &mut own)?;
        base.stream("limit", bytes, count, &mut limit)?;
        base.stream("queued", bytes, count / 4, &mut queued)?;
        if run == 0 {
            (own, limit, queued) = (Side::default(), Side::default(), Side::default());
        }
    }
    let mut row = Row::new(name, "messages/s", Goal::RatioAtLeast(goal), &own, &limit);
    row.queued = Some(median(&queued.figures));
    Ok(row)
}

/// The same protocol as a plug-in on the network's runtime, and linked in.
///
/// Two connected processes keep the speed that they happened to begin with, which differs by a half on either side. So both
/// sides are started anew many times, and each goes first as often as the other.
pub(super) fn plugin_or_linked(name: &str, scale: Scale) -> Result<Row, Failure> {
    let count = 10_000_000 / scale.divisor;
    let (mut own, mut base) = (Side::default(), Side::default());
    for _ in 0..=2 * scale.repetitions {
        let mut loaded = pair::nodes(0, Placement::Anywhere)?;
        let mut linked = pair::linked()?;
        // The first run warms up.
        loaded.stream("", 16, count, &mut Side::default())?;
        linked.stream("", 16, count, &mut Side::default())?;
        loaded.stream("", 16, count, &mut own)?;
        linked.stream("", 16, count, &mut base)?;
        linked.stream("", 16, count, &mut base)?;
        loaded.stream("", 16, count, &mut own)?;
    }
    Ok(Row::new(name, "messages/s", Goal::RatioAtLeast(0.95), &own, &base))
}

/// What a message costs on its way from the dispatcher into a loaded plug-in, decoding not counted.
pub(super) fn boundary(name: &str, scale: Scale) -> Result<Row, Failure> {
    let work =
        |wanted: &str| functions::ALL.into_iter().find(|(name, _)| *name == wanted).map(|(_, work)| work);
    let cross = work("cross into a plug-in").ok_or("there is no such function")?;
    let decode = work("decode 16 B").ok_or("there is no such function")?;
    let (few, many) = (102_400, 10_240_000);
    // The difference of two runs, so that what is done once does not count.
    let each = |work: functions::Work| -> Result<f64, Failure> {
        let timed = |count| -> Result<f64, Failure> {
            let started = now();
            work(count)?;
            Ok(started.elapsed().as_secs_f64() * 1e9)
        };
        Ok((timed(many)? - timed(few)?) / (many - few) as f64)
    };
    let mut ours = Side::default();
    for _ in 0..scale.repetitions {
        ours.figures.push(each(cross)? - each(decode)?);
    }
    let limit = Side { figures: vec![20.0], cpu: Vec::new() };
    Ok(Row::new(name, "ns a message", Goal::AtMost(20.0), &ours, &limit))
}

pub(super) fn round_trip(
    name: &str,
    scale: Scale,
    bytes: usize,
    threads: u64,
    goal: f64,
) -> Result<Row, Failure> {
    let count = 20_000 / scale.divisor;
    let mut ours = pair::nodes(threads, Placement::Pinned)?;
    let mut base = pair::raw(PLAIN, Placement::Pinned)?;
    let (mut own, mut limit) = (Side::default(), Side::default());
    for run in 0..=scale.repetitions {
        ours.ask(bytes, count, &mut own)?;
        base.ask(bytes, count, &mut limit)?;
        if run == 0 {
            (own, limit) = (Side::default(), Side::default());
        }
    }
    Ok(Row::new(name, "µs", Goal::RatioAtMost(goal), &own, &limit))
}

/// Channels of the fan-out.
const FAN: u64 = 32;

pub(super) fn fan_out(name: &str, scale: Scale) -> Result<Row, Failure> {
    let count = 200_000 / scale.divisor;
    let mut sender = Child::start("node", Placement::Anywhere)?;
    let inbound = sender.ask("start", json!({ "plugins": ["bench-plugin"], "threads": 0 }))?;
    let mut receivers = Child::start("node", Placement::Anywhere)?;
    for _ in 0..FAN {
        receivers.ask("start", json!({ "plugins": ["bench-plugin"], "threads": 0, "peers": inbound }))?;
    }
    sender.ask("channels", json!([FAN]))?;
    let mut raw_receiver = Child::start(PLAIN, Placement::Anywhere)?;
    let port = raw_receiver.ask("listen", Value::Null)?;
    let mut raw_sender = Child::start(PLAIN, Placement::Anywhere)?;
    raw_sender.ask("connect", json!([port, FAN]))?;
    let (mut own, mut limit) = (Side::default(), Side::default());
    for run in 0..=scale.repetitions {
        fan_out_once(&mut sender, &mut receivers, count, &mut own)?;
        raw_receiver.ask("expect", json!([count]))?;
        let before = cpu_seconds(raw_sender.id())? + cpu_seconds(raw_receiver.id())?;
        let started = now();
        raw_sender.ask("fan_out", json!([count]))?;
        while serde_json::from_value::<Report>(raw_receiver.ask("report", Value::Null)?)?.received
            < count * FAN
        {
            wait(Duration::from_millis(1));
        }
        let nanos = u64::try_from(started.elapsed().as_nanos())?;
        let cpu = cpu_seconds(raw_sender.id())? + cpu_seconds(raw_receiver.id())? - before;
        limit.figures.push(per_second(count * FAN, nanos));
        limit.cpu.push(cpu / ((count * FAN) as f64 / 1e6));
        if run == 0 {
            (own, limit) = (Side::default(), Side::default());
        }
    }
    Ok(Row::new(name, "deliveries/s", Goal::AtLeast(5e6), &own, &limit))
}

fn fan_out_once(
    sender: &mut Child,
    receivers: &mut Child,
    count: u64,
    side: &mut Side,
) -> Result<(), Failure> {
    receivers.ask("expect", json!([count]))?;
    let before = cpu_seconds(sender.id())? + cpu_seconds(receivers.id())?;
    let started = now();
    sender.ask("call", json!(["bench-plugin.fan_out", [0, count]]))?;
    loop {
        let reports: Vec<Report> = serde_json::from_value(receivers.ask("reports", Value::Null)?)?;
        if reports.iter().any(|report| report.wrong > 0) {
            return Err("messages were lost or out of order".into());
        }
        if reports.iter().all(|report| report.received == count) {
            break;
        }
        wait(Duration::from_millis(1));
    }
    let nanos = u64::try_from(started.elapsed().as_nanos())?;
    let cpu = cpu_seconds(sender.id())? + cpu_seconds(receivers.id())? - before;
    side.figures.push(per_second(count * FAN, nanos));
    side.cpu.push(cpu / ((count * FAN) as f64 / 1e6));
    Ok(())
}
