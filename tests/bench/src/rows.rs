//! What is measured, row by row.

use crate::Scale;
use crate::child::{Child, Failure, Placement};
use crate::functions;
use crate::pair::{self, Pair, now, per_second, wait};
use crate::table::{Goal, Row, Side, median};
use crate::usage::{cpu_seconds, resident_bytes};
use backplane::address::Address;
use backplane_bench_plugin::Report;
use serde_json::{Value, json};
use std::time::Duration;

/// The row whose work is done in this process, by one of the functions.
pub(crate) const BOUNDARY: &str = "cost of the boundary";

/// One row and how it is made.
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&str, Scale) -> Result<Row, Failure>,
}

/// All rows, in the order of the table.
pub(crate) fn all() -> Vec<Measure> {
    vec![
        Measure { name: "one-way 16 B", run: |name, scale| one_way(name, scale, 16, 20_000_000, 0.6) },
        Measure { name: "one-way 1 KiB", run: |name, scale| one_way(name, scale, 1024, 4_000_000, 0.75) },
        Measure { name: "one-way 64 KiB", run: |name, scale| one_way(name, scale, 65_536, 80_000, 0.8) },
        Measure {
            name: "round trip 16 B, threads = 0",
            run: |name, scale| round_trip(name, scale, 16, 0, 1.25),
        },
        Measure {
            name: "round trip 1 KiB, threads = 0",
            run: |name, scale| round_trip(name, scale, 1024, 0, 1.25),
        },
        Measure {
            name: "round trip 16 B, threads = 1",
            run: |name, scale| round_trip(name, scale, 16, 1, 2.0),
        },
        Measure {
            name: "round trip 1 KiB, threads = 1",
            run: |name, scale| round_trip(name, scale, 1024, 1, 2.0),
        },
        Measure { name: "fan-out to 32, 16 B", run: fan_out },
        Measure { name: "plug-in against built in", run: plugin_or_linked },
        Measure { name: BOUNDARY, run: boundary },
        Measure { name: "handshakes", run: handshakes },
        Measure { name: "idle channel, accepted", run: |name, scale| idle_memory(name, scale, false) },
        Measure { name: "idle channel, dialled", run: |name, scale| idle_memory(name, scale, true) },
        Measure { name: "10 000 idle channels, CPU", run: idle_cpu },
        Measure { name: "start with three plug-ins", run: start },
    ]
}

