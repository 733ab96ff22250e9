//! A stream between two nodes with more subscriptions or message types, and one message at a time.

use super::row::GrowthRow;
use super::{rows, take_turns};
use crate::Scale;
use crate::child::{Failure, Placement};
use crate::connection::PLAIN;
use crate::pair::{self, Pair, Run, Setup};
use crate::table::Side;
use serde_json::json;

/// How many subscriptions to one message there are on one channel.
const SUBSCRIPTIONS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
/// How many message types the protocol declares.
const TYPES: [u64; 4] = [1, 10, 100, 1000];

/// Every subscription gets every message. The figure counts a message once.
pub(crate) fn subscriptions(name: &str, scale: Scale) -> Result<Vec<GrowthRow>, Failure> {
    let case = |subscriptions: &u64| -> Result<(Pair, u64), Failure> {
        let config = json!({ "subscriptions": subscriptions });
        Ok((pair::nodes_with(&Setup { config, ..Setup::default() })?, *subscriptions))
    };
    let mut cases = SUBSCRIPTIONS.iter().map(case).collect::<Result<Vec<_>, _>>()?;
    let sides = take_turns(&mut cases, scale, |(pair, subscriptions), side| {
        let sent = 20_000_000 / scale.divisor / *subscriptions;
        let run = Run {
            expect: ("bench-plugin.expect", sent),
            send: ("bench-plugin.stream", json!([16, sent])),
            report: "bench-plugin.report",
            sent,
            received: sent * *subscriptions,
        };
        pair.run(&run, side)
    })?;
    Ok(rows(name, &SUBSCRIPTIONS, &sides))
}

/// Messages of all types go round, sent one at a time.
pub(crate) fn in_turn(name: &str, scale: Scale) -> Result<Vec<GrowthRow>, Failure> {
    typed(name, scale, |types| {
        let each = 4_000_000 / scale.divisor / types;
        ("in_turn", each, each * types)
    })
}

/// Messages of the type declared last are sent, one at a time.
pub(crate) fn last(name: &str, scale: Scale) -> Result<Vec<GrowthRow>, Failure> {
    let count = 4_000_000 / scale.divisor;
    typed(name, scale, |_| ("last", count, count))
}

/// `run` says for a number of types by which method they are sent, how many of each, and how many in all.
fn typed(
    name: &str,
    scale: Scale,
    run: impl Fn(u64) -> (&'static str, u64, u64),
) -> Result<Vec<GrowthRow>, Failure> {
    let case = |types: &u64| -> Result<(Pair, u64), Failure> {
        Ok((pair::nodes_with(&Setup { types: *types, ..Setup::default() })?, *types))
    };
    let mut cases = TYPES.iter().map(case).collect::<Result<Vec<_>, _>>()?;
    let sides = take_turns(&mut cases, scale, |(pair, types), side| {
        let (method, each, all) = run(*types);
        let of_plugin = |method: &str| format!("bench-types-{types}.{method}");
        let (expect, send, report) = (of_plugin("expect"), of_plugin(method), of_plugin("report"));
        let run = Run {
            expect: (&expect, each),
            send: (&send, json!([each])),
            report: &report,
            sent: all,
            received: all,
        };
        pair.run(&run, side)
    })?;
    Ok(rows(name, &TYPES, &sides))
}

/// One message at a time on both sides, against the limit.
pub(crate) fn singly(name: &str, scale: Scale, bytes: usize, count: u64) -> Result<Vec<GrowthRow>, Failure> {
    let count = count / scale.divisor;
    let setup = Setup { config: json!({ "singly": true }), ..Setup::default() };
    let mut ours = pair::nodes_with(&setup)?;
    let mut base = pair::raw(PLAIN, Placement::Anywhere)?;
    let (mut own, mut limit) = (Side::default(), Side::default());
    for round in 0..=scale.repetitions {
        let run = Run {
            expect: ("bench-plugin.expect", count),
            send: ("bench-plugin.stream_singly", json!([bytes, count])),
            report: "bench-plugin.report",
            sent: count,
            received: count,
        };
        ours.run(&run, &mut own)?;
        base.stream("limit", bytes, count * 2, &mut limit)?;
        if round == 0 {
            (own, limit) = (Side::default(), Side::default());
        }
    }
    Ok(vec![GrowthRow::new(name, 1, &own, &limit)])
}
