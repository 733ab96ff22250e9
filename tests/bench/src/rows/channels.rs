//! Rows about channels and nodes: making them, and keeping them.

use crate::Scale;
use crate::child::{Child, Failure, Placement};
use crate::connection::PLAIN;
use crate::pair::{now, per_second, wait};
use crate::table::{Goal, Row, Side};
use crate::usage::{cpu_seconds, resident_bytes};
use backplane::address::Address;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) fn handshakes(name: &str, scale: Scale, scheme: &str, goal: Goal) -> Result<Row, Failure> {
    // Few enough that the ports of closed connections do not run out.
    let count = 1000;
    let plugins = json!({ "plugins": ["bench-plugin"], "scheme": scheme });
    let mut accepting = Child::start("node", Placement::Anywhere)?;
    let inbound = accepting.ask("start", plugins.clone())?;
    let mut dialling = Child::start("node", Placement::Anywhere)?;
    dialling.ask("start", plugins)?;
    let mut raw = Child::start(scheme, Placement::Anywhere)?;
    let port = raw.ask("listen", Value::Null)?;
    let mut raw_dialler = Child::start(scheme, Placement::Anywhere)?;
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
    Ok(Row::new(name, "handshakes/s", goal, &own, &limit))
}

/// A node with chat and channels to peers that only answer pings.
fn idle_node(scheme: &str, count: u64, dialled: bool) -> Result<(Child, Child, f64), Failure> {
    let mut node = Child::start("node", Placement::Anywhere)?;
    let inbound = node.ask("start", json!({ "plugins": ["chat"], "scheme": scheme }))?;
    let inbound: Vec<Address> = serde_json::from_value(inbound)?;
    let mut peers = Child::start(scheme, Placement::Anywhere)?;
    let port = if dialled {
        peers.ask("idle_listen", Value::Null)?
    } else {
        json!(inbound.first().and_then(Address::port))
    };
    let mut connect = |node: &mut Child, count: u64| {
        if dialled {
            node.ask("dial", json!([format!("{scheme}://127.0.0.1:{port}"), count]))
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

/// Channels that are kept and do nothing.
pub(super) struct Idle {
    pub(super) scheme: &'static str,
    /// Whether the node dials them.
    pub(super) dialled: bool,
    /// KiB for each.
    pub(super) goal: f64,
}

pub(super) fn idle_memory(name: &str, idle: &Idle) -> Result<Row, Failure> {
    let count = 5000;
    let (node, _peers, before) = idle_node(idle.scheme, count, idle.dialled)?;
    wait(Duration::from_secs(2));
    let each = (resident_bytes(node.id())? - before) / count as f64;
    let ours = Side { figures: vec![each / 1024.0], cpu: Vec::new() };
    let limit = Side { figures: vec![idle.goal], cpu: Vec::new() };
    Ok(Row::new(name, "KiB", Goal::AtMost(idle.goal), &ours, &limit))
}

pub(super) fn idle_cpu(name: &str, _: Scale) -> Result<Row, Failure> {
    let count = 9_500;
    let (mut node, mut peers, _) = idle_node(PLAIN, count, false)?;
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

pub(super) fn start(name: &str, scale: Scale) -> Result<Row, Failure> {
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