fn one_way(name: &str, scale: Scale, bytes: usize, count: u64, goal: f64) -> Result<Row, Failure> {
    let count = count / scale.divisor;
    let mut ours = pair::nodes(1, Placement::Anywhere)?;
    let mut base = pair::raw(Placement::Anywhere)?;
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
fn plugin_or_linked(name: &str, scale: Scale) -> Result<Row, Failure> {
    let count = 20_000_000 / scale.divisor;
    let mut loaded = pair::nodes(0, Placement::Anywhere)?;
    let mut linked = pair::linked()?;
    let (mut own, mut base) = (Side::default(), Side::default());
    for run in 0..=scale.repetitions {
        loaded.stream("", 16, count, &mut own)?;
        linked.stream("", 16, count, &mut base)?;
        if run == 0 {
            (own, base) = (Side::default(), Side::default());
        }
    }
    Ok(Row::new(name, "messages/s", Goal::RatioAtLeast(0.95), &own, &base))
}

/// What a message costs on its way from the dispatcher into a loaded plug-in, decoding not counted.
fn boundary(name: &str, scale: Scale) -> Result<Row, Failure> {
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

fn round_trip(name: &str, scale: Scale, bytes: usize, threads: u64, goal: f64) -> Result<Row, Failure> {
    let count = 20_000 / scale.divisor;
    let mut ours = pair::nodes(threads, Placement::Pinned)?;
    let mut base = pair::raw(Placement::Pinned)?;
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

fn fan_out(name: &str, scale: Scale) -> Result<Row, Failure> {
    let count = 200_000 / scale.divisor;
    let mut sender = Child::start("node", Placement::Anywhere)?;
    let inbound = sender.ask("start", json!({ "plugins": ["bench-plugin"], "threads": 0 }))?;
    let mut receivers = Child::start("node", Placement::Anywhere)?;
    for _ in 0..FAN {
        receivers.ask("start", json!({ "plugins": ["bench-plugin"], "threads": 0, "peers": inbound }))?;
    }
    sender.ask("channels", json!([FAN]))?;
    let mut raw_receiver = Child::start("raw", Placement::Anywhere)?;
    let port = raw_receiver.ask("listen", Value::Null)?;
    let mut raw_sender = Child::start("raw", Placement::Anywhere)?;
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

fn handshakes(name: &str, scale: Scale) -> Result<Row, Failure> {
    // Few enough that the ports of closed connections do not run out.
    let count = 1000;
    let Pair { receiver: mut accepting, sender: mut dialling, .. } = pair::nodes(1, Placement::Anywhere)?;
    let inbound = accepting.ask("start", json!({ "plugins": ["bench-plugin"] }))?;
    let mut raw = Child::start("raw", Placement::Anywhere)?;
    let port = raw.ask("listen", Value::Null)?;
    let mut raw_dialler = Child::start("raw", Placement::Anywhere)?;
    let (mut own, mut limit) = (Side::default(), Side::default());
    for run in 0..=scale.repetitions {
        let before = cpu_seconds(accepting.id())? + cpu_seconds(dialling.id())?;
        let nanos = dialling.ask("handshakes", json!([inbound[0], count]))?.as_u64().unwrap_or_default();
        let cpu = cpu_seconds(accepting.id())? + cpu_seconds(dialling.id())? - before;
        own.figures.push(per_second(count, nanos));
        own.cpu.push(cpu / (count as f64 / 1e6));
        let before = cpu_seconds(raw.id())? + cpu_seconds(raw_dialler.id())?;
        let nanos = raw_dialler.ask("hello", json!([port, count]))?.as_u64().unwrap_or_default();
        let cpu = cpu_seconds(raw.id())? + cpu_seconds(raw_dialler.id())? - before;
        limit.figures.push(per_second(count, nanos));
        limit.cpu.push(cpu / (count as f64 / 1e6));
        if run == 0 {
            (own, limit) = (Side::default(), Side::default());
        }
    }
    Ok(Row::new(name, "handshakes/s", Goal::RatioAtLeast(0.5), &own, &limit))
}

/// A node with chat and channels to peers that only answer pings.
fn idle_node(count: u64, dialled: bool) -> Result<(Child, Child, f64), Failure> {
    let mut node = Child::start("node", Placement::Anywhere)?;
    let inbound = node.ask("start", json!({ "plugins": ["chat"] }))?;
    let inbound: Vec<Address> = serde_json::from_value(inbound)?;
    let mut peers = Child::start("raw", Placement::Anywhere)?;
    let port = if dialled {
        peers.ask("idle_listen", Value::Null)?
    } else {
        json!(inbound.first().and_then(Address::port))
    };
    let mut connect = |node: &mut Child, count: u64| {
        if dialled {
            node.ask("dial", json!([format!("tcp://127.0.0.1:{port}"), count]))
        } else {
            peers.ask("idle", json!([port, count]))
        }
    };
    // What is made once is made for these.
    connect(&mut node, 100)?;
    node.ask("channels", json!([100]))?;
    let before = resident_bytes(node.id())?;
    connect(&mut node, count)?;
    node.ask("channels", json!([100 + count]))?;
    Ok((node, peers, before))
}

fn idle_memory(name: &str, _: Scale, dialled: bool) -> Result<Row, Failure> {
    let count = 5000;
    let (node, _peers, before) = idle_node(count, dialled)?;
    wait(Duration::from_secs(2));
    let each = (resident_bytes(node.id())? - before) / count as f64;
    let ours = Side { figures: vec![each / 1024.0], cpu: Vec::new() };
    let limit = Side { figures: vec![12.0], cpu: Vec::new() };
    Ok(Row::new(name, "KiB", Goal::AtMost(12.0), &ours, &limit))
}

fn idle_cpu(name: &str, _: Scale) -> Result<Row, Failure> {
    let count = 9_500;
    let (mut node, mut peers, _) = idle_node(count, false)?;
    let pings = peers.ask("pings", Value::Null)?.as_u64().unwrap_or_default();
    let (before, started) = (cpu_seconds(node.id())?, now());
    wait(Duration::from_secs(40));
    let load = (cpu_seconds(node.id())? - before) / started.elapsed().as_secs_f64();
    let answered = peers.ask("pings", Value::Null)?.as_u64().unwrap_or_default() - pings;
    if answered < count {
        return Err(format!("{answered} pings were answered on {count} channels").into());
    }
    node.ask("channels", json!([count]))?;
    let ours = Side { figures: vec![load * 100.0], cpu: Vec::new() };
    let limit = Side { figures: vec![5.0], cpu: Vec::new() };
    Ok(Row::new(name, "% of a core", Goal::AtMost(5.0), &ours, &limit))
}

fn start(name: &str, scale: Scale) -> Result<Row, Failure> {
    let mut ours = Side::default();
    for _ in 0..=scale.repetitions {
        let started = now();
        let mut node = Child::start("node", Placement::Anywhere)?;
        node.ask("start", json!({ "plugins": ["chat", "echo", "bench-plugin"] }))?;
        ours.figures.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let limit = Side { figures: vec![50.0], cpu: Vec::new() };
    Ok(Row::new(name, "ms", Goal::AtMost(50.0), &ours, &limit))
}
